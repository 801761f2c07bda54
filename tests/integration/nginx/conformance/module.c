/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A module that looks, in a real worker of nginx, whether its table keeps the contract, and ends the worker with the
 * outcome. The host's loop of the checks is nginx's own, with timers and watches made as any module makes them.
 */
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "events.h"
#include "run_checks.h"

typedef struct {
    ngx_uint_t stopped;
    ngx_uint_t connections; /* that were free when the host came, and … */
    ngx_uint_t timers;      /* … those armed: hosts may stand beside each other */
} host_t;

typedef struct {
    ngx_connection_t nobody; /* first: nginx's debug log names the descriptor of whom an event is for */
    ngx_event_t timer;
    ngx_connection_t *watch;
    ngx_msec_t every;
    void (*fn)(void *arg);
    void *arg;
} work_t;

static struct tenon_nginx_host resolving;

static ngx_cycle_t *cycle_now(void)
{
    return (ngx_cycle_t *) ngx_cycle;
}

static ngx_uint_t armed_timers(void)
{
    ngx_rbtree_t *tree = &ngx_event_timer_rbtree;
    ngx_rbtree_node_t *node;
    ngx_uint_t count = 0;

    if (tree->root == tree->sentinel) return 0;
    for (node = ngx_rbtree_min(tree->root, tree->sentinel); node != NULL; node = ngx_rbtree_next(tree, node)) count++;
    return count;
}

static void *host_make(void)
{
    host_t *host = ngx_calloc(sizeof(host_t), ngx_cycle->log);

    if (host == NULL) return NULL;
    host->connections = ngx_cycle->free_connection_n;
    host->timers = armed_timers();
    return host;
}

static void *host_cookie(void *host)
{
    (void) host;
    return &resolving;
}

static void host_run(void *data)
{
    host_t *host = data;

    host->stopped = 0;
    /* Whatever a worker does, it does in a turn, at whose end these are served; only this host has a life between turns. */
    ngx_event_process_posted(cycle_now(), &ngx_posted_events);
    while (!host->stopped) ngx_process_events_and_timers(cycle_now());
}

static void host_stop(void *host)
{
    ((host_t *) host)->stopped = 1;
}

static void on_timer(ngx_event_t *event)
{
    const work_t *work = event->data;

    ngx_add_timer(event, work->every);
    work->fn(work->arg);
}

static void on_readable(ngx_event_t *event)
{
    const ngx_connection_t *c = event->data;
    const work_t *work = c->data;

    work->fn(work->arg);
}

static work_t *make_work(void (*fn)(void *arg), void *arg)
{
    work_t *work = ngx_calloc(sizeof(work_t), ngx_cycle->log);

    if (work == NULL) return NULL;
    work->nobody.fd = (ngx_socket_t) -1;
    work->fn = fn;
    work->arg = arg;
    return work;
}

static void *host_every(void *host, unsigned int msec, void (*fn)(void *arg), void *arg)
{
    work_t *work = make_work(fn, arg);

    (void) host;
    if (work == NULL) return NULL;
    work->every = msec;
    work->timer.data = work;
    work->timer.handler = on_timer;
    work->timer.log = ngx_cycle->log;
    ngx_add_timer(&work->timer, msec);
    return work;
}

static void *host_readable(void *host, int fd, void (*fn)(void *arg), void *arg)
{
    work_t *work = make_work(fn, arg);

    (void) host;
    if (work == NULL) return NULL;
    work->watch = ngx_get_connection(fd, ngx_cycle->log);
    work->watch->data = work;
    work->watch->shared = 1;
    work->watch->read->handler = on_readable;
    work->watch->read->log = work->watch->write->log = ngx_cycle->log;
    ngx_add_event(work->watch->read, NGX_READ_EVENT, NGX_LEVEL_EVENT);
    return work;
}

static void host_remove(void *host, void *data)
{
    work_t *work = data;

    (void) host;
    if (work->timer.timer_set) ngx_del_timer(&work->timer);
    if (work->watch != NULL) {
        ngx_del_event(work->watch->read, NGX_READ_EVENT, 0);
        ngx_close_connection(work->watch);
    }
    ngx_free(work);
}

static const char *host_free(void *data)
{
    host_t before = *(host_t *) data;

    ngx_free(data);
    if (ngx_cycle->free_connection_n != before.connections) return "connections of nginx's were not given back";
    if (armed_timers() != before.timers) return "a timer is left";
    if (!ngx_queue_empty(&ngx_posted_events) || !ngx_queue_empty(&ngx_posted_next_events)) return "an event is still posted";
    return NULL;
}

static const struct tenon_io_check_host rig = {
    TENON_IO_CHECK_VERSION, host_make,   host_cookie, host_run, host_stop, host_every,
    host_readable,          host_remove, host_free,   NULL,     NULL,
};

/* After fork: the kernel's set of watched descriptors is not to be shared with the parent. */
static void fresh_loop(void)
{
    ngx_done_events(cycle_now());
    ngx_event_core_module.init_process(cycle_now());
}

static ngx_int_t run(ngx_cycle_t *cycle)
{
    ngx_str_t server = ngx_string("127.0.0.1:9");
    ngx_conf_t conf = {0};

    conf.cycle = cycle;
    conf.pool = cycle->pool;
    conf.log = cycle->log;
    resolving.resolver = ngx_resolver_create(&conf, &server, 1);
    resolving.timeout = 1000;
    signal(SIGCHLD, SIG_DFL); /* nginx would wait for the checks' processes by itself */
    signal(SIGPIPE, SIG_DFL); /* nginx ignores it: the checks are to see that the table does not raise it */
    exit(run_checks(&rig, fresh_loop));
}

static ngx_core_module_t context = {ngx_string("conformance"), NULL, NULL};
static ngx_command_t commands[] = {ngx_null_command};

ngx_module_t ngx_conformance_module = {
    NGX_MODULE_V1, &context, commands, NGX_CORE_MODULE, NULL, NULL, run, NULL, NULL, NULL, NULL, NGX_MODULE_V1_PADDING,
};

extern TENON_API ngx_module_t *ngx_modules[];
extern TENON_API char *ngx_module_names[];
extern TENON_API char *ngx_module_order[];

ngx_module_t *ngx_modules[] = {&ngx_conformance_module, NULL};
char *ngx_module_names[] = {(char *) "ngx_conformance_module", NULL};
char *ngx_module_order[] = {NULL};
