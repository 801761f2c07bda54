/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What an instance calls, and how to set it.
 *
 * One callback a kind of operation and instance; `cookie` is the one given with the operation. A callback runs from the
 * loop (or inside lcb_destroy), never inside the call that scheduled the operation, exactly once an operation; those
 * of operations that go to every server once a server (once a statistic) and then once more with a null
 * `server_endpoint` and LCB_SUCCESS. Callbacks may schedule operations and may destroy the instance. They must not let
 * a C++ exception out.
 *
 * Each setter returns the callback that was set before; a null callback leaves it as it is and only tells. Where a
 * program has set nothing that is a function that does nothing, so that it may be called in any case.
 */
#ifndef LIBCOUCHBASE_CALLBACKS_H
#define LIBCOUCHBASE_CALLBACKS_H 1

#include <libcouchbase/arguments.h>
#include <libcouchbase/error.h>
#include <libcouchbase/types.h>
#include <libcouchbase/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The outcome of lcb_get and of lcb_get_replica. */
typedef void (*lcb_get_callback)(lcb_t instance, const void *cookie, lcb_error_t error, const lcb_get_resp_t *resp);

/** The outcome of lcb_store; `operation` is the command's. */
typedef void (*lcb_store_callback)(lcb_t instance, const void *cookie, lcb_storage_t operation, lcb_error_t error,
                                   const lcb_store_resp_t *resp);

/** The outcome of lcb_remove. */
typedef void (*lcb_remove_callback)(lcb_t instance, const void *cookie, lcb_error_t error,
                                    const lcb_remove_resp_t *resp);

/** The outcome of lcb_touch. */
typedef void (*lcb_touch_callback)(lcb_t instance, const void *cookie, lcb_error_t error,
                                   const lcb_touch_resp_t *resp);

/** The outcome of lcb_unlock. */
typedef void (*lcb_unlock_callback)(lcb_t instance, const void *cookie, lcb_error_t error,
                                    const lcb_unlock_resp_t *resp);

/** The outcome of lcb_arithmetic. */
typedef void (*lcb_arithmetic_callback)(lcb_t instance, const void *cookie, lcb_error_t error,
                                        const lcb_arithmetic_resp_t *resp);

/** A statistic, a server's failure, or the end of lcb_server_stats. */
typedef void (*lcb_stat_callback)(lcb_t instance, const void *cookie, lcb_error_t error,
                                  const lcb_server_stat_resp_t *resp);

/** A server's version, its failure, or the end of lcb_server_versions. */
typedef void (*lcb_version_callback)(lcb_t instance, const void *cookie, lcb_error_t error,
                                     const lcb_server_version_resp_t *resp);

/** A server's outcome, or the end of lcb_set_verbosity. */
typedef void (*lcb_verbosity_callback)(lcb_t instance, const void *cookie, lcb_error_t error,
                                       const lcb_verbosity_resp_t *resp);

/** A server's outcome, or the end of lcb_flush. */
typedef void (*lcb_flush_callback)(lcb_t instance, const void *cookie, lcb_error_t error,
                                   const lcb_flush_resp_t *resp);

/** What one server knows of one key, or the end of lcb_observe. */
typedef void (*lcb_observe_callback)(lcb_t instance, const void *cookie, lcb_error_t error,
                                     const lcb_observe_resp_t *resp);

/** A piece of a response's body, or the response: see lcb_make_http_request. */
typedef void (*lcb_http_res_callback)(lcb_http_request_t request, lcb_t instance, const void *cookie, lcb_error_t error,
                                      const lcb_http_resp_t *resp);
/** @{ */
/** One of the two. */
typedef lcb_http_res_callback lcb_http_data_callback;
typedef lcb_http_res_callback lcb_http_complete_callback;
/** @} */

/**
 * The bootstrap failed: no map was to be had. Called for nothing else, so a program may exit in it.
 * @param error    why, as a number
 * @param errinfo  why, in words, with the hosts asked; lives until the callback returns
 */
typedef void (*lcb_error_callback)(lcb_t instance, lcb_error_t error, const char *errinfo);

/** The bootstrap succeeded: the first map is there (LCB_CONFIGURATION_NEW), and operations are taken from now on. */
typedef void (*lcb_configuration_callback)(lcb_t instance, lcb_configuration_t config);

/** The bootstrap's outcome, either way; called once for each lcb_connect that began one. */
typedef void (*lcb_bootstrap_callback)(lcb_t instance, lcb_error_t error);

/** The instance is gone, and its callbacks are over. `cookie`: lcb_destroy_async's argument; null after lcb_destroy. */
typedef void (*lcb_destroy_callback)(const void *cookie);

/** What an lcb_error_t a status is that the library does not know; lcb_errmap_default where none is set. */
typedef lcb_error_t (*lcb_errmap_callback)(lcb_t instance, lcb_uint16_t bincode);

/** @{ */
/** Sets what is called, for operations that end from now on; null only tells. Returns the one before. */
LIBCOUCHBASE_API lcb_get_callback lcb_set_get_callback(lcb_t instance, lcb_get_callback callback);
LIBCOUCHBASE_API lcb_store_callback lcb_set_store_callback(lcb_t instance, lcb_store_callback callback);
LIBCOUCHBASE_API lcb_remove_callback lcb_set_remove_callback(lcb_t instance, lcb_remove_callback callback);
LIBCOUCHBASE_API lcb_touch_callback lcb_set_touch_callback(lcb_t instance, lcb_touch_callback callback);
LIBCOUCHBASE_API lcb_unlock_callback lcb_set_unlock_callback(lcb_t instance, lcb_unlock_callback callback);
LIBCOUCHBASE_API lcb_arithmetic_callback lcb_set_arithmetic_callback(lcb_t instance,
                                                                     lcb_arithmetic_callback callback);
LIBCOUCHBASE_API lcb_stat_callback lcb_set_stat_callback(lcb_t instance, lcb_stat_callback callback);
LIBCOUCHBASE_API lcb_version_callback lcb_set_version_callback(lcb_t instance, lcb_version_callback callback);
LIBCOUCHBASE_API lcb_verbosity_callback lcb_set_verbosity_callback(lcb_t instance, lcb_verbosity_callback callback);
LIBCOUCHBASE_API lcb_flush_callback lcb_set_flush_callback(lcb_t instance, lcb_flush_callback callback);
LIBCOUCHBASE_API lcb_error_callback lcb_set_error_callback(lcb_t instance, lcb_error_callback callback);
LIBCOUCHBASE_API lcb_configuration_callback lcb_set_configuration_callback(lcb_t instance,
                                                                           lcb_configuration_callback callback);
LIBCOUCHBASE_API lcb_observe_callback lcb_set_observe_callback(lcb_t instance, lcb_observe_callback callback);
LIBCOUCHBASE_API lcb_http_complete_callback lcb_set_http_complete_callback(lcb_t instance,
                                                                           lcb_http_complete_callback callback);
LIBCOUCHBASE_API lcb_http_data_callback lcb_set_http_data_callback(lcb_t instance, lcb_http_data_callback callback);
LIBCOUCHBASE_API lcb_bootstrap_callback lcb_set_bootstrap_callback(lcb_t instance, lcb_bootstrap_callback callback);
LIBCOUCHBASE_API lcb_destroy_callback lcb_set_destroy_callback(lcb_t instance, lcb_destroy_callback callback);
LIBCOUCHBASE_API lcb_errmap_callback lcb_set_errmap_callback(lcb_t instance, lcb_errmap_callback callback);
/** @} */

/** What the library makes of a status by itself; LCB_UNKNOWN_MEMCACHED_ERROR for one that it does not know. */
LIBCOUCHBASE_API lcb_error_t lcb_errmap_default(lcb_t instance, lcb_uint16_t code);

#ifdef __cplusplus
}
#endif

#endif
