/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * How the version-3 commands of api3.h carry keys and values.
 */
#ifndef LIBCOUCHBASE_KVBUF_H
#define LIBCOUCHBASE_KVBUF_H 1

#include <libcouchbase/iops.h>
#include <libcouchbase/sysdefs.h>

#ifdef __cplusplus
extern "C" {
#endif

/** In how many pieces a value is. Whatever it says, the library copies. */
typedef enum {
    LCB_KV_COPY = 0, /**< in one piece */
    LCB_KV_CONTIG,   /**< in one piece */
    LCB_KV_IOV,      /**< in several */
    LCB_KV_VBID      /**< of a `_hashkey` only: its `contig.nbytes` is the vBucket's number (from libcouchbase 2.5) */
} lcb_KVBUFTYPE;

/** The 2.4 line's name of it for keys. */
#define LCB_KV_HEADER_AND_KEY LCB_KV_CONTIG

/** One piece of memory. */
typedef struct lcb_CONTIGBUF {
    const void *bytes;
    lcb_size_t nbytes;
} lcb_CONTIGBUF;

/** A key. */
typedef struct lcb_KEYBUF {
    /** LCB_KV_COPY. (LCB_KV_CONTIG means a key behind 24 bytes of room for a header: it is skipped.) */
    lcb_KVBUFTYPE type;
    lcb_CONTIGBUF contig; /**< its bytes */
} lcb_KEYBUF;

/** 1: there is no key; 0: there is one. */
#define LCB_KEYBUF_IS_EMPTY(buffer) ((buffer)->contig.nbytes == 0)

/** Sets a key buffer to the `nk` bytes at `k`. */
#define LCB_KREQ_SIMPLE(buffer, k, nk)     \
    do {                                   \
        (buffer)->type = LCB_KV_COPY;      \
        (buffer)->contig.bytes = (k);      \
        (buffer)->contig.nbytes = (nk);    \
    } while (0)

/** Pieces, in order. */
typedef struct lcb_FRAGBUF {
    lcb_IOV *iov;      /**< the pieces */
    unsigned int niov; /**< how many there are */
    /** Of all pieces; 0: they are counted. */
    unsigned int total_length;
} lcb_FRAGBUF;

/** A value. */
typedef struct lcb_VALBUF {
    lcb_KVBUFTYPE vtype; /**< which member of `u_buf` it is in */
    union {
        lcb_CONTIGBUF contig; /**< LCB_KV_COPY, LCB_KV_CONTIG */
        lcb_FRAGBUF multi;    /**< LCB_KV_IOV */
    } u_buf;                  /**< where it is */
} lcb_VALBUF;

#ifdef __cplusplus
}
#endif

#endif
