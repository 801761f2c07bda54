// SPDX-License-Identifier: Apache-2.0
//
// epoll(7): the default plugin on Linux, built into libtenon and also a shared object of its own.
//
// The cookie is null, or an `int *` that receives a descriptor: it is readable whenever the table has something to do
// (sockets, timers, posted calls), so that a loop of any kind can carry the table by watching that one descriptor for
// reading and calling `tick`. The descriptor is the table's; stop watching it before the table is destroyed.

#include <cerrno>
#include <climits>
#include <cstdint>
#include <utility>

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <tenon/io.h>

#include "own_loop.hpp"
#include "poll_bits.hpp"

namespace {

using tenon::ops::Polled;
using tenon::ops::TimerQueue;

class Epoll {
public:
    Epoll() = default;
    Epoll(const Epoll &) = delete;
    Epoll &operator=(const Epoll &) = delete;
    ~Epoll() {
        if (clock_ != -1) ::close(clock_);
        if (fd_ != -1) ::close(fd_);
    }

    bool open(Polled &wakeup, int sock, int *exposed) {
        fd_ = ::epoll_create1(EPOLL_CLOEXEC);
        if (fd_ == -1 || !watch_for_ever(wakeup, sock)) return false;
        if (exposed == nullptr) return true;
        *exposed = fd_;
        exposed_ = true;
        return open_clock();
    }

    int start(Polled &watch, int sock, short flags) {
        return control(watch.flags == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, watch, sock, flags);
    }

    void stop(Polled &watch) {
        ::epoll_ctl(fd_, EPOLL_CTL_DEL, watch.sock, nullptr);
        if (watch.place == 0) return;
        ready_[watch.place - 1].data.ptr = nullptr;
        watch.place = 0;
    }

    void wait(std::int64_t usec) {
        const int count = wait_for(usec);
        next_ = 0;
        count_ = count > 0 ? static_cast<unsigned>(count) : 0;
        for (unsigned i = 0; i < count_; ++i) static_cast<Polled *>(ready_[i].data.ptr)->place = i + 1;
    }

    Polled *next(short &which) {
        while (next_ < count_) {
            const epoll_event &event = ready_[next_++];
            auto *watch = static_cast<Polled *>(event.data.ptr);
            if (watch == nullptr) continue;
            watch->place = 0;
            if (watch == &clock_watch_) {  // timers are looked at in every turn; this only ends the readiness
                std::uint64_t expirations = 0;
                if (::read(clock_, &expirations, sizeof expirations) > 0) clock_due_ = 0;
                continue;
            }
            which = tenon::ops::from_poll(event.events, watch->flags);
            return watch;
        }
        return nullptr;
    }

    /// For who watches the exposed descriptor: makes it readable when the first timer is due.
    void wake_at(const TimerQueue &timers) {
        if (exposed_) set_clock(timers.has_immediate() ? 1 : timers.has_timed() ? timers.next_due() : 0);
    }

    bool ring_at(std::uint64_t due) { return (clock_ != -1 || open_clock()) && set_clock(due); }
    bool rings_by(std::uint64_t due) const { return clock_due_ != 0 && clock_due_ <= due; }

private:
    /// A millisecond more or less is nothing to a longer wait, and epoll_wait is what tracers and old kernels know.
    static constexpr std::int64_t kPreciseBelow = 10'000;
    static constexpr int kMost = 256;
    static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLERR == POLLERR && EPOLLHUP == POLLHUP);

    bool open_clock() {
        clock_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
        if (clock_ == -1 || watch_for_ever(clock_watch_, clock_)) return clock_ != -1;
        ::close(std::exchange(clock_, -1));
        return false;
    }

    /// 0: it does not ring.
    bool set_clock(std::uint64_t due) {
        if (due == clock_due_) return true;
        const itimerspec when{{0, 0}, {static_cast<time_t>(due / 1000000), static_cast<long>(due % 1000000 * 1000)}};
        if (::timerfd_settime(clock_, TFD_TIMER_ABSTIME, &when, nullptr) != 0) return false;
        clock_due_ = due;
        return true;
    }

    bool watch_for_ever(Polled &watch, int sock) {
        watch.sock = sock;
        watch.flags = TENON_IO_READ;
        return control(EPOLL_CTL_ADD, watch, sock, TENON_IO_READ) == 0;
    }

    int control(int operation, Polled &watch, int sock, short flags) const {
        epoll_event event{};
        event.events = static_cast<std::uint32_t>(tenon::ops::to_poll(flags));
        event.data.ptr = &watch;
        return ::epoll_ctl(fd_, operation, sock, &event);
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
    int clock_ = -1;  ///< a timerfd, opened when first needed
    Polled clock_watch_;
    std::uint64_t clock_due_ = 0;  ///< when it rings; 0: it does not
    bool exposed_ = false;
    bool precise_ = true;
    unsigned next_ = 0;
    unsigned count_ = 0;
    epoll_event ready_[kMost];
};

}  // namespace

extern "C" TENON_API int tenon_create_epoll_io_ops(int version, tenon_io_ops **io, void *cookie) {
    if (version != 0) return TENON_IO_EVERSION;
    return tenon::ops::OwnLoop<Epoll>::create(io, static_cast<int *>(cookie));
}

extern "C" TENON_API int lcb_create_epoll_io_opts(int version, tenon_io_ops **io, void *cookie) {
    return tenon_create_epoll_io_ops(version, io, cookie);
}
