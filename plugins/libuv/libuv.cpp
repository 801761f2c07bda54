// SPDX-License-Identifier: Apache-2.0
//
// libuv. The cookie is the host's `uv_loop_t *`, or null for a loop of the table's own.
//
// libuv closes handles in the loop's next turn. On a host's loop, let it turn once after the table was destroyed;
// before that uv_loop_close() says UV_EBUSY.

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include <uv.h>

#include <tenon/io.h>

#include "loop_table.hpp"

namespace {

using tenon::ops::LoopTable;
using tenon::ops::Watch;

class Libuv;

/// A handle belongs to libuv until its close callback.
template <typename Handle>
void close_and_free(Handle *handle) {
    uv_close(reinterpret_cast<uv_handle_t *>(handle),
             [](uv_handle_t *closed) { const std::unique_ptr<Handle> freed(reinterpret_cast<Handle *>(closed)); });
}

struct Event : Watch {
    uv_poll_t *poll = nullptr;
    Libuv *loop = nullptr;
};

class Libuv : public LoopTable<Libuv, Event> {
public:
    ~Libuv() {
        if (!owned_) return;
        uv_run(owned_.get(), UV_RUN_NOWAIT);  // the close callbacks
        uv_loop_close(owned_.get());
    }

private:
    friend LoopTable;

    explicit Libuv(uv_loop_t *host) : loop_(host) {}

    bool open() {
        std::unique_ptr<uv_timer_t> timer(new (std::nothrow) uv_timer_t);
        std::unique_ptr<uv_prepare_t> prepare(new (std::nothrow) uv_prepare_t);
        std::unique_ptr<uv_idle_t> idle(new (std::nothrow) uv_idle_t);
        if (!timer || !prepare || !idle || !posts().open() || !find_loop()) return false;
        wakeup_ = new_poll(posts().descriptor());
        if (wakeup_ == nullptr) return false;
        wakeup_->data = this;
        uv_poll_start(wakeup_, UV_READABLE,
                      [](uv_poll_t *poll, int, int) { static_cast<Libuv *>(poll->data)->run_posts(); });
        uv_unref(reinterpret_cast<uv_handle_t *>(wakeup_));  // it keeps no loop alive [R17]
        timer_ = timer.release();
        uv_timer_init(loop_, timer_);
        timer_->data = this;
        before_wait_ = prepare.release();
        uv_prepare_init(loop_, before_wait_);
        next_turn_ = idle.release();
        uv_idle_init(loop_, next_turn_);
        next_turn_->data = this;
        return true;
    }

    bool find_loop() {
        if (loop_ != nullptr) return true;
        std::unique_ptr<uv_loop_t> loop(new (std::nothrow) uv_loop_t);
        if (!loop || uv_loop_init(loop.get()) != 0) return false;
        owned_ = std::move(loop);
        loop_ = owned_.get();
        return true;
    }

    uv_poll_t *new_poll(int sock) {
        std::unique_ptr<uv_poll_t> poll(new (std::nothrow) uv_poll_t);
        const int error = poll ? uv_poll_init(loop_, poll.get(), sock) : UV_ENOMEM;
        errno = -error;
        return error == 0 ? poll.release() : nullptr;
    }

    int start(Event &event, int sock, short flags) {
        if (event.poll == nullptr) {
            event.poll = new_poll(sock);
            if (event.poll == nullptr) return -1;
            event.poll->data = &event;
            event.loop = this;
        }
        return listen(event, flags);
    }

    static int listen(Event &event, short flags) {
        int asked = 0;
        if ((flags & (TENON_IO_READ | TENON_IO_ERROR)) != 0) asked |= UV_READABLE;
        if ((flags & TENON_IO_WRITE) != 0) asked |= UV_WRITABLE;
        const int error = uv_poll_start(event.poll, asked, on_ready);
        errno = -error;
        return error == 0 ? 0 : -1;
    }

    // Closed, not only stopped: a later uv_close would take the number out of the kernel's set once more, when it is
    // somebody else's by then [R12].
    void stop(Event &event) { close_and_free(std::exchange(event.poll, nullptr)); }

    static void on_ready(uv_poll_t *poll, int status, int events) {
        auto &event = *static_cast<Event *>(poll->data);
        if (status < 0) {
            listen(event, event.flags);  // libuv stops a watch that failed; ours goes on [R3]
            return event.loop->deliver(event, static_cast<short>(event.flags | TENON_IO_ERROR));
        }
        short which = 0;
        if ((events & UV_READABLE) != 0) which |= TENON_IO_READ;
        if ((events & UV_WRITABLE) != 0) which |= TENON_IO_WRITE;
        event.loop->deliver_unnamed(event, which);
    }

    // A uv timer of 0 ms armed in a timer's callback fires again before any socket is served; an idle handle does not.
    void arm_wakeup() {
        if (timers().has_immediate())
            uv_idle_start(next_turn_, [](uv_idle_t *idle) { static_cast<Libuv *>(idle->data)->fire_timers(); });
        else
            uv_idle_stop(next_turn_);
        const std::uint64_t due = timers().next_due();
        if (!move_alarm(due)) return;
        if (due == kNever) {
            uv_timer_stop(timer_);
            uv_prepare_stop(before_wait_);
            return;
        }
        const std::uint64_t now = tenon::ops::monotonic_usec();
        // libuv counts in whole milliseconds from a cached time: what it lags behind is added, and how long it waits
        // is reckoned from a fresh one, however long the callbacks before that took [R7].
        const std::uint64_t lag = uv_hrtime() / 1000000 - uv_now(loop_);
        uv_prepare_start(before_wait_, [](uv_prepare_t *prepare) { uv_update_time(prepare->loop); });
        uv_timer_start(timer_, [](uv_timer_t *timer) { static_cast<Libuv *>(timer->data)->fire_alarm(); },
                       (due > now ? (due - now + 999) / 1000 : 0) + lag, 0);
    }

    void run_loop() { uv_run(loop_, UV_RUN_DEFAULT); }
    void break_loop() { uv_stop(loop_); }
    void poll_loop() {
        run_posts();  // a loop that nothing keeps alive does not turn
        if (!destroyed()) uv_run(loop_, UV_RUN_NOWAIT);
    }

    void close() {
        close_and_free(wakeup_);
        close_and_free(timer_);
        close_and_free(before_wait_);
        close_and_free(next_turn_);
    }

    uv_loop_t *loop_;
    std::unique_ptr<uv_loop_t> owned_;
    uv_poll_t *wakeup_ = nullptr;
    uv_timer_t *timer_ = nullptr;
    uv_prepare_t *before_wait_ = nullptr;
    uv_idle_t *next_turn_ = nullptr;
};

/// What libcouchbase 2's plugin takes as cookie.
struct lcbuv_options_t {
    int version;
    union {
        struct {
            uv_loop_t *loop;
            int startsop_noop;  ///< its spelling: run and stop do nothing, the host drives the loop
        } v0;
    } v;
};

}  // namespace

extern "C" TENON_API int tenon_create_libuv_io_ops(int version, tenon_io_ops **io, void *cookie) {
    return version == 0 ? Libuv::create(io, static_cast<uv_loop_t *>(cookie)) : TENON_IO_EVERSION;
}

extern "C" TENON_API int lcb_create_libuv_io_opts(int version, tenon_io_ops **io, void *cookie) {
    if (version != 0) return TENON_IO_EVERSION;
    const auto *options = static_cast<const lcbuv_options_t *>(cookie);
    if (options != nullptr && options->version != 0) return TENON_IO_EINVAL;
    const int code = Libuv::create(io, options != nullptr ? options->v.v0.loop : nullptr);
    if (code == TENON_IO_OK && options != nullptr && options->v.v0.startsop_noop != 0)
        (*io)->run_event_loop = (*io)->stop_event_loop = [](tenon_io_ops *) {};
    return code;
}
