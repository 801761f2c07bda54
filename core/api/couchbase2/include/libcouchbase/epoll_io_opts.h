/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The creator of the epoll plugin, for programs that link libtenon-io-epoll or find it by symbol.
 */
#ifndef LIBCOUCHBASE_EPOLL_IO_OPTS_H
#define LIBCOUCHBASE_EPOLL_IO_OPTS_H 1

#include <libcouchbase/couchbase.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Makes an IO table on an epoll set of its own.
 * @param version     0
 * @param io          receives the table; lcb_destroy_io_ops undoes it
 * @param descriptor  null, or an `int *` that receives a descriptor which is readable whenever the table has something
 *                    to do: a loop of any kind carries the table by watching it and calling `io->tick(io)`
 * @return LCB_SUCCESS, LCB_PLUGIN_VERSION_MISMATCH for a version but 0, LCB_EINVAL for a cookie it cannot use, or
 *         LCB_CLIENT_ENOMEM
 */
LIBCOUCHBASE_API
lcb_error_t lcb_create_epoll_io_opts(int version, lcb_io_opt_t *io, void *descriptor);

#ifdef __cplusplus
}
#endif

#endif
