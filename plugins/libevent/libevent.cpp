// SPDX-License-Identifier: Apache-2.0
//
// libevent 2. The cookie is the host's `struct event_base *`, or null for a base of the table's own.
//
// libev's library carries functions of the same names, for programs of libevent 1. A program that links both libraries
// has to name libevent first; where libev's stand in front the creator refuses (TENON_IO_EINVAL).

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

#include <event2/event.h>
#include <event2/event_struct.h>
#ifdef __linux__
#include <sys/timerfd.h>
#endif
#include <unistd.h>

#include <tenon/io.h>

#include "loop_table.hpp"

namespace {

using tenon::ops::LoopTable;
using tenon::ops::Watch;

class Libevent;

using EventPtr = std::unique_ptr<event, decltype(&event_free)>;

struct Event : Watch {
    EventPtr watch{nullptr, event_free};
    Libevent *loop = nullptr;
};

class Libevent : public LoopTable<Libevent, Event> {
public:
    ~Libevent() {
        close();
        if (owns_ && base_ != nullptr) event_base_free(base_);
        if (clock_ != -1) ::close(clock_);
    }

private:
    friend LoopTable;

    explicit Libevent(event_base *host)
        : base_(host != nullptr ? host : event_base_new()), owns_(host == nullptr) {}

    bool open() {
        if (base_ == nullptr) return false;
        timer_.reset(event_new(base_, -1, 0, on_timer, this));
        if (!timer_ || !posts().open()) return false;
        wakeup_ = background(posts().descriptor(),
                             [](evutil_socket_t, short, void *self) { static_cast<Libevent *>(self)->run_posts(); });
#ifdef __linux__
        clock_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
        clock_watch_ = background(clock_, on_clock);
        if (!clock_watch_) return false;
#endif
        return wakeup_ != nullptr;
    }

    /// Watches a descriptor of our own. libevent's own wakeup descriptors are marked the same way: they keep no loop
    /// alive [R17], and there is no public call for it.
    EventPtr background(int sock, event_callback_fn ready) {
        EventPtr made(sock != -1 ? event_new(base_, sock, EV_READ | EV_PERSIST, ready, this) : nullptr, event_free);
        if (!made) return made;
        made->ev_evcallback.evcb_flags |= EVLIST_INTERNAL;
        if (event_add(made.get(), nullptr) != 0) made.reset();
        return made;
    }

    int start(Event &event, int sock, short flags) {
        // libevent reports a bad descriptor on stderr.
        if (event.flags == 0 && !tenon::ops::is_descriptor(sock)) return -1;
        short asked = EV_PERSIST;
        if ((flags & (TENON_IO_READ | TENON_IO_ERROR)) != 0) asked |= EV_READ;
        if ((flags & TENON_IO_WRITE) != 0) asked |= EV_WRITE;
        event.loop = this;
        event.watch.reset(event_new(base_, sock, asked, on_ready, &event));
        errno = ENOMEM;
        if (event.watch && event_add(event.watch.get(), nullptr) == 0) return 0;
        event.watch.reset();
        return -1;
    }

    void stop(Event &event) { event.watch.reset(); }

    static void on_ready(evutil_socket_t, short events, void *arg) {
        auto &event = *static_cast<Event *>(arg);
        short which = 0;
        if ((events & EV_READ) != 0) which |= TENON_IO_READ;
        if ((events & EV_WRITE) != 0) which |= TENON_IO_WRITE;
        event.loop->deliver_unnamed(event, which);
    }

    static void on_timer(evutil_socket_t, short, void *arg) {
        static_cast<Libevent *>(arg)->fire_alarm();
    }

    void arm_wakeup() {
        const std::uint64_t due = timers().has_immediate() ? 0 : timers().next_due();
        if (!move_alarm(due)) return;
        if (due == kNever) {
            event_del(timer_.get());
            return;
        }
        timeval after{0, 0};
        if (due != 0) {
            const std::uint64_t now = tenon::ops::monotonic_usec();
            const std::uint64_t rest = due > now ? due - now : 0;
            after.tv_sec = static_cast<time_t>(rest / 1000000);
            after.tv_usec = static_cast<suseconds_t>(rest % 1000000);
            event_base_update_cache_time(base_);  // it counts from a cached time [R7]
            set_clock(due);
        }
        event_add(timer_.get(), &after);
    }

#ifdef __linux__
    // libevent reads a clock that moves every few milliseconds only; a precise base would set a kernel's timer in each
    // turn. This one is set when the first timer changes to an earlier one, and not otherwise.
    void set_clock(std::uint64_t due) {
        if (due >= clock_due_) return;
        clock_due_ = due;
        const itimerspec when{{0, 0}, {static_cast<time_t>(due / 1000000), static_cast<long>(due % 1000000 * 1000)}};
        ::timerfd_settime(clock_, TFD_TIMER_ABSTIME, &when, nullptr);
    }

    static void on_clock(evutil_socket_t clock, short, void *arg) {
        auto &self = *static_cast<Libevent *>(arg);
        std::uint64_t expirations = 0;
        if (::read(clock, &expirations, sizeof expirations) > 0) self.clock_due_ = kNever;
        self.fire_alarm();
    }
#else
    void set_clock(std::uint64_t) {}
#endif

    void run_loop() { event_base_loop(base_, 0); }
    void break_loop() { event_base_loopbreak(base_); }
    void poll_loop() {
        run_posts();  // a base without events does not turn
        if (!destroyed()) event_base_loop(base_, EVLOOP_NONBLOCK);
    }

    void close() {
        wakeup_.reset();
        clock_watch_.reset();
        timer_.reset();
    }

    event_base *base_;
    bool owns_;
    EventPtr wakeup_{nullptr, event_free};
    EventPtr timer_{nullptr, event_free};
    int clock_ = -1;
    EventPtr clock_watch_{nullptr, event_free};
    std::uint64_t clock_due_ = kNever;
};

}  // namespace

extern "C" TENON_API int tenon_create_libevent_io_ops(int version, tenon_io_ops **io, void *cookie) {
    if (version != 0) return TENON_IO_EVERSION;
    if (std::strncmp(event_get_version(), "2.", 2) != 0) return TENON_IO_EINVAL;
    return Libevent::create(io, static_cast<event_base *>(cookie));
}

extern "C" TENON_API int lcb_create_libevent_io_opts(int version, tenon_io_ops **io, void *cookie) {
    return tenon_create_libevent_io_ops(version, io, cookie);
}
