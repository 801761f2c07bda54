/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of loop.h, over poll(2): lists of what is active, and a turn that polls, tells sockets, tells timers. */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

struct my_loop {
    struct my_watch *watches;
    unsigned int watch_count;
    unsigned int background_count; /* of these */
    struct my_timer *timers; /* the next one due in front */
    uint64_t starts;         /* of timers, ever */
    struct my_watch **polled; /* of this turn; null: stopped since */
    struct pollfd *fds;
    unsigned int polled_count;
    unsigned int room; /* of both */
    int stopping;
};

static uint64_t now_usec(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

struct my_loop *my_loop_new(void) { return calloc(1, sizeof(struct my_loop)); }

void my_loop_free(struct my_loop *loop) {
    free(loop->polled);
    free(loop->fds);
    free(loop);
}

/* Grows by doubling. What a turn polls has room since its watch was started, so that a turn itself cannot fail. */
static int make_room(struct my_loop *loop) {
    const unsigned int room = loop->room == 0 ? 16 : 2 * loop->room;
    struct my_watch **polled;
    struct pollfd *fds;
    if (loop->watch_count < loop->room) return 0;
    polled = realloc(loop->polled, room * sizeof *polled);
    if (polled != NULL) loop->polled = polled;
    fds = realloc(loop->fds, room * sizeof *fds);
    if (fds != NULL) loop->fds = fds;
    if (polled == NULL || fds == NULL) return -1;
    loop->room = room;
    return 0;
}

int my_watch_start(struct my_loop *loop, struct my_watch *watch, int fd, int events) {
    if (watch->events != 0 && watch->fd == fd) {
        watch->events = events;
        return 0;
    }
    my_watch_stop(loop, watch);
    if (fcntl(fd, F_GETFD) == -1 || make_room(loop) == -1) return -1;
    watch->fd = fd;
    watch->events = events;
    watch->place = 0;
    watch->next = loop->watches;
    loop->watches = watch;
    ++loop->watch_count;
    if (watch->background) ++loop->background_count;
    return 0;
}

void my_watch_stop(struct my_loop *loop, struct my_watch *watch) {
    struct my_watch **at = &loop->watches;
    if (watch->events == 0) return;
    while (*at != watch) at = &(*at)->next;
    *at = watch->next;
    --loop->watch_count;
    if (watch->background) --loop->background_count;
    watch->events = 0;
    if (watch->place != 0) loop->polled[watch->place - 1] = NULL;
}

void my_timer_start(struct my_loop *loop, struct my_timer *timer, uint32_t usec) {
    struct my_timer **at = &loop->timers;
    my_timer_stop(loop, timer);
    timer->due = now_usec() + usec;
    timer->order = ++loop->starts;
    while (*at != NULL && (*at)->due <= timer->due) at = &(*at)->next;
    timer->next = *at;
    *at = timer;
}

void my_timer_stop(struct my_loop *loop, struct my_timer *timer) {
    struct my_timer **at = &loop->timers;
    if (timer->due == 0) return;
    while (*at != timer) at = &(*at)->next;
    *at = timer->next;
    timer->due = 0;
}

static int msec_to_wait(const struct my_loop *loop) {
    uint64_t now;
    if (loop->timers == NULL) return -1;
    now = now_usec();
    return loop->timers->due <= now ? 0 : (int)((loop->timers->due - now + 999) / 1000);
}

static void poll_watches(struct my_loop *loop) {
    struct my_watch *watch;
    loop->polled_count = 0;
    for (watch = loop->watches; watch != NULL; watch = watch->next) {
        struct pollfd *fd = &loop->fds[loop->polled_count];
        fd->fd = watch->fd;
        fd->events = (short)((watch->events & MY_READ ? POLLIN : 0) | (watch->events & MY_WRITE ? POLLOUT : 0));
        fd->revents = 0;
        loop->polled[loop->polled_count++] = watch;
        watch->place = loop->polled_count;
    }
    poll(loop->fds, loop->polled_count, msec_to_wait(loop)); /* interrupted by a signal: a turn without events */
}

static int told_events(short revents, int asked) {
    if (revents & (POLLERR | POLLHUP)) return asked | MY_ERROR;
    return ((revents & POLLIN ? MY_READ : 0) | (revents & POLLOUT ? MY_WRITE : 0)) & asked;
}

/* A callback may stop any watch, its own too, and give back its memory. */
static void tell_watches(struct my_loop *loop) {
    unsigned int i;
    for (i = 0; i < loop->polled_count; ++i) {
        struct my_watch *watch = loop->polled[i];
        int events;
        if (watch == NULL) continue;
        watch->place = 0;
        events = told_events(loop->fds[i].revents, watch->events);
        if (events != 0 && !loop->stopping) watch->ready(watch, events);
    }
    loop->polled_count = 0;
}

static void tell_timers(struct my_loop *loop) {
    const uint64_t last = loop->starts;
    const uint64_t now = now_usec();
    while (!loop->stopping && loop->timers != NULL && loop->timers->due <= now && loop->timers->order <= last) {
        struct my_timer *timer = loop->timers;
        my_timer_stop(loop, timer);
        timer->fire(timer);
    }
}

int my_loop_is_active(const struct my_loop *loop) {
    return loop->timers != NULL || loop->watch_count > loop->background_count;
}

void my_loop_run(struct my_loop *loop) {
    loop->stopping = 0;
    while (!loop->stopping && my_loop_is_active(loop)) {
        poll_watches(loop);
        tell_watches(loop);
        tell_timers(loop);
    }
}

void my_loop_stop(struct my_loop *loop) { loop->stopping = 1; }
