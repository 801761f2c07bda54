/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What callbacks are given: structs with a version, which says the member of `v` that is set (it is 0 in all of them).
 * A response, and all it points to, lives until the callback returns.
 */
#ifndef LIBCOUCHBASE_RESPONSES_H
#define LIBCOUCHBASE_RESPONSES_H 1

#include <libcouchbase/http.h>
#include <libcouchbase/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const void *key;
    lcb_size_t nkey;
    const void *bytes;
    lcb_size_t nbytes;
    lcb_uint32_t flags; /**< the program's own, as they were stored */
    lcb_cas_t cas;
    lcb_datatype_t datatype;
} lcb_GETRESPv0;

/** Of lcb_get. After an error only the key is set, the rest is zero. `bytes` ends without a NUL. */
typedef struct {
    int version;
    union {
        lcb_GETRESPv0 v0;
    } v;
} lcb_get_resp_t;

typedef struct {
    const void *key;
    lcb_size_t nkey;
    lcb_cas_t cas;
} lcb_STORERESPv0;

/** Of lcb_store. After an error only the key is set. */
typedef struct {
    int version;
    union {
        lcb_STORERESPv0 v0;
    } v;
} lcb_store_resp_t;

typedef struct {
    const void *key;
    lcb_size_t nkey;
    lcb_cas_t cas;
} lcb_REMOVERESPv0;

/** Of lcb_remove. After an error only the key is set. */
typedef struct {
    int version;
    union {
        lcb_REMOVERESPv0 v0;
    } v;
} lcb_remove_resp_t;

typedef struct {
    const void *key;
    lcb_size_t nkey;
    lcb_cas_t cas;
} lcb_TOUCHRESPv0;

/** Of lcb_touch. After an error only the key is set. */
typedef struct {
    int version;
    union {
        lcb_TOUCHRESPv0 v0;
    } v;
} lcb_touch_resp_t;

typedef struct {
    const void *key;
    lcb_size_t nkey;
} lcb_UNLOCKRESPv0;

/** Of lcb_unlock. After an error only the key is set. */
typedef struct {
    int version;
    union {
        lcb_UNLOCKRESPv0 v0;
    } v;
} lcb_unlock_resp_t;

typedef struct {
    const void *key;
    lcb_size_t nkey;
    /** What the counter is now. */
    lcb_uint64_t value;
    lcb_cas_t cas;
} lcb_ARITHRESPv0;

/** Of lcb_arithmetic. After an error only the key is set. */
typedef struct {
    int version;
    union {
        lcb_ARITHRESPv0 v0;
    } v;
} lcb_arithmetic_resp_t;

typedef struct {
    const char *server_endpoint;
    const void *key;
    lcb_size_t nkey;
    const void *bytes;
    lcb_size_t nbytes;
} lcb_STATSRESPv0;

/** One statistic of one server. A null `server_endpoint` ends the operation. */
typedef struct lcb_server_stat_resp_st {
    int version;
    union {
        lcb_STATSRESPv0 v0;
    } v;
} lcb_server_stat_resp_t;

typedef struct {
    const char *server_endpoint;
    const char *vstring; /**< the version, as text */
    lcb_size_t nvstring; /**< its length */
} lcb_VERSIONSRESPv0;

/** One server's version. A null `server_endpoint` ends the operation. */
typedef struct lcb_server_version_resp_st {
    int version;
    union {
        lcb_VERSIONSRESPv0 v0;
    } v;
} lcb_server_version_resp_t;

typedef struct {
    const char *server_endpoint;
} lcb_VERBOSITYRESPv0;

/** One server's answer. A null `server_endpoint` ends the operation. */
typedef struct lcb_verbosity_resp_st {
    int version;
    union {
        lcb_VERBOSITYRESPv0 v0;
    } v;
} lcb_verbosity_resp_t;

typedef struct {
    const char *server_endpoint;
} lcb_FLUSHRESPv0;

/** One server's answer. A null `server_endpoint` ends the operation. */
typedef struct lcb_flush_resp_st {
    int version;
    union {
        lcb_FLUSHRESPv0 v0;
    } v;
} lcb_flush_resp_t;

/** What a server knows of an item. */
typedef enum {
    LCB_OBSERVE_FOUND = 0x00,             /**< in memory, not on disk yet */
    LCB_OBSERVE_PERSISTED = 0x01,         /**< on disk */
    LCB_OBSERVE_NOT_FOUND = 0x80,         /**< there is none */
    LCB_OBSERVE_LOGICALLY_DELETED = 0x81, /**< removed, not from disk yet */
    LCB_OBSERVE_MAX = 0x82
} lcb_observe_t;

typedef struct {
    const void *key;
    lcb_size_t nkey;
    lcb_cas_t cas;
    lcb_observe_t status; /**< what the server knows of the item */
    /** Not 0: the owner's answer; 0: a replica's. */
    int from_master;
    lcb_time_t ttp; /**< milliseconds that the server takes on average to persist an item */
    lcb_time_t ttr; /**< and to replicate one */
} lcb_OBSERVERESPv0;

/** What one server knows of one key. A null `key` ends the operation. */
typedef struct {
    int version;
    union {
        lcb_OBSERVERESPv0 v0;
    } v;
} lcb_observe_resp_t;

typedef struct {
    lcb_http_status_t status; /**< the answer's; 0 before it came */
    const char *path;         /**< the request's */
    lcb_size_t npath;         /**< its length */
    /** Names and values in turn, a null pointer behind the last; null before they came. */
    const char *const *headers;
    const void *bytes;
    lcb_size_t nbytes;
} lcb_HTTPRESPv0;

/** Of lcb_make_http_request. */
typedef struct {
    int version;
    union {
        lcb_HTTPRESPv0 v0;
    } v;
} lcb_http_resp_t;

#ifdef __cplusplus
}
#endif

#endif
