/* SPDX-License-Identifier: Apache-2.0 */
#include "storage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Called when no cluster can be reached, and by hand: without storage this server is of no use. */
static void error_callback(lcb_t instance, lcb_error_t err, const char *errinfo)
{
    fprintf(stderr, "%s (0x%x: %s)\n", errinfo, (unsigned)err, lcb_strerror(instance, err));
    exit(EXIT_FAILURE);
}

static void reply_error(struct client_s *client, lcb_error_t err)
{
    char line[160];
    snprintf(line, sizeof(line), "error 0x%x: %s\n", (unsigned)err, lcb_strerror(client->handle, err));
    reply_to_client(client, line);
}

static void storage_callback(lcb_t instance, const void *cookie, lcb_storage_t operation, lcb_error_t error,
                             const lcb_store_resp_t *resp)
{
    struct client_s *client = (struct client_s *)cookie;
    char cas_str[128];

    (void)instance;
    (void)operation;
    if (error != LCB_SUCCESS) {
        reply_error(client, error);
        return;
    }
    snprintf(cas_str, sizeof(cas_str), "%" PRIu64 "\n", resp->v.v0.cas);
    reply_to_client(client, cas_str);
}

lcb_t storage_init(struct ev_loop *loop, const char *host, const char *bucket, const char *password)
{
    struct lcb_create_st opts;
    struct lcb_create_io_ops_st io_opts;
    lcb_t handle;
    lcb_error_t err;

    /* No file: the plugin is compiled into this program, which shows it to the loader (-rdynamic). */
    io_opts.version = 1;
    io_opts.v.v1.sofile = NULL;
    io_opts.v.v1.symbol = "lcb_create_libev_io_opts";
    io_opts.v.v1.cookie = loop;

    opts.version = 0;
    opts.v.v0.host = host;
    opts.v.v0.bucket = bucket;
    opts.v.v0.user = bucket;
    opts.v.v0.passwd = password;

    err = lcb_create_io_ops(&opts.v.v0.io, &io_opts);
    if (err != LCB_SUCCESS) {
        error_callback(NULL, err, "failed to create IO object");
        return NULL;
    }
    err = lcb_create(&handle, &opts);
    if (err != LCB_SUCCESS) {
        error_callback(NULL, err, "failed to create connection object");
        return NULL;
    }
    /* The table belongs to who created it: kept, to be destroyed behind the instance. */
    lcb_set_cookie(handle, opts.v.v0.io);

    (void)lcb_set_error_callback(handle, error_callback);
    (void)lcb_set_store_callback(handle, storage_callback);

    err = lcb_connect(handle);
    if (err != LCB_SUCCESS) {
        error_callback(handle, err, "failed to connect to the server");
        return NULL;
    }
    return handle;
}

void storage_destroy(lcb_t handle)
{
    lcb_io_opt_t io = (lcb_io_opt_t)lcb_get_cookie(handle);
    lcb_destroy(handle);
    lcb_destroy_io_ops(io);
}

void storage_put(struct client_s *client, const char *key, const void *val, size_t nval)
{
    lcb_error_t err;
    lcb_store_cmd_t cmd;
    const lcb_store_cmd_t *cmds[] = {&cmd};

    memset(&cmd, 0, sizeof(cmd));
    cmd.version = 0;
    cmd.v.v0.key = key;
    cmd.v.v0.nkey = strlen(key);
    cmd.v.v0.bytes = val;
    cmd.v.v0.nbytes = nval;
    cmd.v.v0.operation = LCB_SET;
    err = lcb_store(client->handle, client, 1, cmds);
    if (err != LCB_SUCCESS) {
        reply_error(client, err);
    }
}
