/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Forwarding whole packets (libcouchbase 2.4): not supported. The interface is here so that programs which have another
 * way compile; each function says what it does instead.
 */
#ifndef LIBCOUCHBASE_PKTFWD_H
#define LIBCOUCHBASE_PKTFWD_H 1

#include <libcouchbase/couchbase.h>
#include <libcouchbase/kvbuf.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Memory of a reply that is kept: there is none. */
typedef struct rdb_ROPESEG *lcb_BACKBUF;

/** A packet. */
typedef struct {
    int version;          /**< 0 */
    lcb_VALBUF vb;        /**< its bytes */
    char nomap;           /**< not 0: to the server named, else by its vBucket */
    lcb_U16 server_index; /**< the server */
} lcb_CMDPKTFWD;

/** A reply's packet. */
typedef struct {
    int version;          /**< 0 */
    const lcb_U8 *header; /**< its first 24 bytes */
    lcb_IOV *iovs;        /**< all of them, in pieces */
    lcb_BACKBUF *bufs;    /**< the memory of each piece */
    unsigned nitems;      /**< how many pieces */
} lcb_PKTFWDRESP;

/** The outcome of lcb_pktfwd3; never called. */
typedef void (*lcb_pktfwd_callback)(lcb_t instance, const void *cookie, lcb_error_t err, lcb_PKTFWDRESP *resp);
/** The packet's memory is the program's again; never called. */
typedef void (*lcb_pktflushed_callback)(lcb_t instance, const void *cookie);

/**
 * Does nothing: replies are read into memory that all connections of a table share, so that no packet of theirs can be
 * lent to the program. Programs that pass packets on use the operations, or tenon-proxy.
 * @return LCB_NOT_SUPPORTED
 */
LIBCOUCHBASE_API lcb_error_t lcb_pktfwd3(lcb_t instance, const void *cookie, const lcb_CMDPKTFWD *cmd);

/** Remembers a callback, as lcb_pktfwd3 has nothing to call it for. Returns the one before, which may be called. */
LIBCOUCHBASE_API lcb_pktfwd_callback lcb_set_pktfwd_callback(lcb_t instance, lcb_pktfwd_callback callback);
/** The same. */
LIBCOUCHBASE_API lcb_pktflushed_callback lcb_set_pktflushed_callback(lcb_t instance, lcb_pktflushed_callback callback);

/** Does nothing: there are no such buffers. `lcb_RESPGET::bufh` is null. */
LIBCOUCHBASE_API void lcb_backbuf_ref(lcb_BACKBUF buf);
/** Does nothing either. */
LIBCOUCHBASE_API void lcb_backbuf_unref(lcb_BACKBUF buf);

#ifdef __cplusplus
}
#endif

#endif
