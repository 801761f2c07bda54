// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "wire/frame.hpp"

namespace tenon::test {

/// A blocking socket to a port of 127.0.0.1 or another IPv4 address. Reads give up after ten seconds.
class Socket {
public:
    explicit Socket(std::uint16_t port, const std::string &host = "127.0.0.1")
        : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(port);
        inet_pton(AF_INET, host.c_str(), &name.sin_addr);
        const timeval limit{10, 0};
        setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        if (connect(fd_, reinterpret_cast<sockaddr *>(&name), sizeof name) != 0) {
            close(fd_);
            throw std::runtime_error("cannot connect");
        }
    }
    Socket(const Socket &) = delete;
    Socket &operator=(const Socket &) = delete;
    ~Socket() { close(fd_); }

    int fd() const { return fd_; }
    void send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) throw std::runtime_error("cannot send");
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    /// Appends what comes next; false at the end of file.
    bool receive(std::string &bytes) const {
        char buffer[65536];
        const ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
        if (got < 0) throw std::runtime_error("nothing came: " + std::string(std::strerror(errno)));
        bytes.append(buffer, static_cast<std::size_t>(got));
        return got != 0;
    }

private:
    int fd_;
};

/// An answer, out of the buffer it came in.
struct Reply {
    wire::Opcode opcode{};
    wire::Status status{};
    std::uint32_t opaque = 0;
    std::uint64_t cas = 0;
    std::string extras, key, value;
};

inline std::string number(std::uint64_t value, std::size_t size) {
    std::string text;
    while (size-- > 0) text += static_cast<char>(size < sizeof value ? value >> (8 * size) : 0);
    return text;
}

/// The protocol by hand: what is sent is exactly what the test says.
class WireClient {
public:
    explicit WireClient(std::uint16_t port, const std::string &host = "127.0.0.1") : socket_(port, host) {}

    struct Request {
        wire::Opcode opcode{};
        std::string key = {}, value = {}, extras = {};
        std::uint64_t cas = 0;
        std::uint16_t vbucket = 0;
    };
    /// Sends without waiting. The opaque counts up.
    void send(const Request &r) { socket_.send(encoded(r)); }
    std::string encoded(const Request &r) {
        const wire::Message message{.opcode = r.opcode,
                                    .vbucket_or_status = r.vbucket,
                                    .opaque = ++opaque_,
                                    .cas = r.cas,
                                    .extras = wire::as_bytes(r.extras),
                                    .key = r.key,
                                    .value = wire::as_bytes(r.value)};
        std::string bytes(wire::encoded_size(message), '\0');
        wire::encode(message, reinterpret_cast<std::byte *>(bytes.data()));
        return bytes;
    }
    Reply ask(const Request &r) {
        send(r);
        Reply reply = receive();
        if (reply.opaque != opaque_) throw std::runtime_error("the answer of another request");
        if (reply.opcode != r.opcode) throw std::runtime_error("the answer of another command");
        return reply;
    }
    /// The answers up to the one of a noop sent behind what was sent so far.
    std::vector<Reply> up_to_noop() {
        send({.opcode = wire::Opcode::noop});
        std::vector<Reply> replies;
        for (;;) {
            Reply reply = receive();
            if (reply.opcode == wire::Opcode::noop && reply.opaque == opaque_) return replies;
            replies.push_back(std::move(reply));
        }
    }

    Reply receive() {
        for (;;) {
            const std::span<const std::byte> bytes = wire::as_bytes(std::string_view(input_).substr(used_));
            wire::Frame frame;
            const wire::FrameResult result = wire::decode_frame(bytes, wire::kDefaultMaxBody, frame);
            if (result.error != wire::FrameError::none) throw std::runtime_error(wire::describe(result.error));
            if (result.complete(bytes)) {
                if (frame.magic != wire::Magic::response) throw std::runtime_error("not an answer");
                Reply reply{frame.opcode, frame.status(), frame.opaque, frame.cas,
                            std::string(wire::as_text(frame.extras)), std::string(frame.key),
                            std::string(wire::as_text(frame.value))};
                used_ += result.size;
                return reply;
            }
            input_.erase(0, std::exchange(used_, 0));
            if (!socket_.receive(input_)) throw std::runtime_error("the connection ended");
        }
    }
    /// Whether the server closed without sending anything more.
    bool at_end() { return used_ == input_.size() && !socket_.receive(input_); }

    Reply get(std::string key) { return ask({.opcode = wire::Opcode::get, .key = std::move(key)}); }
    Reply set(std::string key, std::string value, std::uint32_t expiry = 0, std::uint64_t cas = 0) {
        return ask({.opcode = wire::Opcode::set,
                    .key = std::move(key),
                    .value = std::move(value),
                    .extras = number(0xdeadbeef, 4) + number(expiry, 4),
                    .cas = cas});
    }
    Reply authenticate(const std::string &user, const std::string &password) {
        return ask({.opcode = wire::Opcode::sasl_auth,
                    .key = "PLAIN",
                    .value = std::string(1, '\0') + user + std::string(1, '\0') + password});
    }

    const Socket &socket() const { return socket_; }

private:
    Socket socket_;
    std::string input_;
    std::size_t used_ = 0;
    std::uint32_t opaque_ = 0;
};

}  // namespace tenon::test
