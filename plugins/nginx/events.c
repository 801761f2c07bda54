/* SPDX-License-Identifier: Apache-2.0 */
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "events.h"

static void report(const ngx_event_t *ready, short which)
{
    const ngx_connection_t *c = ready->data;
    const struct tenon_nginx_watcher *watcher = c->data;

    watcher->ready(watcher->arg, which);
    /* nginx reckons how long to wait from a cached time; what the callback took must not make timers later. */
    ngx_time_update();
}

static void on_readable(ngx_event_t *ready)
{
    report(ready, TENON_IO_READ);
}

static void on_writable(ngx_event_t *ready)
{
    report(ready, TENON_IO_WRITE);
}

void *tenon_nginx_watch(int sock, const struct tenon_nginx_watcher *watcher)
{
    ngx_connection_t *c;

    if (fcntl(sock, F_GETFD) == -1) return NULL; /* nginx would take the number for an index */
    c = ngx_get_connection(sock, ngx_cycle->log);
    if (c == NULL) {
        ngx_set_errno(NGX_ENFILE);
        return NULL;
    }
    c->data = (void *) watcher;
    c->shared = 1; /* the descriptor is closed by who opened it */
    c->log = c->read->log = c->write->log = ngx_cycle->log;
    c->read->handler = on_readable;
    c->write->handler = on_writable;
    return c;
}

/* Starts or stops one direction. */
static ngx_int_t turn(ngx_event_t *event, ngx_int_t direction, int wanted)
{
    if (wanted && !event->active) return ngx_add_event(event, direction, NGX_LEVEL_EVENT);
    if (wanted || !event->active) return NGX_OK;
    if (event->posted) { /* the macro is two statements */
        ngx_delete_posted_event(event);
    }
    return ngx_del_event(event, direction, NGX_LEVEL_EVENT);
}

int tenon_nginx_ask(void *watch, short flags)
{
    ngx_connection_t *c = watch;

    ngx_set_errno(0);
    if (turn(c->read, NGX_READ_EVENT, flags & TENON_IO_READ) == NGX_OK &&
        turn(c->write, NGX_WRITE_EVENT, flags & TENON_IO_WRITE) == NGX_OK)
        return 0;
    if (ngx_errno == 0) ngx_set_errno(NGX_EINVAL);
    return -1;
}

void tenon_nginx_unwatch(void *watch)
{
    tenon_nginx_ask(watch, 0);
    ngx_close_connection(watch);
}

struct alarm {
    ngx_connection_t nobody; /* first: nginx's debug log names the descriptor of whom an event is for */
    ngx_event_t event;
    void (*ring)(void *arg, int in_time);
    void *arg;
};

static void on_alarm(ngx_event_t *event)
{
    const struct alarm *alarm = event->data;
    int in_time = event->timedout;

    event->timedout = 0;
    alarm->ring(alarm->arg, in_time);
    ngx_time_update();
}

void *tenon_nginx_alarm_create(void (*ring)(void *arg, int in_time), void *arg)
{
    struct alarm *alarm = ngx_calloc(sizeof(struct alarm), ngx_cycle->log);

    if (alarm == NULL) return NULL;
    alarm->ring = ring;
    alarm->arg = arg;
    alarm->nobody.fd = (ngx_socket_t) -1;
    alarm->event.data = alarm;
    alarm->event.handler = on_alarm;
    alarm->event.log = ngx_cycle->log;
    alarm->event.cancelable = 1;
    tenon_nginx_alarm_soon(alarm, 1);
    return alarm;
}

void tenon_nginx_alarm_destroy(void *handle)
{
    struct alarm *alarm = handle;

    if (alarm->event.posted) { /* the macro is two statements */
        ngx_delete_posted_event(&alarm->event);
    }
    if (alarm->event.timer_set) ngx_del_timer(&alarm->event);
    ngx_free(alarm);
}

void tenon_nginx_alarm_soon(void *handle, int next_turn)
{
    struct alarm *alarm = handle;

    ngx_post_event(&alarm->event, next_turn ? &ngx_posted_next_events : &ngx_posted_events);
}

void tenon_nginx_alarm_at(void *handle, uint64_t usec)
{
    struct alarm *alarm = handle;
    ngx_msec_int_t left;

    ngx_time_update();
    /* nginx counts the milliseconds of the same clock; rounded up, so that it is never early. */
    left = (ngx_msec_int_t) ((ngx_msec_t) ((usec + 999) / 1000) - ngx_current_msec);
    if (alarm->event.timer_set) ngx_del_timer(&alarm->event); /* nginx ignores a move of less than 300 ms */
    ngx_add_timer(&alarm->event, left > 0 ? (ngx_msec_t) left : 0);
}
