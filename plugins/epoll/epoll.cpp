// SPDX-License-Identifier: Apache-2.0
//
// epoll(7): the default plugin on Linux, built into libtenon and also a shared object of its own.

#include <cerrno>
#include <climits>
#include <cstdint>

#include <sys/epoll.h>
#include <unistd.h>

#include <tenon/io.h>

#include "own_loop.hpp"

namespace {

using tenon::ops::OwnLoop;
using tenon::ops::Watch;

class Epoll {
public:
    Epoll() = default;
    Epoll(const Epoll &) = delete;
    Epoll &operator=(const Epoll &) = delete;
    ~Epoll() {
        if (fd_ != -1) ::close(fd_);
    }

    bool open(Watch &wakeup, int sock) {
        fd_ = ::epoll_create1(EPOLL_CLOEXEC);
        if (fd_ == -1 || control(EPOLL_CTL_ADD, wakeup, sock, TENON_IO_READ) != 0) return false;
        wakeup.sock = sock;
        wakeup.flags = TENON_IO_READ;
        return true;
    }

    int update(Watch &watch, int sock, short flags) {
        return control(watch.flags == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, watch, sock, flags);
    }

    void remove(Watch &watch) {
        ::epoll_ctl(fd_, EPOLL_CTL_DEL, watch.sock, nullptr);
        if (watch.pending == 0) return;
        ready_[watch.pending - 1].data.ptr = nullptr;
        watch.pending = 0;
    }

    void wait(std::int64_t usec) {
        const int count = wait_for(usec);
        next_ = 0;
        count_ = count > 0 ? static_cast<unsigned>(count) : 0;
        for (unsigned i = 0; i < count_; ++i) static_cast<Watch *>(ready_[i].data.ptr)->pending = i + 1;
    }

    Watch *next(short &which) {
        while (next_ < count_) {
            const epoll_event &event = ready_[next_++];
            auto *watch = static_cast<Watch *>(event.data.ptr);
            if (watch == nullptr) continue;
            watch->pending = 0;
            which = reported(event.events, watch->flags);
            if (which != 0) return watch;
        }
        return nullptr;
    }

private:
    /// A millisecond more or less is nothing to a longer wait, and epoll_wait is what tracers and old kernels know.
    static constexpr std::int64_t kPreciseBelow = 10'000;
    static constexpr int kMost = 256;

    int control(int operation, Watch &watch, int sock, short flags) const {
        epoll_event event{};
        if ((flags & TENON_IO_READ) != 0) event.events |= EPOLLIN;
        if ((flags & TENON_IO_WRITE) != 0) event.events |= EPOLLOUT;
        event.data.ptr = &watch;
        return ::epoll_ctl(fd_, operation, sock, &event);
    }

    static short reported(std::uint32_t events, short asked) {
        constexpr short kBoth = TENON_IO_READ | TENON_IO_WRITE;
        if ((events & (EPOLLERR | EPOLLHUP)) != 0) return static_cast<short>((asked & kBoth) | TENON_IO_ERROR);
        short which = 0;
        if ((events & EPOLLIN) != 0) which |= TENON_IO_READ;
        if ((events & EPOLLOUT) != 0) which |= TENON_IO_WRITE;
        return static_cast<short>(which & asked);
    }

    int wait_for(std::int64_t usec) {
        if (usec < 0) return ::epoll_wait(fd_, ready_, kMost, -1);
#ifdef TENON_HAVE_EPOLL_PWAIT2
        if (usec > 0 && usec < kPreciseBelow && precise_) {
            const timespec timeout{0, static_cast<long>(usec) * 1000};
            const int count = ::epoll_pwait2(fd_, ready_, kMost, &timeout, nullptr);
            if (count != -1 || errno != ENOSYS) return count;
            precise_ = false;
        }
#endif
        const std::int64_t msec = (usec + 999) / 1000;
        return ::epoll_wait(fd_, ready_, kMost, msec < INT_MAX ? static_cast<int>(msec) : INT_MAX);
    }

    int fd_ = -1;
    bool precise_ = true;
    unsigned next_ = 0;
    unsigned count_ = 0;
    epoll_event ready_[kMost];
};

}  // namespace

/// Makes a loop over an epoll descriptor of its own. `cookie` must be null: there is no host's loop to live on.
extern "C" TENON_API int tenon_create_epoll_io_ops(int version, tenon_io_ops **io, void *cookie) {
    if (version != 0) return TENON_IO_EVERSION;
    return cookie == nullptr ? OwnLoop<Epoll>::create(io) : TENON_IO_EINVAL;
}

extern "C" TENON_API int lcb_create_epoll_io_opts(int version, tenon_io_ops **io, void *cookie) {
    return tenon_create_epoll_io_ops(version, io, cookie);
}
