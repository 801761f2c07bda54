/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ECHO_STORE_SERVER_H
#define ECHO_STORE_SERVER_H

#include <ev.h>
#include <libcouchbase/couchbase.h>

#include "../echo/ringbuffer.h"

/* One connection. While its message is being stored nothing is watched, so it stays until the storage has answered. */
struct client_s {
    struct ev_io watcher; /* first: the watcher is the client */
    struct ev_loop *loop;
    lcb_t handle;
    ringbuffer_t in;
    ringbuffer_t out;
};

/* Puts a line into the client's output, and has it sent. */
void reply_to_client(struct client_s *client, const char *line);

#endif
