/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the module's files know of each other: the configuration, and the walk of one request.
 *
 *     handler.c       takes a request, reads its body, and sees to it that each outlives what it must
 *     request.c       HTTP to a command
 *     precondition.c  If-Match and If-None-Match
 *     response.c      a reply to HTTP
 */
#ifndef TENON_NGINX_MODULE_H
#define TENON_NGINX_MODULE_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>

#include "cluster.h"

extern ngx_module_t ngx_http_tenon_module;

/** One `tenon_cluster` block. */
typedef struct {
    ngx_str_t name;
    ngx_array_t hosts; /* of ngx_str_t */
    ngx_str_t bucket;
    ngx_str_t user;
    ngx_str_t password;
    ngx_msec_t timeout;
    ngx_msec_t connect_timeout;
    ngx_flag_t memcached;
    struct tenon_nginx_cluster *client; /* this worker's; null in the master */
} tenon_cluster_conf;

typedef struct {
    ngx_array_t clusters;    /* of tenon_cluster_conf * */
    struct tenon_io_ops *io; /* this worker's */
} tenon_main_conf;

typedef struct {
    ngx_str_t cluster_name;
    tenon_cluster_conf *cluster; /* null: no tenon_pass here or around */
    ngx_http_complex_value_t *key;
    ngx_http_complex_value_t *method;
    ngx_http_complex_value_t *value;
    ngx_http_complex_value_t *expires;
} tenon_location_conf;

static inline struct tenon_nginx_bytes tenon_bytes(ngx_str_t text)
{
    struct tenon_nginx_bytes bytes = {(const char *) text.data, text.len};

    return bytes;
}

static inline ngx_str_t tenon_str(struct tenon_nginx_bytes bytes)
{
    ngx_str_t text = {bytes.size, (u_char *) bytes.data};

    return text;
}

/** The `tenon_cluster NAME { … }` directive (cluster_conf.c). */
char *tenon_cluster_block(ngx_conf_t *cf, ngx_command_t *command, void *conf);
tenon_cluster_conf *tenon_find_cluster(const tenon_main_conf *conf, const ngx_str_t *name);

/** The content handler of a location with `tenon_pass`. */
ngx_int_t tenon_handle(ngx_http_request_t *r);
/** The worker ends: what is completed from here on has no request any more. */
void tenon_handler_ends(void);

/** What is kept of a request until its command is done. */
typedef struct {
    struct tenon_nginx_command command;
    unsigned conditional : 1; /* "exists" means that a precondition has failed … */
    unsigned must_exist : 1;  /* … and so does "not found" */
    unsigned body_wanted : 1; /* the value is the request's body */
} tenon_task;

/** Fills in `task` but for a value from the body. NGX_OK or an HTTP status. */
ngx_int_t tenon_read_request(ngx_http_request_t *r, const tenon_location_conf *conf, tenon_task *task);
/** The value from the body nginx has read, from its file too. NGX_OK or an HTTP status. */
ngx_int_t tenon_read_body(ngx_http_request_t *r, tenon_task *task);

/** If-Match and If-None-Match: makes `verb` and `cas` what they ask for. NGX_OK or an HTTP status. */
ngx_int_t tenon_read_preconditions(ngx_http_request_t *r, tenon_task *task);
#define TENON_ETAG_SIZE (sizeof("\"0123456789abcdef\"") - 1)
/** Writes the entity tag of a CAS: TENON_ETAG_SIZE bytes. */
void tenon_print_etag(u_char *to, uint64_t cas);

/** Answers: the status to finalize the request with, its answer being sent if that is not an error. */
ngx_int_t tenon_respond(ngx_http_request_t *r, const tenon_task *task, const struct tenon_nginx_reply *reply);

#endif
