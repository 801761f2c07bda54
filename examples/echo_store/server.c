/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The echo server with Couchbase behind it, on one libev loop: the server's and the client's sockets wait together.
 * Each message is stored under the key "example" and answered with the CAS it got.
 *
 *     echo_store [PORT [HOST [BUCKET [PASSWORD]]]]      4567 localhost:8091 default
 *
 * HOST, BUCKET and PASSWORD are also taken from $COUCHBASE_HOST, $COUCHBASE_BUCKET and $COUCHBASE_PASSWORD.
 */
#include "server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../echo/sockets.h"
#include "storage.h"

#define PORT_NO 4567
#define BUFFER_SIZE 1024

static const char the_key[] = "example";

struct server_s {
    struct ev_io watcher; /* first: the watcher is the server */
    lcb_t handle;
};

static void drop_client(struct client_s *client)
{
    ev_io_stop(client->loop, &client->watcher);
    close(client->watcher.fd);
    ringbuffer_destruct(&client->in);
    ringbuffer_destruct(&client->out);
    free(client);
    printf("Peer disconnected\n");
}

static void watch_for(struct client_s *client, int events)
{
    ev_io_stop(client->loop, &client->watcher);
    ev_io_set(&client->watcher, client->watcher.fd, events);
    ev_io_start(client->loop, &client->watcher);
}

void reply_to_client(struct client_s *client, const char *line)
{
    size_t nb = strlen(line);
    if (!ringbuffer_ensure_capacity(&client->out, nb) || ringbuffer_write(&client->out, line, nb) != nb) {
        fail("client buffer alloc");
    }
    watch_for(client, EV_WRITE);
}

static void store_message(struct client_s *client)
{
    size_t nbytes = client->in.nbytes;
    char *val = malloc(nbytes);
    if (!val) {
        fail("message alloc");
    }
    ringbuffer_read(&client->in, val, nbytes);
    storage_put(client, the_key, val, nbytes);
    free(val); /* storing has copied it */
}

static void client_cb(struct ev_loop *loop, struct ev_io *watcher, int revents)
{
    struct lcb_iovec_st iov[2];
    struct client_s *client = (struct client_s *)watcher;
    lcb_ssize_t nbytes;

    if (revents & EV_READ) {
        if (!ringbuffer_ensure_capacity(&client->in, BUFFER_SIZE)) {
            fail("client buffer alloc");
        }
        ringbuffer_get_iov(&client->in, RINGBUFFER_WRITE, iov);
        nbytes = io_recvv(watcher->fd, iov);
        if (nbytes > 0) {
            ringbuffer_produced(&client->in, (lcb_size_t)nbytes);
            printf("Received %zu bytes\n", (size_t)nbytes);
            ev_io_stop(loop, watcher); /* until the storage answers */
            store_message(client);
        } else if (nbytes == 0 || !io_try_again()) {
            drop_client(client);
        }
    } else if (revents & EV_WRITE) {
        ringbuffer_get_iov(&client->out, RINGBUFFER_READ, iov);
        nbytes = io_sendv(watcher->fd, iov);
        if (nbytes >= 0) {
            ringbuffer_consumed(&client->out, (lcb_size_t)nbytes);
            printf("Sent %zu bytes\n", (size_t)nbytes);
            if (client->out.nbytes == 0) {
                watch_for(client, EV_READ);
            }
        } else if (!io_try_again()) {
            drop_client(client);
        }
    } else {
        fail("got invalid event");
    }
}

static void accept_cb(struct ev_loop *loop, struct ev_io *watcher, int revents)
{
    struct server_s *server = (struct server_s *)watcher;
    struct client_s *client;
    int sock;

    if (EV_ERROR & revents) {
        fail("got invalid event");
    }
    sock = accept_client(watcher->fd);
    if (sock < 0) {
        return;
    }
    client = malloc(sizeof(struct client_s));
    if (!client) {
        fail("client watcher alloc");
    }
    client->loop = loop;
    client->handle = server->handle;
    if (!ringbuffer_initialize(&client->in, BUFFER_SIZE) || !ringbuffer_initialize(&client->out, BUFFER_SIZE)) {
        fail("client buffer alloc");
    }
    printf("Successfully connected with client\n");
    ev_io_init(&client->watcher, client_cb, sock, EV_READ);
    ev_io_start(loop, &client->watcher);
}

static void stop_cb(struct ev_loop *loop, struct ev_signal *watcher, int revents)
{
    (void)watcher;
    (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

/* An argument, else a variable of the environment, else `otherwise`. */
static const char *setting(int argc, char **argv, int index, const char *variable, const char *otherwise)
{
    const char *value = argc > index ? argv[index] : getenv(variable);
    return value != NULL ? value : otherwise;
}

int main(int argc, char **argv)
{
    struct ev_loop *loop = ev_default_loop(0);
    struct server_s server;
    struct ev_signal stop;
    int sd;

    setvbuf(stdout, NULL, _IOLBF, 0);
    server.handle = storage_init(loop, setting(argc, argv, 2, "COUCHBASE_HOST", "localhost:8091"),
                                 setting(argc, argv, 3, "COUCHBASE_BUCKET", "default"),
                                 setting(argc, argv, 4, "COUCHBASE_PASSWORD", NULL));
    sd = listen_on(argc > 1 ? atoi(argv[1]) : PORT_NO);

    ev_io_init(&server.watcher, accept_cb, sd, EV_READ);
    ev_io_start(loop, &server.watcher);
    ev_signal_init(&stop, stop_cb, SIGTERM);
    ev_signal_start(loop, &stop);

    ev_run(loop, 0);

    ev_io_stop(loop, &server.watcher);
    close(sd);
    storage_destroy(server.handle);
    return 0;
}
