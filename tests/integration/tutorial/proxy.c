/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tutorial's proxy, as printed, on whatever plugin the environment names. $TUTORIAL_PORT is where it listens,
 * $TUTORIAL_HOST the cluster.
 */
#include "protocol_binary.h"
#include "tutorial.h"

typedef struct {
    lcb_t conn;
    lcb_io_opt_t io;
    void *event;
} server_t;

#include "listings/client_st.inc"

typedef struct {
    client_t *client;
    uint32_t opaque;
    uint8_t opcode;
} cookie_t;

static struct lcb_create_st opts;
static int port;
static const char version_msg[] = "tutorial";
static const char notsup_msg[] = "Not supported";

#define info(...) (printf(__VA_ARGS__), printf("\n"))

static void error_callback(lcb_t instance, lcb_error_t err, const char *errinfo)
{
    fail(errinfo, lcb_strerror(instance, err));
}

static uint16_t map_status(lcb_error_t err)
{
    switch (err) {
    case LCB_SUCCESS:
        return PROTOCOL_BINARY_RESPONSE_SUCCESS;
    case LCB_KEY_ENOENT:
        return PROTOCOL_BINARY_RESPONSE_KEY_ENOENT;
    default:
        return PROTOCOL_BINARY_RESPONSE_EINTERNAL;
    }
}

void proxy_client_callback(lcb_socket_t sock, short which, void *data);
void handle_packet(client_t *cl, char *buf);
void get_callback(lcb_t conn, const void *cookie, lcb_error_t err, const lcb_get_resp_t *item);
void run_proxy(lcb_t conn);

static void store_callback(lcb_t conn, const void *cookie, lcb_storage_t operation, lcb_error_t err,
                           const lcb_store_resp_t *item)
{
    cookie_t *c = (cookie_t *)cookie;
    client_t *cl = c->client;
    lcb_io_opt_t io = cl->server->io;
    protocol_binary_response_header res;

    memset(&res, 0, sizeof(res));
    res.response.magic = PROTOCOL_BINARY_RES;
    res.response.opcode = PROTOCOL_BINARY_CMD_SET;
    res.response.status = htons(map_status(err));
    res.response.opaque = c->opaque;
    res.response.cas = item->v.v0.cas;
    ringbuffer_ensure_capacity(&cl->out, sizeof(res.bytes));
    ringbuffer_write(&cl->out, res.bytes, sizeof(res.bytes));
    io->v.v0.update_event(io, cl->sock, cl->event, LCB_WRITE_EVENT, cl, proxy_client_callback);
    free(c);
    (void)conn;
    (void)operation;
}

static void proxy_accept_callback(lcb_socket_t sock, short which, void *data)
{
    static int last_id;
    server_t *server = data;
    lcb_io_opt_t io = server->io;
    client_t *cl = calloc(1, sizeof(*cl));

    if (cl == NULL || !(which & LCB_READ_EVENT)) {
        fail("cannot accept");
    }
    cl->id = ++last_id;
    cl->server = server;
    cl->sock = accept(sock, NULL, NULL);
    if (cl->sock == -1 || fcntl(cl->sock, F_SETFL, O_NONBLOCK) == -1) {
        fail("accept()");
    }
    ringbuffer_initialize(&cl->in, BUFFER_SIZE);
    ringbuffer_initialize(&cl->out, BUFFER_SIZE);
    cl->event = io->v.v0.create_event(io);
    io->v.v0.update_event(io, cl->sock, cl->event, LCB_READ_EVENT, cl, proxy_client_callback);
    info("[%d] connected", cl->id);
}

#include "listings/run_proxy.inc"
#include "listings/proxy_client_callback.inc"
#include "listings/handle_packet.inc"
#include "listings/get_callback.inc"

int main(void)
{
    lcb_t conn;
    lcb_error_t err;

    port = atoi(setting("TUTORIAL_PORT"));
    opts.v.v0.host = setting("TUTORIAL_HOST");
    opts.v.v0.bucket = "default";
    err = lcb_create_io_ops(&opts.v.v0.io, NULL);
    if (err != LCB_SUCCESS) {
        fail("no IO", lcb_strerror(NULL, err));
    }
    if (opts.v.v0.io->version != 0) {
        fail("no IO", "its model is not the one this program is written for");
    }
    err = lcb_create(&conn, &opts);
    if (err != LCB_SUCCESS) {
        fail("no instance", lcb_strerror(NULL, err));
    }
    lcb_set_error_callback(conn, error_callback);
#include "listings/set_callbacks.inc"
    err = lcb_connect(conn);
    if (err == LCB_SUCCESS) {
        err = lcb_wait(conn);
    }
    if (err != LCB_SUCCESS) {
        fail("no cluster", lcb_strerror(conn, err));
    }
    run_proxy(conn);
    return 0;
}
