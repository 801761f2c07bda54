// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <tenon/io.h>

namespace tenon::ops {

/// CLOCK_MONOTONIC in microseconds.
std::uint64_t monotonic_usec();

/// Fills in every call of `table` that concerns sockets, and `now`, with plain POSIX ones that hold rules 4 and 11.
/// What a plugin has beyond that are watches, timers and a loop.
void fill_sockets(tenon_io_ops &table);

/// The same calls one by one: also the core's defaults where a table leaves an optional one null.
std::uint64_t posix_now(tenon_io_ops *io);
int posix_socket(tenon_io_ops *io, int domain, int type, int protocol);
int posix_bind(tenon_io_ops *io, int sock, const sockaddr *name, unsigned int namelen);
int posix_listen(tenon_io_ops *io, int sock, int backlog);
int posix_accept(tenon_io_ops *io, int sock, sockaddr *name, unsigned int *namelen);
int posix_sockopt(tenon_io_ops *io, int sock, int option, void *value, unsigned int *length);

/// For loops that find out too late, or say it on stderr: whether `sock` can be watched at all; else errno is set.
bool is_descriptor(int sock);

/// For loops that report an error as mere readiness: whether `sock` has failed or hung up. A system call.
bool has_failed(int sock);

/// Makes `sock` non-blocking and close-on-exec; false with errno set.
bool make_nonblocking(int sock);

}  // namespace tenon::ops
