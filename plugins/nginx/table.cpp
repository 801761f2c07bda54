// SPDX-License-Identifier: Apache-2.0
//
// nginx. The cookie is a `struct tenon_nginx_host *` (events.h), or null for no resolver; the loop is the worker's, which
// nginx drives: run and stop are null.

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include <tenon/io.h>

#include "events.h"
#include "loop_table.hpp"

namespace {

using tenon::ops::LoopTable;
using tenon::ops::Watch;

class Nginx;

struct Event : Watch {
    void *place = nullptr;  ///< nginx's connection
    tenon_nginx_watcher watcher{};
    Nginx *loop = nullptr;
};

class Nginx : public LoopTable<Nginx, Event> {
public:
    static int create(tenon_io_ops **io, const tenon_nginx_host *host) {
        std::unique_ptr<Nginx> made(new (std::nothrow) Nginx);
        if (!made || !made->open()) return TENON_IO_ENOMEM;
        if (host != nullptr) made->host_ = *host;
        tenon_io_ops &table = *made.release()->table();
        table.run_event_loop = table.stop_event_loop = nullptr;
        table.tick = nullptr;
        if (host != nullptr && host->resolver != nullptr) {
            table.resolve = resolve;
            table.cancel_resolve = [](tenon_io_ops *, void *query) { tenon_nginx_resolve_cancel(query); };
        }
        *io = &table;
        return TENON_IO_OK;
    }

    ~Nginx() { close(); }

private:
    friend LoopTable;

    Nginx() = default;

    bool open() {
        if (!posts().open()) return false;
        posted_ = {[](void *self, short) { static_cast<Nginx *>(self)->run_posts(); }, this};
        wakeup_ = tenon_nginx_watch(posts().descriptor(), &posted_);
        if (wakeup_ == nullptr || tenon_nginx_ask(wakeup_, TENON_IO_READ) != 0) return false;
        alarm_ = tenon_nginx_alarm_create(
            [](void *self, int in_time) { static_cast<Nginx *>(self)->on_alarm(in_time != 0); }, this);
        return alarm_ != nullptr;
    }

    int start(Event &event, int sock, short flags) {
        if (event.place == nullptr) {
            event.loop = this;
            event.watcher = {[](void *arg, short which) { on_ready(*static_cast<Event *>(arg), which); }, &event};
            event.place = tenon_nginx_watch(sock, &event.watcher);
            if (event.place == nullptr) return -1;
        }
        constexpr short kBoth = TENON_IO_READ | TENON_IO_WRITE;
        const auto asked = static_cast<short>(flags & kBoth);
        if (tenon_nginx_ask(event.place, asked != 0 ? asked : TENON_IO_READ) == 0) return 0;
        const int error = errno;
        stop(event);
        errno = error;
        return -1;
    }

    void stop(Event &event) {
        if (event.place != nullptr) tenon_nginx_unwatch(std::exchange(event.place, nullptr));
    }

    // nginx reports the directions one by one and an error as any of them, so that each may be one [R3].
    static void on_ready(Event &event, short which) {
        constexpr short kBoth = TENON_IO_READ | TENON_IO_WRITE;
        if (tenon::ops::has_failed(event.sock)) which = static_cast<short>(kBoth | TENON_IO_ERROR);
        event.loop->deliver(event, which);
    }

    // One alarm stands for all timers; that it may ring in vain, for a timer moved back or gone, saves moving it each time.
    void arm_wakeup() {
        const bool round_over = std::exchange(ringing_, false);
        // Rung again in the same turn, a timer that re-arms itself would keep nginx from its sockets [R8].
        if (timers().has_immediate()) tenon_nginx_alarm_soon(alarm_, round_over ? 1 : 0);
        if (timers().next_due() >= armed_for_) return;
        armed_for_ = timers().next_due();
        tenon_nginx_alarm_at(alarm_, armed_for_);
    }

    void on_alarm(bool in_time) {
        if (in_time) armed_for_ = kNever;
        ringing_ = true;
        fire_timers();
    }

    static void *resolve(tenon_io_ops *io, const char *name, int family, void *cb_data,
                         tenon_io_resolve_handler handler) {
        void *query = tenon_nginx_resolve(&static_cast<Nginx *>(io->cookie)->host_, name, family, cb_data, handler);
        if (query == nullptr) io->error = errno;
        return query;
    }

    // nginx runs its loop by itself: what would call these is null in the table.
    void run_loop() {}
    void break_loop() {}
    void poll_loop() {}

    void close() {
        if (wakeup_ != nullptr) tenon_nginx_unwatch(std::exchange(wakeup_, nullptr));
        if (alarm_ != nullptr) tenon_nginx_alarm_destroy(std::exchange(alarm_, nullptr));
    }

    tenon_nginx_host host_{};
    tenon_nginx_watcher posted_{};
    void *wakeup_ = nullptr;
    void *alarm_ = nullptr;
    std::uint64_t armed_for_ = kNever;  ///< when the alarm rings, on our clock
    bool ringing_ = false;
};

}  // namespace

extern "C" TENON_API int tenon_create_nginx_io_ops(int version, tenon_io_ops **io, void *cookie) {
    return version == 0 ? Nginx::create(io, static_cast<const tenon_nginx_host *>(cookie)) : TENON_IO_EVERSION;
}
