// SPDX-License-Identifier: Apache-2.0
#include <glib-unix.h>

#include <memory>

#include <tenon/io_check.h>

namespace {

struct Host {
    GMainContext *context;
    GMainLoop *loop;
};

struct Work {
    GSource *source;
    void (*fn)(void *);
    void *arg;
};

Host &of(void *host) { return *static_cast<Host *>(host); }

void call(void *arg) {
    const Work &work = *static_cast<Work *>(arg);
    work.fn(work.arg);
}

gboolean on_timer(gpointer work) {
    call(work);
    return G_SOURCE_CONTINUE;
}

gboolean on_fd(gint, GIOCondition, gpointer work) {
    call(work);
    return G_SOURCE_CONTINUE;
}

void *make() {
    GMainContext *context = g_main_context_new();
    return new Host{context, g_main_loop_new(context, FALSE)};
}

void *cookie(void *host) { return of(host).context; }
void run(void *host) { g_main_loop_run(of(host).loop); }
void stop(void *host) { g_main_loop_quit(of(host).loop); }

void *add(void *host, Work *work, GSourceFunc callback) {
    g_source_set_callback(work->source, callback, work, nullptr);
    g_source_attach(work->source, of(host).context);
    return work;
}

void *every(void *host, unsigned msec, void (*fn)(void *), void *arg) {
    return add(host, new Work{g_timeout_source_new(msec), fn, arg}, on_timer);
}

void *readable(void *host, int fd, void (*fn)(void *), void *arg) {
    return add(host, new Work{g_unix_fd_source_new(fd, G_IO_IN), fn, arg}, G_SOURCE_FUNC(on_fd));
}

void remove(void *, void *item) {
    const std::unique_ptr<Work> work(static_cast<Work *>(item));
    g_source_destroy(work->source);
    g_source_unref(work->source);
}

/// What an empty context has: nothing to wait for but its own wakeup descriptor, and no end of the wait.
const char *complaint_about(GMainContext *context) {
    if (!g_main_context_acquire(context)) return "the GMainContext belongs to another thread";
    gint priority = 0;
    gint msec = 0;
    GPollFD descriptors[2];
    const bool ready = g_main_context_prepare(context, &priority) != FALSE;
    const int count = g_main_context_query(context, G_MAXINT, &msec, descriptors, 2);
    g_main_context_release(context);
    if (ready) return "a source is still ready on the GMainContext";
    if (msec != -1) return "something on the GMainContext still waits for a time";
    return count == 1 ? nullptr : "a descriptor is still polled by the GMainContext";
}

const char *free_host(void *host) {
    const std::unique_ptr<Host> owned(static_cast<Host *>(host));
    const char *complaint = complaint_about(owned->context);
    // A source left behind has an id: they are given in order, the first after all that were made here.
    for (guint id = 1; id < 10000 && complaint == nullptr; ++id)
        if (g_main_context_find_source_by_id(owned->context, id) != nullptr) complaint = "a GSource is left on the GMainContext";
    g_main_loop_unref(owned->loop);
    g_main_context_unref(owned->context);
    return complaint;
}

}  // namespace

extern "C" const tenon_io_check_host *tenon_io_check_host_loop() {
    static const tenon_io_check_host host{TENON_IO_CHECK_VERSION, make, cookie, run, stop, every, readable, remove,
                                          free_host, nullptr, nullptr};
    return &host;
}
