/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Functions for settings that lcb_cntl sets as well; programs of the 2.0 line use them.
 */
#ifndef LIBCOUCHBASE_BEHAVIOR_H
#define LIBCOUCHBASE_BEHAVIOR_H 1

#include <libcouchbase/error.h>
#include <libcouchbase/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which addresses of a host name are used. */
typedef enum {
    LCB_IPV6_DISABLED = 0x00, /**< IPv4's only */
    LCB_IPV6_ONLY = 0x01,     /**< IPv6's only */
    LCB_IPV6_ALLOW = 0x02     /**< both: whichever answers first */
} lcb_ipv6_t;

/** When functions that schedule operations return. */
typedef enum {
    LCB_ASYNCHRONOUS = 0x00, /**< operations complete later, in the loop */
    LCB_SYNCHRONOUS = 0xff   /**< scheduling an operation runs the loop until it is complete, and returns its outcome */
} lcb_syncmode_t;

/**
 * Whether functions that schedule operations wait for them: lcb_connect, and those with an array of commands (not
 * those of api3.h). Callbacks are called as ever, before the function returns; it returns the outcome of the last one.
 * Inside a callback nothing is waited for.
 */
LIBCOUCHBASE_API void lcb_behavior_set_syncmode(lcb_t instance, lcb_syncmode_t syncmode);
/** LCB_ASYNCHRONOUS at first. */
LIBCOUCHBASE_API lcb_syncmode_t lcb_behavior_get_syncmode(lcb_t instance);

/** LCB_CNTL_IP6POLICY. */
LIBCOUCHBASE_API void lcb_behavior_set_ipv6(lcb_t instance, lcb_ipv6_t mode);
/** LCB_CNTL_IP6POLICY. */
LIBCOUCHBASE_API lcb_ipv6_t lcb_behavior_get_ipv6(lcb_t instance);

/** LCB_CNTL_CONFERRTHRESH. */
LIBCOUCHBASE_API void lcb_behavior_set_config_errors_threshold(lcb_t instance, lcb_size_t num_events);
/** LCB_CNTL_CONFERRTHRESH. */
LIBCOUCHBASE_API lcb_size_t lcb_behavior_get_config_errors_threshold(lcb_t instance);

/** The time an operation has from scheduling to its callback, in microseconds, for operations scheduled from now on;
 *  2,500,000 at first. 0 goes back to that. LCB_CNTL_OP_TIMEOUT is the same. */
LIBCOUCHBASE_API void lcb_set_timeout(lcb_t instance, lcb_uint32_t usec);
/** In microseconds, as lcb_set_timeout has it. */
LIBCOUCHBASE_API lcb_uint32_t lcb_get_timeout(lcb_t instance);

/** The same for requests to views; 75,000,000 at first. LCB_CNTL_VIEW_TIMEOUT. */
LIBCOUCHBASE_API void lcb_set_view_timeout(lcb_t instance, lcb_uint32_t usec);
/** In microseconds, as lcb_set_view_timeout has it. */
LIBCOUCHBASE_API lcb_uint32_t lcb_get_view_timeout(lcb_t instance);

/** The outcome of the last operation or bootstrap that ended; LCB_SUCCESS before. Callbacks say more. */
LIBCOUCHBASE_API lcb_error_t lcb_get_last_error(lcb_t instance);

/** Does nothing: what was scheduled leaves in the loop's next turn by itself. */
LIBCOUCHBASE_API void lcb_flush_buffers(lcb_t instance, const void *cookie);

#ifdef __cplusplus
}
#endif

#endif
