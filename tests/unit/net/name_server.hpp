// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/reactor.hpp"

namespace tenon::test {

/// A name server on a loopback port. By the first label of the name asked: "v4" has 127.0.0.1 and 127.0.0.2, "v6" has
/// ::1, "both" all three, "half" has only its IPv4 question answered, "silent" gets no answer, and anything else does not
/// exist.
class NameServer {
public:
    explicit NameServer(net::Reactor &reactor) : sock_(socket(AF_INET, SOCK_DGRAM, 0)), watch_(reactor, this, on_query) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        bind(sock_, reinterpret_cast<sockaddr *>(&address), length);
        getsockname(sock_, reinterpret_cast<sockaddr *>(&address), &length);
        port_ = ntohs(address.sin_port);
        watch_.set(sock_, TENON_IO_READ);
    }
    NameServer(const NameServer &) = delete;
    NameServer &operator=(const NameServer &) = delete;
    ~NameServer() {
        watch_.clear();
        close(sock_);
    }

    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    unsigned queries() const { return queries_; }

private:
    static void on_query(void *self, short) { static_cast<NameServer *>(self)->answer(); }

    void answer() {
        unsigned char query[512];
        sockaddr_storage from{};
        socklen_t from_length = sizeof from;
        const ssize_t got =
            recvfrom(sock_, query, sizeof query, MSG_DONTWAIT, reinterpret_cast<sockaddr *>(&from), &from_length);
        if (got < 17) return;
        ++queries_;
        const std::string label(reinterpret_cast<char *>(query) + 13, query[12]);
        std::size_t end = 12;  // of the question: labels, then type and class
        while (query[end] != 0) end += query[end] + std::size_t{1};
        end += 5;
        const unsigned type = query[end - 4] * 256U + query[end - 3];
        if (label == "silent" || (label == "half" && type == 28)) return;

        const bool v4 = label == "v4" || label == "half" || label == "both", v6 = label == "v6" || label == "both";
        std::vector<std::vector<unsigned char>> addresses;
        if (v4 && type == 1) addresses = {{127, 0, 0, 1}, {127, 0, 0, 2}};
        if (v6 && type == 28) addresses = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
        std::vector<unsigned char> reply(query, query + end);
        reply[2] = 0x85;
        reply[3] = static_cast<unsigned char>(v4 || v6 ? 0x80 : 0x83);
        reply[6] = reply[8] = reply[9] = reply[10] = reply[11] = 0;
        reply[7] = static_cast<unsigned char>(addresses.size());
        for (const auto &address : addresses) {
            const unsigned char head[] = {0xc0, 12, 0, static_cast<unsigned char>(type), 0, 1, 0, 0, 0, 60, 0,
                                          static_cast<unsigned char>(address.size())};
            reply.insert(reply.end(), std::begin(head), std::end(head));
            reply.insert(reply.end(), address.begin(), address.end());
        }
        sendto(sock_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr *>(&from), from_length);
    }

    int sock_;
    net::Watch watch_;
    std::uint16_t port_ = 0;
    unsigned queries_ = 0;
};

}  // namespace tenon::test
