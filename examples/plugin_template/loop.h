/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event loop that nobody has heard of. It stands here for yours: what the plugin asks of it is what you will look for
 * in your loop's own header. Handles are structs of the caller's, which the loop links into its lists while they are
 * active.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct my_loop;

/* What a watch asks for, and what it is told; MY_ERROR is only told. */
enum { MY_READ = 1, MY_WRITE = 2, MY_ERROR = 4 };

/* All zero before its first use but for what the caller sets. Its memory is the caller's again after my_watch_stop, also
 * inside a callback. */
struct my_watch {
    int fd;
    int events;     /* 0: not active */
    int background; /* set by the caller: it does not keep a run going */
    void (*ready)(struct my_watch *watch, int events);
    struct my_watch *next;
    unsigned int place; /* where it is among those polled in this turn, counted from 1 */
};

struct my_timer {
    uint64_t due; /* microseconds of the monotonic clock; 0: not active */
    uint64_t order;
    void (*fire)(struct my_timer *timer);
    struct my_timer *next;
};

/* Null without memory. Freed with nothing active on it, and not inside its run. */
struct my_loop *my_loop_new(void);
void my_loop_free(struct my_loop *loop);

/* Runs until my_loop_stop, or until nothing is active but in the background. */
void my_loop_run(struct my_loop *loop);
void my_loop_stop(struct my_loop *loop);
/* Whether anything is active that keeps a run going. */
int my_loop_is_active(const struct my_loop *loop);

/* Level-triggered. On an active watch it changes what is asked for. 0, or -1 with errno. */
int my_watch_start(struct my_loop *loop, struct my_watch *watch, int fd, int events);
/* `ready` is not called any more, not even for what was seen in this turn. */
void my_watch_stop(struct my_loop *loop, struct my_watch *watch);

/* Once, `usec` from now, never in the turn that starts it. An active timer is started anew. */
void my_timer_start(struct my_loop *loop, struct my_timer *timer, uint32_t usec);
void my_timer_stop(struct my_loop *loop, struct my_timer *timer);

#ifdef __cplusplus
}
#endif

#endif
