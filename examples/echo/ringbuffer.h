/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing ring of bytes, for what was received and not used yet, or made and not sent yet. Its bytes and its free
 * space are each at most two pieces of memory, so one recvmsg(2) or sendmsg(2) moves all there is.
 */
#ifndef ECHO_RINGBUFFER_H
#define ECHO_RINGBUFFER_H

#include <libcouchbase/iops.h>

typedef struct ringbuffer_st {
    char *root;
    lcb_size_t size;
    /* Where the bytes begin, and how many there are. */
    lcb_size_t head;
    lcb_size_t nbytes;
} ringbuffer_t;

typedef enum { RINGBUFFER_READ = 1, RINGBUFFER_WRITE = 2 } ringbuffer_direction_t;

/* Both return 0 when out of memory, else 1. The second makes room for `size` more bytes. */
int ringbuffer_initialize(ringbuffer_t *buffer, lcb_size_t size);
int ringbuffer_ensure_capacity(ringbuffer_t *buffer, lcb_size_t size);
void ringbuffer_destruct(ringbuffer_t *buffer);

/* The bytes (RINGBUFFER_READ) or the free space (RINGBUFFER_WRITE) as two pieces, of which either may be empty. */
void ringbuffer_get_iov(ringbuffer_t *buffer, ringbuffer_direction_t direction, struct lcb_iovec_st *iov);
/* Says how many bytes were put into the free space, or used. */
void ringbuffer_produced(ringbuffer_t *buffer, lcb_size_t size);
void ringbuffer_consumed(ringbuffer_t *buffer, lcb_size_t size);

/* Copy as many bytes as there are, or as there is room for, up to `size`; return how many. Peeking uses none up. */
lcb_size_t ringbuffer_write(ringbuffer_t *buffer, const void *from, lcb_size_t size);
lcb_size_t ringbuffer_read(ringbuffer_t *buffer, void *to, lcb_size_t size);
lcb_size_t ringbuffer_peek(ringbuffer_t *buffer, void *to, lcb_size_t size);

/* Moves the bytes so that the first one is aligned for any type. Returns 0, or -1 when out of memory. */
int ringbuffer_ensure_alignment(ringbuffer_t *buffer);

#endif
