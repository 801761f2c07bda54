// SPDX-License-Identifier: Apache-2.0
//
// sd-event, systemd's loop. The cookie is the host's `sd_event *`, or null for a loop of the table's own.
//
// The table holds a reference to the loop.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <time.h>

#include <tenon/io.h>

#include "loop_table.hpp"
#include "poll_bits.hpp"

namespace {

using tenon::ops::LoopTable;
using tenon::ops::Watch;

static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLERR == POLLERR && EPOLLHUP == POLLHUP);

class SdEvent;

struct Drop {
    void operator()(sd_event *loop) const { sd_event_unref(loop); }
    void operator()(sd_event_source *source) const { sd_event_source_unref(source); }
};
using LoopPtr = std::unique_ptr<sd_event, Drop>;
using SourcePtr = std::unique_ptr<sd_event_source, Drop>;

struct Event : Watch {
    SourcePtr source;
    SdEvent *loop = nullptr;
};

class SdEvent : public LoopTable<SdEvent, Event> {
    friend LoopTable;

    explicit SdEvent(sd_event *host) : loop_(sd_event_ref(host)) {}

    bool open() {
        sd_event *loop = loop_.get();
        if (loop == nullptr && sd_event_new(&loop) >= 0) loop_.reset(loop);
        return loop_ != nullptr && posts().open() &&
               keep(wakeup_, [&](sd_event_source **source) {
                   return sd_event_add_io(loop, source, posts().descriptor(), EPOLLIN, on_wakeup, this);
               }) &&
               keep(timer_, [&](sd_event_source **source) {
                   return sd_event_add_time(loop, source, CLOCK_MONOTONIC, kNever, kAccuracy, on_timer, this);
               });
    }

    /// Has `add` make a source; false with errno set.
    template <typename Add>
    static bool keep(SourcePtr &kept, Add add) {
        sd_event_source *source = nullptr;
        const int error = add(&source);
        errno = -error;
        if (error < 0) return false;
        kept.reset(source);
        return true;
    }

    int start(Event &event, int sock, short flags) {
        const auto asked = static_cast<std::uint32_t>(tenon::ops::to_poll(flags));
        event.loop = this;
        if (event.flags != 0) {
            const int error = sd_event_source_set_io_events(event.source.get(), asked);
            errno = -error;
            return error < 0 ? -1 : 0;
        }
        const bool added = keep(event.source, [&](sd_event_source **source) {
            return sd_event_add_io(loop_.get(), source, sock, asked, on_ready, &event);
        });
        if (!added) return -1;
        ++sources_;
        return 0;
    }

    void stop(Event &event) {
        event.source.reset();
        --sources_;
    }

    static int on_ready(sd_event_source *, int, std::uint32_t events, void *arg) {
        auto &event = *static_cast<Event *>(arg);
        event.loop->deliver(event, tenon::ops::from_poll(events, event.flags));
        return 0;
    }

    static int on_wakeup(sd_event_source *, int, std::uint32_t, void *self) {
        static_cast<SdEvent *>(self)->run_posts();
        return 0;
    }

    static int on_next_turn(sd_event_source *, void *arg) {
        auto &self = *static_cast<SdEvent *>(arg);
        self.next_turn_.reset();
        self.fire_timers();
        return 0;
    }

    static int on_timer(sd_event_source *, std::uint64_t, void *arg) {
        static_cast<SdEvent *>(arg)->fire_alarm();
        return 0;
    }

    // A source for the next turn is made each time: one that is enabled anew comes before whatever is ready [R8].
    void arm_wakeup() {
        const bool immediate = timers().has_immediate();
        const auto add = [this](sd_event_source **source) {
            return sd_event_add_defer(loop_.get(), source, on_next_turn, this);
        };
        if (!immediate) next_turn_.reset();
        const bool out_of_memory = immediate && !next_turn_ && !keep(next_turn_, add);
        const std::uint64_t due = out_of_memory ? 0 : timers().next_due();
        if (!move_alarm(due)) return;
        sd_event_source_set_time(timer_.get(), due);
        sd_event_source_set_enabled(timer_.get(), due == kNever ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
    }

    // Not sd_event_loop(): it is left by sd_event_exit() alone, after which a loop cannot be used again.
    void run_loop() {
        broken_ = false;
        while (!broken_ && sd_event_run(loop_.get(), UINT64_MAX) >= 0) {}
    }
    void break_loop() { broken_ = true; }

    // sd-event serves one source a run: as many as we have, so that one that stays ready does not hold us here.
    void poll_loop() {
        for (std::size_t left = sources_; left > 0 && !destroyed(); --left)
            if (sd_event_run(loop_.get(), 0) <= 0) return;
    }

    void close() {
        wakeup_.reset();
        next_turn_.reset();
        timer_.reset();
    }

    static constexpr std::uint64_t kAccuracy = 1;  ///< µs; 0 stands for a quarter of a second

    LoopPtr loop_;
    SourcePtr wakeup_;
    SourcePtr next_turn_;
    SourcePtr timer_;
    std::size_t sources_ = 3;
    bool broken_ = false;
};

}  // namespace

extern "C" TENON_API int tenon_create_sd_event_io_ops(int version, tenon_io_ops **io, void *cookie) {
    return version == 0 ? SdEvent::create(io, static_cast<sd_event *>(cookie)) : TENON_IO_EVERSION;
}

extern "C" TENON_API int lcb_create_sd_event_io_opts(int version, tenon_io_ops **io, void *cookie) {
    return tenon_create_sd_event_io_ops(version, io, cookie);
}
