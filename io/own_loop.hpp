// SPDX-License-Identifier: Apache-2.0
#pragma once

// A loop for plugins that have none below them. What differs between epoll and poll is the Poller:
//
//     bool open(Polled &wakeup, int sock);          watches `sock` for ever, unasked; false with errno set
//     int start(Polled &, int sock, short flags);   as LoopTable says
//     void stop(Polled &);                          also forgets what is pending in this turn
//     void wait(std::int64_t usec);                 collects what is ready; negative: as long as it takes
//     Polled *next(short &which);                   hands over one ready watch after the other, null at the end
//     void wake_at(const TimerQueue &);             for who waits on the Poller from outside
//
// A Poller with an alarm of its own takes over timers that are far off, so that turns cost neither a look at the clock nor
// the kernel a timer for each wait:
//
//     bool ring_at(std::uint64_t due);              ends a wait at this time on our clock; false: cannot
//     bool rings_by(std::uint64_t due);             it will, at the latest

#include "loop_table.hpp"

namespace tenon::ops {

struct Polled : Watch {
    unsigned place = 0;  ///< the Poller's: where the watch, or what is pending for it, stands; 0 nowhere
};

template <typename Poller>
class OwnLoop : public LoopTable<OwnLoop<Poller>, Polled> {
public:
    /// Makes a loop and its table. TENON_IO_OK, or TENON_IO_ENOMEM with errno set. `args` go to the Poller.
    template <typename... Args>
    static int create(tenon_io_ops **io, Args... args) {
        std::unique_ptr<OwnLoop> loop(new (std::nothrow) OwnLoop);
        if (!loop || !loop->posts().open() || !loop->poller_.open(loop->wakeup_, loop->posts().descriptor(), args...))
            return TENON_IO_ENOMEM;
        *io = loop.release()->table();
        return TENON_IO_OK;
    }

private:
    using Base = LoopTable<OwnLoop, Polled>;
    friend Base;

    OwnLoop() = default;

    int start(Polled &watch, int sock, short flags) { return poller_.start(watch, sock, flags); }
    void stop(Polled &watch) { poller_.stop(watch); }
    void arm_wakeup() {
        if (!turning_) poller_.wake_at(this->timers());
    }
    void break_loop() { broken_ = true; }
    void close() {}

    // Timers come first in a turn: what a callback of the turn before armed with 0 µs costs no system call.
    void run_loop() {
        broken_ = false;
        turning_ = true;
        for (;;) {
            if (!this->timers().empty() && !alarm_stands()) this->fire_timers();
            if (broken_) break;
            serve_sockets(time_to_serve());
            if (broken_) break;
        }
        end_turns();
    }

    static constexpr std::int64_t kFar = 100'000;
    static constexpr bool kHasAlarm = requires(Poller poller) { poller.ring_at(0); };

    /// No timer can be due: the Poller's alarm has not rung.
    bool alarm_stands() {
        if constexpr (kHasAlarm) return !this->timers().has_immediate() && poller_.rings_by(this->timers().next_due());
        return false;
    }

    /// As time_to_wait(), but for ever where the Poller's alarm will end it.
    std::int64_t time_to_serve() {
        if (alarm_stands()) return -1;
        const std::int64_t usec = this->time_to_wait();
        if constexpr (kHasAlarm)
            if (usec >= kFar && poller_.ring_at(this->timers().next_due())) return -1;
        return usec;
    }

    // Timers come last here, so that a tick leaves nothing behind that is due.
    void poll_loop() {
        turning_ = true;
        serve_sockets(0);
        if (!this->destroyed() && !this->timers().empty()) this->fire_timers();
        end_turns();
    }

    void end_turns() {
        turning_ = false;
        if (!this->destroyed()) poller_.wake_at(this->timers());
    }

    void serve_sockets(std::int64_t usec) {
        poller_.wait(usec);
        short which = 0;
        while (Polled *watch = poller_.next(which)) {
            if (watch == &wakeup_)
                this->run_posts();
            else
                this->deliver(*watch, which);
            if (this->destroyed()) return;
        }
    }

    Polled wakeup_;
    Poller poller_;
    bool turning_ = false;
    bool broken_ = false;
};

}  // namespace tenon::ops
