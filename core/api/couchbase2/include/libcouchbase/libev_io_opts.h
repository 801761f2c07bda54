/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The creator of the libev plugin, for programs that link libtenon-io-libev or find it by symbol.
 */
#ifndef LIBCOUCHBASE_LIBEV_IO_OPTS_H
#define LIBCOUCHBASE_LIBEV_IO_OPTS_H 1

#include <libcouchbase/couchbase.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Makes an IO table on a libev loop.
 * @param version  0
 * @param io       receives the table; lcb_destroy_io_ops undoes it
 * @param loop     the program's own `struct ev_loop *`, or null: the table makes a loop and owns it
 * @return LCB_SUCCESS, LCB_PLUGIN_VERSION_MISMATCH for a version but 0, LCB_EINVAL for a cookie it cannot use, or
 *         LCB_CLIENT_ENOMEM
 */
LIBCOUCHBASE_API
lcb_error_t lcb_create_libev_io_opts(int version, lcb_io_opt_t *io, void *loop);

#ifdef __cplusplus
}
#endif

#endif
