/* SPDX-License-Identifier: Apache-2.0 */
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include <netdb.h>

#include "events.h"

struct query {
    ngx_connection_t nobody; /* first, as in events.c */
    ngx_event_t start;
    ngx_resolver_t *resolver;
    ngx_msec_t timeout;
    ngx_resolver_ctx_t *ctx; /* null until started */
    ngx_resolver_ctx_t numeric;
    int family;
    void *cb_data;
    tenon_io_resolve_handler handler;
    ngx_str_t name; /* its bytes follow the struct */
};

static int error_of(ngx_int_t state)
{
    switch (state) {
    case NGX_OK: return 0;
    case NGX_RESOLVE_NXDOMAIN: return EAI_NONAME;
    case NGX_RESOLVE_TIMEDOUT: return EAI_AGAIN;
    default: return EAI_FAIL;
    }
}

/* Calls the handler with the addresses of the family asked for; the query is over with that. */
static void answer(struct query *query, int error, const ngx_resolver_addr_t *found, ngx_uint_t count)
{
    const struct sockaddr **addresses = NULL;
    unsigned int taken = 0;
    ngx_uint_t i;

    if (count != 0) addresses = ngx_alloc(count * sizeof(*addresses), ngx_cycle->log);
    if (count != 0 && addresses == NULL) error = EAI_MEMORY;
    for (i = 0; addresses != NULL && i < count; i++)
        if (query->family == AF_UNSPEC || found[i].sockaddr->sa_family == query->family)
            addresses[taken++] = found[i].sockaddr;
    if (error == 0 && taken == 0) error = EAI_NONAME;
    query->handler(query->cb_data, error, addresses, error == 0 ? taken : 0);
    ngx_free(addresses);
    if (query->ctx != NULL) ngx_resolve_name_done(query->ctx);
    ngx_free(query);
}

static void on_resolved(ngx_resolver_ctx_t *ctx)
{
    answer(ctx->data, error_of(ctx->state), ctx->addrs, ctx->state == NGX_OK ? ctx->naddrs : 0);
}

/* nginx answers at once what it has cached, so that the question is put from the loop, not from the table's call. */
static void on_start(ngx_event_t *event)
{
    struct query *query = event->data;
    ngx_resolver_ctx_t *ctx;

    query->numeric.name = query->name;
    ctx = ngx_resolve_start(query->resolver, &query->numeric);
    if (ctx == NULL || ctx == NGX_NO_RESOLVER) {
        answer(query, ctx == NULL ? EAI_MEMORY : EAI_FAIL, NULL, 0);
        return;
    }
    query->ctx = ctx;
    ctx->name = query->name;
    ctx->handler = on_resolved;
    ctx->data = query;
    ctx->timeout = query->timeout;
    ctx->cancelable = 1;
    if (ngx_resolve_name(ctx) != NGX_OK) {
        query->ctx = NULL; /* freed already */
        answer(query, EAI_FAIL, NULL, 0);
    }
}

void *tenon_nginx_resolve(const struct tenon_nginx_host *host, const char *name, int family, void *cb_data,
                          tenon_io_resolve_handler handler)
{
    size_t length = ngx_strlen(name);
    struct query *query = ngx_calloc(sizeof(struct query) + length, ngx_cycle->log);

    if (query == NULL) {
        ngx_set_errno(NGX_ENOMEM);
        return NULL;
    }
    query->resolver = host->resolver;
    query->timeout = host->timeout;
    query->family = family;
    query->cb_data = cb_data;
    query->handler = handler;
    query->name.data = (u_char *) (query + 1);
    query->name.len = length;
    ngx_memcpy(query->name.data, name, length);
    query->nobody.fd = (ngx_socket_t) -1;
    query->start.data = query;
    query->start.handler = on_start;
    query->start.log = ngx_cycle->log;
    ngx_post_event(&query->start, &ngx_posted_events);
    return query;
}

void tenon_nginx_resolve_cancel(void *handle)
{
    struct query *query = handle;

    if (query->start.posted) { /* the macro is two statements */
        ngx_delete_posted_event(&query->start);
    }
    if (query->ctx != NULL) ngx_resolve_name_done(query->ctx);
    ngx_free(query);
}
