/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The version-3 commands of the 2.4 line: one command a call, one callback for each kind of operation.
 *
 * What is scheduled between lcb_sched_enter and lcb_sched_leave leaves together, in one write a server; lcb_sched_fail
 * takes it back, without a callback. Outside of the two each command is scheduled by itself. Commands with an array
 * (lcb_get …) may stand between the two as well. lcb_wait must not: LCB_BUSY.
 *
 * A command's errors are those that couchbase.h says for the ones with an array; and LCB_OPTIONS_CONFLICT for a field
 * that the command has no use for: a CAS with get, counter or LCB_ADD, flags or expiry with LCB_APPEND and LCB_PREPEND,
 * an expiry of a counter that is not to be created.
 */
#ifndef LIBCOUCHBASE_API3_H
#define LIBCOUCHBASE_API3_H 1

#include <libcouchbase/couchbase.h>
#include <libcouchbase/kvbuf.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What commands and responses have in common ----------------------------------------------------------------------- */

/** What every command has. */
#define LCB_CMD_BASE                                                                   \
    lcb_U32 cmdflags; /**< of those that the command says */                           \
    lcb_U32 exptime;  /**< seconds, up to 30 days; above that a Unix time; 0: never */ \
    lcb_U64 cas;      /**< not 0: only if the item's CAS is this one */                \
    lcb_KEYBUF key;   /**< see LCB_CMD_SET_KEY */                                      \
    /** Routes in the place of the key, if not empty. */                               \
    lcb_KEYBUF _hashkey

/** A command that has no more to say. */
typedef struct lcb_CMDBASE {
    LCB_CMD_BASE;
} lcb_CMDBASE;

/** Sets the key: `keylen` bytes. */
#define LCB_CMD_SET_KEY(cmd, keybuf, keylen) LCB_KREQ_SIMPLE(&(cmd)->key, keybuf, keylen)

/** What every response has. All it points to lives until the callback returns. */
#define LCB_RESP_BASE                                           \
    void *cookie;    /**< the command's */                      \
    const void *key; /**< the item's key */                     \
    lcb_SIZE nkey;   /**< its length */                         \
    lcb_cas_t cas;   /**< the item's CAS; 0 if there is none */ \
    lcb_error_t rc;  /**< the outcome */                        \
    lcb_U16 version; /**< 0 */                                  \
    lcb_U16 rflags;  /**< of lcb_RESPFLAGS */

/** A response that has no more to say. */
typedef struct {
    LCB_RESP_BASE
} lcb_RESPBASE;

/** What responses of servers have. */
#define LCB_RESP_SERVER_FIELDS \
    const char *server; /**< "host:port"; null in the operation's last response */

/** A server's response that has no more to say. */
typedef struct {
    LCB_RESP_BASE
    LCB_RESP_SERVER_FIELDS
} lcb_RESPSERVERBASE;

/** For `rflags`: a set of these bits. */
typedef enum {
    LCB_RESP_F_FINAL = 0x01,     /**< no other response of this operation follows */
    LCB_RESP_F_CLIENTGEN = 0x02, /**< no server said so: the library did */
    LCB_RESP_F_NMVGEN = 0x04     /**< not used: the owner is always found */
} lcb_RESPFLAGS;

/** Kinds of operations, for lcb_install_callback3. */
typedef enum {
    LCB_CALLBACK_DEFAULT = 0, /**< for the kinds that have none of their own */
    LCB_CALLBACK_GET,
    LCB_CALLBACK_STORE,
    LCB_CALLBACK_COUNTER,
    LCB_CALLBACK_TOUCH,
    LCB_CALLBACK_REMOVE,
    LCB_CALLBACK_UNLOCK,
    LCB_CALLBACK_STATS,
    LCB_CALLBACK_VERSIONS,
    LCB_CALLBACK_VERBOSITY,
    LCB_CALLBACK_FLUSH,
    LCB_CALLBACK_OBSERVE,
    LCB_CALLBACK_GETREPLICA,
    LCB_CALLBACK_ENDURE,
    LCB_CALLBACK_HTTP,
    LCB_CALLBACK__MAX
} lcb_CALLBACKTYPE;

/**
 * A response.
 * @param cbtype  an lcb_CALLBACKTYPE, the operation's
 * @param resp    the lcb_RESP… of that type
 */
typedef void (*lcb_RESPCALLBACK)(lcb_t instance, int cbtype, const lcb_RESPBASE *resp);

/**
 * Sets what is called for a kind of operations, however they were scheduled: the kind's own callback, else the one of
 * LCB_CALLBACK_DEFAULT, else the one that callbacks.h has for it.
 * @param cbtype    an lcb_CALLBACKTYPE
 * @param callback  null: none of this kind any more
 * @return the one before. Null for a `cbtype` that does not exist.
 */
LIBCOUCHBASE_API lcb_RESPCALLBACK lcb_install_callback3(lcb_t instance, int cbtype, lcb_RESPCALLBACK callback);
/** What lcb_install_callback3 set. */
LIBCOUCHBASE_API lcb_RESPCALLBACK lcb_get_callback3(lcb_t instance, int cbtype);

/* Scheduling ------------------------------------------------------------------------------------------------------- */

/** Nothing is sent from now on. Inside an lcb_sched_enter, and before lcb_connect, it does nothing. */
LIBCOUCHBASE_API void lcb_sched_enter(lcb_t instance);
/** Sends what was scheduled since lcb_sched_enter. */
LIBCOUCHBASE_API void lcb_sched_leave(lcb_t instance);
/** Forgets what was scheduled since lcb_sched_enter: no server sees it, no callback is called. */
LIBCOUCHBASE_API void lcb_sched_fail(lcb_t instance);
/** Does nothing: lcb_sched_leave sends by itself. */
LIBCOUCHBASE_API void lcb_sched_flush(lcb_t instance);

/* Items ------------------------------------------------------------------------------------------------------------ */

/** For lcb_get3. */
typedef struct {
    LCB_CMD_BASE;
    /** Not 0: lock the item, for `exptime` seconds. */
    int lock;
} lcb_CMDGET;

/** Of lcb_get3 and lcb_rget3. */
typedef struct {
    LCB_RESP_BASE
    const void *value; /**< after an error null */
    lcb_SIZE nvalue;   /**< its length */
    /** Null: the value cannot be kept beyond the callback. */
    void *bufh;
    lcb_datatype_t datatype;
    lcb_U32 itmflags; /**< the program's own, as they were stored */
} lcb_RESPGET;

/** lcb_get: LCB_CALLBACK_GET with an lcb_RESPGET. */
LIBCOUCHBASE_API lcb_error_t lcb_get3(lcb_t instance, const void *cookie, const lcb_CMDGET *cmd);

/** For lcb_rget3. */
typedef struct {
    LCB_CMD_BASE;
    lcb_replica_t strategy; /**< which replicas are asked */
    int index;              /**< with LCB_REPLICA_SELECT: the replica's number, from 0 */
} lcb_CMDGETREPLICA;

/** lcb_get_replica: LCB_CALLBACK_GETREPLICA with an lcb_RESPGET. */
LIBCOUCHBASE_API lcb_error_t lcb_rget3(lcb_t instance, const void *cookie, const lcb_CMDGETREPLICA *cmd);

/** Its `cas` is the one that locking returned. */
typedef lcb_CMDBASE lcb_CMDUNLOCK;
/** Of lcb_unlock3. */
typedef lcb_RESPBASE lcb_RESPUNLOCK;

/** lcb_unlock. */
LIBCOUCHBASE_API lcb_error_t lcb_unlock3(lcb_t instance, const void *cookie, const lcb_CMDUNLOCK *cmd);

/** For lcb_counter3. */
typedef struct {
    LCB_CMD_BASE;
    lcb_int64_t delta; /**< what to add; negative: what to take away, not below 0 */
    lcb_U64 initial;   /**< the value of a counter that is created */
    int create;        /**< not 0: create a missing counter; 0: it is LCB_KEY_ENOENT */
} lcb_CMDCOUNTER;

/** Of lcb_counter3. */
typedef struct {
    LCB_RESP_BASE
    lcb_U64 value; /**< what the counter is now */
} lcb_RESPCOUNTER;

/** lcb_arithmetic. */
LIBCOUCHBASE_API lcb_error_t lcb_counter3(lcb_t instance, const void *cookie, const lcb_CMDCOUNTER *cmd);

/** For lcb_store3. */
typedef struct {
    LCB_CMD_BASE;
    lcb_VALBUF value;        /**< see LCB_CMD_SET_VALUE */
    lcb_U32 flags;           /**< the program's own, kept with the item */
    lcb_datatype_t datatype;
    lcb_storage_t operation; /**< how it is stored */
} lcb_CMDSTORE;

/** Of lcb_store3. */
typedef struct {
    LCB_RESP_BASE
    lcb_storage_t op; /**< the command's `operation` */
} lcb_RESPSTORE;

/** Sets the value of an lcb_CMDSTORE: `vallen` bytes in one piece. */
#define LCB_CMD_SET_VALUE(scmd, valbuf, vallen)         \
    do {                                                \
        (scmd)->value.vtype = LCB_KV_COPY;              \
        (scmd)->value.u_buf.contig.bytes = (valbuf);    \
        (scmd)->value.u_buf.contig.nbytes = (vallen);   \
    } while (0)

/** lcb_store. */
LIBCOUCHBASE_API lcb_error_t lcb_store3(lcb_t instance, const void *cookie, const lcb_CMDSTORE *cmd);

/** For lcb_remove3. */
typedef lcb_CMDBASE lcb_CMDREMOVE;
/** Of lcb_remove3. */
typedef lcb_RESPBASE lcb_RESPREMOVE;

/** lcb_remove. */
LIBCOUCHBASE_API lcb_error_t lcb_remove3(lcb_t instance, const void *cookie, const lcb_CMDREMOVE *cmd);

/** For lcb_touch3: `exptime` is what counts. */
typedef lcb_CMDBASE lcb_CMDTOUCH;
/** Of lcb_touch3. */
typedef lcb_RESPBASE lcb_RESPTOUCH;

/** lcb_touch. */
LIBCOUCHBASE_API lcb_error_t lcb_touch3(lcb_t instance, const void *cookie, const lcb_CMDTOUCH *cmd);

/* Several items at once -------------------------------------------------------------------------------------------- */

/** Keeps commands, with copies of their keys, until `done` schedules them or `fail` forgets them; both destroy it. */
typedef struct lcb_MULTICMD_CTX_st {
    /** Adds one; what it points to is copied. */
    lcb_error_t (*addcmd)(struct lcb_MULTICMD_CTX_st *ctx, const lcb_CMDBASE *cmd);
    /** Schedules them all. LCB_EINVAL without a command. */
    lcb_error_t (*done)(struct lcb_MULTICMD_CTX_st *ctx, const void *cookie);
    /** Forgets them all. */
    void (*fail)(struct lcb_MULTICMD_CTX_st *ctx);
} lcb_MULTICMD_CTX;

/** For lcb_observe3_ctxnew. */
typedef lcb_CMDBASE lcb_CMDOBSERVE;
/** In `cmdflags`: only the item's owner is asked. */
#define LCB_CMDOBSERVE_F_MASTER_ONLY (1 << 16)

/** Of lcb_observe3_ctxnew: what one server knows of one key. */
typedef struct {
    LCB_RESP_BASE
    lcb_U8 status;   /**< an lcb_observe_t */
    lcb_U8 ismaster; /**< not 0: the owner's answer; 0: a replica's */
    lcb_U32 ttp;     /**< milliseconds that the server takes on average to persist an item */
    lcb_U32 ttr;     /**< and to replicate one */
} lcb_RESPOBSERVE;

/** lcb_observe. Null if the instance takes no operations, and without memory. */
LIBCOUCHBASE_API lcb_MULTICMD_CTX *lcb_observe3_ctxnew(lcb_t instance);

/** For lcb_endure3_ctxnew; its `cas` is the one that the mutation returned, 0: whatever it is. */
typedef lcb_CMDBASE lcb_CMDENDURE;

/** Of lcb_endure3_ctxnew: how far one item got. */
typedef struct {
    LCB_RESP_BASE
    lcb_U16 nresponses;      /**< how many answers of servers came in all */
    lcb_U8 exists_master;    /**< not 0: its owner has it, with the CAS given */
    lcb_U8 persisted_master; /**< not 0: it is on its owner's disk */
    lcb_U8 npersisted;       /**< on how many disks it is, the owner's counted */
    lcb_U8 nreplicated;      /**< how many replicas have it */
} lcb_RESPENDURE;

/** lcb_durability_poll. Null on errors, those of lcb_durability_poll; `error` (may be null) receives them. */
LIBCOUCHBASE_API lcb_MULTICMD_CTX *lcb_endure3_ctxnew(lcb_t instance, const lcb_durability_opts_t *options,
                                                      lcb_error_t *error);

/* Servers ---------------------------------------------------------------------------------------------------------- */

/** `key`: the group of statistics; empty: the general ones. */
typedef lcb_CMDBASE lcb_CMDSTATS;
/** In `cmdflags`: `key` is an item's, whose own statistics are asked for; LCB_NOT_SUPPORTED here. */
#define LCB_CMDSTATS_F_KV (1 << 16)

/** Of lcb_stats3: one statistic, named by `key`. */
typedef struct {
    LCB_RESP_BASE
    LCB_RESP_SERVER_FIELDS
    const char *value; /**< the statistic's, as text */
    lcb_SIZE nvalue;   /**< its length */
} lcb_RESPSTATS;

/** lcb_server_stats: statistics come from all servers, mixed; a server that fails gives its error, with `server` and no
 *  key. The end is a response with LCB_RESP_F_FINAL, without key and `server`; its `rc` is LCB_SUCCESS unless no server
 *  could be asked. */
LIBCOUCHBASE_API lcb_error_t lcb_stats3(lcb_t instance, const void *cookie, const lcb_CMDSTATS *cmd);

/** Of lcb_server_versions3. */
typedef struct {
    LCB_RESP_BASE
    LCB_RESP_SERVER_FIELDS
    const char *mcversion; /**< the version, as text */
    lcb_SIZE nversion;     /**< its length */
} lcb_RESPMCVERSION;

/** lcb_server_versions. */
LIBCOUCHBASE_API lcb_error_t lcb_server_versions3(lcb_t instance, const void *cookie, const lcb_CMDBASE *cmd);

/** For lcb_server_verbosity3. */
typedef struct {
    LCB_CMD_BASE;
    const char *server;          /**< "host:port", or "host" for the first one there; null: all of them */
    lcb_verbosity_level_t level; /**< how much they log */
} lcb_CMDVERBOSITY;

/** Of lcb_server_verbosity3. */
typedef lcb_RESPSERVERBASE lcb_RESPVERBOSITY;

/** lcb_set_verbosity. */
LIBCOUCHBASE_API lcb_error_t lcb_server_verbosity3(lcb_t instance, const void *cookie, const lcb_CMDVERBOSITY *cmd);

/** For lcb_flush3. */
typedef lcb_CMDBASE lcb_CMDFLUSH;
/** Of lcb_flush3. */
typedef lcb_RESPSERVERBASE lcb_RESPFLUSH;

/** lcb_flush. */
LIBCOUCHBASE_API lcb_error_t lcb_flush3(lcb_t instance, const void *cookie, const lcb_CMDFLUSH *cmd);

/* HTTP ------------------------------------------------------------------------------------------------------------- */

/** In `cmdflags`: the body comes in pieces. */
#define LCB_CMDHTTP_F_STREAM (1 << 16)

/** `key`: the path. Other fields as in lcb_http_cmd_t. */
typedef struct {
    LCB_CMD_BASE;
    lcb_http_type_t type;     /**< whom it goes to */
    lcb_http_method_t method; /**< GET, POST, PUT or DELETE */
    const char *body;         /**< null: none */
    lcb_SIZE nbody;           /**< its length */
    /** Null, or receives the request, for lcb_cancel_http_request. */
    lcb_http_request_t *reqhandle;
    const char *content_type; /**< null: none is sent */
    const char *username;     /**< null: the instance's */
    const char *password;     /**< null: the instance's */
    const char *host;         /**< for LCB_HTTP_TYPE_RAW: "host:port" */
} lcb_CMDHTTP;

/** `key`: the path. Pieces of a body come without LCB_RESP_F_FINAL. */
typedef struct {
    LCB_RESP_BASE
    short htstatus;             /**< the answer's; 0 before it came */
    const char *const *headers; /**< names and values in turn, a null pointer behind the last; null before they came */
    const void *body;           /**< a piece of it, or all of it */
    lcb_SIZE nbody;             /**< its length */
    lcb_http_request_t _htreq;  /**< for lcb_cancel_http_request */
} lcb_RESPHTTP;

/** lcb_make_http_request: LCB_CALLBACK_HTTP with an lcb_RESPHTTP, for pieces and for the end. */
LIBCOUCHBASE_API lcb_error_t lcb_http3(lcb_t instance, const void *cookie, const lcb_CMDHTTP *cmd);

#ifdef __cplusplus
}
#endif

#endif
