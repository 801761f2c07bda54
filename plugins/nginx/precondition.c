/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

void tenon_print_etag(u_char *to, uint64_t cas)
{
    u_char wire[sizeof(cas)];

    ngx_memcpy(wire, &cas, sizeof(cas)); /* a CAS is eight bytes, not a number */
    *to++ = '"';
    to = ngx_hex_dump(to, wire, sizeof(wire));
    *to = '"';
}

/* The CAS of an entity tag of ours, also of one that a filter of nginx's (gzip) has made weak. */
static ngx_int_t read_etag(ngx_str_t text, uint64_t *cas)
{
    u_char wire[sizeof(*cas)];
    ngx_int_t byte;
    ngx_uint_t i;

    if (text.len > 2 && ngx_strncmp(text.data, "W/", 2) == 0) {
        text.data += 2;
        text.len -= 2;
    }
    if (text.len != TENON_ETAG_SIZE || text.data[0] != '"' || text.data[text.len - 1] != '"') return NGX_ERROR;
    for (i = 0; i < sizeof(wire); i++) {
        byte = ngx_hextoi(text.data + 1 + 2 * i, 2);
        if (byte == NGX_ERROR) return NGX_ERROR;
        wire[i] = (u_char) byte;
    }
    ngx_memcpy(cas, wire, sizeof(wire));
    return *cas == 0 ? NGX_ERROR : NGX_OK; /* 0 would mean any */
}

static int is_any(const ngx_str_t *text)
{
    return text->len == 1 && text->data[0] == '*';
}

ngx_int_t tenon_read_preconditions(ngx_http_request_t *r, tenon_task *task)
{
    const ngx_table_elt_t *match = r->headers_in.if_match;
    const ngx_table_elt_t *none_match = r->headers_in.if_none_match;
    struct tenon_nginx_command *command = &task->command;

    /* A get's are nginx's own to look at, once it sees the answer's entity tag. */
    if (command->verb == TENON_NGINX_GET || (match == NULL && none_match == NULL)) return NGX_OK;
    if (match != NULL && none_match != NULL) return NGX_HTTP_BAD_REQUEST;
    task->conditional = 1;
    if (none_match != NULL) {
        if (command->verb != TENON_NGINX_SET || !is_any(&none_match->value)) return NGX_HTTP_BAD_REQUEST;
        command->verb = TENON_NGINX_ADD;
        return NGX_OK;
    }
    switch (command->verb) {
    case TENON_NGINX_SET:
        task->must_exist = 1;
        if (is_any(&match->value)) {
            command->verb = TENON_NGINX_REPLACE;
            return NGX_OK;
        }
        break;
    case TENON_NGINX_REPLACE:
    case TENON_NGINX_APPEND:
    case TENON_NGINX_PREPEND:
    case TENON_NGINX_REMOVE:
        if (is_any(&match->value)) return NGX_OK; /* they ask for an item anyway */
        break;
    default: return NGX_HTTP_BAD_REQUEST; /* the protocol has no such condition */
    }
    /* No entity tag of ours matches: the condition is false, whatever is stored. */
    return read_etag(match->value, &command->cas) == NGX_OK ? NGX_OK : NGX_HTTP_PRECONDITION_FAILED;
}
