/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Settings of an instance, by number and by name.
 *
 * Each line says the type that `arg` of lcb_cntl points to, and the name for lcb_cntl_string if there is one. What
 * concerns the bootstrap counts for the next lcb_connect. Settings marked "kept" are remembered and told, so that
 * programs which set them go on working, but have no effect: what they tune does not exist here, as said beside them.
 */
#ifndef LIBCOUCHBASE_CNTL_H
#define LIBCOUCHBASE_CNTL_H 1

#include <stdarg.h>

#include <libcouchbase/behavior.h>
#include <libcouchbase/error.h>
#include <libcouchbase/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A mode of lcb_cntl: tell the setting. */
#define LCB_CNTL_GET 0x00
/** A mode of lcb_cntl: set it. */
#define LCB_CNTL_SET 0x01

/* Times: lcb_U32, microseconds. By name: a number of microseconds, or with a '.' in it of seconds ("2.5"). 0 sets the
   default. */

/** From scheduling an operation to its callback; 2,500,000 at first. "operation_timeout", "timeout" */
#define LCB_CNTL_OP_TIMEOUT 0x00
/** The same of requests to views; 75,000,000. "views_timeout" */
#define LCB_CNTL_VIEW_TIMEOUT 0x01
/** The same of lcb_durability_poll without a time of its own; 5,000,000. "durability_timeout" */
#define LCB_CNTL_DURABILITY_TIMEOUT 0x0d
/** Between two looks of lcb_durability_poll; 100,000. "durability_interval" */
#define LCB_CNTL_DURABILITY_INTERVAL 0x0e
/** The same of other HTTP requests; 75,000,000. "http_timeout" */
#define LCB_CNTL_HTTP_TIMEOUT 0x0f
/** From lcb_connect to the first map; 5,000,000. "config_total_timeout", "bootstrap_timeout" */
#define LCB_CNTL_CONFIGURATION_TIMEOUT 0x12
/** Kept: all hosts are asked at once. "config_node_timeout" */
#define LCB_CNTL_CONFIG_NODE_TIMEOUT 0x1B
/** Kept: maps are not asked for again and again, the stream tells them. "error_thresh_delay" */
#define LCB_CNTL_CONFDELAY_THRESH 0x19
/** Kept: the stream of maps stays open. */
#define LCB_CNTL_HTCONFIG_IDLE_TIMEOUT 0x1C
/** Kept: operations are sent again as operations-and-errors.md says. "retry_interval" */
#define LCB_CNTL_RETRY_INTERVAL 0x2C

/* What an instance is: to be asked only. */

/** lcb_type_t. */
#define LCB_CNTL_HANDLETYPE 0x04
/** lcbvb_CONFIG *, of vbucket.h: the map that is held, to be read only; lives until it is asked for again, or the
 *  instance is destroyed. Without a map LCB_CLIENT_ETMPFAIL. */
#define LCB_CNTL_VBCONFIG 0x05
/** lcb_io_opt_t: the table it lives on. */
#define LCB_CNTL_IOPS 0x06
/** lcb_cntl_vbinfo_t: where an operation on the key in it goes now. Without a map LCB_CLIENT_ETMPFAIL. */
#define LCB_CNTL_VBMAP 0x07
/** int: 0: the file of LCB_CNTL_CONFIGCACHE is read by the loop, after lcb_connect; lcb_wait as ever. */
#define LCB_CNTL_CONFIG_CACHE_LOADED 0x15
/** lcb_config_transport_t: LCB_CONFIG_TRANSPORT_HTTP; without a map LCB_CLIENT_ETMPFAIL. */
#define LCB_CNTL_CONFIG_TRANSPORT 0x1A
/** const char *: LCB_VERSION_CHANGESET. */
#define LCB_CNTL_CHANGESET 0x1F
/** int, a set of lcb_SSLOPTS: 0. */
#define LCB_CNTL_SSL_MODE 0x22
/** const char *: null. */
#define LCB_CNTL_SSL_CERT 0x23
/** Another name of it. */
#define LCB_CNTL_SSL_CACERT LCB_CNTL_SSL_CERT
/** const char *; lives until the instance is destroyed. */
#define LCB_CNTL_BUCKETNAME 0x30

/** lcb_cntl_server_t: the data node of the `index` in it; LCB_EINVAL if there is none. */
#define LCB_CNTL_MEMDNODE_INFO 0x08
/** lcb_cntl_server_t: the first management address given, which is not known to be the one that tells the map. */
#define LCB_CNTL_CONFIGNODE_INFO 0x09
/** struct lcb_cntl_iops_info_st: which plugin lcb_create_io_ops would take. The one setting that null will do for as
 *  the instance; all others are LCB_EINVAL then. */
#define LCB_CNTL_IOPS_DEFAULT_TYPES 0x10

/* What it does. */

/** lcb_syncmode_t, see lcb_behavior_set_syncmode. */
#define LCB_CNTL_SYNCMODE 0x0a
/** lcb_ipv6_t: which addresses of hosts and nodes are spoken to, from the next lcb_connect on; LCB_IPV6_ALLOW at first.
 *  "ipv6" (allow, disabled or only) */
#define LCB_CNTL_IP6POLICY 0x0b
/** char *, set; char **, get: a file to keep the map in; null: none. "config_cache" */
#define LCB_CNTL_CONFIGCACHE 0x21
/** lcb_logprocs *, set; lcb_logprocs **, get: who is told what happens, from now on; null: standard error. */
#define LCB_CNTL_LOGGER 0x18
/** lcb_U32, set only: logs to standard error from now on: 0 errors, 1 warnings too, 2 information, 3 for debugging,
 *  4 all. The environment's LCB_LOGLEVEL (from 1) is the same for every instance. "console_log_level" */
#define LCB_CNTL_CONLOGGER_LEVEL 0x29
/** lcb_U32: see LCB_RETRYOPT_CREATE; told only: LCB_RETRY_CMDS_SAFE for lost connections, LCB_RETRY_CMDS_ALL for the
 *  others. Setting it is LCB_NOT_SUPPORTED: what may be sent again without harm is, and nothing else. "retry_policy" */
#define LCB_CNTL_RETRYMODE 0x24
/** int, of lcb_COMPRESSOPTS: LCB_COMPRESS_NONE; setting another is LCB_NOT_SUPPORTED: values are the program's.
 *  "compression" (off) */
#define LCB_CNTL_COMPRESSION_OPTS 0x26
/** char *, set: LCB_NOT_SUPPORTED: the best mechanism that both ends know is taken. "sasl_mech_force" */
#define LCB_CNTL_FORCE_SASL_MECH 0x16

/* Kept. */

/** lcb_SIZE: buffers grow as needed. */
#define LCB_CNTL_RBUFSIZE 0x02
/** lcb_SIZE: buffers grow as needed. */
#define LCB_CNTL_WBUFSIZE 0x03
/** lcb_SIZE: maps come by themselves. "error_thresh_count" */
#define LCB_CNTL_CONFERRTHRESH 0x0c
/** int: see $LIBCOUCHBASE_DLOPEN_DEBUG. */
#define LCB_CNTL_IOPS_DLOPEN_DEBUG 0x11
/** int: a wrong password is an answer, not a reason to ask the next host. */
#define LCB_CNTL_SKIP_CONFIGURATION_ERRORS_ON_CONNECT 0x13
/** int: hosts are asked all at once. "randomize_nodes" */
#define LCB_CNTL_RANDOMIZE_BOOTSTRAP_HOSTS 0x14
/** int: redirects are not followed. */
#define LCB_CNTL_MAX_REDIRECTS 0x17
/** int: URLs are taken from what the host tells. "http_urlmode" */
#define LCB_CNTL_HTCONFIG_URLTYPE 0x25
/** int: nothing is left behind by lcb_destroy in any case. "sync_dtor" */
#define LCB_CNTL_SYNCDESTROY 0x28
/** int: lost connections are LCB_NETWORK_ERROR; the log says which and why. "detailed_errcodes" */
#define LCB_CNTL_DETAILED_ERRCODES 0x2A
/** float. "retry_backoff" */
#define LCB_CNTL_RETRY_BACKOFF 0x2D
/** lcb_SIZE. "http_poolsize" */
#define LCB_CNTL_HTTP_POOLSIZE 0x2E
/** int. */
#define LCB_CNTL_HTTP_REFRESH_CONFIG_ON_ERROR 0x2F
/** int: lcb_sched_leave sends, whatever this says. */
#define LCB_CNTL_SCHED_IMPLICIT_FLUSH 0x31
/** int: who was found to own a vBucket is remembered until the next map. "vbguess_persist" */
#define LCB_CNTL_VBGUESS_PERSIST 0x32
/** int. "unsafe_optimize" */
#define LCB_CNTL_UNSAFE_OPTIMIZE 0x33

/** Numbers are below this one. */
#define LCB_CNTL__MAX 0x34

/*
 * By name only, as they are tenon's own:
 * "config_agreement"   majority or first: whose map is believed where several hosts are given
 * "config_watch"       one or all: how many hosts are listened to for changes of the map
 * "connect_timeout"    a time: for opening and authenticating one connection to a node
 * "tcp_keepalive"      a time, in whole seconds: silence after which a connection is probed; 0: never
 * "libmemcached_names" true or false: ketama names servers as libmemcached does
 * "sasl_buckets"       true or false: take the bucket from saslBucketsStreaming
 * "max_pending_operations", "max_pending_bytes"  numbers
 */

/** For LCB_CNTL_VBMAP. */
typedef struct lcb_cntl_vbinfo_st {
    int version;
    union {
        struct {
            const void *key;
            lcb_size_t nkey;
            int vbucket;      /**< its vBucket */
            int server_index; /**< the owner's number, from 0 */
        } v0;                 /**< the fields of version 0 */
    } v;
} lcb_cntl_vbinfo_t;

/** Of every version. */
#define LCB_CNTL_SERVER_FIELDS_                       \
    /** Set by the program: which node. */            \
    int index;                                        \
    /** Live until the next call, or the instance's end. */ \
    const char *host;                                 \
    const char *port;                                 \
    /** Not 0: a connection stands. */                \
    int connected;                                    \
    /** `sockfd` is -1: sockets are not lent. */      \
    union {                                           \
        lcb_socket_t sockfd;                          \
        void *sockptr;                                \
    } sock;

/** For LCB_CNTL_MEMDNODE_INFO and LCB_CNTL_CONFIGNODE_INFO. */
typedef struct lcb_cntl_server_st {
    int version;
    union {
        struct {
            LCB_CNTL_SERVER_FIELDS_
        } v0;
        struct {
            LCB_CNTL_SERVER_FIELDS_
            /** Null: not told. */
            const char *sasl_mech;
        } v1;
    } v;
} lcb_cntl_server_t;

/** For LCB_CNTL_IOPS_DEFAULT_TYPES. */
struct lcb_cntl_iops_info_st {
    int version;
    union {
        struct {
            /** Set by the program: the options in question; may be null. */
            const struct lcb_create_io_ops_st *options;
            /** LCB_IO_OPS_DEFAULT: what the environment says, else epoll. */
            lcb_io_ops_type_t os_default;
            lcb_io_ops_type_t effective;
        } v0;
    } v;
};

/** How much a line of the log matters. */
typedef enum {
    LCB_LOG_TRACE = 0,
    LCB_LOG_DEBUG,
    LCB_LOG_INFO,
    LCB_LOG_WARN,
    LCB_LOG_ERROR,
    LCB_LOG_FATAL,
    LCB_LOG_MAX
} lcb_log_severity_t;

struct lcb_logprocs_st;

/**
 * Gets one line.
 * @param procs     what LCB_CNTL_LOGGER was given: keep it alive as long as the instance, and put it in front of more
 * @param iid       a number of the instance
 * @param subsys    "tenon"
 * @param severity  an lcb_log_severity_t
 * @param srcfile   "" and
 * @param srcline   0: lines do not tell
 * @param fmt       as printf has it
 * @param arguments  what belongs to it
 */
typedef void (*lcb_logging_callback)(struct lcb_logprocs_st *procs, unsigned int iid, const char *subsys, int severity,
                                     const char *srcfile, int srcline, const char *fmt, va_list arguments);

/** For LCB_CNTL_LOGGER. */
typedef struct lcb_logprocs_st {
    int version;
    union {
        struct {
            lcb_logging_callback callback; /**< who is told */
        } v0;                              /**< the fields of version 0 */
    } v;
} lcb_logprocs;

/** For LCB_CNTL_SSL_MODE. */
typedef enum {
    LCB_SSL_ENABLED = 1 << 0,
    LCB_SSL_NOVERIFY = 1 << 1
} lcb_SSLOPTS;

/** For LCB_CNTL_RETRYMODE: after what an operation is sent again. */
typedef enum {
    LCB_RETRY_ON_TOPOCHANGE = 0,
    LCB_RETRY_ON_SOCKERR,
    LCB_RETRY_ON_VBMAPERR,
    LCB_RETRY_ON_MISSINGNODE,
    LCB_RETRY_ON_MAX
} lcb_RETRYMODEOPTS;

/** For LCB_CNTL_RETRYMODE: which operations are sent again. */
typedef enum {
    LCB_RETRY_CMDS_NONE = 0,
    LCB_RETRY_CMDS_GET = 0x01,
    LCB_RETRY_CMDS_SAFE = 0x03,
    LCB_RETRY_CMDS_ALL = 0x07
} lcb_RETRYCMDOPTS;

/** @{ */
/** Makes the value of LCB_CNTL_RETRYMODE of its two halves, or takes one of them. */
#define LCB_RETRYOPT_CREATE(mode, policy) (((mode) << 16) | (policy))
#define LCB_RETRYOPT_GETMODE(option) ((option) >> 16)
#define LCB_RETRYOPT_GETPOLICY(option) ((option) & 0xffff)
/** @} */

/** For LCB_CNTL_HTCONFIG_URLTYPE. */
typedef enum {
    LCB_HTCONFIG_URLTYPE_25PLUS = 0x01,
    LCB_HTCONFIG_URLTYPE_COMPAT = 0x02,
    LCB_HTCONFIG_URLTYPE_TRYALL = 0x03
} lcb_HTCONFIG_URLTYPE;

/** For LCB_CNTL_COMPRESSION_OPTS. */
typedef enum {
    LCB_COMPRESS_NONE = 0x00,
    LCB_COMPRESS_IN = 1 << 0,
    LCB_COMPRESS_OUT = 1 << 1,
    LCB_COMPRESS_INOUT = (LCB_COMPRESS_IN | LCB_COMPRESS_OUT),
    LCB_COMPRESS_FORCE = 1 << 2
} lcb_COMPRESSOPTS;

/**
 * Sets or tells a setting.
 * @param mode  LCB_CNTL_SET or LCB_CNTL_GET
 * @param cmd   LCB_CNTL_…
 * @param arg   points to what the setting's line says; a string is copied when set, and told as a pointer that lives
 *              until the setting changes
 * @return LCB_NOT_SUPPORTED for a number that does not exist, a mode or a value that the setting does not have;
 *         LCB_EINVAL for a value that makes no sense. With LCB_CNTL_DETAILED_ERRCODES: LCB_ECTL_UNKNOWN,
 *         LCB_ECTL_UNSUPPMODE and LCB_ECTL_BADARG.
 */
LIBCOUCHBASE_API lcb_error_t lcb_cntl(lcb_t instance, int mode, int cmd, void *arg);

/** Sets a setting by name, from a text; the errors are those of lcb_cntl. */
LIBCOUCHBASE_API lcb_error_t lcb_cntl_string(lcb_t instance, const char *key, const char *value);

/** lcb_cntl for settings that are an lcb_U32. */
LIBCOUCHBASE_API lcb_error_t lcb_cntl_setu32(lcb_t instance, int cmd, lcb_U32 arg);
/** 0 if the setting cannot be told. */
LIBCOUCHBASE_API lcb_U32 lcb_cntl_getu32(lcb_t instance, int cmd);

/** Not 0: there is a setting of this number. */
LIBCOUCHBASE_API int lcb_cntl_exists(int cmd);

#ifdef __cplusplus
}
#endif

#endif
