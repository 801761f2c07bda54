// SPDX-License-Identifier: Apache-2.0
//
// GLib's main loop. The cookie is the host's `GMainContext *`, or null for a context of the table's own; for the one that
// GTK and its like run it is g_main_context_default().
//
// The table is one GSource of default priority and holds a reference to the context. A main loop that a callback runs
// inside itself (a dialog's) serves the program's other sources, and the table again when that callback has returned.

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include <glib.h>

#include <tenon/io.h>

#include "loop_table.hpp"
#include "poll_bits.hpp"

namespace {

using tenon::ops::LoopTable;
using tenon::ops::Watch;

static_assert(G_IO_IN == POLLIN && G_IO_OUT == POLLOUT && G_IO_ERR == POLLERR && G_IO_HUP == POLLHUP);

constexpr GIOCondition condition(short flags) { return static_cast<GIOCondition>(tenon::ops::to_poll(flags)); }

struct Event : Watch {
    gpointer tag = nullptr;   ///< GLib's name for the descriptor; null while it does not look at it
    std::size_t place = 0;    ///< in Glib::watched_
    GIOCondition ready = {};  ///< what is still to be delivered in this turn
};

class Glib : public LoopTable<Glib, Event> {
public:
    ~Glib() {
        close();
        g_main_context_unref(context_);
    }

private:
    friend LoopTable;

    /// What GLib sees of the table. GLib keeps it until its dispatch returns, also when the table is gone by then.
    struct Source {
        GSource base;
        Glib *loop;  ///< null once the table is destroyed
    };

    explicit Glib(GMainContext *host) : context_(host != nullptr ? g_main_context_ref(host) : g_main_context_new()) {}

    bool open() {
        if (!posts().open()) return false;
        static GSourceFuncs functions{prepare, check, dispatch, nullptr, nullptr, nullptr};
        source_ = reinterpret_cast<Source *>(g_source_new(&functions, sizeof(Source)));
        source_->loop = this;
        // Else GLib takes every descriptor of ours out of its set around each dispatch, with a system call for each.
        g_source_set_can_recurse(&source_->base, TRUE);
        g_source_set_name(&source_->base, "tenon");
        wakeup_.sock = posts().descriptor();
        wakeup_.flags = TENON_IO_READ;
        watched_.push_back(&wakeup_);
        look(true);
        g_source_attach(&source_->base, context_);
        return true;
    }

    int start(Event &event, int sock, short flags) {
        if (event.flags != 0) {
            if (event.tag != nullptr) g_source_modify_unix_fd(&source_->base, event.tag, condition(flags));
            return 0;
        }
        if (!tenon::ops::is_descriptor(sock)) return -1;
        try {
            watched_.push_back(&event);
        } catch (const std::bad_alloc &) {
            errno = ENOMEM;
            return -1;
        }
        event.place = watched_.size() - 1;
        event.ready = {};
        event.tag = quiet_ ? nullptr : g_source_add_unix_fd(&source_->base, sock, condition(flags));
        return 0;
    }

    // The last one moves into the gap. If that hides it from this turn it is found again in the next.
    void stop(Event &event) {
        if (event.tag != nullptr) g_source_remove_unix_fd(&source_->base, event.tag);
        event.tag = nullptr;
        watched_[event.place] = watched_.back();
        watched_[event.place]->place = event.place;
        watched_.pop_back();
    }

    /// Has GLib look at every watch, or at none.
    void look(bool at_all) {
        quiet_ = !at_all;
        for (Event *event : watched_) {
            if (event->tag != nullptr) g_source_remove_unix_fd(&source_->base, event->tag);
            event->tag = at_all ? g_source_add_unix_fd(&source_->base, event->sock, condition(event->flags)) : nullptr;
        }
    }

    static Glib &of(GSource *source) { return *reinterpret_cast<Source *>(source)->loop; }

    // Instead of the source's ready time, each change of which costs GLib a system call.
    static gboolean prepare(GSource *source, gint *msec) {
        Glib &self = of(source);
        *msec = -1;
        if (self.dispatching_) {
            if (!self.quiet_) self.look(false);
            return FALSE;
        }
        const std::int64_t usec = self.time_to_wait();
        if (usec > 0) *msec = static_cast<gint>(std::min<std::int64_t>((usec + 999) / 1000, INT_MAX));
        return usec == 0;
    }

    static gboolean check(GSource *source) { return !of(source).dispatching_ && of(source).time_to_wait() == 0; }

    static gboolean dispatch(GSource *base, GSourceFunc, gpointer) {
        Source &source = *reinterpret_cast<Source *>(base);
        source.loop->dispatching_ = true;
        source.loop->collect();
        // Each step may destroy the table.
        while (source.loop != nullptr && source.loop->deliver_next()) {}
        if (source.loop != nullptr && !source.loop->timers().empty()) source.loop->fire_timers();
        if (source.loop == nullptr) return G_SOURCE_REMOVE;
        source.loop->dispatching_ = false;
        if (source.loop->quiet_) source.loop->look(true);
        return G_SOURCE_CONTINUE;
    }

    void collect() {
        for (Event *event : watched_) event->ready = g_source_query_unix_fd(&source_->base, event->tag);
        next_ = 0;
    }

    /// Delivers what is ready on one watch; false at the end.
    bool deliver_next() {
        while (next_ < watched_.size()) {
            Event &event = *watched_[next_++];
            const GIOCondition ready = std::exchange(event.ready, {});
            if (ready == 0) continue;
            if (&event == &wakeup_)
                run_posts();
            else
                deliver(event, tenon::ops::from_poll(ready, event.flags));
            return true;
        }
        return false;
    }

    void arm_wakeup() {}  // `prepare` looks at the timers in every turn

    void run_loop() {
        broken_ = false;
        while (!broken_) g_main_context_iteration(context_, TRUE);
    }
    void break_loop() { broken_ = true; }
    void poll_loop() { g_main_context_iteration(context_, FALSE); }

    void close() {
        if (source_ == nullptr) return;
        source_->loop = nullptr;
        g_source_destroy(&source_->base);
        g_source_unref(&source_->base);
        source_ = nullptr;
    }

    GMainContext *context_;
    Source *source_ = nullptr;
    Event wakeup_;
    std::vector<Event *> watched_;
    std::size_t next_ = 0;  ///< of `watched_`, in the delivery
    bool dispatching_ = false;
    bool quiet_ = false;  ///< a main loop runs inside a callback of ours
    bool broken_ = false;
};

}  // namespace

extern "C" TENON_API int tenon_create_glib_io_ops(int version, tenon_io_ops **io, void *cookie) {
    return version == 0 ? Glib::create(io, static_cast<GMainContext *>(cookie)) : TENON_IO_EVERSION;
}

extern "C" TENON_API int lcb_create_glib_io_opts(int version, tenon_io_ops **io, void *cookie) {
    return tenon_create_glib_io_ops(version, io, cookie);
}
