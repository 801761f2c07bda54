/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The creator of the poll plugin, for programs that link libtenon-io-poll or find it by symbol.
 */
#ifndef LIBCOUCHBASE_POLL_IO_OPTS_H
#define LIBCOUCHBASE_POLL_IO_OPTS_H 1

#include <libcouchbase/couchbase.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Makes an IO table on poll(2), the portable fallback.
 * @param version  0
 * @param io       receives the table; lcb_destroy_io_ops undoes it
 * @param nothing  null: there is no loop of a program's own that it could use
 * @return LCB_SUCCESS, LCB_PLUGIN_VERSION_MISMATCH for a version but 0, LCB_EINVAL for a cookie it cannot use, or
 *         LCB_CLIENT_ENOMEM
 */
LIBCOUCHBASE_API
lcb_error_t lcb_create_poll_io_opts(int version, lcb_io_opt_t *io, void *nothing);

#ifdef __cplusplus
}
#endif

#endif
