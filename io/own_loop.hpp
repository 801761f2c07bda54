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
            if (!this->timers().empty()) this->fire_timers();
            if (broken_) break;
            serve_sockets(this->time_to_wait());
            if (broken_) break;
        }
        end_turns();
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
