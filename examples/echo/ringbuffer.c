/* SPDX-License-Identifier: Apache-2.0 */
#include "ringbuffer.h"

#include <stdlib.h>
#include <string.h>

static lcb_size_t smaller(lcb_size_t a, lcb_size_t b) { return a < b ? a : b; }

/* Moves everything into memory of `size` bytes, to its beginning. */
static int relocate(ringbuffer_t *buffer, lcb_size_t size)
{
    char *root = malloc(size);
    if (root == NULL) {
        return 0;
    }
    ringbuffer_peek(buffer, root, buffer->nbytes);
    free(buffer->root);
    buffer->root = root;
    buffer->size = size;
    buffer->head = 0;
    return 1;
}

int ringbuffer_initialize(ringbuffer_t *buffer, lcb_size_t size)
{
    memset(buffer, 0, sizeof(*buffer));
    return ringbuffer_ensure_capacity(buffer, size);
}

void ringbuffer_destruct(ringbuffer_t *buffer)
{
    free(buffer->root);
    memset(buffer, 0, sizeof(*buffer));
}

int ringbuffer_ensure_capacity(ringbuffer_t *buffer, lcb_size_t size)
{
    lcb_size_t doubled = buffer->size * 2;
    if (buffer->size - buffer->nbytes >= size) {
        return 1;
    }
    return relocate(buffer, doubled > buffer->nbytes + size ? doubled : buffer->nbytes + size);
}

void ringbuffer_get_iov(ringbuffer_t *buffer, ringbuffer_direction_t direction, struct lcb_iovec_st *iov)
{
    lcb_size_t begin = buffer->head;
    lcb_size_t length = buffer->nbytes;
    if (direction == RINGBUFFER_WRITE) {
        begin = buffer->size == 0 ? 0 : (buffer->head + buffer->nbytes) % buffer->size;
        length = buffer->size - buffer->nbytes;
    }
    iov[0].iov_base = begin == 0 ? buffer->root : buffer->root + begin; /* of an empty one even 0 is too far */
    iov[0].iov_len = smaller(length, buffer->size - begin);
    iov[1].iov_base = buffer->root;
    iov[1].iov_len = length - iov[0].iov_len;
}

void ringbuffer_produced(ringbuffer_t *buffer, lcb_size_t size) { buffer->nbytes += size; }

void ringbuffer_consumed(ringbuffer_t *buffer, lcb_size_t size)
{
    buffer->nbytes -= size;
    buffer->head = buffer->nbytes == 0 ? 0 : (buffer->head + size) % buffer->size;
}

lcb_size_t ringbuffer_write(ringbuffer_t *buffer, const void *from, lcb_size_t size)
{
    struct lcb_iovec_st iov[2];
    lcb_size_t first;
    ringbuffer_get_iov(buffer, RINGBUFFER_WRITE, iov);
    first = smaller(size, iov[0].iov_len);
    size = smaller(size, iov[0].iov_len + iov[1].iov_len);
    if (size != 0) {
        memcpy(iov[0].iov_base, from, first);
        memcpy(iov[1].iov_base, (const char *)from + first, size - first);
    }
    ringbuffer_produced(buffer, size);
    return size;
}

lcb_size_t ringbuffer_peek(ringbuffer_t *buffer, void *to, lcb_size_t size)
{
    struct lcb_iovec_st iov[2];
    lcb_size_t first;
    ringbuffer_get_iov(buffer, RINGBUFFER_READ, iov);
    first = smaller(size, iov[0].iov_len);
    size = smaller(size, buffer->nbytes);
    if (size != 0) {
        memcpy(to, iov[0].iov_base, first);
        memcpy((char *)to + first, iov[1].iov_base, size - first);
    }
    return size;
}

lcb_size_t ringbuffer_read(ringbuffer_t *buffer, void *to, lcb_size_t size)
{
    size = ringbuffer_peek(buffer, to, size);
    ringbuffer_consumed(buffer, size);
    return size;
}

int ringbuffer_ensure_alignment(ringbuffer_t *buffer)
{
    if (buffer->head % sizeof(void *) == 0) {
        return 0;
    }
    return relocate(buffer, buffer->size) ? 0 : -1;
}
