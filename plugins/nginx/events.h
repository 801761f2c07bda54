/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nginx's event loop as the IO table needs it: watched descriptors, one alarm, names. Plain C without a header of nginx's,
 * so that the table (C++) stays apart from nginx (C). To be called on the thread of a worker, after its event module
 * has started.
 */
#ifndef TENON_NGINX_EVENTS_H
#define TENON_NGINX_EVENTS_H

#include <stdint.h>

#include <tenon/io.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Who is told that a descriptor is ready: `which` is TENON_IO_READ or TENON_IO_WRITE, one at a time. nginx does not
 *  tell errors apart: they come as readiness of each direction watched. */
struct tenon_nginx_watcher {
    void (*ready)(void *arg, short which);
    void *arg;
};

/** Takes one of nginx's connections for `sock`, asking for nothing yet. `watcher` stays the caller's until
 *  tenon_nginx_unwatch. Null if there is none (worker_connections) or `sock` is no descriptor, with errno. */
void *tenon_nginx_watch(int sock, const struct tenon_nginx_watcher *watcher);
/** Asks for a set of TENON_IO_READ and TENON_IO_WRITE, level-triggered. 0, or -1 with errno. */
int tenon_nginx_ask(void *watch, short flags);
/** Gives the connection back; the descriptor is not closed, and nothing is reported any more. */
void tenon_nginx_unwatch(void *watch);

/** An alarm that calls `ring(arg, in_time)`, `in_time` being 0 for tenon_nginx_alarm_soon; null with errno. The first turn
 *  of the loop after this rings it unasked: what was armed while the worker was starting, outside any turn, is served
 *  before nginx waits for the first time. */
void *tenon_nginx_alarm_create(void (*ring)(void *arg, int in_time), void *arg);
/** May be called inside `ring`. */
void tenon_nginx_alarm_destroy(void *alarm);
/** Rings at the end of this turn of the loop; with `next_turn` in the next one, which then does not wait. */
void tenon_nginx_alarm_soon(void *alarm, int next_turn);
/** Rings once CLOCK_MONOTONIC has reached `usec`, nginx's clock being one of whole milliseconds; replaces an earlier
 *  call. It does not hold up a worker that is shutting down. */
void tenon_nginx_alarm_at(void *alarm, uint64_t usec);

/** What a table is made on: the cookie of tenon_create_nginx_io_ops. */
struct tenon_nginx_host {
    void *resolver;       /**< ngx_resolver_t with at least one server, or null: the engine looks names up by itself */
    unsigned int timeout; /**< for one lookup, in milliseconds */
};

/** As the table's `resolve` and `cancel_resolve`, by nginx's resolver. Null with errno. */
void *tenon_nginx_resolve(const struct tenon_nginx_host *host, const char *name, int family, void *cb_data,
                          tenon_io_resolve_handler handler);
void tenon_nginx_resolve_cancel(void *query);

#ifdef __cplusplus
}
#endif

#endif
