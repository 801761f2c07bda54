/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * How long operations took: a histogram of an instance, kept while it is enabled.
 */
#ifndef LIBCOUCHBASE_TIMINGS_H
#define LIBCOUCHBASE_TIMINGS_H 1

#include <libcouchbase/error.h>
#include <libcouchbase/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What times are counted in. */
enum lcb_timeunit_t {
    LCB_TIMEUNIT_NSEC = 0,
    LCB_TIMEUNIT_USEC = 1,
    LCB_TIMEUNIT_MSEC = 2,
    LCB_TIMEUNIT_SEC = 3
};
/** What times are counted in. */
typedef enum lcb_timeunit_t lcb_timeunit_t;

/**
 * One bar of the histogram.
 * @param timeunit  what `min` and `max` are counted in
 * @param min       the shortest time that counts here
 * @param max       the longest one
 * @param total     how many operations took that long
 * @param maxtotal  the `total` of the highest bar
 */
typedef void (*lcb_timings_callback)(lcb_t instance, const void *cookie, lcb_timeunit_t timeunit, lcb_uint32_t min,
                                     lcb_uint32_t max, lcb_uint32_t total, lcb_uint32_t maxtotal);

/**
 * Begins to count. Operations scheduled from now on are measured, from scheduling to their callback; those that have
 * several callbacks at the last one.
 * @return LCB_KEY_EEXISTS: it was enabled already; LCB_CLIENT_ENOMEM
 */
LIBCOUCHBASE_API lcb_error_t lcb_enable_timings(lcb_t instance);

/** Forgets the histogram. LCB_KEY_ENOENT: there is none. */
LIBCOUCHBASE_API lcb_error_t lcb_disable_timings(lcb_t instance);

/** Calls `callback` for every bar that is not empty, from the shortest times up, inside this call. LCB_KEY_ENOENT: not
 *  enabled. */
LIBCOUCHBASE_API lcb_error_t lcb_get_timings(lcb_t instance, const void *cookie, lcb_timings_callback callback);

#ifdef __cplusplus
}
#endif

#endif
