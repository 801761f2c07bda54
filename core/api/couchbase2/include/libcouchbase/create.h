/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What lcb_create and lcb_create_io_ops take: structs with a version, which says the member of `v` that is meant.
 * A version that this file does not have makes the function return LCB_EINVAL. Everything pointed to is copied.
 */
#ifndef LIBCOUCHBASE_CREATE_H
#define LIBCOUCHBASE_CREATE_H 1

#include <libcouchbase/error.h>
#include <libcouchbase/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * `host`: management addresses separated by ';', each "host", "host:port" (8091 if there is none) or
 * "http://host:port/pools"; null or empty: localhost.
 * `user` and `passwd`: used together; null or empty `passwd`: no credentials; null or empty `user`: the bucket's name.
 * `bucket`: null or empty: "default".
 * `io`: the table to live on, to be destroyed by the program after the instance; null: the instance makes one (as
 * lcb_create_io_ops without options does) and destroys it.
 */
#define LCB_CREATE_V0_FIELDS \
    const char *host;        \
    const char *user;        \
    const char *passwd;      \
    const char *bucket;      \
    struct lcb_io_opt_st *io;

/** `type`: LCB_TYPE_BUCKET; LCB_TYPE_CLUSTER is LCB_NOT_SUPPORTED. */
#define LCB_CREATE_V1_FIELDS \
    LCB_CREATE_V0_FIELDS     \
    lcb_type_t type;

/**
 * `mchosts`: data addresses to ask for a map; not used, as maps come from the management port.
 * `transports`: null, or a list that must have LCB_CONFIG_TRANSPORT_HTTP in it (else LCB_NOT_SUPPORTED).
 */
#define LCB_CREATE_V2_FIELDS \
    LCB_CREATE_V1_FIELDS     \
    const char *mchosts;     \
    const lcb_config_transport_t *transports;

struct lcb_create_st0 {
    LCB_CREATE_V0_FIELDS
};

struct lcb_create_st1 {
    LCB_CREATE_V1_FIELDS
};

struct lcb_create_st2 {
    LCB_CREATE_V2_FIELDS
};

/**
 * A connection string: "[scheme://][host[:port][,host[:port] and so on]][/bucket][?name=value[&name=value and so on]]".
 *
 * Schemes: "http" (or none) and "couchbase" ask the management port for maps, 8091 if none is given; "memcached" names plain
 * memcached servers, 11211 if no port is given, over which keys are spread by ketama. "couchbases" and "https" are
 * LCB_CLIENT_FEATURE_UNAVAILABLE, as there is no TLS yet. With "couchbase" a port other than 8091 is a data port
 * and refused with LCB_NOT_SUPPORTED (data ports are not asked for maps yet), unless it is marked "host:port=http";
 * what was refused and why is told in a line on standard error.
 *
 * Options: the names of lcb_cntl_string; and username, password, bootstrap_on (all or http; cccp is LCB_NOT_SUPPORTED),
 * ssl (off; others are LCB_CLIENT_FEATURE_UNAVAILABLE). Bucket and values may be %-encoded.
 */
struct lcb_create_st3 {
    /** Null or empty: localhost. */
    const char *connstr;
    const char *username;
    const char *passwd;
    /** Not used. */
    void *_pad_bucket;
    struct lcb_io_opt_st *io;
    lcb_type_t type;
};

/** For lcb_create. Members of other versions than `version` are not read. */
struct lcb_create_st {
    int version;
    union lcb_CRST_u {
        struct lcb_create_st0 v0;
        struct lcb_create_st1 v1;
        struct lcb_create_st2 v2;
        struct lcb_create_st3 v3;
    } v;
#ifdef __cplusplus
    /** Version 2. */
    lcb_create_st(const char *host = 0, const char *user = 0, const char *passwd = 0, const char *bucket = 0,
                  struct lcb_io_opt_st *io = 0, lcb_type_t type = LCB_TYPE_BUCKET)
        : version(2), v() {
        v.v2.host = host;
        v.v2.user = user;
        v.v2.passwd = passwd;
        v.v2.bucket = bucket;
        v.v2.io = io;
        v.v2.type = type;
        v.v2.mchosts = 0;
        v.v2.transports = 0;
    }
#endif
};

/** A plugin by number. `cookie`, here and below, is the host's own loop, or null: the plugin makes one. */
typedef struct {
    lcb_io_ops_type_t type;
    void *cookie;
} lcb_IOCREATEOPTS_BUILTIN;

/** A plugin by file and the name of its creator; a null file is the running program's own image. */
typedef struct {
    const char *sofile;
    const char *symbol;
    void *cookie;
} lcb_IOCREATEOPTS_DSO;

/** What makes a table: called with version 0, it returns LCB_SUCCESS and a table of version 0. */
typedef lcb_error_t (*lcb_io_create_fn)(int version, lcb_io_opt_t *io, void *cookie);

/** A plugin by its creator. */
typedef struct {
    lcb_io_create_fn create;
    void *cookie;
} lcb_IOCREATEOPS_FUNCTIONPOINTER;

/** For lcb_create_io_ops: which plugin. */
struct lcb_create_io_ops_st {
    int version;
    union {
        lcb_IOCREATEOPTS_BUILTIN v0;
        lcb_IOCREATEOPTS_DSO v1;
        lcb_IOCREATEOPS_FUNCTIONPOINTER v2;
    } v;
};

#ifdef __cplusplus
}
#endif

#endif
