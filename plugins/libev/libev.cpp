// SPDX-License-Identifier: Apache-2.0
//
// libev. The cookie is the host's `struct ev_loop *`, or null for a loop of the table's own.

#include <cerrno>
#include <cstdint>

#include <ev.h>

#include <tenon/io.h>

#include "loop_table.hpp"

namespace {

using tenon::ops::LoopTable;
using tenon::ops::Watch;

class Libev;

struct Event : Watch {
    ev_io io{};
    Libev *loop = nullptr;
};

class Libev : public LoopTable<Libev, Event> {
public:
    ~Libev() {
        if (owns_ && loop_ != nullptr) ev_loop_destroy(loop_);
    }

private:
    friend LoopTable;

    explicit Libev(struct ev_loop *host)
        : loop_(host != nullptr ? host : ev_loop_new(EVFLAG_AUTO)), owns_(host == nullptr) {
        ev_init(&timer_, [](struct ev_loop *, ev_timer *timer, int) { static_cast<Libev *>(timer->data)->fire_alarm(); });
        timer_.data = this;
    }

    bool open() {
        if (loop_ == nullptr || !posts().open()) return false;
        ev_io_init(&wakeup_, [](struct ev_loop *, ev_io *io, int) { static_cast<Libev *>(io->data)->run_posts(); },
                   posts().descriptor(), EV_READ);
        wakeup_.data = this;
        ev_io_start(loop_, &wakeup_);
        ev_unref(loop_);  // it keeps no loop alive [R17]
        return true;
    }

    int start(Event &event, int sock, short flags) {
        // libev notices a bad descriptor only in its next turn.
        if (event.flags == 0 && !tenon::ops::is_descriptor(sock)) return -1;
        if (event.flags != 0) ev_io_stop(loop_, &event.io);
        int asked = 0;
        if ((flags & (TENON_IO_READ | TENON_IO_ERROR)) != 0) asked |= EV_READ;
        if ((flags & TENON_IO_WRITE) != 0) asked |= EV_WRITE;
        event.loop = this;
        ev_io_init(&event.io, on_ready, sock, asked);
        event.io.data = &event;
        ev_io_start(loop_, &event.io);
        return 0;
    }

    void stop(Event &event) { ev_io_stop(loop_, &event.io); }

    static void on_ready(struct ev_loop *, ev_io *io, int events) {
        auto &event = *static_cast<Event *>(io->data);
        short which = 0;
        if ((events & EV_READ) != 0) which |= TENON_IO_READ;
        if ((events & EV_WRITE) != 0) which |= TENON_IO_WRITE;
        event.loop->deliver_unnamed(event, which);
    }

    void arm_wakeup() {
        const std::uint64_t due = timers().has_immediate() ? 0 : timers().next_due();
        if (!move_alarm(due)) return;
        ev_timer_stop(loop_, &timer_);
        if (due == kNever) return;
        double after = 0;
        if (due != 0) {
            ev_now_update(loop_);  // it counts from a cached time [R7]
            const std::uint64_t now = tenon::ops::monotonic_usec();
            if (due > now) after = static_cast<double>(due - now) * 1e-6;
        }
        ev_timer_set(&timer_, after, 0.);
        ev_timer_start(loop_, &timer_);
    }

    void run_loop() { ev_run(loop_, 0); }
    void break_loop() { ev_break(loop_, EVBREAK_ONE); }
    void poll_loop() { ev_run(loop_, EVRUN_NOWAIT); }

    void close() {
        ev_ref(loop_);
        ev_io_stop(loop_, &wakeup_);
        ev_timer_stop(loop_, &timer_);
    }

    struct ev_loop *loop_;
    bool owns_;
    ev_io wakeup_;
    ev_timer timer_;
};

}  // namespace

extern "C" TENON_API int tenon_create_libev_io_ops(int version, tenon_io_ops **io, void *cookie) {
    return version == 0 ? Libev::create(io, static_cast<struct ev_loop *>(cookie)) : TENON_IO_EVERSION;
}

extern "C" TENON_API int lcb_create_libev_io_opts(int version, tenon_io_ops **io, void *cookie) {
    return tenon_create_libev_io_ops(version, io, cookie);
}
