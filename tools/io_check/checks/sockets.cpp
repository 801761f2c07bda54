// SPDX-License-Identifier: Apache-2.0
//
// Rule 11: sockets, one at a time and many at once.
#include <cerrno>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.hpp"

namespace tenon::conformance {
namespace {

constexpr short kRead = TENON_IO_READ;
constexpr ssize_t kFailed = -1;

void expect_modes(int fd, const char *what) {
    expect((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0, text(what, " is non-blocking"), "it blocks");
    expect((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, text(what, " is close-on-exec"), "it is not");
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

void modes(Context &c) {
    tenon_io_ops *io = c.io();
    for (const int domain : {AF_INET, AF_INET6, AF_UNIX})
        for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
            const int fd = io->socket(io, domain, type, 0);
            if (fd == -1 && io->error == EAFNOSUPPORT) continue;
            expect(fd != -1, "socket gives a socket", text("-1, error ", io->error));
            expect_modes(fd, "a new socket");
            io->close(io, fd);
            expect(fcntl(fd, F_GETFD) == -1, "close closes", "the descriptor is still open");
        }
}

void would_block(Context &c) {
    tenon_io_ops *io = c.io();
    const Pair pair = unix_pair();
    char byte = 0;
    tenon_iovec iov{&byte, 1};
    io->error = 0;
    expect_equal("recv on an empty socket", kFailed, io->recv(io, pair.a, &byte, 1, 0));
    expect_equal("its error", EAGAIN, io->error);
    io->error = 0;
    expect_equal("recvv on an empty socket", kFailed, io->recvv(io, pair.a, &iov, 1));
    expect_equal("its error", EAGAIN, io->error);
    std::string block(1 << 20, 'x');
    while (io->send(io, pair.a, block.data(), block.size(), 0) > 0) {
    }
    expect_equal("the error of send into a full socket", EAGAIN, io->error);
    io->error = 0;
    iov = {block.data(), block.size()};
    expect_equal("sendv into a full socket", kFailed, io->sendv(io, pair.a, &iov, 1));
    expect_equal("its error", EAGAIN, io->error);
}

void no_sigpipe(Context &c) {
    tenon_io_ops *io = c.io();
    Pair pair = unix_pair();
    pair.b.reset();
    char byte = 'x';
    c.step("send and sendv to a peer that is gone (a SIGPIPE here ends the process)");
    expect_equal("send to a peer that is gone", kFailed, io->send(io, pair.a, &byte, 1, 0));
    expect_equal("its error", EPIPE, io->error);
    tenon_iovec iov[2] = {{&byte, 1}, {&byte, 1}};
    for (const std::size_t count : {1, 2}) {
        io->error = 0;
        expect_equal(text("sendv of ", count, " to a peer that is gone"), kFailed, io->sendv(io, pair.a, iov, count));
        expect_equal("its error", EPIPE, io->error);
    }
}

void failures(Context &c) {
    tenon_io_ops *io = c.io();
    Fd fd = unix_pair().a;
    const int closed = fd;
    fd.reset();
    char byte = 0;
    const auto expect_error = [&](const char *what, ssize_t result, int error) {
        expect_equal(what, kFailed, result);
        expect_equal(text("the error of ", what), error, io->error);
        io->error = 0;
    };
    tenon_iovec iov{&byte, 1};
    const sockaddr_in nobody = loopback(9);
    const auto *name = reinterpret_cast<const sockaddr *>(&nobody);
    expect_error("recv on a closed descriptor", io->recv(io, closed, &byte, 1, 0), EBADF);
    expect_error("send on a closed descriptor", io->send(io, closed, &byte, 1, 0), EBADF);
    expect_error("recvv on a closed descriptor", io->recvv(io, closed, &iov, 1), EBADF);
    expect_error("sendv on a closed descriptor", io->sendv(io, closed, &iov, 1), EBADF);
    expect_error("connect on a closed descriptor", io->connect(io, closed, name, sizeof nobody), EBADF);
    expect_error("socket of no known family", io->socket(io, -1, SOCK_STREAM, 0), EAFNOSUPPORT);
    if (io->listen != nullptr) expect_error("listen on a closed descriptor", io->listen(io, closed, 1), EBADF);
    if (io->bind != nullptr) expect_error("bind of a closed descriptor", io->bind(io, closed, name, sizeof nobody), EBADF);
    if (io->accept != nullptr) expect_error("accept on a closed one", io->accept(io, closed, nullptr, nullptr), EBADF);
    if (io->sockopt == nullptr) return;
    int value = 1;
    unsigned int length = sizeof value;
    expect_error("sockopt on a closed one", io->sockopt(io, closed, TENON_IO_NODELAY, &value, &length), EBADF);
}

void server_calls(Context &c) {
    tenon_io_ops *io = c.io();
    if (io->bind == nullptr || io->listen == nullptr || io->accept == nullptr) throw Skip{"bind, listen or accept is null"};
    const Fd listener(io->socket(io, AF_INET, SOCK_STREAM, 0));
    sockaddr_in address = loopback(0);
    auto *name = reinterpret_cast<sockaddr *>(&address);
    expect_equal("bind", 0, io->bind(io, listener, name, sizeof address));
    expect_equal("listen", 0, io->listen(io, listener, 16));
    int reuse = 0;
    socklen_t length = sizeof reuse;
    getsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, &length);
    expect(reuse != 0, "bind sets address reuse", "it does not");
    io->error = 0;
    expect_equal("accept with nobody waiting", -1, io->accept(io, listener, nullptr, nullptr));
    expect_equal("its error", EAGAIN, io->error);
    length = sizeof address;
    getsockname(listener, name, &length);

    Watch watch(c.loop);
    Fd accepted;
    sockaddr_storage peer{};
    unsigned int peer_length = sizeof peer;
    watch.set(listener, kRead, [&](short) {
        accepted = Fd(io->accept(io, listener, reinterpret_cast<sockaddr *>(&peer), &peer_length));
        c.loop.stop();
    });
    const Fd client(io->socket(io, AF_INET, SOCK_STREAM, 0));
    if (io->connect(io, client, name, sizeof address) != 0) expect_equal("connect's error", EINPROGRESS, io->error);
    c.step("a connection to accept");
    c.loop.run();
    expect(accepted != -1, "accept gives the connection", text("-1, error ", io->error));
    expect_modes(accepted, "an accepted socket");
    sockaddr_in own{};
    length = sizeof own;
    getsockname(client, reinterpret_cast<sockaddr *>(&own), &length);
    expect_equal("the peer's port, told by accept", own.sin_port, reinterpret_cast<sockaddr_in &>(peer).sin_port);
}

void options(Context &c) {
    tenon_io_ops *io = c.io();
    if (io->sockopt == nullptr) throw Skip{"`sockopt` is null"};
    const Pair pair = tcp_pair();
    const auto kernel = [&](int level, int option) {
        int value = -1;
        socklen_t length = sizeof value;
        getsockopt(pair.a, level, option, &value, &length);
        return value;
    };
    const auto set = [&](int option, int value) {
        unsigned int length = sizeof value;
        expect_equal(text("sockopt ", option, " := ", value), 0, io->sockopt(io, pair.a, option, &value, &length));
    };
    set(TENON_IO_NODELAY, 1);
    expect(kernel(IPPROTO_TCP, TCP_NODELAY) != 0, "NODELAY 1 sets TCP_NODELAY", "it does not");
    set(TENON_IO_NODELAY, 0);
    expect_equal("TCP_NODELAY after NODELAY 0", 0, kernel(IPPROTO_TCP, TCP_NODELAY));
    set(TENON_IO_KEEPALIVE, 77);
    expect(kernel(SOL_SOCKET, SO_KEEPALIVE) != 0, "KEEPALIVE 77 turns probes on", "it does not");
#ifdef TCP_KEEPIDLE
    expect_equal("seconds before the first probe", 77, kernel(IPPROTO_TCP, TCP_KEEPIDLE));
#endif
    set(TENON_IO_KEEPALIVE, 0);
    expect_equal("SO_KEEPALIVE after KEEPALIVE 0", 0, kernel(SOL_SOCKET, SO_KEEPALIVE));
    sockaddr_storage told{};
    sockaddr_storage own{};
    unsigned int told_length = sizeof told;
    socklen_t own_length = sizeof own;
    expect_equal("sockopt(LOCAL_ADDRESS)", 0, io->sockopt(io, pair.a, TENON_IO_LOCAL_ADDRESS, &told, &told_length));
    getsockname(pair.a, reinterpret_cast<sockaddr *>(&own), &own_length);
    expect_equal("length of the local address", own_length, told_length);
    expect(std::memcmp(&told, &own, own_length) == 0, "LOCAL_ADDRESS is what the kernel says", "it differs");
    expect_equal("PENDING_ERROR of a healthy socket", 0, pending_error(io, pair.a));
    int value = 0;
    unsigned int length = sizeof value;
    expect_equal("an unknown option", -1, io->sockopt(io, pair.a, 4711, &value, &length));
}

void three_thousand(Context &c) {
    constexpr int kSockets = 3000;
    constexpr rlim_t kNeeded = 2 * kSockets + 100;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < kNeeded) {
        if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < kNeeded)
            throw Skip{text("the hard limit of descriptors is ", limit.rlim_max, ", ", kNeeded, " are needed")};
        limit.rlim_cur = kNeeded;
        expect(setrlimit(RLIMIT_NOFILE, &limit) == 0, "the limit of descriptors is raised", std::strerror(errno));
    }
    std::vector<Pair> pairs;
    std::deque<Watch> watches;
    int served = 0;
    for (int i = 0; i < kSockets; ++i) {
        pairs.push_back(unix_pair());
        const int fd = pairs.back().a;
        watches.emplace_back(c.loop);
        watches.back().set(fd, kRead, [&c, &served, fd](short) {
            char buffer[8];
            expect_equal("recv", static_cast<ssize_t>(4), c.io()->recv(c.io(), fd, buffer, sizeof buffer, 0));
            if (++served == kSockets) c.loop.stop();
        });
    }
    expect(pairs.back().a > FD_SETSIZE, "descriptors beyond FD_SETSIZE", "none");
    for (const Pair &pair : pairs) put(pair.b, "ping");
    c.step("a message on each of 3,000 sockets");
    c.loop.run();
    for (std::size_t i = 0; i < pairs.size(); i += 2) watches[i].destroy();
    served = kSockets / 2;
    for (const Pair &pair : pairs) put(pair.b, "ping");
    c.step("a message on each of 1,500 sockets, the others no longer watched");
    c.loop.run();
}

}  // namespace

std::vector<Check> socket_checks() {
    return {
        {11, 1, "sockets are non-blocking, close-on-exec", modes},
        {11, 2, "nothing to read, no room to write", would_block},
        {11, 3, "SIGPIPE is never raised", no_sigpipe},
        {11, 4, "failure is -1 with `error`", failures},
        {11, 5, "bind, listen, accept", server_calls},
        {11, 6, "socket options", options},
        {11, 7, "3,000 sockets at once", three_thousand},
    };
}

}  // namespace tenon::conformance
