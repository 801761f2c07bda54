/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An echo server on libev: what exists before Couchbase comes in. examples/echo_store adds the storage.
 *
 *     echo [PORT]        4567 if none is given
 */
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ringbuffer.h"
#include "sockets.h"

#define PORT_NO 4567
#define BUFFER_SIZE 1024

struct client_s {
    struct ev_io watcher; /* first: the watcher is the client */
    ringbuffer_t buf;
};

static void drop_client(struct ev_loop *loop, struct client_s *client)
{
    ev_io_stop(loop, &client->watcher);
    close(client->watcher.fd);
    ringbuffer_destruct(&client->buf);
    free(client);
    printf("Peer disconnected\n");
}

static void watch_for(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    ev_io_stop(loop, watcher);
    ev_io_set(watcher, watcher->fd, events);
    ev_io_start(loop, watcher);
}

static void client_cb(struct ev_loop *loop, struct ev_io *watcher, int revents)
{
    struct lcb_iovec_st iov[2];
    struct client_s *client = (struct client_s *)watcher;
    lcb_ssize_t nbytes;

    if (revents & EV_READ) {
        if (!ringbuffer_ensure_capacity(&client->buf, BUFFER_SIZE)) {
            fail("client buffer alloc");
        }
        ringbuffer_get_iov(&client->buf, RINGBUFFER_WRITE, iov);
        nbytes = io_recvv(watcher->fd, iov);
        if (nbytes > 0) {
            ringbuffer_produced(&client->buf, (lcb_size_t)nbytes);
            printf("Received %zu bytes\n", (size_t)nbytes);
            watch_for(loop, watcher, EV_WRITE);
        } else if (nbytes == 0 || !io_try_again()) {
            drop_client(loop, client);
        }
    } else if (revents & EV_WRITE) {
        ringbuffer_get_iov(&client->buf, RINGBUFFER_READ, iov);
        nbytes = io_sendv(watcher->fd, iov);
        if (nbytes >= 0) {
            ringbuffer_consumed(&client->buf, (lcb_size_t)nbytes);
            printf("Sent %zu bytes\n", (size_t)nbytes);
            if (client->buf.nbytes == 0) {
                watch_for(loop, watcher, EV_READ);
            }
        } else if (!io_try_again()) {
            drop_client(loop, client);
        }
    } else {
        fail("got invalid event");
    }
}

static void accept_cb(struct ev_loop *loop, struct ev_io *watcher, int revents)
{
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
    if (!ringbuffer_initialize(&client->buf, BUFFER_SIZE)) {
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

int main(int argc, char **argv)
{
    struct ev_loop *loop = ev_default_loop(0);
    struct ev_io server;
    struct ev_signal stop;
    int sd;

    setvbuf(stdout, NULL, _IOLBF, 0);
    sd = listen_on(argc > 1 ? atoi(argv[1]) : PORT_NO);

    ev_io_init(&server, accept_cb, sd, EV_READ);
    ev_io_start(loop, &server);
    ev_signal_init(&stop, stop_cb, SIGTERM);
    ev_signal_start(loop, &stop);

    ev_run(loop, 0);

    ev_io_stop(loop, &server);
    close(sd);
    return 0;
}
