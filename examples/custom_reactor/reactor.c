/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An IO plugin from nothing: epoll, a list of timers, and the table of <tenon/io.h> in front of them.
 * docs/writing-a-plugin.md walks through it.
 *
 * It uses system calls only, so that it shows everything a plugin has to do; the socket calls, which all plugins have
 * alike, are the template's. The numbers in brackets are the rules of docs/io-contract.md. What the table leaves null
 * (now, accept, sockopt, post, ...) the core does in its own way.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "../plugin_template/posix_sockets.h"

enum { MOST_EVENTS = 64 };

/* #region handles */
/* A handle of create_event: one socket, what is asked of it, and whom to tell. */
struct watch {
    int sock;
    short flags; /* 0: not watched */
    tenon_io_handler handler;
    void *cb_data;
};

/* A handle of create_timer. Armed timers form a list. */
struct timer {
    struct timer *next;
    int armed;
    uint64_t due;   /* microseconds on the monotonic clock */
    uint64_t order; /* counts armings, to tell those of this turn */
    tenon_io_handler handler;
    void *cb_data;
};
/* #endregion */

/* #region loop */
struct loop {
    struct tenon_io_ops table;
    int epoll;
    int watches;          /* how many watches are active */
    struct timer *timers; /* armed ones, the next one due in front, equal ones in the order they were armed */
    uint64_t armings;
    struct epoll_event ready[MOST_EVENTS]; /* what epoll reported for this turn and was not yet told */
    int ready_count;
    int running;
    int stopping;
    int destroyed;
};
/* #endregion */

static struct loop *loop_of(struct tenon_io_ops *io) { return io->cookie; }

/* -------------------------------------------------------------------------------------------------------- events */

static void *create_event(struct tenon_io_ops *io) {
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) io->error = ENOMEM;
    return watch;
}

/* #region delete_event */
static void delete_event(struct tenon_io_ops *io, int sock, void *event) {
    struct loop *loop = loop_of(io);
    struct watch *watch = event;
    (void)sock;
    if (watch->flags == 0) return;
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->sock, NULL);
    watch->flags = 0;
    --loop->watches;
    /* epoll may have reported it already: what was deleted is not told any more [R10]. */
    for (int i = 0; i < loop->ready_count; ++i)
        if (loop->ready[i].data.ptr == watch) loop->ready[i].data.ptr = NULL;
}
/* #endregion */

static void destroy_event(struct tenon_io_ops *io, void *event) {
    delete_event(io, -1, event);
    free(event);
}

/* #region update_event */
static int update_event(struct tenon_io_ops *io, int sock, void *event, short flags, void *cb_data,
                        tenon_io_handler handler) {
    struct loop *loop = loop_of(io);
    struct watch *watch = event;
    struct epoll_event asked = {.data.ptr = watch};
    const int same_socket = watch->flags != 0 && watch->sock == sock;

    /* Handler and argument may change although the interest does not [R2]; then epoll need not hear of it [R1]. */
    watch->handler = handler;
    watch->cb_data = cb_data;
    if (same_socket && watch->flags == flags) return 0;
    if (!same_socket || flags == 0) delete_event(io, sock, watch);
    if (flags == 0) return 0;

    if (flags & TENON_IO_READ) asked.events |= EPOLLIN;
    if (flags & TENON_IO_WRITE) asked.events |= EPOLLOUT;
    if (epoll_ctl(loop->epoll, same_socket ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, sock, &asked) == -1) {
        io->error = errno;
        delete_event(io, sock, watch); /* after a failure nothing is watched [R6] */
        return -1;
    }
    if (!same_socket) ++loop->watches;
    watch->sock = sock;
    watch->flags = flags;
    return 0;
}
/* #endregion */

/* #region which_of */
/* epoll is level-triggered by itself [R1]. */
static short which_of(uint32_t events, short asked) {
    short which = 0;
    if (events & (EPOLLERR | EPOLLHUP)) return asked | TENON_IO_ERROR; /* every direction asked for sees it [R3] */
    if (events & EPOLLIN) which |= TENON_IO_READ;
    if (events & EPOLLOUT) which |= TENON_IO_WRITE;
    return which & asked;
}
/* #endregion */

/* -------------------------------------------------------------------------------------------------------- timers */

/* #region now */
/* Read anew each time: a time kept from the turn's beginning is wrong after a slow callback [R7]. */
static uint64_t now_usec(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
/* #endregion */

static void *create_timer(struct tenon_io_ops *io) {
    struct timer *timer = calloc(1, sizeof *timer);
    if (timer == NULL) io->error = ENOMEM;
    return timer;
}

static void delete_timer(struct tenon_io_ops *io, void *handle) {
    struct timer *timer = handle;
    struct timer **at = &loop_of(io)->timers;
    if (!timer->armed) return;
    while (*at != timer) at = &(*at)->next;
    *at = timer->next;
    timer->armed = 0;
}

static void destroy_timer(struct tenon_io_ops *io, void *timer) {
    delete_timer(io, timer);
    free(timer);
}

/* #region update_timer */
/* A list serves the handful of timers a client has; a program with thousands would take a heap. */
static int update_timer(struct tenon_io_ops *io, void *handle, uint32_t usec, void *cb_data, tenon_io_handler handler) {
    struct loop *loop = loop_of(io);
    struct timer *timer = handle;
    struct timer **at = &loop->timers;
    delete_timer(io, timer);
    timer->due = now_usec() + usec;
    timer->order = ++loop->armings;
    timer->handler = handler;
    timer->cb_data = cb_data;
    while (*at != NULL && (*at)->due <= timer->due) at = &(*at)->next;
    timer->next = *at;
    timer->armed = 1;
    *at = timer;
    return 0;
}
/* #endregion */

/* ---------------------------------------------------------------------------------------------------------- loop */

static int is_over(const struct loop *loop) { return loop->stopping || loop->destroyed; }

/* #region wait */
static void wait_for_sockets(struct loop *loop) {
    int timeout = -1;
    if (loop->timers != NULL) {
        const uint64_t now = now_usec();
        const uint64_t left = loop->timers->due > now ? loop->timers->due - now : 0;
        timeout = (int)((left + 999) / 1000); /* rounded up: never early [R7]; and 0 only for what is due [R8] */
    }
    loop->ready_count = epoll_wait(loop->epoll, loop->ready, MOST_EVENTS, timeout);
    if (loop->ready_count < 0) loop->ready_count = 0; /* a signal: just another turn */
}
/* #endregion */

/* #region tell_sockets */
static void tell_sockets(struct loop *loop) {
    for (int i = 0; i < loop->ready_count && !is_over(loop); ++i) {
        struct watch *watch = loop->ready[i].data.ptr;
        short which;
        if (watch == NULL) continue; /* deleted by a callback of this turn */
        which = which_of(loop->ready[i].events, watch->flags);
        /* From here on the watch may be gone: its own callback may destroy it [R10]. */
        if (which != 0) watch->handler(watch->sock, which, watch->cb_data);
    }
    loop->ready_count = 0;
}
/* #endregion */

/* #region tell_timers */
static void tell_timers(struct loop *loop) {
    /* What a callback arms now waits for the next turn, so that a timer that re-arms itself for ever does not keep the
     * sockets from being served [R8]. */
    const uint64_t last = loop->armings;
    const uint64_t now = now_usec();
    while (!is_over(loop) && loop->timers != NULL && loop->timers->due <= now && loop->timers->order <= last) {
        struct timer *timer = loop->timers;
        delete_timer(&loop->table, timer); /* one-shot; and it may be armed again or destroyed in its callback */
        timer->handler(-1, 0, timer->cb_data);
    }
}
/* #endregion */

/* #region run */
static void free_loop(struct loop *loop) {
    close(loop->epoll);
    free(loop);
}

static void run_event_loop(struct tenon_io_ops *io) {
    struct loop *loop = loop_of(io);
    if (loop->running) {
        io->error = EDEADLK; /* called from a callback [R14] */
        return;
    }
    loop->running = 1;
    loop->stopping = 0;
    while (!is_over(loop) && (loop->watches > 0 || loop->timers != NULL)) {
        wait_for_sockets(loop);
        tell_sockets(loop);
        tell_timers(loop);
    }
    loop->running = 0;
    if (loop->destroyed) free_loop(loop);
}

/* Outside a run it does nothing, and the next run does not remember it [R14]. */
static void stop_event_loop(struct tenon_io_ops *io) { loop_of(io)->stopping = 1; }

/* A callback may destroy the table: then the run that called it frees the loop when it returns [R10]. */
static void destroy(struct tenon_io_ops *io) {
    struct loop *loop = loop_of(io);
    loop->destroyed = 1;
    if (!loop->running) free_loop(loop);
}
/* #endregion */

/* #region creator */
/*
 * What the program asks for by name. TENON_API exports the symbol; the program is linked with -rdynamic, so that it is
 * found in its own image. A plugin for a loop that hosts already have would take it as `cookie`; ours has none to take.
 */
TENON_API int create_reactor(int version, struct tenon_io_ops **io, void *cookie);

int create_reactor(int version, struct tenon_io_ops **io, void *cookie) {
    struct loop *loop;
    if (version != 0) return TENON_IO_EVERSION; /* 0 is the event model, the one described in <tenon/io.h> */
    if (cookie != NULL) return TENON_IO_EINVAL;
    loop = calloc(1, sizeof *loop); /* what is not set stays null */
    if (loop == NULL) return TENON_IO_ENOMEM;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll == -1) {
        free(loop);
        return TENON_IO_ENOMEM;
    }
    loop->table = (struct tenon_io_ops){
        .revision = TENON_IO_REVISION, /* we promise the rules of this revision */
        .destructor = destroy,
        .cookie = loop,
        .create_event = create_event,
        .update_event = update_event,
        .delete_event = delete_event,
        .destroy_event = destroy_event,
        .create_timer = create_timer,
        .update_timer = update_timer,
        .delete_timer = delete_timer,
        .destroy_timer = destroy_timer,
        .run_event_loop = run_event_loop,
        .stop_event_loop = stop_event_loop,
    };
    use_posix_sockets(&loop->table);
    *io = &loop->table;
    return TENON_IO_OK;
}
/* #endregion */
