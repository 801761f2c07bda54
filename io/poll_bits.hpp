// SPDX-License-Identifier: Apache-2.0
#pragma once

// poll(2)'s bits for the table's. epoll's, io_uring's and GLib's have the same values.

#include <poll.h>

#include <tenon/io.h>

namespace tenon::ops {

/// What to ask for; errors and hang-up are reported unasked.
constexpr short to_poll(short flags) {
    short events = 0;
    if ((flags & TENON_IO_READ) != 0) events |= POLLIN;
    if ((flags & TENON_IO_WRITE) != 0) events |= POLLOUT;
    return events;
}

/// What was reported for a watch that asks for `asked`: an error or a hang-up is every direction asked for [R3].
constexpr short from_poll(unsigned events, short asked) {
    if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0) return static_cast<short>(asked | TENON_IO_ERROR);
    short which = 0;
    if ((events & POLLIN) != 0) which |= TENON_IO_READ;
    if ((events & POLLOUT) != 0) which |= TENON_IO_WRITE;
    return which;
}

}  // namespace tenon::ops
