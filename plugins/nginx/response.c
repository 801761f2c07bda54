/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

static const char *const verb_names[] = {"get",     "set",    "add",   "replace", "append",
                                         "prepend", "delete", "touch", "incr",    "decr"};

/* docs/nginx.md has this as a table. */
static ngx_int_t status_of(const tenon_task *task, enum tenon_nginx_outcome outcome)
{
    switch (outcome) {
    case TENON_NGINX_DONE: return NGX_HTTP_OK;
    case TENON_NGINX_NOT_FOUND: return task->must_exist ? NGX_HTTP_PRECONDITION_FAILED : NGX_HTTP_NOT_FOUND;
    case TENON_NGINX_CONFLICT: return task->conditional ? NGX_HTTP_PRECONDITION_FAILED : NGX_HTTP_CONFLICT;
    case TENON_NGINX_LOCKED: return 423;
    case TENON_NGINX_TOO_BIG: return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    case TENON_NGINX_BAD_REQUEST: return NGX_HTTP_BAD_REQUEST;
    case TENON_NGINX_UNSUPPORTED: return NGX_HTTP_NOT_IMPLEMENTED;
    case TENON_NGINX_REFUSED: return NGX_HTTP_BAD_GATEWAY;
    case TENON_NGINX_UNAVAILABLE: return NGX_HTTP_SERVICE_UNAVAILABLE;
    case TENON_NGINX_FULL: return NGX_HTTP_INSUFFICIENT_STORAGE;
    case TENON_NGINX_TIMEOUT: return NGX_HTTP_GATEWAY_TIME_OUT;
    }
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
}

static ngx_int_t fail(const ngx_http_request_t *r, const tenon_task *task, const struct tenon_nginx_reply *reply)
{
    const struct tenon_nginx_command *command = &task->command;
    ngx_int_t status = status_of(task, reply->outcome);
    /* What the client of the request brings about is not worth a line; what the cluster does is. */
    ngx_uint_t level = status >= NGX_HTTP_INTERNAL_SERVER_ERROR ? NGX_LOG_ERR : NGX_LOG_INFO;
    ngx_str_t key = tenon_str(command->key);
    ngx_str_t reason = tenon_str(reply->reason);
    ngx_str_t server = tenon_str(reply->server);

    ngx_log_error(level, r->connection->log, 0, "tenon: %s \"%V\": %V%s%V", verb_names[command->verb], &key, &reason,
                  server.len != 0 ? ", from " : "", &server);
    return status;
}

static ngx_table_elt_t *add_header(ngx_http_request_t *r, const char *name, u_char *value, size_t size)
{
    ngx_table_elt_t *header = ngx_list_push(&r->headers_out.headers);

    if (header == NULL) return NULL;
    ngx_memzero(header, sizeof(*header));
    header->hash = 1;
    header->key.data = (u_char *) name;
    header->key.len = ngx_strlen(name);
    header->value.data = value;
    header->value.len = size;
    return header;
}

/* ETag, X-Tenon-CAS and, of a get, X-Tenon-Flags. */
static ngx_int_t add_headers(ngx_http_request_t *r, const tenon_task *task, const struct tenon_nginx_reply *reply)
{
    u_char *text;
    u_char *end;

    if (reply->cas == 0) return NGX_OK;
    text = ngx_pnalloc(r->pool, TENON_ETAG_SIZE + NGX_INT32_LEN);
    if (text == NULL) return NGX_ERROR;
    tenon_print_etag(text, reply->cas);
    r->headers_out.etag = add_header(r, "ETag", text, TENON_ETAG_SIZE);
    if (r->headers_out.etag == NULL) return NGX_ERROR;
    if (add_header(r, "X-Tenon-CAS", text + 1, TENON_ETAG_SIZE - 2) == NULL) return NGX_ERROR;
    if (task->command.verb != TENON_NGINX_GET) return NGX_OK;
    text += TENON_ETAG_SIZE;
    end = ngx_sprintf(text, "%uD", reply->flags);
    return add_header(r, "X-Tenon-Flags", text, (size_t) (end - text)) == NULL ? NGX_ERROR : NGX_OK;
}

static ngx_int_t send_value(ngx_http_request_t *r, struct tenon_nginx_bytes value)
{
    ngx_chain_t out = {NULL, NULL};
    ngx_int_t rc;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = (off_t) value.size;
    if (value.size == 0) r->header_only = 1;
    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) return rc;
    out.buf = ngx_create_temp_buf(r->pool, value.size); /* the reply's bytes are the client's for this call only */
    if (out.buf == NULL) return NGX_ERROR;
    out.buf->last = ngx_cpymem(out.buf->last, value.data, value.size);
    out.buf->last_buf = r == r->main;
    out.buf->last_in_chain = 1;
    return ngx_http_output_filter(r, &out);
}

static ngx_int_t send_counter(ngx_http_request_t *r, uint64_t counter)
{
    u_char text[NGX_INT64_LEN];
    struct tenon_nginx_bytes value = {(const char *) text, (size_t) (ngx_sprintf(text, "%uL", counter) - text)};

    ngx_str_set(&r->headers_out.content_type, "text/plain");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    return send_value(r, value);
}

ngx_int_t tenon_respond(ngx_http_request_t *r, const tenon_task *task, const struct tenon_nginx_reply *reply)
{
    if (reply->outcome != TENON_NGINX_DONE) return fail(r, task, reply);
    if (add_headers(r, task, reply) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
    switch (task->command.verb) {
    case TENON_NGINX_GET:
        if (ngx_http_set_content_type(r) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
        r->allow_ranges = 1;
        return send_value(r, reply->value);
    case TENON_NGINX_INCREMENT:
    case TENON_NGINX_DECREMENT:
        r->disable_not_modified = 1; /* the conditions were the command's, not this answer's */
        return send_counter(r, reply->counter);
    default:
        r->headers_out.status = task->command.verb == TENON_NGINX_ADD ? NGX_HTTP_CREATED : NGX_HTTP_NO_CONTENT;
        r->header_only = 1;
        if (r->headers_out.status == NGX_HTTP_CREATED) r->headers_out.content_length_n = 0;
        return ngx_http_send_header(r);
    }
}
