// SPDX-License-Identifier: Apache-2.0
#pragma once

// A loop for plugins that have none of their own: turns, timers, stopping, posted calls, and a table that may be
// destroyed inside a callback. What differs between epoll and poll is the Poller:
//
//     bool open(Watch &wakeup, int sock);               makes it, watches `wakeup` for ever; false with errno set
//     int update(Watch &, int sock, short flags);       -1 with errno set: then nothing is watched
//     void remove(Watch &);                             also forgets what is pending for it in this turn
//     void wait(std::int64_t usec);                     collects what is ready; negative: as long as it takes
//     Watch *next(short &which);                        hands over one ready watch after the other, null at the end

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>

#include <tenon/io.h>

#include "post_queue.hpp"
#include "sockets.hpp"
#include "timer_queue.hpp"

namespace tenon::ops {

struct Watch {
    int sock = -1;
    short flags = 0;
    unsigned pending = 0;  ///< the Poller's: where its readiness waits in this turn
    void *arg = nullptr;
    tenon_io_handler handler = nullptr;
};

template <typename Poller>
class OwnLoop {
public:
    /// Makes a loop and its table. TENON_IO_OK or TENON_IO_ENOMEM.
    static int create(tenon_io_ops **io) {
        std::unique_ptr<OwnLoop> loop(new (std::nothrow) OwnLoop);
        if (!loop || !loop->posts_.open() || !loop->poller_.open(loop->wakeup_, loop->posts_.descriptor())) return TENON_IO_ENOMEM;
        *io = &loop.release()->table_;
        return TENON_IO_OK;
    }

private:
    OwnLoop() {
        fill_sockets(table_);
        table_.cookie = this;
        table_.revision = TENON_IO_REVISION;
        table_.destructor = [](tenon_io_ops *io) { of(io).destroy(); };
        table_.create_timer = create_timer;
        table_.destroy_timer = destroy_timer;
        table_.update_timer = update_timer;
        table_.delete_timer = [](tenon_io_ops *io, void *timer) { of(io).timers_.disarm(*static_cast<Timer *>(timer)); };
        table_.create_event = create_event;
        table_.destroy_event = destroy_event;
        table_.update_event = update_event;
        table_.delete_event = [](tenon_io_ops *io, int, void *event) { of(io).unwatch(*static_cast<Watch *>(event)); };
        table_.run_event_loop = [](tenon_io_ops *io) { of(io).run(); };
        table_.stop_event_loop = [](tenon_io_ops *io) { of(io).stopping_ = of(io).running_; };
        table_.tick = [](tenon_io_ops *io) { return of(io).tick(); };
        table_.post = [](tenon_io_ops *io, void (*fn)(void *), void *arg) { return of(io).posts_.post(fn, arg); };
    }

    using Timer = TimerNode;

    static OwnLoop &of(tenon_io_ops *io) { return *static_cast<OwnLoop *>(io->cookie); }

    static void *create_timer(tenon_io_ops *io) {
        try {
            auto timer = std::make_unique<Timer>();
            of(io).timers_.add_timer();
            return timer.release();
        } catch (const std::bad_alloc &) {
            io->error = ENOMEM;
            return nullptr;
        }
    }

    static void destroy_timer(tenon_io_ops *io, void *timer) {
        const std::unique_ptr<Timer> owned(static_cast<Timer *>(timer));
        of(io).timers_.remove_timer(*owned);
    }

    static int update_timer(tenon_io_ops *io, void *handle, std::uint32_t usec, void *arg, tenon_io_handler handler) {
        Timer &timer = *static_cast<Timer *>(handle);
        timer.arg = arg;
        timer.handler = handler;
        if (usec == 0)
            of(io).timers_.arm_immediate(timer);
        else
            of(io).timers_.arm_at(timer, monotonic_usec() + usec);
        return 0;
    }

    static void *create_event(tenon_io_ops *io) {
        auto *watch = new (std::nothrow) Watch;
        if (watch == nullptr) io->error = ENOMEM;
        return watch;
    }

    static void destroy_event(tenon_io_ops *io, void *event) {
        const std::unique_ptr<Watch> owned(static_cast<Watch *>(event));
        of(io).unwatch(*owned);
    }

    static int update_event(tenon_io_ops *io, int sock, void *event, short flags, void *arg, tenon_io_handler handler) {
        Watch &watch = *static_cast<Watch *>(event);
        watch.arg = arg;
        watch.handler = handler;
        if (watch.sock == sock && watch.flags == flags) return 0;
        return of(io).watch(watch, sock, flags);
    }

    int watch(Watch &watch, int sock, short flags) {
        if (watch.sock != sock || flags == 0) unwatch(watch);
        if (flags == 0) return 0;
        if (poller_.update(watch, sock, flags) != 0) {
            table_.error = errno;
            unwatch(watch);
            return -1;
        }
        if (watch.flags == 0) ++watches_;
        watch.sock = sock;
        watch.flags = flags;
        return 0;
    }

    void unwatch(Watch &watch) {
        if (watch.flags == 0) return;
        poller_.remove(watch);
        watch.sock = -1;
        watch.flags = 0;
        --watches_;
    }

    void destroy() {
        destroyed_ = true;
        if (!in_turn_) const std::unique_ptr<OwnLoop> freed(this);
    }

    void run_timers() {
        if (timers_.empty()) return;
        timers_.begin_round(timers_.has_timed() ? monotonic_usec() : 0);
        while (Timer *timer = timers_.next_in_round()) {
            timer->handler(-1, 0, timer->arg);
            if (destroyed_) return;
        }
    }

    void run_posts() {
        for (const PostQueue::Call &call : posts_.take()) {
            call.fn(call.arg);
            if (destroyed_) return;
        }
    }

    void run_sockets(std::int64_t usec) {
        poller_.wait(usec);
        short which = 0;
        while (Watch *watch = poller_.next(which)) {
            if (watch == &wakeup_)
                run_posts();
            else
                watch->handler(watch->sock, which, watch->arg);
            if (destroyed_) return;
        }
    }

    std::int64_t time_to_wait() const {
        if (timers_.has_immediate()) return 0;
        if (!timers_.has_timed()) return -1;
        const std::uint64_t now = monotonic_usec();
        return timers_.next_due() <= now ? 0 : static_cast<std::int64_t>(timers_.next_due() - now);
    }

    // Timers come first in a turn: what a callback of the turn before armed with 0 µs runs without a system call.
    void run() {
        if (!enter()) return;
        running_ = true;
        stopping_ = false;
        for (;;) {
            run_timers();
            if (stopping_ || destroyed_) break;
            if (watches_ == 0 && timers_.empty()) {
                run_posts();
                if (destroyed_ || (watches_ == 0 && timers_.empty())) break;
                continue;
            }
            run_sockets(time_to_wait());
            if (stopping_ || destroyed_) break;
        }
        running_ = stopping_ = false;
        leave();
    }

    // Timers come last in a tick, so that it leaves nothing behind that is due.
    int tick() {
        if (!enter()) return -1;
        run_sockets(0);
        if (!destroyed_) run_timers();
        leave();
        return 0;
    }

    bool enter() {
        if (in_turn_) table_.error = EDEADLK;
        return in_turn_ ? false : (in_turn_ = true);
    }

    void leave() {
        in_turn_ = false;
        if (destroyed_) destroy();
    }

    tenon_io_ops table_{};
    PostQueue posts_;
    Watch wakeup_;
    Poller poller_;
    TimerQueue timers_;
    std::size_t watches_ = 0;
    bool in_turn_ = false;
    bool running_ = false;
    bool stopping_ = false;
    bool destroyed_ = false;
};

}  // namespace tenon::ops
