// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every plugin does the same way: the table's calls, timers, posted calls, and the order of stopping, ending and
// destroying. A plugin is a class `Loop : LoopTable<Loop, Event>` over these few calls of its own:
//
//     bool open();                                puts itself on the event loop; false, or an exception, if it cannot
//     int start(Event &, int sock, short flags);  watches, or changes what is asked of the same socket; -1 with errno
//     void stop(Event &);                         unwatches at once: the number is never touched again [R12]
//     void arm_wakeup();                          sees to it that fire_timers() is called when timers() has one due
//     void run_loop();                            runs until break_loop() or until nothing keeps the loop alive
//     void break_loop();
//     void poll_loop();                           one turn without blocking
//     void close();                               takes everything out of the loop; no callback comes any more
//
// Its destructor frees the event loop if that is the plugin's own, also when open() has failed.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <utility>

#include <tenon/io.h>

#include "post_queue.hpp"
#include "sockets.hpp"
#include "timer_queue.hpp"

namespace tenon::ops {

/// What the table knows of a watch; an Event adds what its loop needs.
struct Watch {
    int sock = -1;
    short flags = 0;
    void *arg = nullptr;
    tenon_io_handler handler = nullptr;
};

template <typename Loop, typename Event>
class LoopTable {
public:
    LoopTable(const LoopTable &) = delete;
    LoopTable &operator=(const LoopTable &) = delete;

    /// Makes a Loop(args...) and its table. TENON_IO_OK or TENON_IO_ENOMEM.
    template <typename... Args>
    static int create(tenon_io_ops **io, Args... args) {
        try {
            std::unique_ptr<Loop> made(new Loop(args...));
            if (!made->open()) return TENON_IO_ENOMEM;
            *io = made.release()->table();
            return TENON_IO_OK;
        } catch (const std::exception &) {
            return TENON_IO_ENOMEM;
        }
    }

    tenon_io_ops *table() { return &table_; }

protected:
    LoopTable() {
        fill_sockets(table_);
        table_.cookie = static_cast<Loop *>(this);
        table_.revision = TENON_IO_REVISION;
        table_.destructor = [](tenon_io_ops *io) { of(io).destroy(); };
        table_.create_timer = create_timer;
        table_.destroy_timer = destroy_timer;
        table_.update_timer = update_timer;
        table_.delete_timer = [](tenon_io_ops *io, void *timer) { of(io).disarm(*static_cast<TimerNode *>(timer)); };
        table_.create_event = create_event;
        table_.destroy_event = destroy_event;
        table_.update_event = update_event;
        table_.delete_event = [](tenon_io_ops *io, int, void *event) { of(io).unwatch(*static_cast<Event *>(event)); };
        table_.run_event_loop = [](tenon_io_ops *io) { of(io).run(); };
        table_.stop_event_loop = [](tenon_io_ops *io) { of(io).stop_run(); };
        table_.tick = [](tenon_io_ops *io) { return of(io).tick(); };
        table_.post = [](tenon_io_ops *io, void (*fn)(void *), void *arg) { return of(io).posts_.post(fn, arg); };
    }
    ~LoopTable() = default;

    static constexpr std::uint64_t kNever = TimerQueue::kNever;

    const TimerQueue &timers() const { return timers_; }
    PostQueue &posts() { return posts_; }
    bool idle() const { return watches_ == 0 && timers_.empty(); }
    bool destroyed() const { return destroyed_; }

    /// Microseconds until a timer is due; -1: none is armed.
    std::int64_t time_to_wait() const {
        if (timers_.has_immediate()) return 0;
        if (!timers_.has_timed()) return -1;
        const std::uint64_t now = monotonic_usec();
        const std::uint64_t due = timers_.next_due();
        return due <= now ? 0 : static_cast<std::int64_t>(due - now);
    }

    // Most loops have a timer that stands for all of ours.

    /// Whether that one has to be set to `due`, or to nothing if this is kNever. It may ring too early for one of ours
    /// that was moved back: that saves setting it each time.
    bool move_alarm(std::uint64_t due) {
        if (due >= alarm_ && due != kNever) return false;
        alarm_ = due;
        return true;
    }

    // Each of these calls the program back and may free the Loop: the last thing a callback of a foreign loop
    // does. Inside run_loop() and poll_loop() the Loop stays until they return.

    /// Reports readiness, as far as it is asked for.
    void deliver(Event &event, short which) {
        const auto ready = static_cast<short>(which & (event.flags | TENON_IO_ERROR));
        if (ready == 0 || event.flags == 0) return;
        call_back([&] { event.handler(event.sock, ready, event.arg); });
    }

    /// The same for a loop that shows errors as readiness of every direction asked for and does not name them [R3].
    void deliver_unnamed(Event &event, short which) {
        constexpr short kBoth = TENON_IO_READ | TENON_IO_WRITE;
        const auto asked = static_cast<short>(event.flags & kBoth);
        if (asked == 0) which = 0;  // errors alone were asked for
        if ((which & asked) == asked && has_failed(event.sock)) which |= static_cast<short>(asked | TENON_IO_ERROR);
        deliver(event, which);
    }

    /// A round of timers, then arm_wakeup().
    void fire_timers() {
        call_back([&] {
            in_round_ = true;
            timers_.begin_round(timers_.has_timed() ? monotonic_usec() : 0);
            while (TimerNode *timer = timers_.next_in_round()) {
                timer->handler(-1, 0, timer->arg);
                if (destroyed_) return;
            }
            in_round_ = false;
            self().arm_wakeup();
        });
    }

    /// The loop's timer has rung.
    void fire_alarm() {
        alarm_ = kNever;
        fire_timers();
    }

    /// What other threads have posted.
    void run_posts() {
        call_back([&] {
            for (const PostQueue::Call &call : posts_.take()) {
                call.fn(call.arg);
                if (destroyed_) return;
            }
        });
    }

private:
    static Loop &of(tenon_io_ops *io) { return *static_cast<Loop *>(io->cookie); }
    Loop &self() { return *static_cast<Loop *>(this); }

    static void *create_timer(tenon_io_ops *io) {
        try {
            auto timer = std::make_unique<TimerNode>();
            of(io).timers_.add_timer();
            return timer.release();
        } catch (const std::bad_alloc &) {
            io->error = ENOMEM;
            return nullptr;
        }
    }

    static void destroy_timer(tenon_io_ops *io, void *handle) {
        const std::unique_ptr<TimerNode> timer(static_cast<TimerNode *>(handle));
        of(io).disarm(*timer);
        of(io).timers_.remove_timer();
    }

    static int update_timer(tenon_io_ops *io, void *handle, std::uint32_t usec, void *arg, tenon_io_handler handler) {
        TimerNode &timer = *static_cast<TimerNode *>(handle);
        timer.arg = arg;
        timer.handler = handler;
        if (usec == 0)
            of(io).timers_.arm_immediate(timer);
        else
            of(io).timers_.arm_at(timer, monotonic_usec() + usec);
        if (!of(io).in_round_) of(io).arm_wakeup();
        return 0;
    }

    void disarm(TimerNode &timer) {
        if (!timer.armed()) return;
        timers_.disarm(timer);
        if (!in_round_) self().arm_wakeup();
        end_if_idle();
    }

    static void *create_event(tenon_io_ops *io) {
        auto *event = new (std::nothrow) Event;
        if (event == nullptr) io->error = ENOMEM;
        return event;
    }

    static void destroy_event(tenon_io_ops *io, void *handle) {
        const std::unique_ptr<Event> event(static_cast<Event *>(handle));
        of(io).unwatch(*event);
    }

    static int update_event(tenon_io_ops *io, int sock, void *handle, short flags, void *arg, tenon_io_handler handler) {
        Event &event = *static_cast<Event *>(handle);
        event.arg = arg;
        event.handler = handler;
        if (event.sock == sock && event.flags == flags) return 0;
        return of(io).watch(event, sock, flags);
    }

    int watch(Event &event, int sock, short flags) {
        if (event.sock != sock || flags == 0) unwatch(event);
        if (flags == 0) return 0;
        if (self().start(event, sock, flags) != 0) {
            table_.error = errno;
            unwatch(event);
            return -1;
        }
        if (event.flags == 0) ++watches_;
        event.sock = sock;
        event.flags = flags;
        return 0;
    }

    void unwatch(Event &event) {
        if (event.flags == 0) return;
        self().stop(event);
        event.sock = -1;
        event.flags = 0;
        --watches_;
        end_if_idle();
    }

    template <typename Fn>
    void call_back(Fn fn) {
        const bool outermost = !std::exchange(in_callback_, true);
        fn();
        if (!outermost) return;
        in_callback_ = false;
        if (!destroyed_)
            end_if_idle();
        else if (!entered_)
            dispose();
    }

    // A host's own handles do not keep our run going, and one callback may end the last watch and begin another: the
    // loop is left when the callback is over, and run() looks again.
    void end_if_idle() {
        if (!looping_ || in_callback_ || !idle()) return;
        left_for_idle_ = true;
        self().break_loop();
    }

    void run() {
        if (!enter()) return;
        running_ = true;
        stopping_ = false;
        if (idle()) run_posts();
        while (!idle() && !stopping_ && !destroyed_) {
            left_for_idle_ = false;
            looping_ = true;
            self().run_loop();
            looping_ = false;
            if (!left_for_idle_) break;  // stopped, or the host left its loop
        }
        running_ = false;
        leave();
    }

    int tick() {
        if (!enter()) return -1;
        self().poll_loop();
        leave();
        return 0;
    }

    void stop_run() {
        if (!running_) return;
        stopping_ = true;
        if (looping_) self().break_loop();  // some loops remember a break for their next run
    }

    bool enter() {
        if (in_callback_ || entered_) {
            table_.error = EDEADLK;
            return false;
        }
        return entered_ = true;
    }

    void leave() {
        entered_ = false;
        if (destroyed_) dispose();
    }

    void destroy() {
        stop_run();
        destroyed_ = true;
        self().close();
        if (!in_callback_ && !entered_) dispose();
    }

    void dispose() { const std::unique_ptr<Loop> freed(&self()); }

    tenon_io_ops table_{};
    TimerQueue timers_;
    PostQueue posts_;
    std::size_t watches_ = 0;
    std::uint64_t alarm_ = kNever;  ///< when the loop's timer rings, on our clock
    bool in_callback_ = false;
    bool in_round_ = false;
    bool entered_ = false;  ///< run or tick is on the stack
    bool running_ = false;
    bool looping_ = false;  ///< run_loop() is on the stack
    bool stopping_ = false;
    bool left_for_idle_ = false;
    bool destroyed_ = false;
};

}  // namespace tenon::ops
