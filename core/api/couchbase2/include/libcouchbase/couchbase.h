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
 * a key longer than 250 bytes or a value too long to send, LCB_NOT_SUPPORTED for a hashkey. Only running out of the
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

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The version of libcouchbase whose interface this is.
 * @param version  receives LCB_VERSION; may be null
 * @return LCB_VERSION_STRING
 */
LIBCOUCHBASE_API const char *lcb_get_version(lcb_uint32_t *version);

/* IO tables -------------------------------------------------------------------------------------------------------- */

/**
 * Finds an IO plugin and has it make a table, of version 0.
 *
 * LCB_IO_OPS_DEFAULT heeds the environment: $LIBCOUCHBASE_EVENT_PLUGIN_NAME is one of select, poll, epoll, libev,
 * libevent, libuv, asio, boost_asio, glib, sd_event, io_uring, or a file whose creator $LIBCOUCHBASE_EVENT_PLUGIN_SYMBOL
 * names. The environment is ignored in set-uid programs. With $LIBCOUCHBASE_DLOPEN_DEBUG set, a failure is told on standard error in words.
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
 * LCB_ERROR; scheduling more there is LCB_CLIENT_ETMPFAIL. An IO table that lcb_create made is destroyed too. Null does
 * nothing.
 */
LIBCOUCHBASE_API void lcb_destroy(lcb_t instance);

/**
 * Begins to fetch the cluster's map. The outcome comes through the configuration callback or the error callback, and as
 * the result of lcb_wait. After a failure it may be called again.
 * @return LCB_SUCCESS, also when there is a map already; LCB_BUSY while the bootstrap is under way; LCB_EINVAL
 */
LIBCOUCHBASE_API lcb_error_t lcb_connect(lcb_t instance);

/**
 * Runs the loop until neither the bootstrap nor an operation is pending, or until lcb_breakout.
 * @return LCB_SUCCESS if there is a map, else why there is none (LCB_CLIENT_ETMPFAIL: lcb_connect was not called, or the
 *         loop was left before the outcome); LCB_ERROR if a callback destroyed the instance; LCB_BUSY inside a
 *         callback; LCB_NOT_SUPPORTED on a table whose host drives the loop
 */
LIBCOUCHBASE_API lcb_error_t lcb_wait(lcb_t instance);

/** Makes lcb_wait return when the running callback does; outside lcb_wait it does nothing. */
LIBCOUCHBASE_API void lcb_breakout(lcb_t instance);

/** Keeps a pointer for the program. */
LIBCOUCHBASE_API void lcb_set_cookie(lcb_t instance, const void *cookie);
/** What lcb_set_cookie kept, null at first. */
LIBCOUCHBASE_API const void *lcb_get_cookie(lcb_t instance);

/** The time an operation has from scheduling to its callback, in microseconds, for operations scheduled from now on;
 *  2,500,000 at first. 0 goes back to that. */
LIBCOUCHBASE_API void lcb_set_timeout(lcb_t instance, lcb_uint32_t usec);
LIBCOUCHBASE_API lcb_uint32_t lcb_get_timeout(lcb_t instance);

/* Operations on items ---------------------------------------------------------------------------------------------- */

/** Gets items; with `exptime` also sets their expiry, with `lock` locks them (then LCB_ETMPFAIL: locked already). */
LIBCOUCHBASE_API lcb_error_t lcb_get(lcb_t instance, const void *command_cookie, lcb_size_t num,
                                     const lcb_get_cmd_t *const *commands);

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

#ifdef __cplusplus
}
#endif

#endif
