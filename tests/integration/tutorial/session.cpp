// SPDX-License-Identifier: Apache-2.0
#include "session.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace tenon::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

}  // namespace

Session::Session(std::uint16_t port) : sock_(-1) {
    const sockaddr_in address = loopback(port);
    for (int i = 0; i < 2000; ++i) {
        sock_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(sock_, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0) {
            const timeval limit{20, 0};
            setsockopt(sock_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
            setsockopt(sock_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
            return;
        }
        close(sock_);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    throw std::runtime_error("nobody listens on port " + std::to_string(port));
}

Session::~Session() { close(sock_); }

void Session::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(sock_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) throw std::runtime_error("cannot send");
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

std::string Session::receive(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t got = 0; got != size;) {
        const ssize_t n = recv(sock_, bytes.data() + got, size - got, 0);
        if (n <= 0) throw std::runtime_error("nothing more came behind: " + bytes.substr(0, got));
        got += static_cast<std::size_t>(n);
    }
    return bytes;
}

std::string Session::receive_line() {
    std::string line;
    for (;;) {
        const std::string c = receive(1);
        if (c == "\n") return line;
        line += c;
    }
}

// Below those that the system gives to outgoing connections; processes side by side begin at different ones.
std::uint16_t free_port() {
    constexpr int kFirst = 10'000, kCount = 20'000;
    for (int i = 0; i < kCount; ++i) {
        const auto port = static_cast<std::uint16_t>(kFirst + (static_cast<int>(getpid()) * 7 + i) % kCount);
        const int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = loopback(port);
        const bool bound = bind(sock, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
        close(sock);
        if (bound) return port;
    }
    throw std::runtime_error("no free port");
}

}  // namespace tenon::test
