/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What manages single nodes, and what libcouchbase 2 has no function for: commands in the manner of api3.h.
 *
 * A command goes to one server or to all: one response a server, and a last one with a null `server` and
 * LCB_RESP_F_FINAL. Servers that do not know a command refuse it (LCB_UNKNOWN_COMMAND, LCB_NOT_SUPPORTED).
 */
#ifndef LIBCOUCHBASE_MANAGE_H
#define LIBCOUCHBASE_MANAGE_H 1

#include <libcouchbase/api3.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What lcb_manage3 does, and the fields of the command that count. */
typedef enum {
    LCB_MANAGE_NOOP = 0,          /**< nothing: `elapsed` is the way there and back */
    LCB_MANAGE_STOP_PERSISTENCE,  /**< changes are not written to disk */
    LCB_MANAGE_START_PERSISTENCE, /**< they are */
    LCB_MANAGE_SET_FLUSH_PARAM,   /**< `key`, `value`: a parameter of writing to disk, as text */
    LCB_MANAGE_SET_VBUCKET,       /**< `vbucket`, `state`: what the node is to it; the cluster's map stays */
    LCB_MANAGE_GET_VBUCKET,       /**< `vbucket`: the response's `state`; LCB_NOT_MY_VBUCKET of nodes without it */
    LCB_MANAGE_DELETE_VBUCKET,    /**< `vbucket`: a dead one */
    LCB_MANAGE_START_REPLICATION, /**< changes are sent to replicas */
    LCB_MANAGE_STOP_REPLICATION,  /**< they are not */
    LCB_MANAGE_SET_TAP_PARAM,     /**< `key`, `value`: a parameter of replication streams, as text */
    LCB_MANAGE_EVICT_KEY          /**< `key`: an item's value leaves memory; LCB_NOT_MY_VBUCKET of nodes that do not
                                       own it, LCB_KEY_EEXISTS: it is not on disk yet */
} lcb_MANAGEOPERATION;

/** Of lcb_manage3. */
typedef struct {
    LCB_RESP_BASE
    LCB_RESP_SERVER_FIELDS
    /** 0 unless asked for. */
    lcb_vbucket_state_t state;
    /** From the call to the answer. */
    lcb_USECS elapsed;
} lcb_RESPMANAGE;

/** A server's response, or the end. */
typedef void (*lcb_MANAGECALLBACK)(lcb_t instance, lcb_MANAGEOPERATION operation, const lcb_RESPMANAGE *response);

/** For lcb_manage3; lcb_MANAGEOPERATION says which fields count. */
typedef struct {
    LCB_CMD_BASE;
    lcb_MANAGEOPERATION operation; /**< what to do */
    /** "host:port" of one server, or "host" for the first one there; null: all of them. */
    const char *server;
    lcb_CONTIGBUF value;       /**< a parameter's value, as text */
    lcb_vbucket_t vbucket;     /**< its number */
    lcb_vbucket_state_t state; /**< what the node shall be to it */
    /** Not null. */
    lcb_MANAGECALLBACK callback;
} lcb_CMDMANAGE;

/** Schedules one command. LCB_UNKNOWN_HOST: the server named is not in the map; LCB_EINVAL; and what every operation
 *  returns. */
LIBCOUCHBASE_API lcb_error_t lcb_manage3(lcb_t instance, const void *cookie, const lcb_CMDMANAGE *cmd);

#ifdef __cplusplus
}
#endif

#endif
