/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Step 2 of the tutorial: its storage.c as printed, in a server that takes one connection, one message at a time.
 * $TUTORIAL_PORT is where it listens, $TUTORIAL_HOST the cluster.
 */
#include <ev.h>

#include "../../../examples/echo/sockets.h"
#include "tutorial.h"

struct server_s {
    struct ev_io watcher;
    lcb_t handle;
};

struct client_s {
    struct ev_io watcher;
    struct ev_loop *loop;
    lcb_t handle;
    ringbuffer_t out;
};

static const char the_key[] = "example";

static void error_callback(lcb_t instance, lcb_error_t err, const char *errinfo)
{
    fprintf(stderr, "%s: %s\n", errinfo, lcb_strerror(instance, err));
    exit(EXIT_FAILURE);
}

lcb_t storage_init(struct ev_loop *loop, const char *host, const char *bucket, const char *password);
void storage_put(struct client_s *client, const char *key, const void *val, size_t nval);
void storage_callback(lcb_t instance, const void *cookie, lcb_storage_t operation, lcb_error_t error,
                      const lcb_store_resp_t *resp);

#include "listings/creator.inc"
#include "listings/storage_init.inc"
#include "listings/storage_put.inc"

/* The printed call names localhost:8091; the test's cluster is elsewhere. */
#define storage_init(loop, host, bucket, password) storage_init(loop, setting("TUTORIAL_HOST"), bucket, password)

static void client_cb(struct ev_loop *loop, struct ev_io *watcher, int revents)
{
    struct client_s *client = (struct client_s *)watcher;
    struct lcb_iovec_st iov[2];
    char val[BUFFER_SIZE];
    ssize_t nbytes;

    if (revents & EV_READ) {
        nbytes = recv(watcher->fd, val, sizeof(val), 0);
        ev_io_stop(loop, watcher);
        if (nbytes <= 0) {
            ev_break(loop, EVBREAK_ALL);
            return;
        }
#include "listings/call_storage_put.inc"
    } else {
        ringbuffer_get_iov(&client->out, RINGBUFFER_READ, iov);
        nbytes = io_sendv(watcher->fd, iov);
        if (nbytes < 0) {
            fail("write error");
        }
        ringbuffer_consumed(&client->out, (lcb_size_t)nbytes);
        ev_io_stop(loop, watcher);
        ev_io_set(watcher, watcher->fd, EV_READ);
        ev_io_start(loop, watcher);
    }
}

int main(void)
{
    struct ev_loop *loop = ev_default_loop(0);
    struct server_s server;
    struct client_s client;
    lcb_error_t err;

#include "listings/call_storage_init.inc"
    /* Waiting runs the application's loop, and leaves it as it was. */
    err = lcb_wait(server.handle);
    if (err != LCB_SUCCESS) {
        error_callback(server.handle, err, "no map");
    }
    server.watcher.fd = listen_on(atoi(setting("TUTORIAL_PORT")));
    /* One connection is enough here: wait for it on the spot. */
    fcntl(server.watcher.fd, F_SETFL, 0);
    client.loop = loop;
    client.handle = server.handle;
    ringbuffer_initialize(&client.out, BUFFER_SIZE);
    ev_io_init(&client.watcher, client_cb, accept_client(server.watcher.fd), EV_READ);
    ev_io_start(loop, &client.watcher);
    ev_run(loop, 0);

    close(client.watcher.fd);
    close(server.watcher.fd);
    ringbuffer_destruct(&client.out);
    lcb_destroy(server.handle);
    return 0;
}
