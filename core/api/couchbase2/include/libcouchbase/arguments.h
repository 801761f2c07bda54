/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What functions take and callbacks are given: structs with a version, which says the member of `v` that is meant.
 *
 * A version that this file does not have makes the function return LCB_EINVAL. Everything a command points to is copied
 * before the function returns. Responses, and all they point to, live until the callback returns.
 *
 * `hashkey` and `nhashkey` of commands (routing by another key than the item's) must be zero: a command that sets
 * nhashkey is refused with LCB_NOT_SUPPORTED.
 */
#ifndef LIBCOUCHBASE_ARGUMENTS_H
#define LIBCOUCHBASE_ARGUMENTS_H 1

#include <libcouchbase/error.h>
#include <libcouchbase/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Creating --------------------------------------------------------------------------------------------------------- */

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

/** `type`: LCB_TYPE_BUCKET. */
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

struct lcb_create_st3 {
    /** "host[:port][,host[:port] and so on][/bucket]", where "http://" may stand in front; null or empty: localhost. Other
     *  schemes and "?options" are LCB_NOT_SUPPORTED. */
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
    union {
        struct lcb_create_st0 v0;
        struct lcb_create_st1 v1;
        struct lcb_create_st2 v2;
        struct lcb_create_st3 v3;
    } v;
};

/** For lcb_create_io_ops: which plugin. `cookie` is the host's own loop, or null: the plugin makes one. */
struct lcb_create_io_ops_st {
    int version;
    union {
        /** By number. */
        struct {
            lcb_io_ops_type_t type;
            void *cookie;
        } v0;
        /** By file and the name of its creator; a null file is the running program's own image. */
        struct {
            const char *sofile;
            const char *symbol;
            void *cookie;
        } v1;
        /** A creator: called with version 0, it returns LCB_SUCCESS and a table of version 0. */
        struct {
            lcb_error_t (*create)(int version, lcb_io_opt_t *io, void *cookie);
            void *cookie;
        } v2;
    } v;
};

/* Commands --------------------------------------------------------------------------------------------------------- */

typedef struct lcb_get_cmd_st {
    int version;
    union {
        struct {
            const void *key;
            lcb_size_t nkey;
            /** Not 0: the item's new expiry; with `lock` how many seconds it stays locked (0: as the server likes). */
            lcb_time_t exptime;
            /** Not 0: lock the item, so that only who knows the CAS returned can change it. */
            int lock;
            const void *hashkey;
            lcb_size_t nhashkey;
        } v0;
    } v;
} lcb_get_cmd_t;

/** `lock` is not used. */
typedef lcb_get_cmd_t lcb_touch_cmd_t;

typedef struct lcb_unlock_cmd_st {
    int version;
    union {
        struct {
            const void *key;
            lcb_size_t nkey;
            /** The CAS that locking returned. */
            lcb_cas_t cas;
            const void *hashkey;
            lcb_size_t nhashkey;
        } v0;
    } v;
} lcb_unlock_cmd_t;

typedef struct lcb_store_cmd_st {
    int version;
    union {
        struct {
            const void *key;
            lcb_size_t nkey;
            const void *bytes;
            lcb_size_t nbytes;
            /** The program's own, kept with the item. Not used by LCB_APPEND and LCB_PREPEND, nor is `exptime`. */
            lcb_uint32_t flags;
            /** Not 0: store only if the item's CAS is this one. */
            lcb_cas_t cas;
            lcb_datatype_t datatype;
            lcb_time_t exptime;
            lcb_storage_t operation;
            const void *hashkey;
            lcb_size_t nhashkey;
        } v0;
    } v;
} lcb_store_cmd_t;

typedef struct lcb_arithmetic_cmd_st {
    int version;
    union {
        struct {
            const void *key;
            lcb_size_t nkey;
            /** Of a counter that is created. */
            lcb_time_t exptime;
            /** Not 0: create a missing counter with `initial`; 0: it is LCB_KEY_ENOENT. */
            int create;
            /** What to add; negative: what to take away, not below 0. */
            lcb_int64_t delta;
            lcb_uint64_t initial;
            const void *hashkey;
            lcb_size_t nhashkey;
        } v0;
    } v;
} lcb_arithmetic_cmd_t;

typedef struct lcb_remove_cmd_st {
    int version;
    union {
        struct {
            const void *key;
            lcb_size_t nkey;
            /** Not 0: remove only if the item's CAS is this one. */
            lcb_cas_t cas;
            const void *hashkey;
            lcb_size_t nhashkey;
        } v0;
    } v;
} lcb_remove_cmd_t;

typedef struct lcb_server_stats_cmd_st {
    int version;
    union {
        struct {
            /** The group of statistics; null or empty: the general ones. */
            const void *name;
            lcb_size_t nname;
        } v0;
    } v;
} lcb_server_stats_cmd_t;

typedef struct lcb_server_version_cmd_st {
    int version;
    union {
        struct {
            const void *notused;
        } v0;
    } v;
} lcb_server_version_cmd_t;

typedef struct lcb_verbosity_cmd_st {
    int version;
    union {
        struct {
            /** "host:port" of one server, or "host" for the first one there; null: all of them. */
            const char *server;
            lcb_verbosity_level_t level;
        } v0;
    } v;
} lcb_verbosity_cmd_t;

typedef struct lcb_flush_cmd_st {
    int version;
    union {
        struct {
            int unused;
        } v0;
    } v;
} lcb_flush_cmd_t;

/* Responses -------------------------------------------------------------------------------------------------------- */

/** Of lcb_get. After an error only the key is set, the rest is zero. `bytes` ends without a NUL. */
typedef struct {
    int version;
    union {
        struct {
            const void *key;
            lcb_size_t nkey;
            const void *bytes;
            lcb_size_t nbytes;
            lcb_uint32_t flags;
            lcb_cas_t cas;
            lcb_datatype_t datatype;
        } v0;
    } v;
} lcb_get_resp_t;

/** Of lcb_store. After an error only the key is set. */
typedef struct {
    int version;
    union {
        struct {
            const void *key;
            lcb_size_t nkey;
            lcb_cas_t cas;
        } v0;
    } v;
} lcb_store_resp_t;

typedef struct {
    int version;
    union {
        struct {
            const void *key;
            lcb_size_t nkey;
            lcb_cas_t cas;
        } v0;
    } v;
} lcb_remove_resp_t;

typedef struct {
    int version;
    union {
        struct {
            const void *key;
            lcb_size_t nkey;
            lcb_cas_t cas;
        } v0;
    } v;
} lcb_touch_resp_t;

typedef struct {
    int version;
    union {
        struct {
            const void *key;
            lcb_size_t nkey;
        } v0;
    } v;
} lcb_unlock_resp_t;

typedef struct {
    int version;
    union {
        struct {
            const void *key;
            lcb_size_t nkey;
            /** What the counter is now. */
            lcb_uint64_t value;
            lcb_cas_t cas;
        } v0;
    } v;
} lcb_arithmetic_resp_t;

/** One statistic of one server. A null `server_endpoint` ends the operation. */
typedef struct lcb_server_stat_resp_st {
    int version;
    union {
        struct {
            const char *server_endpoint;
            const void *key;
            lcb_size_t nkey;
            const void *bytes;
            lcb_size_t nbytes;
        } v0;
    } v;
} lcb_server_stat_resp_t;

/** One server's version. A null `server_endpoint` ends the operation. */
typedef struct lcb_server_version_resp_st {
    int version;
    union {
        struct {
            const char *server_endpoint;
            const char *vstring;
            lcb_size_t nvstring;
        } v0;
    } v;
} lcb_server_version_resp_t;

/** One server's answer. A null `server_endpoint` ends the operation. */
typedef struct lcb_verbosity_resp_st {
    int version;
    union {
        struct {
            const char *server_endpoint;
        } v0;
    } v;
} lcb_verbosity_resp_t;

/** One server's answer. A null `server_endpoint` ends the operation. */
typedef struct lcb_flush_resp_st {
    int version;
    union {
        struct {
            const char *server_endpoint;
        } v0;
    } v;
} lcb_flush_resp_t;

#ifdef __cplusplus
}
#endif

#endif
