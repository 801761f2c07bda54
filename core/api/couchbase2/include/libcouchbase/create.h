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

/** The fields of version 0. */
#define LCB_CREATE_V0_FIELDS                                                                                      \
    /** Management addresses separated by ';', each "host", "host:port" (8091 if there is none) or                \
     *  "http://host:port/pools"; null or empty: localhost. */                                                    \
    const char *host;                                                                                             \
    /** Null or empty: the bucket's name. */                                                                      \
    const char *user;                                                                                             \
    /** Null or empty: no credentials, whatever `user` says. */                                                   \
    const char *passwd;                                                                                           \
    /** Null or empty: "default". */                                                                              \
    const char *bucket;                                                                                           \
    /** The table to live on, to be destroyed by the program after the instance; null: the instance makes one, as \
     *  lcb_create_io_ops without options does, and destroys it. */                                               \
    struct lcb_io_opt_st *io;

/** The fields of version 1. */
#define LCB_CREATE_V1_FIELDS                                                                           \
    LCB_CREATE_V0_FIELDS                                                                               \
    /** With LCB_TYPE_CLUSTER `bucket` does not count; user and password are the administrator's. */   \
    lcb_type_t type;

/** The fields of version 2. */
#define LCB_CREATE_V2_FIELDS                                                                        \
    LCB_CREATE_V1_FIELDS                                                                            \
    /** Data addresses to ask for a map; not used, as maps come from the management port. */        \
    const char *mchosts;                                                                            \
    /** Null, or a list that must have LCB_CONFIG_TRANSPORT_HTTP in it (else LCB_NOT_SUPPORTED). */ \
    const lcb_config_transport_t *transports;

/** Version 0. */
struct lcb_create_st0 {
    LCB_CREATE_V0_FIELDS
};

/** Version 1. */
struct lcb_create_st1 {
    LCB_CREATE_V1_FIELDS
};

/** Version 2. */
struct lcb_create_st2 {
    LCB_CREATE_V2_FIELDS
};

/**
 * A connection string: "[scheme://][host[:port][,host[:port] and so on]][/bucket][?name=value[&name=value and so on]]".
 *
 * Schemes: "http" (or none) and "couchbase" ask the management port for maps, 8091 if none is given; "memcached" names
 * plain memcached servers, 11211 if no port is given, over which keys are spread by ketama. "couchbases" and "https"
 * are LCB_CLIENT_FEATURE_UNAVAILABLE, as there is no TLS yet. With "couchbase" a port other than 8091 is a data port
 * and refused with LCB_NOT_SUPPORTED (data ports are not asked for maps yet), unless it is marked "host:port=http";
 * what was refused and why is told in a line on standard error.
 *
 * Options: the names of lcb_cntl_string; and username, password, bootstrap_on (all or http; cccp is LCB_NOT_SUPPORTED),
 * ssl (off; others are LCB_CLIENT_FEATURE_UNAVAILABLE). Bucket and values may be %-encoded.
 */
struct lcb_create_st3 {
    /** Null or empty: localhost. */
    const char *connstr;
    /** As the fields of version 0: null or empty: the bucket's name. */
    const char *username;
    /** Null or empty: no credentials. */
    const char *passwd;
    /** Not used. */
    void *_pad_bucket;
    /** As in version 0. */
    struct lcb_io_opt_st *io;
    /** As in version 1. */
    lcb_type_t type;
};

/** Begins a version-3 struct, as programs of the 2.4 line do. */
#define LCB_CREATEOPT_INIT(options, connection_string, table) \
    do {                                                      \
        memset(options, 0, sizeof(*(options)));               \
        (options)->version = 3;                               \
        (options)->v.v3.connstr = (connection_string);        \
        (options)->v.v3.io = (table);                         \
    } while (0)

/** For lcb_create. Members of other versions than `version` are not read. */
struct lcb_create_st {
    int version;
    /** The fields, by version. */
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

/** A plugin by number. */
typedef struct {
    lcb_io_ops_type_t type; /**< which */
    void *cookie;           /**< the host's own loop; null: the plugin makes one */
} lcb_IOCREATEOPTS_BUILTIN;

/** A plugin by file and the name of its creator; a null file is the running program's own image. */
typedef struct {
    const char *sofile; /**< the file */
    const char *symbol; /**< the creator's name */
    void *cookie;       /**< for the creator: the host's own loop; null: the plugin makes one */
} lcb_IOCREATEOPTS_DSO;

/** What makes a table: called with version 0, it returns LCB_SUCCESS and a table of version 0. */
typedef lcb_error_t (*lcb_io_create_fn)(int version, lcb_io_opt_t *io, void *cookie);

/** A plugin by its creator. */
typedef struct {
    lcb_io_create_fn create; /**< the creator */
    void *cookie;            /**< for it: the host's own loop; null: the plugin makes one */
} lcb_IOCREATEOPS_FUNCTIONPOINTER;

/** @{ */
/** A version of lcb_create_io_ops_st by its 2.4 name. */
#define LCB_IOCREATE_T_BUILTIN 0
#define LCB_IOCREATE_T_DSO 1
#define LCB_IOCREATE_T_FUNCTIONPOINTER 2
/** @} */

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
