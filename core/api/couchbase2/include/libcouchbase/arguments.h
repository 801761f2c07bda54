/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What operations take: structs with a version, which says the member of `v` that is meant. (What they give is in
 * responses.h, what lcb_create takes in create.h.)
 *
 * A version that this file does not have makes the function return LCB_EINVAL. Everything a command points to is copied
 * before the function returns. Expiries are seconds, up to 30 days; above that a Unix time; 0 is never; what does not
 * fit 32 bits is LCB_EINVAL.
 *
 * In C++ each command has the constructors of libcouchbase 2: one without arguments, which makes it all zero, and one
 * that takes the usual fields. A size of 0 beside a text means the text's length where noted.
 */
#ifndef LIBCOUCHBASE_ARGUMENTS_H
#define LIBCOUCHBASE_ARGUMENTS_H 1

#include <libcouchbase/create.h>
#include <libcouchbase/error.h>
#include <libcouchbase/http.h>
#include <libcouchbase/responses.h>
#include <libcouchbase/types.h>

#ifdef __cplusplus
#include <cstdlib>
#include <cstring>
extern "C" {
#endif

/** What routes an item, if not its key. */
#define LCB_HASHKEY_FIELDS_                                                                             \
    /** Null, or what routes the item in the place of its key, so that related items share a server. */ \
    const void *hashkey;                                                                                \
    /** The length of `hashkey`. */                                                                     \
    lcb_size_t nhashkey;

#ifdef __cplusplus
/** For the constructors below. */
#define LCB_ZERO_CONSTRUCTOR_(name) \
    name() { std::memset(static_cast<void *>(this), 0, sizeof(*this)); }
/** `size`, or the text's length where it is 0. */
#define LCB_LENGTH_(text, size) ((text) != 0 && (size) == 0 ? std::strlen(static_cast<const char *>(text)) : (size))
#endif

/* On items --------------------------------------------------------------------------------------------------------- */

typedef struct {
    const void *key;
    lcb_size_t nkey;
    /** Not 0: the item's new expiry; with `lock` how many seconds it stays locked (0: as the server likes). */
    lcb_time_t exptime;
    /** Not 0: lock the item, so that only who knows the CAS returned can change it. */
    int lock;
    LCB_HASHKEY_FIELDS_
} lcb_GETCMDv0;

/** For lcb_get. */
typedef struct lcb_get_cmd_st {
    int version;
    union {
        lcb_GETCMDv0 v0;
    } v;
#ifdef __cplusplus
    LCB_ZERO_CONSTRUCTOR_(lcb_get_cmd_st)
    lcb_get_cmd_st(const void *key, lcb_size_t nkey = 0, lcb_time_t exptime = 0, int lock = 0) {
        std::memset(static_cast<void *>(this), 0, sizeof(*this));
        v.v0.key = key;
        v.v0.nkey = LCB_LENGTH_(key, nkey);
        v.v0.exptime = exptime;
        v.v0.lock = lock;
    }
#endif
} lcb_get_cmd_t;

/** For lcb_touch: `exptime` is what counts, `lock` is not used. */
typedef lcb_get_cmd_t lcb_touch_cmd_t;

typedef struct {
    const void *key;
    lcb_size_t nkey;
    LCB_HASHKEY_FIELDS_
} lcb_GETREPLICACMDv0;

typedef struct {
    const void *key;
    lcb_size_t nkey;
    LCB_HASHKEY_FIELDS_
    lcb_replica_t strategy; /**< which replicas are asked */
    /** With LCB_REPLICA_SELECT: the replica's number, from 0. */
    int index;
} lcb_GETREPLICACMDv1;

/** For lcb_get_replica. Version 0 is LCB_REPLICA_FIRST. */
typedef struct lcb_get_replica_cmd_st {
    int version;
    union {
        lcb_GETREPLICACMDv0 v0;
        lcb_GETREPLICACMDv1 v1;
    } v;
#ifdef __cplusplus
    LCB_ZERO_CONSTRUCTOR_(lcb_get_replica_cmd_st)
    lcb_get_replica_cmd_st(const void *key, lcb_size_t nkey, lcb_replica_t strategy = LCB_REPLICA_FIRST,
                           int index = 0) {
        std::memset(static_cast<void *>(this), 0, sizeof(*this));
        version = 1;
        v.v1.key = key;
        v.v1.nkey = nkey;
        v.v1.strategy = strategy;
        v.v1.index = index;
    }
#endif
} lcb_get_replica_cmd_t;

typedef struct {
    const void *key;
    lcb_size_t nkey;
    /** The CAS that locking returned. */
    lcb_cas_t cas;
    LCB_HASHKEY_FIELDS_
} lcb_UNLOCKCMDv0;

/** For lcb_unlock. */
typedef struct lcb_unlock_cmd_st {
    int version;
    union {
        lcb_UNLOCKCMDv0 v0;
    } v;
#ifdef __cplusplus
    LCB_ZERO_CONSTRUCTOR_(lcb_unlock_cmd_st)
    lcb_unlock_cmd_st(const void *key, lcb_size_t nkey, lcb_cas_t cas) {
        std::memset(static_cast<void *>(this), 0, sizeof(*this));
        v.v0.key = key;
        v.v0.nkey = nkey;
        v.v0.cas = cas;
    }
#endif
} lcb_unlock_cmd_t;

typedef struct {
    const void *key;
    lcb_size_t nkey;
    const void *bytes;
    lcb_size_t nbytes;
    /** The program's own, kept with the item. Not used by LCB_APPEND and LCB_PREPEND, nor is `exptime`. */
    lcb_uint32_t flags;
    /** Not 0: store only if the item's CAS is this one. */
    lcb_cas_t cas;
    lcb_datatype_t datatype;
    lcb_time_t exptime;      /**< when the item expires */
    lcb_storage_t operation; /**< how it is stored */
    LCB_HASHKEY_FIELDS_
} lcb_STORECMDv0;

/** For lcb_store. */
typedef struct lcb_store_cmd_st {
    int version;
    union {
        lcb_STORECMDv0 v0;
    } v;
#ifdef __cplusplus
    LCB_ZERO_CONSTRUCTOR_(lcb_store_cmd_st)
    lcb_store_cmd_st(lcb_storage_t operation, const void *key, lcb_size_t nkey, const void *bytes = 0,
                     lcb_size_t nbytes = 0, lcb_uint32_t flags = 0, lcb_time_t exptime = 0, lcb_cas_t cas = 0,
                     lcb_datatype_t datatype = 0) {
        std::memset(static_cast<void *>(this), 0, sizeof(*this));
        v.v0.key = key;
        v.v0.nkey = nkey;
        v.v0.bytes = bytes;
        v.v0.nbytes = nbytes;
        v.v0.flags = flags;
        v.v0.cas = cas;
        v.v0.datatype = datatype;
        v.v0.exptime = exptime;
        v.v0.operation = operation;
    }
#endif
} lcb_store_cmd_t;

typedef struct {
    const void *key;
    lcb_size_t nkey;
    /** Of a counter that is created. */
    lcb_time_t exptime;
    /** Not 0: create a missing counter with `initial`; 0: it is LCB_KEY_ENOENT. */
    int create;
    /** What to add; negative: what to take away, not below 0. */
    lcb_int64_t delta;
    lcb_uint64_t initial; /**< the value of a counter that is created */
    LCB_HASHKEY_FIELDS_
} lcb_ARITHCMDv0;

/** For lcb_arithmetic. */
typedef struct lcb_arithmetic_cmd_st {
    int version;
    union {
        lcb_ARITHCMDv0 v0;
    } v;
#ifdef __cplusplus
    LCB_ZERO_CONSTRUCTOR_(lcb_arithmetic_cmd_st)
    lcb_arithmetic_cmd_st(const void *key, lcb_size_t nkey, lcb_int64_t delta, int create = 0,
                          lcb_uint64_t initial = 0, lcb_time_t exptime = 0) {
        std::memset(static_cast<void *>(this), 0, sizeof(*this));
        v.v0.key = key;
        v.v0.nkey = nkey;
        v.v0.exptime = exptime;
        v.v0.create = create;
        v.v0.delta = delta;
        v.v0.initial = initial;
    }
#endif
} lcb_arithmetic_cmd_t;

typedef struct {
    const void *key;
    lcb_size_t nkey;
    /** Not 0: remove only if the item's CAS is this one. */
    lcb_cas_t cas;
    LCB_HASHKEY_FIELDS_
} lcb_REMOVECMDv0;

/** For lcb_remove. */
typedef struct lcb_remove_cmd_st {
    int version;
    union {
        lcb_REMOVECMDv0 v0;
    } v;
#ifdef __cplusplus
    LCB_ZERO_CONSTRUCTOR_(lcb_remove_cmd_st)
    lcb_remove_cmd_st(const void *key, lcb_size_t nkey = 0, lcb_cas_t cas = 0) {
        std::memset(static_cast<void *>(this), 0, sizeof(*this));
        v.v0.key = key;
        v.v0.nkey = LCB_LENGTH_(key, nkey);
        v.v0.cas = cas;
    }
#endif
} lcb_remove_cmd_t;

/** For lcb_observe_cmd_t::v::v1. */
typedef enum {
    LCB_OBSERVE_MASTER_ONLY = 0x01 /**< ask the owner only, not the replicas */
} lcb_observe_options_t;

/** What every version has. */
#define LCB_OBSERVE_FIELDS_COMMON         \
    /** The item's key: `nkey` bytes. */  \
    const void *key;                      \
    /** The length of `key`, in bytes. */ \
    lcb_size_t nkey;                      \
    LCB_HASHKEY_FIELDS_

typedef struct {
    LCB_OBSERVE_FIELDS_COMMON
} lcb_OBSERVECMDv0;

typedef struct {
    LCB_OBSERVE_FIELDS_COMMON
    lcb_observe_options_t options; /**< who is asked */
} lcb_OBSERVECMDv1;

/** For lcb_observe. */
typedef struct lcb_observe_cmd_st {
    int version;
    union {
        lcb_OBSERVECMDv0 v0;
        lcb_OBSERVECMDv1 v1;
    } v;
#ifdef __cplusplus
    LCB_ZERO_CONSTRUCTOR_(lcb_observe_cmd_st)
    lcb_observe_cmd_st(const void *key, lcb_size_t nkey) {
        std::memset(static_cast<void *>(this), 0, sizeof(*this));
        v.v0.key = key;
        v.v0.nkey = nkey;
    }
#endif
} lcb_observe_cmd_t;

/* On servers ------------------------------------------------------------------------------------------------------- */

typedef struct {
    /** The group of statistics; null or empty: the general ones. */
    const void *name;
    lcb_size_t nname; /**< the length of `name` */
} lcb_STATSCMDv0;

/** For lcb_server_stats. */
typedef struct lcb_server_stats_cmd_st {
    int version;
    union {
        lcb_STATSCMDv0 v0;
    } v;
#ifdef __cplusplus
    lcb_server_stats_cmd_st(const char *name = 0, lcb_size_t nname = 0) {
        std::memset(static_cast<void *>(this), 0, sizeof(*this));
        v.v0.name = name;
        v.v0.nname = LCB_LENGTH_(name, nname);
    }
#endif
} lcb_server_stats_cmd_t;

typedef struct {
    const void *notused; /**< there is nothing to say */
} lcb_VERSIONSCMDv0;

/** For lcb_server_versions. */
typedef struct lcb_server_version_cmd_st {
    int version;
    union {
        lcb_VERSIONSCMDv0 v0;
    } v;
#ifdef __cplusplus
    LCB_ZERO_CONSTRUCTOR_(lcb_server_version_cmd_st)
#endif
} lcb_server_version_cmd_t;

typedef struct {
    /** "host:port" of one server, or "host" for the first one there; null: all of them. */
    const char *server;
    lcb_verbosity_level_t level; /**< how much they log */
} lcb_VERBOSITYCMDv0;

/** For lcb_set_verbosity. */
typedef struct lcb_verbosity_cmd_st {
    int version;
    union {
        lcb_VERBOSITYCMDv0 v0;
    } v;
#ifdef __cplusplus
    lcb_verbosity_cmd_st(lcb_verbosity_level_t level = LCB_VERBOSITY_WARNING, const char *server = 0) {
        std::memset(static_cast<void *>(this), 0, sizeof(*this));
        v.v0.server = server;
        v.v0.level = level;
    }
#endif
} lcb_verbosity_cmd_t;

typedef struct {
    int unused; /**< there is nothing to say */
} lcb_FLUSHCMDv0;

/** For lcb_flush. */
typedef struct lcb_flush_cmd_st {
    int version;
    union {
        lcb_FLUSHCMDv0 v0;
    } v;
#ifdef __cplusplus
    LCB_ZERO_CONSTRUCTOR_(lcb_flush_cmd_st)
#endif
} lcb_flush_cmd_t;

/* HTTP ------------------------------------------------------------------------------------------------------------- */

typedef struct {
    /** Behind the host: "/pools/default", or for views "_design/NAME/_view/NAME?query". */
    const char *path;
    lcb_size_t npath;         /**< the length of `path` */
    const void *body;         /**< null: none */
    lcb_size_t nbody;         /**< the length of `body` */
    lcb_http_method_t method; /**< GET, POST, PUT or DELETE */
    /** Not 0: the body's pieces go to the data callback as they come; else the completion callback has all of it. */
    int chunked;
    /** Null: none is sent. */
    const char *content_type;
} lcb_HTTPCMDv0;

typedef struct {
    /** Behind the host: "/pools/default", or for views "_design/NAME/_view/NAME?query". */
    const char *path;
    lcb_size_t npath;         /**< the length of `path` */
    const void *body;         /**< null: none */
    lcb_size_t nbody;         /**< the length of `body` */
    lcb_http_method_t method; /**< GET, POST, PUT or DELETE */
    /** Not 0: the body's pieces go to the data callback as they come; else the completion callback has all of it. */
    int chunked;
    /** Null: none is sent. */
    const char *content_type;
    /** For LCB_HTTP_TYPE_RAW: "host:port". */
    const char *host;
    const char *username; /**< null: the instance's */
    const char *password; /**< null: the instance's */
} lcb_HTTPCMDv1;

/** For lcb_make_http_request. */
typedef struct lcb_http_cmd_st {
    int version;
    union {
        lcb_HTTPCMDv0 v0;
        lcb_HTTPCMDv1 v1;
    } v;
#ifdef __cplusplus
    LCB_ZERO_CONSTRUCTOR_(lcb_http_cmd_st)
    lcb_http_cmd_st(const char *path, lcb_size_t npath, const void *body, lcb_size_t nbody, lcb_http_method_t method,
                    int chunked, const char *content_type) {
        std::memset(static_cast<void *>(this), 0, sizeof(*this));
        v.v0.path = path;
        v.v0.npath = npath;
        v.v0.body = body;
        v.v0.nbody = nbody;
        v.v0.method = method;
        v.v0.chunked = chunked;
        v.v0.content_type = content_type;
    }
#endif
} lcb_http_cmd_t;

#ifdef __cplusplus
}
#endif

#endif
