// SPDX-License-Identifier: Apache-2.0
//
// poll(2): the portable fallback, without a limit of descriptors but the process's own.
//
// There is no loop of a host's that it could live on: the cookie must be null.

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include <poll.h>

#include <tenon/io.h>

#include "own_loop.hpp"
#include "poll_bits.hpp"

namespace {

using tenon::ops::Polled;
using tenon::ops::TimerQueue;

class Poll {
public:
    bool open(Polled &wakeup, int sock) {
        if (start(wakeup, sock, TENON_IO_READ) != 0) return false;
        wakeup.sock = sock;
        wakeup.flags = TENON_IO_READ;
        return true;
    }

    int start(Polled &watch, int sock, short flags) {
        if (watch.place == 0) {
            if (!tenon::ops::is_descriptor(sock)) return -1;
            try {
                watches_.resize(sockets_.size() + 1);  // may be one too long after a failure
                sockets_.push_back({sock, 0, 0});
            } catch (const std::bad_alloc &) {
                errno = ENOMEM;
                return -1;
            }
            watches_[sockets_.size() - 1] = &watch;
            watch.place = static_cast<unsigned>(sockets_.size());
        }
        sockets_[watch.place - 1].events = tenon::ops::to_poll(flags);
        return 0;
    }

    // The last one moves into the gap. If that hides it from this turn it is found again in the next.
    void stop(Polled &watch) {
        const std::size_t gap = watch.place - 1;
        sockets_[gap] = sockets_.back();
        watches_[gap] = watches_[sockets_.size() - 1];
        watches_[gap]->place = watch.place;
        sockets_.pop_back();
        watch.place = 0;
    }

    void wait(std::int64_t usec) {
        const std::int64_t msec = usec < 0 ? -1 : (usec + 999) / 1000;
        const int count = ::poll(sockets_.data(), static_cast<nfds_t>(sockets_.size()),
                                 msec < INT_MAX ? static_cast<int>(msec) : INT_MAX);
        next_ = 0;
        left_ = count > 0 ? count : 0;
    }

    Polled *next(short &which) {
        while (left_ > 0 && next_ < sockets_.size()) {
            const pollfd &socket = sockets_[next_++];
            if (socket.revents == 0) continue;
            --left_;
            Polled *watch = watches_[next_ - 1];
            which = tenon::ops::from_poll(static_cast<unsigned>(socket.revents), watch->flags);
            return watch;
        }
        return nullptr;
    }

    void wake_at(const TimerQueue &) {}

private:
    std::vector<pollfd> sockets_;
    std::vector<Polled *> watches_;  ///< at the same places
    std::size_t next_ = 0;
    int left_ = 0;
};

}  // namespace

extern "C" TENON_API int tenon_create_poll_io_ops(int version, tenon_io_ops **io, void *cookie) {
    if (version != 0) return TENON_IO_EVERSION;
    return cookie == nullptr ? tenon::ops::OwnLoop<Poll>::create(io) : TENON_IO_EINVAL;
}

extern "C" TENON_API int lcb_create_poll_io_opts(int version, tenon_io_ops **io, void *cookie) {
    return tenon_create_poll_io_ops(version, io, cookie);
}
