/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The creator of the libuv plugin, for programs that link libtenon-io-libuv or find it by symbol.
 */
#ifndef LIBCOUCHBASE_LIBUV_IO_OPTS_H
#define LIBCOUCHBASE_LIBUV_IO_OPTS_H 1

#include <libcouchbase/couchbase.h>
#include <uv.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The cookie. Only read during the call. */
typedef struct lcbuv_options_st {
    int version; /**< 0 */
    union {
        struct {
            /** The program's own loop, or null: the table makes a loop and owns it. */
            uv_loop_t *loop;
            /** Non-zero: running and stopping through the table (as lcb_wait does) do nothing, the program runs the
             *  loop. */
            int startsop_noop;
        } v0;
    } v;
} lcbuv_options_t;

/**
 * Makes an IO table on a libuv loop.
 *
 * libuv closes handles in the loop's next turn: let the program's loop turn once after the table was destroyed.
 *
 * @param version  0
 * @param io       receives the table; lcb_destroy_io_ops undoes it
 * @param options  null is a loop of the table's own
 * @return LCB_SUCCESS, LCB_PLUGIN_VERSION_MISMATCH for a version but 0, LCB_EINVAL for a cookie it cannot use, or
 *         LCB_CLIENT_ENOMEM
 */
LIBCOUCHBASE_API
lcb_error_t lcb_create_libuv_io_opts(int version, lcb_io_opt_t *io, lcbuv_options_t *options);

#ifdef __cplusplus
}
#endif

#endif
