// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tenon::test {

/// A plain listening socket on a loopback address; -1 in `fd` if it cannot be had.
struct ListeningSocket {
    explicit ListeningSocket(const char *address = "127.0.0.1", std::uint16_t wanted = 0, int backlog = 16) {
        const bool v6 = std::string(address).find(':') != std::string::npos;
        fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int on = 1;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in6 six{};
        sockaddr_in four{};
        six.sin6_family = AF_INET6;
        four.sin_family = AF_INET;
        six.sin6_port = four.sin_port = htons(wanted);
        inet_pton(v6 ? AF_INET6 : AF_INET, address, v6 ? static_cast<void *>(&six.sin6_addr) : &four.sin_addr);
        auto *name = v6 ? reinterpret_cast<sockaddr *>(&six) : reinterpret_cast<sockaddr *>(&four);
        socklen_t length = v6 ? sizeof six : sizeof four;
        if (bind(fd, name, length) != 0 || listen(fd, backlog) != 0) {
            close(fd);
            fd = -1;
            return;
        }
        getsockname(fd, name, &length);
        port = ntohs(v6 ? six.sin6_port : four.sin_port);
    }
    ListeningSocket(const ListeningSocket &) = delete;
    ListeningSocket &operator=(const ListeningSocket &) = delete;
    ~ListeningSocket() {
        if (fd >= 0) close(fd);
    }

    int fd = -1;
    std::uint16_t port = 0;
};

/// An address that swallows connection requests: a listener whose queue is full. `works` is false where the system
/// answers all the same.
struct BlackHole {
    explicit BlackHole(const char *address = "127.0.0.1", std::uint16_t port = 0) : listener(address, port, 0) {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(listener.port);
        inet_pton(AF_INET, address, &name.sin_addr);
        for (int i = 0; i < 8 && !works; ++i) {
            const int sock = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
            fillers.push_back(sock);
            connect(sock, reinterpret_cast<sockaddr *>(&name), sizeof name);
            pollfd poller{sock, POLLOUT, 0};
            works = poll(&poller, 1, 100) == 0;
        }
    }
    BlackHole(const BlackHole &) = delete;
    BlackHole &operator=(const BlackHole &) = delete;
    ~BlackHole() {
        for (const int sock : fillers) close(sock);
    }

    ListeningSocket listener;
    std::vector<int> fillers;
    bool works = false;
};

/// A port nobody listens on, kept from others for as long as this lives.
struct ClosedPort {
    ClosedPort() : fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof name;
        bind(fd, reinterpret_cast<sockaddr *>(&name), length);
        getsockname(fd, reinterpret_cast<sockaddr *>(&name), &length);
        port = ntohs(name.sin_port);
    }
    ClosedPort(const ClosedPort &) = delete;
    ClosedPort &operator=(const ClosedPort &) = delete;
    ~ClosedPort() { close(fd); }

    int fd;
    std::uint16_t port = 0;
};

}  // namespace tenon::test
