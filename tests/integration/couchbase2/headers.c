/* SPDX-License-Identifier: Apache-2.0 */
/* Each header stands alone and in any order, in every dialect this file is compiled as (libuv's needs <uv.h>). */
#include <libcouchbase/callbacks.h>
#include <libcouchbase/arguments.h>
#include <libcouchbase/error.h>
#include <libcouchbase/types.h>
#include <libcouchbase/iops.h>
#include <libcouchbase/sysdefs.h>
#include <libcouchbase/visibility.h>
#include <libcouchbase/configuration.h>
#include <libcouchbase/epoll_io_opts.h>
#include <libcouchbase/poll_io_opts.h>
#include <libcouchbase/libev_io_opts.h>
#include <libcouchbase/libevent_io_opts.h>
#include <libcouchbase/couchbase.h>

/* The two spellings of the IO table are one type, and its fields are reached both ways. */
struct tenon_io_ops *same_table(struct lcb_io_opt_st *io);
struct tenon_io_ops *same_table(struct lcb_io_opt_st *io)
{
    lcb_io_opt_t table = io;
    table->v.v0.error = table->error;
    return table;
}

int store_one(lcb_t instance);
int store_one(lcb_t instance)
{
    lcb_store_cmd_t cmd;
    const lcb_store_cmd_t *cmds[1];
    cmds[0] = &cmd;
    cmd.version = 0;
    cmd.v.v0.key = "key";
    cmd.v.v0.nkey = 3;
    cmd.v.v0.operation = LCB_SET;
    return lcb_store(instance, 0, 1, cmds) == LCB_SUCCESS && !LCB_EIFNET(LCB_SUCCESS);
}
