/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of one bucket for the HTTP side: tenon::Client without its C++.
 */
#ifndef TENON_NGINX_CLUSTER_H
#define TENON_NGINX_CLUSTER_H

#include <stddef.h>
#include <stdint.h>

#include <tenon/io.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes that belong to somebody else. */
struct tenon_nginx_bytes {
    const char *data;
    size_t size;
};

/** What `tenon_cluster` says. Strings are copied. */
struct tenon_nginx_cluster_options {
    const struct tenon_nginx_bytes *hosts;
    size_t host_count;
    struct tenon_nginx_bytes bucket;
    struct tenon_nginx_bytes user;
    struct tenon_nginx_bytes password;
    unsigned int timeout;         /**< of an operation, in milliseconds */
    unsigned int connect_timeout; /**< of a connection to a node, in milliseconds */
    int memcached;                /**< the hosts are plain memcached servers */
    /** Gets log lines of `log_level` (0 trace … 4 error) and above. */
    void (*log)(void *arg, int level, struct tenon_nginx_bytes line);
    void *log_arg;
    int log_level;
};

struct tenon_nginx_cluster;

/** A client on `io`, which begins at once to look for its cluster and does not give up. `io` must outlive it. Null if out
 *  of memory, or with an option that makes no sense (which is logged). */
struct tenon_nginx_cluster *tenon_nginx_cluster_start(struct tenon_io_ops *io,
                                                      const struct tenon_nginx_cluster_options *options);
/** Completes what is pending as cancelled, then frees the client. Null does nothing. */
void tenon_nginx_cluster_stop(struct tenon_nginx_cluster *cluster);

enum tenon_nginx_verb {
    TENON_NGINX_GET,
    TENON_NGINX_SET,
    TENON_NGINX_ADD,
    TENON_NGINX_REPLACE,
    TENON_NGINX_APPEND,
    TENON_NGINX_PREPEND,
    TENON_NGINX_REMOVE,
    TENON_NGINX_TOUCH,
    TENON_NGINX_INCREMENT,
    TENON_NGINX_DECREMENT
};

struct tenon_nginx_command {
    enum tenon_nginx_verb verb;
    struct tenon_nginx_bytes key;
    struct tenon_nginx_bytes value; /**< of the verbs that store */
    uint64_t cas;                   /**< of the verbs that store and REMOVE; 0: whatever it is */
    uint32_t flags;                 /**< of SET, ADD and REPLACE */
    uint32_t expiry;                /**< as the protocol has it; not of APPEND, PREPEND and REMOVE */
    uint64_t delta;                 /**< of INCREMENT and DECREMENT, as is all below */
    uint64_t initial;
    int has_initial;                /**< else a missing counter is not found */
};

/** What is done about an outcome, in the words of HTTP. */
enum tenon_nginx_outcome {
    TENON_NGINX_DONE,
    TENON_NGINX_NOT_FOUND,
    TENON_NGINX_CONFLICT,     /**< the item exists or has another CAS, or is no number */
    TENON_NGINX_LOCKED,
    TENON_NGINX_TOO_BIG,
    TENON_NGINX_BAD_REQUEST,  /**< the key's length, an argument's range */
    TENON_NGINX_UNSUPPORTED,
    TENON_NGINX_REFUSED,      /**< the cluster refuses us, or breaks the protocol */
    TENON_NGINX_UNAVAILABLE,  /**< no map, no node, a node that is busy or lost */
    TENON_NGINX_FULL,         /**< the node is out of memory */
    TENON_NGINX_TIMEOUT
};

/** Valid during the callback. */
struct tenon_nginx_reply {
    enum tenon_nginx_outcome outcome;
    uint64_t cas;
    uint32_t flags;
    uint64_t counter;
    struct tenon_nginx_bytes value;
    struct tenon_nginx_bytes reason; /**< in words; empty if done */
    struct tenon_nginx_bytes server;
};

typedef void (*tenon_nginx_done)(void *arg, const struct tenon_nginx_reply *reply);

/** Schedules a command, which is copied: `done` is called once, later; or at once, inside this call, if nothing could be
 *  scheduled. */
void tenon_nginx_cluster_execute(struct tenon_nginx_cluster *cluster, const struct tenon_nginx_command *command,
                                 tenon_nginx_done done, void *arg);

/** The creator of the table, for tenon_create_io_ops: `cookie` is a struct tenon_nginx_host (events.h) or null. */
TENON_API int tenon_create_nginx_io_ops(int version, struct tenon_io_ops **io, void *cookie);

#ifdef __cplusplus
}
#endif

#endif
