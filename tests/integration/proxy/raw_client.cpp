// SPDX-License-Identifier: Apache-2.0
#include "raw_client.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/bytes.hpp"

namespace tenon::test {
namespace {

constexpr int kPatienceMsec = 20'000;

template <class T>
void append(std::string &to, T number) {
    number = wire::big_endian(number);
    to.append(reinterpret_cast<const char *>(&number), sizeof number);
}

void await(int sock, short events) {
    pollfd watched{sock, events, 0};
    if (poll(&watched, 1, kPatienceMsec) != 1) throw std::runtime_error("the server does nothing");
}

}  // namespace

std::string RawRequest::bytes() const {
    std::string out;
    out += static_cast<char>(magic);
    out += static_cast<char>(opcode);
    append(out, static_cast<std::uint16_t>(key_size >= 0 ? key_size : static_cast<long>(key.size())));
    out += static_cast<char>(extras_size >= 0 ? extras_size : static_cast<long>(extras.size()));
    out += '\0';
    append(out, std::uint16_t{0});
    const std::size_t body = extras.size() + key.size() + value.size();
    append(out, static_cast<std::uint32_t>(body_size >= 0 ? static_cast<std::size_t>(body_size) : body));
    append(out, opaque);
    out.append(reinterpret_cast<const char *>(&cas), sizeof cas);
    return out + extras + key + value;
}

std::string store_extras(std::uint32_t flags, std::uint32_t expiry) {
    std::string out;
    append(out, flags);
    append(out, expiry);
    return out;
}

std::string number_extras(std::uint32_t number) {
    std::string out;
    append(out, number);
    return out;
}

std::string counter_extras(std::uint64_t delta, std::uint64_t initial, std::uint32_t expiry) {
    std::string out;
    append(out, delta);
    append(out, initial);
    append(out, expiry);
    return out;
}

std::string RawReply::describe() const {
    char head[160];
    std::snprintf(head, sizeof head, "magic %02x opcode %02x status %02x opaque %x cas %s extras ", magic,
                  static_cast<unsigned>(opcode), static_cast<unsigned>(status), opaque, cas != 0 ? "set" : "none");
    std::string line = head;
    for (const char c : extras) {
        std::snprintf(head, sizeof head, "%02x", static_cast<unsigned char>(c));
        line += head;
    }
    return line + " key \"" + key + "\" value \"" + value + '"';
}

RawClient::RawClient(std::uint16_t port) : sock_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (sock_ == -1 || connect(sock_, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0) {
        if (sock_ != -1) close(sock_);
        throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
    }
    const int on = 1;
    setsockopt(sock_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawClient::~RawClient() {
    if (sock_ != -1) close(sock_);
}

void RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(sock_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
        else if (errno == EAGAIN) await(sock_, POLLOUT);
        else if (errno != EINTR) throw std::runtime_error(std::string("send: ") + std::strerror(errno));
    }
}

std::size_t RawClient::send_until_stuck(std::string_view bytes, int msec) {
    std::size_t total = 0;
    while (total < bytes.size()) {
        const ssize_t sent = ::send(sock_, bytes.data() + total, bytes.size() - total, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            total += static_cast<std::size_t>(sent);
            continue;
        }
        if (errno != EAGAIN) throw std::runtime_error(std::string("send: ") + std::strerror(errno));
        pollfd watched{sock_, POLLOUT, 0};
        if (poll(&watched, 1, msec) != 1) break;
    }
    return total;
}

bool RawClient::fill() {
    await(sock_, POLLIN);
    char buffer[65536];
    const ssize_t got = recv(sock_, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) return true;
    if (got <= 0) return false;
    input_.append(buffer, static_cast<std::size_t>(got));
    return true;
}

RawReply RawClient::receive() {
    std::size_t need = wire::kHeaderSize;
    const auto at = [this](std::size_t i) { return reinterpret_cast<const std::byte *>(input_.data()) + i; };
    while (input_.size() < need || need == wire::kHeaderSize) {
        if (input_.size() >= wire::kHeaderSize) {
            need = wire::kHeaderSize + wire::load<std::uint32_t>(at(8));
            if (input_.size() >= need) break;
        }
        if (!fill()) throw std::runtime_error("the connection ended in front of a reply");
    }
    RawReply reply;
    reply.magic = static_cast<unsigned char>(input_[0]);
    reply.opcode = static_cast<wire::Opcode>(input_[1]);
    const std::size_t key = wire::load<std::uint16_t>(at(2));
    const std::size_t extras = static_cast<unsigned char>(input_[4]);
    reply.status = static_cast<wire::Status>(wire::load<std::uint16_t>(at(6)));
    reply.opaque = wire::load<std::uint32_t>(at(12));
    std::memcpy(&reply.cas, at(16), sizeof reply.cas);
    reply.extras = input_.substr(wire::kHeaderSize, extras);
    reply.key = input_.substr(wire::kHeaderSize + extras, key);
    reply.value = input_.substr(wire::kHeaderSize + extras + key, need - wire::kHeaderSize - extras - key);
    input_.erase(0, need);
    return reply;
}

RawReply RawClient::call(const RawRequest &request) {
    send(request);
    return receive();
}

bool RawClient::at_end() {
    return input_.empty() && !fill();
}

void RawClient::shut_write() { shutdown(sock_, SHUT_WR); }

void RawClient::reset() {
    const linger now{1, 0};
    setsockopt(sock_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(sock_);
    sock_ = -1;
}

}  // namespace tenon::test
