// SPDX-License-Identifier: Apache-2.0
#include "sockets.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <ctime>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

namespace tenon::ops {
namespace {

static_assert(sizeof(tenon_iovec) == sizeof(iovec));
static_assert(offsetof(tenon_iovec, iov_len) == offsetof(iovec, iov_len));

/// Runs a system call until no signal interrupts it; a failure's errno goes into the table.
template <typename Call>
auto retried(tenon_io_ops *io, Call call) {
    auto result = call();
    while (result == -1 && errno == EINTR) result = call();
    if (result == -1) io->error = errno;
    return result;
}

int failed(tenon_io_ops *io, int error) {
    io->error = error;
    return -1;
}

int posix_connect(tenon_io_ops *io, int sock, const sockaddr *name, unsigned int namelen) {
    if (::connect(sock, name, namelen) == 0) return 0;
    // An interrupted connect goes on by itself; calling it again would ask, which is not this call's to do [R4].
    return failed(io, errno == EINTR ? EINPROGRESS : errno);
}

ssize_t posix_recv(tenon_io_ops *io, int sock, void *buffer, size_t len, int flags) {
    return retried(io, [&] { return ::recv(sock, buffer, len, flags); });
}

ssize_t posix_send(tenon_io_ops *io, int sock, const void *msg, size_t len, int flags) {
    return retried(io, [&] { return ::send(sock, msg, len, flags | MSG_NOSIGNAL); });
}

msghdr message_of(tenon_iovec *iov, size_t niov) {
    msghdr message{};
    message.msg_iov = reinterpret_cast<iovec *>(iov);
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(std::min<size_t>(niov, IOV_MAX));
    return message;
}

ssize_t posix_recvv(tenon_io_ops *io, int sock, tenon_iovec *iov, size_t niov) {
    if (niov == 1) return posix_recv(io, sock, iov->iov_base, iov->iov_len, 0);
    msghdr message = message_of(iov, niov);
    return retried(io, [&] { return ::recvmsg(sock, &message, 0); });
}

ssize_t posix_sendv(tenon_io_ops *io, int sock, tenon_iovec *iov, size_t niov) {
    if (niov == 1) return posix_send(io, sock, iov->iov_base, iov->iov_len, 0);
    msghdr message = message_of(iov, niov);
    return retried(io, [&] { return ::sendmsg(sock, &message, MSG_NOSIGNAL); });
}

void posix_close(tenon_io_ops *io, int sock) {
    // Not retried: the number is free after the first call whatever it says, and may be somebody else's by the second.
    if (::close(sock) != 0 && errno != EINTR) io->error = errno;
}

int set_option(tenon_io_ops *io, int sock, int level, int name, int value) {
    return retried(io, [&] { return ::setsockopt(sock, level, name, &value, sizeof value); });
}

int set_keepalive(tenon_io_ops *io, int sock, int seconds) {
    if (set_option(io, sock, SOL_SOCKET, SO_KEEPALIVE, seconds > 0 ? 1 : 0) != 0) return -1;
#ifdef TCP_KEEPIDLE
    // The system's own pace (nine probes, 75 s apart) would take eleven minutes more to find out.
    constexpr int kProbes = 3;
    if (seconds > 0 && (set_option(io, sock, IPPROTO_TCP, TCP_KEEPIDLE, seconds) != 0 ||
                        set_option(io, sock, IPPROTO_TCP, TCP_KEEPINTVL, std::max(1, seconds / kProbes)) != 0 ||
                        set_option(io, sock, IPPROTO_TCP, TCP_KEEPCNT, kProbes) != 0))
        return -1;
#endif
    return 0;
}

}  // namespace

std::uint64_t monotonic_usec() {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1000000U + static_cast<std::uint64_t>(t.tv_nsec) / 1000U;
}

std::uint64_t posix_now(tenon_io_ops *) { return monotonic_usec(); }

bool make_nonblocking(int sock) {
    const int status = ::fcntl(sock, F_GETFL);
    return status != -1 && ::fcntl(sock, F_SETFL, status | O_NONBLOCK) == 0 &&
           ::fcntl(sock, F_SETFD, FD_CLOEXEC) == 0;
}

bool is_descriptor(int sock) { return ::fcntl(sock, F_GETFD) != -1; }

bool has_failed(int sock) {
    pollfd state{sock, 0, 0};
    return ::poll(&state, 1, 0) == 1 && (state.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

int posix_socket(tenon_io_ops *io, int domain, int type, int protocol) {
#if defined(SOCK_NONBLOCK) && defined(SOCK_CLOEXEC)
    return retried(io, [&] { return ::socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol); });
#else
    const int sock = retried(io, [&] { return ::socket(domain, type, protocol); });
    if (sock == -1 || make_nonblocking(sock)) return sock;
    io->error = errno;
    ::close(sock);
    return -1;
#endif
}

int posix_bind(tenon_io_ops *io, int sock, const sockaddr *name, unsigned int namelen) {
    if (name->sa_family != AF_UNIX && set_option(io, sock, SOL_SOCKET, SO_REUSEADDR, 1) != 0) return -1;
    return retried(io, [&] { return ::bind(sock, name, namelen); });
}

int posix_listen(tenon_io_ops *io, int sock, int backlog) {
    return retried(io, [&] { return ::listen(sock, backlog); });
}

int posix_accept(tenon_io_ops *io, int sock, sockaddr *name, unsigned int *namelen) {
#ifdef SOCK_NONBLOCK
    return retried(io, [&] { return ::accept4(sock, name, namelen, SOCK_NONBLOCK | SOCK_CLOEXEC); });
#else
    const int peer = retried(io, [&] { return ::accept(sock, name, namelen); });
    if (peer == -1 || make_nonblocking(peer)) return peer;
    io->error = errno;
    ::close(peer);
    return -1;
#endif
}

int posix_sockopt(tenon_io_ops *io, int sock, int option, void *value, unsigned int *length) {
    switch (option) {
    case TENON_IO_NODELAY: return set_option(io, sock, IPPROTO_TCP, TCP_NODELAY, *static_cast<const int *>(value));
    case TENON_IO_KEEPALIVE: return set_keepalive(io, sock, *static_cast<const int *>(value));
    case TENON_IO_PENDING_ERROR: {
        socklen_t size = sizeof(int);
        return retried(io, [&] { return ::getsockopt(sock, SOL_SOCKET, SO_ERROR, value, &size); });
    }
    case TENON_IO_LOCAL_ADDRESS:
        return retried(io, [&] { return ::getsockname(sock, static_cast<sockaddr *>(value), length); });
    case TENON_IO_SHUT_WRITE: return retried(io, [&] { return ::shutdown(sock, SHUT_WR); });
    default: return failed(io, EINVAL);
    }
}

void fill_sockets(tenon_io_ops &table) {
    table.socket = posix_socket;
    table.connect = posix_connect;
    table.recv = posix_recv;
    table.send = posix_send;
    table.recvv = posix_recvv;
    table.sendv = posix_sendv;
    table.close = posix_close;
    table.now = posix_now;
    table.bind = posix_bind;
    table.listen = posix_listen;
    table.accept = posix_accept;
    table.sockopt = posix_sockopt;
}

}  // namespace tenon::ops
