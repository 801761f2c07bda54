/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The IO table under its libcouchbase 2 names.
 *
 * The names are the very types of <tenon/io.h>, not look-alikes: `struct lcb_io_opt_st` is `struct tenon_io_ops`, so a
 * table made here can be given to either API, and a program may use `io->v.v0` on any of them (`io->version` is 0).
 */
#ifndef LIBCOUCHBASE_IOPS_H
#define LIBCOUCHBASE_IOPS_H 1

#include <libcouchbase/sysdefs.h>
#include <libcouchbase/visibility.h>
#include <tenon/io.h>

/** @{ */
/** The type of <tenon/io.h>. */
#define lcb_io_opt_st tenon_io_ops
#define lcb_iops_table_v0_st tenon_io_v0
#define lcb_iovec_st tenon_iovec

#define lcb_iops_evented_st lcb_iops_table_v0_st
/** @} */

/** An IO table. */
typedef struct lcb_io_opt_st *lcb_io_opt_t;
/** A descriptor. */
typedef int lcb_socket_t;

/** A piece of memory, for values in pieces (LCB_KV_IOV); the layout of POSIX' struct iovec. */
typedef struct lcb_IOV_st {
    void *iov_base; /**< where it begins */
    size_t iov_len; /**< how many bytes it has */
} lcb_IOV;

/** What a watch or a timer calls; see tenon_io_handler. */
typedef void (*lcb_io_v0_callback)(lcb_socket_t sock, short which, void *cb_data);

/** @{ */
/** The 2.4 line's name for a handler, or for one of the table's calls. */
typedef lcb_io_v0_callback lcb_ioE_callback;
typedef void *(*lcb_io_timer_create_fn)(lcb_io_opt_t iops);
typedef void (*lcb_io_timer_destroy_fn)(lcb_io_opt_t iops, void *timer);
typedef void (*lcb_io_timer_cancel_fn)(lcb_io_opt_t iops, void *timer);
typedef int (*lcb_io_timer_schedule_fn)(lcb_io_opt_t iops, void *timer, lcb_uint32_t usec, void *data,
                                        lcb_ioE_callback callback);
typedef void *(*lcb_ioE_event_create_fn)(lcb_io_opt_t iops);
typedef void (*lcb_ioE_event_destroy_fn)(lcb_io_opt_t iops, void *event);
typedef void (*lcb_ioE_event_cancel_fn)(lcb_io_opt_t iops, lcb_socket_t sock, void *event);
typedef int (*lcb_ioE_event_watch_fn)(lcb_io_opt_t iops, lcb_socket_t sock, void *event, short flags, void *data,
                                      lcb_ioE_callback callback);
typedef void (*lcb_io_start_fn)(lcb_io_opt_t iops);
typedef void (*lcb_io_stop_fn)(lcb_io_opt_t iops);
/** @} */

/** A field of the table that every version has: cookie, error, need_cleanup. */
#define LCB_IOPS_BASEFLD(iops, field) ((iops)->v.v0.field)
/** errno of the last call that failed. */
#define LCB_IOPS_ERRNO(iops) LCB_IOPS_BASEFLD(iops, error)

/** The socket has something to read (or its end was reached). */
#define LCB_READ_EVENT TENON_IO_READ
/** The socket takes bytes. */
#define LCB_WRITE_EVENT TENON_IO_WRITE
/** The socket is in error; comes with the directions asked for. */
#define LCB_ERROR_EVENT TENON_IO_ERROR
/** Both. */
#define LCB_RW_EVENT (LCB_READ_EVENT | LCB_WRITE_EVENT)

/** The plugins that lcb_create_io_ops finds by number. */
typedef enum {
    LCB_IO_OPS_INVALID = 0x00,  /**< refused: LCB_NOT_SUPPORTED */
    LCB_IO_OPS_DEFAULT = 0x01,  /**< what the environment says, else tenon's default (epoll) */
    LCB_IO_OPS_LIBEVENT = 0x02, /**< cookie: `struct event_base *` */
    LCB_IO_OPS_WINSOCK = 0x03,  /**< Windows only: LCB_NOT_SUPPORTED */
    LCB_IO_OPS_LIBEV = 0x04,    /**< cookie: `struct ev_loop *` */
    LCB_IO_OPS_SELECT = 0x05,   /**< the portable fallback; poll(2) here, so without a limit of descriptors */
    LCB_IO_OPS_WINIOCP = 0x06,  /**< Windows only: LCB_NOT_SUPPORTED */
    LCB_IO_OPS_LIBUV = 0x07     /**< cookie: `lcbuv_options_t *`, see <libcouchbase/libuv_io_opts.h> */
} lcb_io_ops_type_t;

#endif
