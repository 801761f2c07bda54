/* SPDX-License-Identifier: Apache-2.0 */
/* A host program on the loop of loop.h, for `tenon-io-check --host-loop`: see <tenon/io_check.h>. */
#include <stddef.h>
#include <stdlib.h>

#include <tenon/io_check.h>

#include "loop.h"

/* Work of the host's own: a timer that repeats, or a watch. */
struct work {
    struct my_watch watch;
    struct my_timer timer;
    struct my_loop *loop;
    uint32_t period; /* microseconds */
    void (*fn)(void *arg);
    void *arg;
};

static void on_fire(struct my_timer *timer) {
    struct work *work = (struct work *)((char *)timer - offsetof(struct work, timer));
    my_timer_start(work->loop, timer, work->period);
    work->fn(work->arg);
}

static void on_ready(struct my_watch *watch, int events) {
    struct work *work = (struct work *)watch;
    (void)events;
    work->fn(work->arg);
}

static struct work *new_work(void *host, void (*fn)(void *arg), void *arg) {
    struct work *work = calloc(1, sizeof *work);
    if (work == NULL) abort();
    work->watch.ready = on_ready;
    work->timer.fire = on_fire;
    work->loop = host;
    work->fn = fn;
    work->arg = arg;
    return work;
}

static void *every(void *host, unsigned int msec, void (*fn)(void *arg), void *arg) {
    struct work *work = new_work(host, fn, arg);
    work->period = msec * 1000;
    my_timer_start(host, &work->timer, work->period);
    return work;
}

static void *readable(void *host, int fd, void (*fn)(void *arg), void *arg) {
    struct work *work = new_work(host, fn, arg);
    if (my_watch_start(host, &work->watch, fd, MY_READ) == -1) abort();
    return work;
}

static void remove_work(void *host, void *handle) {
    struct work *work = handle;
    my_watch_stop(host, &work->watch);
    my_timer_stop(host, &work->timer);
    free(work);
}

/* Its work was removed and every table destroyed: nothing may be left. */
static const char *free_host(void *host) {
    const char *complaint = my_loop_is_active(host) ? "something is still active on the loop" : NULL;
    my_loop_free(host);
    return complaint;
}

static void *make(void) { return my_loop_new(); }
static void *cookie(void *host) { return host; }
static void run(void *host) { my_loop_run(host); }
static void stop(void *host) { my_loop_stop(host); }

const struct tenon_io_check_host *tenon_io_check_host_loop(void) {
    /* attach and detach stay null: the plugin puts its handles on the loop by itself. */
    static const struct tenon_io_check_host host = {
        .version = TENON_IO_CHECK_VERSION,
        .make = make,
        .cookie = cookie,
        .run = run,
        .stop = stop,
        .every = every,
        .readable = readable,
        .remove = remove_work,
        .free = free_host,
    };
    return &host;
}
