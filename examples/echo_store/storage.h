/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the echo server knows of Couchbase.
 */
#ifndef ECHO_STORE_STORAGE_H
#define ECHO_STORE_STORAGE_H

#include <stddef.h>

#include "server.h"

/* A connection that lives on the application's own loop; null (and the reason is printed) on failure. */
lcb_t storage_init(struct ev_loop *loop, const char *host, const char *bucket, const char *password);
/* Undoes it. What is still being stored is answered with an error first. */
void storage_destroy(lcb_t handle);

/* Stores a value. The client is answered with a line: the CAS in decimal, or what went wrong. */
void storage_put(struct client_s *client, const char *key, const void *val, size_t nval);

#endif
