/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#define LONGEST_RELATIVE_EXPIRY (30 * 24 * 60 * 60)

static const struct {
    ngx_str_t name;
    enum tenon_nginx_verb verb;
} verbs[] = {
    {ngx_string("GET"), TENON_NGINX_GET},         {ngx_string("HEAD"), TENON_NGINX_GET},
    {ngx_string("PUT"), TENON_NGINX_SET},         {ngx_string("POST"), TENON_NGINX_SET},
    {ngx_string("DELETE"), TENON_NGINX_REMOVE},   {ngx_string("get"), TENON_NGINX_GET},
    {ngx_string("set"), TENON_NGINX_SET},         {ngx_string("add"), TENON_NGINX_ADD},
    {ngx_string("replace"), TENON_NGINX_REPLACE}, {ngx_string("append"), TENON_NGINX_APPEND},
    {ngx_string("prepend"), TENON_NGINX_PREPEND}, {ngx_string("delete"), TENON_NGINX_REMOVE},
    {ngx_string("touch"), TENON_NGINX_TOUCH},     {ngx_string("incr"), TENON_NGINX_INCREMENT},
    {ngx_string("decr"), TENON_NGINX_DECREMENT},
};

static ngx_int_t find_verb(const ngx_str_t *name, enum tenon_nginx_verb *verb)
{
    ngx_uint_t i;

    for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (verbs[i].name.len == name->len && ngx_memcmp(verbs[i].name.data, name->data, name->len) == 0) {
            *verb = verbs[i].verb;
            return NGX_OK;
        }
    return NGX_DECLINED;
}

static int stores(enum tenon_nginx_verb verb)
{
    return verb == TENON_NGINX_SET || verb == TENON_NGINX_ADD || verb == TENON_NGINX_REPLACE ||
           verb == TENON_NGINX_APPEND || verb == TENON_NGINX_PREPEND;
}

/* A directive's value, empty if it is not there. */
static ngx_int_t evaluate(ngx_http_request_t *r, ngx_http_complex_value_t *value, ngx_str_t *result)
{
    ngx_str_null(result);
    if (value == NULL) return NGX_OK;
    return ngx_http_complex_value(r, value, result) == NGX_OK ? NGX_OK : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

/* `tenon_method`; else ?op= of a method that may change something; else the method itself. */
static ngx_int_t read_verb(ngx_http_request_t *r, const tenon_location_conf *conf, enum tenon_nginx_verb *verb)
{
    ngx_str_t name;

    if (evaluate(r, conf->method, &name) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
    if (name.len != 0) return find_verb(&name, verb) == NGX_OK ? NGX_OK : NGX_HTTP_BAD_REQUEST;
    if ((r->method & (NGX_HTTP_POST | NGX_HTTP_PATCH)) != 0) {
        if (ngx_http_arg(r, (u_char *) "op", 2, &name) == NGX_OK)
            return find_verb(&name, verb) == NGX_OK ? NGX_OK : NGX_HTTP_BAD_REQUEST;
        if (r->method == NGX_HTTP_PATCH) return NGX_HTTP_BAD_REQUEST;
    }
    return find_verb(&r->method_name, verb) == NGX_OK ? NGX_OK : NGX_HTTP_NOT_ALLOWED;
}

/* `tenon_key`; else what stands behind the location's prefix. */
static ngx_int_t read_key(ngx_http_request_t *r, const tenon_location_conf *conf, ngx_str_t *key)
{
    const ngx_http_core_loc_conf_t *location = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (conf->key != NULL) return evaluate(r, conf->key, key);
    *key = r->uri;
    if (key->len >= location->name.len && ngx_strncmp(key->data, location->name.data, location->name.len) == 0) {
        key->data += location->name.len;
        key->len -= location->name.len;
    }
    return NGX_OK;
}

/* Seconds or nginx's units ("10m") from now, as the protocol has it; nothing: never. */
static ngx_int_t read_expiry(ngx_http_request_t *r, const tenon_location_conf *conf, uint32_t *expiry)
{
    ngx_str_t text;
    ngx_int_t seconds;

    *expiry = 0;
    if (evaluate(r, conf->expires, &text) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
    if (text.len == 0) return NGX_OK;
    seconds = ngx_parse_time(&text, 1);
    if (seconds == NGX_ERROR) return NGX_HTTP_BAD_REQUEST;
    if (seconds > LONGEST_RELATIVE_EXPIRY) seconds += ngx_time(); /* the protocol takes more for a date */
    if (seconds < 0 || (uint64_t) seconds > UINT32_MAX) return NGX_HTTP_BAD_REQUEST;
    *expiry = (uint32_t) seconds;
    return NGX_OK;
}

/* A number among the query's arguments. NGX_DECLINED: it is not there. */
static ngx_int_t read_number(ngx_http_request_t *r, const char *name, uint64_t *number)
{
    ngx_str_t text;
    off_t value;

    if (ngx_http_arg(r, (u_char *) name, ngx_strlen(name), &text) != NGX_OK) return NGX_DECLINED;
    value = ngx_atoof(text.data, text.len);
    if (value == NGX_ERROR) return NGX_HTTP_BAD_REQUEST;
    *number = (uint64_t) value;
    return NGX_OK;
}

static ngx_int_t read_counter(ngx_http_request_t *r, struct tenon_nginx_command *command)
{
    ngx_int_t rc;

    command->delta = 1;
    if (read_number(r, "by", &command->delta) == NGX_HTTP_BAD_REQUEST) return NGX_HTTP_BAD_REQUEST;
    rc = read_number(r, "initial", &command->initial);
    if (rc == NGX_HTTP_BAD_REQUEST) return rc;
    command->has_initial = rc == NGX_OK;
    return NGX_OK;
}

static ngx_int_t read_flags(ngx_http_request_t *r, uint32_t *flags)
{
    static const ngx_str_t kName = ngx_string("X-Tenon-Flags");
    const ngx_list_part_t *part;
    const ngx_table_elt_t *header;
    off_t value;
    ngx_uint_t i;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next)
        for (header = part->elts, i = 0; i < part->nelts; i++) {
            if (header[i].key.len != kName.len || ngx_strncasecmp(header[i].key.data, kName.data, kName.len) != 0)
                continue;
            value = ngx_atoof(header[i].value.data, header[i].value.len);
            if (value == NGX_ERROR || (uint64_t) value > UINT32_MAX) return NGX_HTTP_BAD_REQUEST;
            *flags = (uint32_t) value;
            return NGX_OK;
        }
    return NGX_OK;
}

ngx_int_t tenon_read_request(ngx_http_request_t *r, const tenon_location_conf *conf, tenon_task *task)
{
    struct tenon_nginx_command *command = &task->command;
    ngx_str_t text;
    ngx_int_t rc;

    rc = read_verb(r, conf, &command->verb);
    if (rc != NGX_OK) return rc;
    rc = read_key(r, conf, &text);
    if (rc != NGX_OK) return rc;
    command->key = tenon_bytes(text);
    rc = tenon_read_preconditions(r, task);
    if (rc != NGX_OK || command->verb == TENON_NGINX_GET) return rc;
    rc = read_expiry(r, conf, &command->expiry);
    if (rc != NGX_OK) return rc;
    if (command->verb == TENON_NGINX_INCREMENT || command->verb == TENON_NGINX_DECREMENT)
        return read_counter(r, command);
    if (!stores(command->verb)) return NGX_OK;
    rc = read_flags(r, &command->flags);
    if (rc != NGX_OK) return rc;
    task->body_wanted = conf->value == NULL;
    rc = evaluate(r, conf->value, &text);
    command->value = tenon_bytes(text);
    return rc;
}

/* One piece of a body, in memory or in nginx's file. */
static ngx_int_t copy_piece(const ngx_buf_t *piece, u_char **to)
{
    size_t size;
    ssize_t got;

    if (ngx_buf_in_memory(piece)) {
        *to = ngx_cpymem(*to, piece->pos, (size_t) (piece->last - piece->pos));
        return NGX_OK;
    }
    if (!piece->in_file) return NGX_OK; /* a mark of the body's end */
    size = (size_t) (piece->file_last - piece->file_pos);
    got = ngx_read_file(piece->file, *to, size, piece->file_pos);
    if (got < 0 || (size_t) got != size) return NGX_ERROR;
    *to += size;
    return NGX_OK;
}

ngx_int_t tenon_read_body(ngx_http_request_t *r, tenon_task *task)
{
    const ngx_chain_t *first = r->request_body == NULL ? NULL : r->request_body->bufs;
    const ngx_chain_t *link;
    off_t size = 0;
    u_char *body;
    u_char *end;

    if (first == NULL) return NGX_OK;
    if (first->next == NULL && ngx_buf_in_memory(first->buf)) {
        task->command.value.data = (const char *) first->buf->pos;
        task->command.value.size = (size_t) (first->buf->last - first->buf->pos);
        return NGX_OK;
    }
    for (link = first; link != NULL; link = link->next) size += ngx_buf_size(link->buf);
    body = end = ngx_palloc(r->pool, (size_t) size);
    if (body == NULL) return NGX_HTTP_INTERNAL_SERVER_ERROR;
    for (link = first; link != NULL; link = link->next)
        if (copy_piece(link->buf, &end) != NGX_OK) return NGX_HTTP_INTERNAL_SERVER_ERROR;
    task->command.value.data = (const char *) body;
    task->command.value.size = (size_t) size;
    return NGX_OK;
}
