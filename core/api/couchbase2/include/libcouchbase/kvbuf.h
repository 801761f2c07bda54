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

#define LCB_KV_HEADER_AND_KEY LCB_KV_CONTIG

typedef struct lcb_CONTIGBUF {
    const void *bytes;
    lcb_size_t nbytes;
} lcb_CONTIGBUF;

/** `type`: LCB_KV_COPY. (LCB_KV_CONTIG means a key behind 24 bytes of room for a header: it is skipped.) */
typedef struct lcb_KEYBUF {
    lcb_KVBUFTYPE type;
    lcb_CONTIGBUF contig;
} lcb_KEYBUF;

#define LCB_KEYBUF_IS_EMPTY(buffer) ((buffer)->contig.nbytes == 0)

#define LCB_KREQ_SIMPLE(buffer, k, nk)     \
    do {                                   \
        (buffer)->type = LCB_KV_COPY;      \
        (buffer)->contig.bytes = (k);      \
        (buffer)->contig.nbytes = (nk);    \
    } while (0)

/** Pieces, in order. */
typedef struct lcb_FRAGBUF {
    lcb_IOV *iov;
    unsigned int niov;
    /** Of all pieces; 0: they are counted. */
    unsigned int total_length;
} lcb_FRAGBUF;

typedef struct lcb_VALBUF {
    lcb_KVBUFTYPE vtype;
    union {
        lcb_CONTIGBUF contig;
        lcb_FRAGBUF multi;
    } u_buf;
} lcb_VALBUF;

#ifdef __cplusplus
}
#endif

#endif
