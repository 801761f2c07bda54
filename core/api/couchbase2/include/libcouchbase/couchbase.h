/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * tenon for C, under the names of libcouchbase 2: a Couchbase client on the event loop you already run.
 *
 * An instance belongs to one IO table and one thread. Operations are scheduled by functions that check and copy their
 * arguments and return at once (an error: that command and the ones behind it were not scheduled), and complete through
 * callbacks, from the loop. The loop runs in lcb_wait, or wherever the program runs it.
 *
 * Functions that take an array of commands check all of them before the first one is scheduled: LCB_CLIENT_ETMPFAIL
 * while there is no map, LCB_EINVAL for an unknown version or a value that makes no sense, LCB_EMPTY_KEY, LCB_E2BIG for
 * a key longer than 250 bytes or a value too long to send. Only running out of the
 * bounds on pending operations (LCB_CLIENT_ETMPFAIL), of memory (LCB_CLIENT_ENOMEM), or of servers
 * (LCB_NO_MATCHING_SERVER), can still stop in the middle; the commands in front of it are then under way.
 */
#ifndef LIBCOUCHBASE_COUCHBASE_H
#define LIBCOUCHBASE_COUCHBASE_H 1

#include <libcouchbase/configuration.h>
#include <libcouchbase/sysdefs.h>
#include <libcouchbase/visibility.h>
#include <libcouchbase/iops.h>
#include <libcouchbase/types.h>
#include <libcouchbase/error.h>
#include <libcouchbase/arguments.h>
#include <libcouchbase/callbacks.h>
#include <libcouchbase/behavior.h>
#include <libcouchbase/cntl.h>
#include <libcouchbase/compat.h>
#include <libcouchbase/durability.h>
#include <libcouchbase/http.h>
#include <libcouchbase/sanitycheck.h>
#include <libcouchbase/timings.h>

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The version of libcouchbase whose interface this is.
 * @param version  receives LCB_VERSION; may be null
 * @return LCB_VERSION_STRING
 */
LIBCOUCHBASE_API const char *lcb_get_version(lcb_uint32_t *version);

/** @{ */
/** A feature: TLS, and compression with Snappy. */
#define LCB_SUPPORTS_SSL 1
#define LCB_SUPPORTS_SNAPPY 2
/** @} */
/** Not 0: the library has the feature. Neither of the two is here. */
LIBCOUCHBASE_API int lcb_supports_feature(int feature);

/** Memory, as malloc gives it. */
LIBCOUCHBASE_API void *lcb_mem_alloc(lcb_size_t size);
/** Frees what lcb_mem_alloc gave. */
LIBCOUCHBASE_API void lcb_mem_free(void *memory);

/* IO tables -------------------------------------------------------------------------------------------------------- */

/**
 * Finds an IO plugin and has it make a table, of version 0.
 *
 * LCB_IO_OPS_DEFAULT heeds the environment: $LIBCOUCHBASE_EVENT_PLUGIN_NAME is one of select, poll, epoll, libev,
 * libevent, libuv, asio, boost_asio, glib, sd_event, io_uring, or a file whose creator
 * $LIBCOUCHBASE_EVENT_PLUGIN_SYMBOL names. The environment is ignored in set-uid programs. With
 * $LIBCOUCHBASE_DLOPEN_DEBUG set, a failure is told on standard error in words.
 *
 * @param io       receives the table, to be undone by lcb_destroy_io_ops; untouched on failure
 * @param options  null: LCB_IO_OPS_DEFAULT without a cookie
 * @return LCB_DLOPEN_FAILED (no such plugin or file, or it is no shared object), LCB_DLSYM_FAILED (it lacks the
 *         symbol), LCB_PLUGIN_VERSION_MISMATCH (it refuses version 0, or its table is of another version or not whole),
 *         LCB_BAD_ENVIRONMENT, LCB_NOT_SUPPORTED (a type that does not exist here), LCB_EINVAL, LCB_CLIENT_ENOMEM; of
 *         a creator given by pointer, what it returned
 */
LIBCOUCHBASE_API lcb_error_t lcb_create_io_ops(lcb_io_opt_t *io, const struct lcb_create_io_ops_st *options);

/** Undoes lcb_create_io_ops, after every instance on the table is destroyed. Null does nothing. */
LIBCOUCHBASE_API lcb_error_t lcb_destroy_io_ops(lcb_io_opt_t io);

/* Instances -------------------------------------------------------------------------------------------------------- */

/**
 * Makes an instance. Nothing is sent before lcb_connect.
 * @param instance  receives it, to be undone by lcb_destroy; untouched on failure
 * @param options   null: bucket "default" of localhost:8091, on a table of its own
 * @return LCB_INVALID_HOST_FORMAT, LCB_NOT_SUPPORTED, LCB_EINVAL, LCB_CLIENT_ENOMEM; without a table in the options
 *         also what lcb_create_io_ops returns
 */
LIBCOUCHBASE_API lcb_error_t lcb_create(lcb_t *instance, const struct lcb_create_st *options);

/**
 * Destroys an instance, at any time, also from its callbacks. Operations still pending complete inside this call, with
 * LCB_ERROR; scheduling more there is LCB_CLIENT_ETMPFAIL. Its timers and HTTP requests are destroyed without a call.
 * An IO table that lcb_create made is destroyed too. The destroy callback comes last. Null does nothing.
 */
LIBCOUCHBASE_API void lcb_destroy(lcb_t instance);

/**
 * Destroys an instance in the loop's next turn: whoever runs the table sees lcb_destroy, with `arg` for the destroy
 * callback. Until then the instance takes no operations.
 */
LIBCOUCHBASE_API void lcb_destroy_async(lcb_t instance, const void *arg);

/**
 * Begins to fetch the cluster's map. The outcome comes through the bootstrap callback, the configuration callback or
 * the error callback, and as the result of lcb_wait. After a failure it may be called again.
 * @return LCB_SUCCESS, also when there is a map already; LCB_BUSY while the bootstrap is under way; LCB_EINVAL
 */
LIBCOUCHBASE_API lcb_error_t lcb_connect(lcb_t instance);

/** LCB_SUCCESS if there is a map; else why the last bootstrap failed; LCB_ERROR if none has ended. */
LIBCOUCHBASE_API lcb_error_t lcb_get_bootstrap_status(lcb_t instance);

/** Does nothing: servers tell each change of the map by themselves, and what is refused by a server finds the new
 *  owner. */
LIBCOUCHBASE_API void lcb_refresh_config(lcb_t instance);

/**
 * Runs the loop until nothing is pending: the bootstrap, operations, HTTP requests, waits for durability, timers (also
 * periodic ones, until they are destroyed); or until lcb_breakout, or until somebody else stops the loop.
 * @return LCB_SUCCESS if there is a map, else why there is none (LCB_CLIENT_ETMPFAIL: lcb_connect was not called, or
 *         the loop was left before the outcome); LCB_ERROR if a callback destroyed the instance; LCB_BUSY inside a
 *         callback; LCB_NOT_SUPPORTED on a table whose host drives the loop
 */
LIBCOUCHBASE_API lcb_error_t lcb_wait(lcb_t instance);

/** lcb_wait without a result. */
LIBCOUCHBASE_API void lcb_wait3(lcb_t instance, lcb_WAITFLAGS flags);

/** Makes lcb_wait return when the running callback does; outside lcb_wait it does nothing. */
LIBCOUCHBASE_API void lcb_breakout(lcb_t instance);

/** Not 0: inside lcb_wait. */
LIBCOUCHBASE_API int lcb_is_waiting(lcb_t instance);

/** The instance's table is run, until it is stopped or has nothing to do, whatever is pending. */
LCB_INTERNAL_API void lcb_run_loop(lcb_t instance);
/** And stopped. */
LCB_INTERNAL_API void lcb_stop_loop(lcb_t instance);
/** Nanoseconds of a clock that never goes back. */
LCB_INTERNAL_API lcb_U64 lcb_nstime(void);

/** Keeps a pointer for the program. */
LIBCOUCHBASE_API void lcb_set_cookie(lcb_t instance, const void *cookie);
/** What lcb_set_cookie kept, null at first. */
LIBCOUCHBASE_API const void *lcb_get_cookie(lcb_t instance);

/* Timers ----------------------------------------------------------------------------------------------------------- */

/** A timer is due. It may be destroyed in here, and so may the instance. */
typedef void (*lcb_timer_callback)(lcb_timer_t timer, lcb_t instance, const void *cookie);

/**
 * Makes a timer on the instance's table.
 * @param usec      microseconds from now, and between calls of a periodic one
 * @param periodic  0: it is called once, and destroyed after that
 * @param callback  what is called
 * @param error     receives LCB_SUCCESS, LCB_EINVAL (no callback) or LCB_CLIENT_ENOMEM; may be null
 * @return null on failure
 */
LIBCOUCHBASE_API lcb_timer_t lcb_timer_create(lcb_t instance, const void *command_cookie, lcb_uint32_t usec,
                                              int periodic, lcb_timer_callback callback, lcb_error_t *error);

/** Destroys a timer. One that is gone already is left alone: LCB_SUCCESS. */
LIBCOUCHBASE_API lcb_error_t lcb_timer_destroy(lcb_t instance, lcb_timer_t timer);

/* Servers ---------------------------------------------------------------------------------------------------------- */

/** Which address lcb_get_node tells. */
typedef enum {
    LCB_NODE_HTCONFIG = 0x01,           /**< a management address that was given */
    LCB_NODE_DATA = 0x02,               /**< a data address of the map */
    LCB_NODE_VIEWS = 0x04,              /**< a view address of the map; null if the node has none */
    LCB_NODE_CONNECTED = 0x08,          /**< with LCB_NODE_HTCONFIG: once there is a map */
    LCB_NODE_NEVERNULL = 0x10,          /**< LCB_GETNODE_UNAVAILABLE in the place of null */
    LCB_NODE_HTCONFIG_CONNECTED = 0x09,
    LCB_NODE_HTCONFIG_ANY = 0x11
} lcb_GETNODETYPE;

/** What LCB_NODE_NEVERNULL gives in the place of null. */
#define LCB_GETNODE_UNAVAILABLE "invalid_host:0"

/**
 * Tells "host:port" of a node.
 * @param type   which address
 * @param index  the node's number, from 0, counted round
 * @return null if there is no node; valid until the next call with this instance
 */
LIBCOUCHBASE_API const char *lcb_get_node(lcb_t instance, lcb_GETNODETYPE type, unsigned int index);

/** Copies of an item besides the active one; -1 before the first map. */
LIBCOUCHBASE_API lcb_S32 lcb_get_num_replicas(lcb_t instance);

/** Servers in the map; -1 before the first one. */
LIBCOUCHBASE_API lcb_S32 lcb_get_num_nodes(lcb_t instance);

/** The management addresses given, "host:port" each, a null pointer behind the last; valid as long as the instance. */
LIBCOUCHBASE_API const char *const *lcb_get_server_list(lcb_t instance);

/** The host of the first management address; valid as long as the instance. */
LIBCOUCHBASE_API const char *lcb_get_host(lcb_t instance);
/** Its port; valid as long as the instance. */
LIBCOUCHBASE_API const char *lcb_get_port(lcb_t instance);

/** What lcb_dump writes. */
typedef enum {
    LCB_DUMP_VBCONFIG = 0x01, /**< the map's servers */
    LCB_DUMP_PKTINFO = 0x02,  /**< what is pending, what was counted, how each node fares */
    LCB_DUMP_BUFINFO = 0x04,  /**< nothing here */
    LCB_DUMP_ALL = 0xff
} lcb_DUMPFLAGS;

/** Writes the instance's state, for a bug report; no passwords in it. Its form may change at any time. */
LIBCOUCHBASE_API void lcb_dump(lcb_t instance, FILE *file, lcb_U32 flags);

/* Operations on items ---------------------------------------------------------------------------------------------- */

/** Gets items; with `exptime` also sets their expiry, with `lock` locks them (then LCB_ETMPFAIL: locked already). */
LIBCOUCHBASE_API lcb_error_t lcb_get(lcb_t instance, const void *command_cookie, lcb_size_t num,
                                     const lcb_get_cmd_t *const *commands);

/** Gets copies that replicas keep, into the get callback. They may be older than the active ones.
 *  LCB_NO_MATCHING_SERVER: the bucket has no such replica. */
LIBCOUCHBASE_API lcb_error_t lcb_get_replica(lcb_t instance, const void *command_cookie, lcb_size_t num,
                                             const lcb_get_replica_cmd_t *const *commands);

/** Unlocks items that lcb_get locked. LCB_ETMPFAIL: not locked, or with another CAS. */
LIBCOUCHBASE_API lcb_error_t lcb_unlock(lcb_t instance, const void *command_cookie, lcb_size_t num,
                                        const lcb_unlock_cmd_t *const *commands);

/** Sets the expiry of items; `exptime` 0: they never expire. */
LIBCOUCHBASE_API lcb_error_t lcb_touch(lcb_t instance, const void *command_cookie, lcb_size_t num,
                                       const lcb_touch_cmd_t *const *commands);

/** Stores items. */
LIBCOUCHBASE_API lcb_error_t lcb_store(lcb_t instance, const void *command_cookie, lcb_size_t num,
                                       const lcb_store_cmd_t *const *commands);

/** Counts up or down. */
LIBCOUCHBASE_API lcb_error_t lcb_arithmetic(lcb_t instance, const void *command_cookie, lcb_size_t num,
                                            const lcb_arithmetic_cmd_t *const *commands);

/** Removes items. */
LIBCOUCHBASE_API lcb_error_t lcb_remove(lcb_t instance, const void *command_cookie, lcb_size_t num,
                                        const lcb_remove_cmd_t *const *commands);

/** Asks the item's owner and its replicas what they know of it: one callback a server and key, and a last one with a
 *  null key and LCB_SUCCESS. */
LIBCOUCHBASE_API lcb_error_t lcb_observe(lcb_t instance, const void *command_cookie, lcb_size_t num,
                                         const lcb_observe_cmd_t *const *commands);

/* Operations on servers -------------------------------------------------------------------------------------------- */

/** Asks every server for statistics. */
LIBCOUCHBASE_API lcb_error_t lcb_server_stats(lcb_t instance, const void *command_cookie, lcb_size_t num,
                                              const lcb_server_stats_cmd_t *const *commands);

/** Asks every server for its version. */
LIBCOUCHBASE_API lcb_error_t lcb_server_versions(lcb_t instance, const void *command_cookie, lcb_size_t num,
                                                 const lcb_server_version_cmd_t *const *commands);

/** Sets how much servers log. LCB_UNKNOWN_HOST: the server named is not in the map. */
LIBCOUCHBASE_API lcb_error_t lcb_set_verbosity(lcb_t instance, const void *command_cookie, lcb_size_t num,
                                               const lcb_verbosity_cmd_t *const *commands);

/** Removes every item of the bucket. A server may refuse. */
LIBCOUCHBASE_API lcb_error_t lcb_flush(lcb_t instance, const void *command_cookie, lcb_size_t num,
                                       const lcb_flush_cmd_t *const *commands);

/* HTTP ------------------------------------------------------------------------------------------------------------- */

/**
 * Asks the cluster over HTTP: design documents and views, or its management.
 *
 * The completion callback is called once, with the status, the headers and (without `chunked`) the whole body; with
 * `chunked` the data callback has the body's pieces before. An answer is LCB_SUCCESS whatever its status says.
 * Redirects are not followed. The instance's user name and password go with it, unless the command has others. The time
 * it has is LCB_CNTL_HTTP_TIMEOUT, for views LCB_CNTL_VIEW_TIMEOUT.
 *
 * @param type     whom it goes to
 * @param cmd      what is asked
 * @param request  null, or receives the request, valid until its completion callback returns
 * @return LCB_CLIENT_ETMPFAIL before the first map; LCB_NO_MATCHING_SERVER (no node has such a port); LCB_EINVAL
 */
LIBCOUCHBASE_API lcb_error_t lcb_make_http_request(lcb_t instance, const void *command_cookie, lcb_http_type_t type,
                                                   const lcb_http_cmd_t *cmd, lcb_http_request_t *request);

/** Ends a request; none of its callbacks is called any more. It may be called inside them. */
LIBCOUCHBASE_API void lcb_cancel_http_request(lcb_t instance, lcb_http_request_t request);

#ifdef __cplusplus
}
#endif

#endif
