/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

/* A command on its way. It outlives its request if the client goes first. */
typedef struct flight flight;
struct flight {
    ngx_http_request_t *request; /* null once that is gone */
    ngx_http_cleanup_t *cleanup; /* of the request: tells that it goes */
    ngx_uint_t scheduled;        /* the client will call back */
    tenon_task task;
    flight *next; /* among the free ones */
};

static flight *free_flights;
static ngx_uint_t in_flight;
static ngx_uint_t scheduling; /* a refusal comes back inside the call, on nginx's own way through the request */
static ngx_uint_t ending;
/* A worker that is told to quit lives as long as a timer is armed: this one is while anything is in flight. */
static ngx_connection_t nobody;
static ngx_event_t alive;

#define ALIVE_MSEC 3600000

static void keep_alive(ngx_event_t *event)
{
    ngx_add_timer(event, ALIVE_MSEC);
}

static flight *take_flight(void)
{
    flight *taken = free_flights;

    if (taken != NULL)
        free_flights = taken->next;
    else
        taken = ngx_alloc(sizeof(flight), ngx_cycle->log);
    if (taken == NULL) return NULL;
    ngx_memzero(taken, sizeof(flight));
    return taken;
}

static void free_flight(flight *over)
{
    if (ending) {
        ngx_free(over);
        return;
    }
    over->next = free_flights;
    free_flights = over;
}

static void begin(void)
{
    if (in_flight++ != 0) return;
    nobody.fd = (ngx_socket_t) -1;
    alive.data = &nobody;
    alive.handler = keep_alive;
    alive.log = ngx_cycle->log;
    ngx_add_timer(&alive, ALIVE_MSEC);
}

static void end(void)
{
    if (--in_flight == 0 && alive.timer_set) ngx_del_timer(&alive);
}

void tenon_handler_ends(void)
{
    flight *next;

    ending = 1;
    for (; free_flights != NULL; free_flights = next) {
        next = free_flights->next;
        ngx_free(free_flights);
    }
}

static void on_request_gone(void *data)
{
    flight *f = data;

    f->request = NULL;
    if (!f->scheduled) free_flight(f);
}

static void on_done(void *arg, const struct tenon_nginx_reply *reply)
{
    flight *f = arg;
    ngx_http_request_t *r = f->request;
    ngx_connection_t *c;
    ngx_int_t rc;

    end();
    if (r == NULL || ending) {
        free_flight(f);
        return;
    }
    c = r->connection;
    ngx_http_set_log_request(c->log, r);
    f->cleanup->handler = NULL;
    rc = tenon_respond(r, &f->task, reply);
    free_flight(f);
    ngx_http_finalize_request(r, rc);
    if (!scheduling) ngx_http_run_posted_requests(c);
}

static void execute(flight *f)
{
    ngx_http_request_t *r = f->request;
    const tenon_location_conf *conf = ngx_http_get_module_loc_conf(r, ngx_http_tenon_module);

    /* Notices that the client has gone, so that its connection is free before the answer comes. */
    r->read_event_handler = ngx_http_test_reading;
    begin();
    f->scheduled = 1;
    scheduling = 1;
    tenon_nginx_cluster_execute(conf->cluster->client, &f->task.command, on_done, f);
    scheduling = 0;
}

static void on_body(ngx_http_request_t *r)
{
    flight *f = ngx_http_get_module_ctx(r, ngx_http_tenon_module);
    ngx_int_t rc = tenon_read_body(r, &f->task);

    if (rc == NGX_OK) {
        execute(f);
        return;
    }
    f->cleanup->handler = NULL;
    free_flight(f);
    ngx_http_finalize_request(r, rc);
}

static ngx_int_t launch(flight *f)
{
    ngx_http_request_t *r = f->request;
    ngx_int_t rc;

    if (f->task.body_wanted) {
        ngx_http_set_ctx(r, f, ngx_http_tenon_module);
        r->request_body_in_single_buf = 1;
        rc = ngx_http_read_client_request_body(r, on_body);
        return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
    }
    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) return rc;
    r->main->count++;
    execute(f);
    return NGX_DONE;
}

ngx_int_t tenon_handle(ngx_http_request_t *r)
{
    const tenon_location_conf *conf = ngx_http_get_module_loc_conf(r, ngx_http_tenon_module);
    ngx_http_cleanup_t *cleanup;
    flight *f;
    ngx_int_t rc;

    if (conf->cluster->client == NULL) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0, "tenon: this worker has no client of \"%V\"",
                      &conf->cluster->name);
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    f = take_flight();
    cleanup = f == NULL ? NULL : ngx_http_cleanup_add(r, 0);
    if (cleanup == NULL) {
        if (f != NULL) free_flight(f);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    f->request = r;
    f->cleanup = cleanup;
    rc = tenon_read_request(r, conf, &f->task);
    if (rc == NGX_OK) {
        cleanup->handler = on_request_gone;
        cleanup->data = f;
        rc = launch(f);
        if (rc == NGX_DONE) return rc;
        cleanup->handler = NULL;
    }
    free_flight(f);
    return rc;
}
