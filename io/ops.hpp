// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the engine calls instead of a table's optional calls: the table's own where it is there, else the default.

#include <cerrno>
#include <cstdint>

#include <tenon/io.h>

#include "sockets.hpp"

namespace tenon::ops {

/// Whether the table has the calls behind `revision`; in front of it nothing there may be read.
inline bool has_optional_calls(const tenon_io_ops *io) { return io->revision >= 1; }

/// Monotonic microseconds, the clock the table's timers are judged by.
inline std::uint64_t now(tenon_io_ops *io) {
    return has_optional_calls(io) && io->now != nullptr ? io->now(io) : posix_now(io);
}

/// As bind(2) with address reuse. 0, or -1 with `io->error`.
inline int bind(tenon_io_ops *io, int sock, const sockaddr *name, unsigned int namelen) {
    const bool own = has_optional_calls(io) && io->bind != nullptr;
    return (own ? io->bind : posix_bind)(io, sock, name, namelen);
}

/// As listen(2). 0, or -1 with `io->error`.
inline int listen(tenon_io_ops *io, int sock, int backlog) {
    const bool own = has_optional_calls(io) && io->listen != nullptr;
    return (own ? io->listen : posix_listen)(io, sock, backlog);
}

/// The next connection, non-blocking and close-on-exec, or -1 with `io->error`. `name` and `namelen` may be null.
inline int accept(tenon_io_ops *io, int sock, sockaddr *name, unsigned int *namelen) {
    const bool own = has_optional_calls(io) && io->accept != nullptr;
    return (own ? io->accept : posix_accept)(io, sock, name, namelen);
}

/// As the table's `sockopt`. 0, or -1 with `io->error`.
inline int sockopt(tenon_io_ops *io, int sock, int option, void *value, unsigned int *length) {
    const bool own = has_optional_calls(io) && io->sockopt != nullptr;
    return (own ? io->sockopt : posix_sockopt)(io, sock, option, value, length);
}

/// Sends small segments at once. 0, or -1 with `io->error`.
inline int set_nodelay(tenon_io_ops *io, int sock) {
    int on = 1;
    unsigned int length = sizeof on;
    return sockopt(io, sock, TENON_IO_NODELAY, &on, &length);
}

/// Probes the peer after `seconds` of silence; 0 turns probes off. 0, or -1 with `io->error`.
inline int set_keepalive(tenon_io_ops *io, int sock, int seconds) {
    unsigned int length = sizeof seconds;
    return sockopt(io, sock, TENON_IO_KEEPALIVE, &seconds, &length);
}

/// Takes the socket's asynchronous failure: an errno value, 0 for none. The outcome of a connect [R4].
inline int pending_error(tenon_io_ops *io, int sock) {
    int error = 0;
    unsigned int length = sizeof error;
    return sockopt(io, sock, TENON_IO_PENDING_ERROR, &error, &length) == 0 ? error : io->error;
}

/// The address `sock` is bound to; `length` receives its size. 0, or -1 with `io->error`.
inline int local_address(tenon_io_ops *io, int sock, sockaddr_storage &address, unsigned int &length) {
    length = sizeof address;
    return sockopt(io, sock, TENON_IO_LOCAL_ADDRESS, &address, &length);
}

/// Ends this side's sending; reading stays possible. 0, or -1 with `io->error`.
inline int shut_write(tenon_io_ops *io, int sock) {
    return sockopt(io, sock, TENON_IO_SHUT_WRITE, nullptr, nullptr);
}

/// Runs what is ready without blocking. 0, or -1 with `io->error`: EDEADLK inside a callback, ENOSYS where the table
/// cannot.
inline int tick(tenon_io_ops *io) {
    if (has_optional_calls(io) && io->tick != nullptr) return io->tick(io);
    io->error = ENOSYS;
    return -1;
}

/// From any thread: has `fn(arg)` run once on the table's thread. 0, or -1 with the reason in errno (the table is not
/// this thread's to write to): ENOSYS where the table cannot.
inline int post(tenon_io_ops *io, void (*fn)(void *arg), void *arg) {
    if (has_optional_calls(io) && io->post != nullptr) return io->post(io, fn, arg);
    errno = ENOSYS;
    return -1;
}

}  // namespace tenon::ops
