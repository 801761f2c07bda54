/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An IO plugin for the loop of loop.h, in C: to be copied. What is the loop's own are the calls and types that begin with
 * my_; the rest stays as it is. The numbers in brackets are the rules of the contract.
 */
#include <errno.h>
#include <stdlib.h>

#include "loop.h"
#include "posix_sockets.h"

/* #region plugin */
struct plugin {
    struct tenon_io_ops table;
    struct my_loop *loop;
    int owns_loop;
    int running;      /* our own run_event_loop is on the stack */
    int in_callbacks; /* so many handlers are */
    int destroyed;
};

struct watch {
    struct my_watch inner; /* first, so that the loop's handle is ours */
    struct plugin *plugin;
    tenon_io_handler handler;
    void *cb_data;
};

struct timer {
    struct my_timer inner;
    struct plugin *plugin;
    tenon_io_handler handler;
    void *cb_data;
};
/* #endregion */

static struct plugin *plugin_of(struct tenon_io_ops *io) { return io->cookie; }

/* #region release */
/* The table may be destroyed by a callback: its memory, and a loop of our own, go when the last frame that still needs
 * them returns [R10]. */
static void free_if_unused(struct plugin *plugin) {
    if (!plugin->destroyed || plugin->running || plugin->in_callbacks) return;
    if (plugin->owns_loop) my_loop_free(plugin->loop);
    free(plugin);
}

static void call(struct plugin *plugin, tenon_io_handler handler, int sock, short which, void *cb_data) {
    ++plugin->in_callbacks;
    handler(sock, which, cb_data); /* may destroy any handle, its own too: only `plugin` is looked at after it */
    --plugin->in_callbacks;
    free_if_unused(plugin);
}

static void destroy(struct tenon_io_ops *io) {
    struct plugin *plugin = plugin_of(io);
    plugin->destroyed = 1;
    if (plugin->running) my_loop_stop(plugin->loop);
    free_if_unused(plugin);
}
/* #endregion */

/* -------------------------------------------------------------------------------------------------------- events */

/* #region events */
static void on_ready(struct my_watch *inner, int events) {
    const struct watch *watch = (struct watch *)inner;
    short which = 0;
    if (events & MY_READ) which |= TENON_IO_READ;
    if (events & MY_WRITE) which |= TENON_IO_WRITE;
    if (events & MY_ERROR) which |= TENON_IO_ERROR; /* beside every direction asked for, which this loop sees to [R3] */
    call(watch->plugin, watch->handler, inner->fd, which, watch->cb_data);
}

static void *create_event(struct tenon_io_ops *io) {
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) {
        io->error = ENOMEM;
        return NULL;
    }
    watch->plugin = plugin_of(io);
    watch->inner.ready = on_ready;
    return watch;
}

static void delete_event(struct tenon_io_ops *io, int sock, void *event) {
    (void)sock;
    my_watch_stop(plugin_of(io)->loop, event);
}

static void destroy_event(struct tenon_io_ops *io, void *event) {
    delete_event(io, -1, event);
    free(event);
}

static int update_event(struct tenon_io_ops *io, int sock, void *event, short flags, void *cb_data,
                        tenon_io_handler handler) {
    struct watch *watch = event;
    const int events = (flags & TENON_IO_READ ? MY_READ : 0) | (flags & TENON_IO_WRITE ? MY_WRITE : 0);
    watch->handler = handler; /* the last one counts, although the interest may be the same [R2] */
    watch->cb_data = cb_data;
    if (events == 0) {
        delete_event(io, sock, event); /* [R1] */
        return 0;
    }
    if (my_watch_start(plugin_of(io)->loop, &watch->inner, sock, events) == 0) return 0;
    io->error = errno; /* and nothing is watched [R6] */
    return -1;
}
/* #endregion */

/* -------------------------------------------------------------------------------------------------------- timers */

static void on_fire(struct my_timer *inner) {
    const struct timer *timer = (struct timer *)inner;
    call(timer->plugin, timer->handler, -1, 0, timer->cb_data); /* [R7] */
}

static void *create_timer(struct tenon_io_ops *io) {
    struct timer *timer = calloc(1, sizeof *timer);
    if (timer == NULL) {
        io->error = ENOMEM;
        return NULL;
    }
    timer->plugin = plugin_of(io);
    timer->inner.fire = on_fire;
    return timer;
}

static void delete_timer(struct tenon_io_ops *io, void *timer) { my_timer_stop(plugin_of(io)->loop, timer); }

static void destroy_timer(struct tenon_io_ops *io, void *timer) {
    delete_timer(io, timer);
    free(timer);
}

static int update_timer(struct tenon_io_ops *io, void *handle, uint32_t usec, void *cb_data, tenon_io_handler handler) {
    struct timer *timer = handle;
    timer->handler = handler;
    timer->cb_data = cb_data;
    my_timer_start(plugin_of(io)->loop, &timer->inner, usec);
    return 0;
}

/* ---------------------------------------------------------------------------------------------------------- loop */

/* #region loop */
static void run_event_loop(struct tenon_io_ops *io) {
    struct plugin *plugin = plugin_of(io);
    if (plugin->running || plugin->in_callbacks) {
        io->error = EDEADLK; /* [R14] */
        return;
    }
    plugin->running = 1;
    my_loop_run(plugin->loop); /* ends by itself when nothing is active */
    plugin->running = 0;
    free_if_unused(plugin);
}

/* A run that is the host's is not ours to stop [R14, R15]. */
static void stop_event_loop(struct tenon_io_ops *io) {
    if (plugin_of(io)->running) my_loop_stop(plugin_of(io)->loop);
}
/* #endregion */

/* #region creator */
TENON_API int tenon_create_template_io_ops(int version, struct tenon_io_ops **io, void *cookie);

int tenon_create_template_io_ops(int version, struct tenon_io_ops **io, void *cookie) {
    struct plugin *plugin;
    if (version != 0) return TENON_IO_EVERSION;
    plugin = calloc(1, sizeof *plugin); /* what is not set stays null: the core has its own way */
    if (plugin == NULL) return TENON_IO_ENOMEM;
    plugin->owns_loop = cookie == NULL;
    plugin->loop = cookie != NULL ? cookie : my_loop_new();
    if (plugin->loop == NULL) {
        free(plugin);
        return TENON_IO_ENOMEM;
    }
    plugin->table.revision = TENON_IO_REVISION; /* we promise the rules of this revision */
    plugin->table.cookie = plugin;
    plugin->table.destructor = destroy;
    use_posix_sockets(&plugin->table);
    plugin->table.create_event = create_event;
    plugin->table.update_event = update_event;
    plugin->table.delete_event = delete_event;
    plugin->table.destroy_event = destroy_event;
    plugin->table.create_timer = create_timer;
    plugin->table.update_timer = update_timer;
    plugin->table.delete_timer = delete_timer;
    plugin->table.destroy_timer = destroy_timer;
    plugin->table.run_event_loop = run_event_loop;
    plugin->table.stop_event_loop = stop_event_loop;
    *io = &plugin->table;
    return TENON_IO_OK;
}
/* #endregion */
