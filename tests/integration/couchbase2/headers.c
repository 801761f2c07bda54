/* SPDX-License-Identifier: Apache-2.0 */
/* Each header stands alone and in any order, in every dialect this file is compiled as (libuv's needs <uv.h>). */
#include <libcouchbase/vbucket.h>
#include <libcouchbase/pktfwd.h>
#include <libcouchbase/views.h>
#include <libcouchbase/debug.h>
#include <libcouchbase/assert.h>
#include <libcouchbase/api3.h>
#include <libcouchbase/kvbuf.h>
#include <libcouchbase/manage.h>
#include <libcouchbase/timings.h>
#include <libcouchbase/sanitycheck.h>
#include <libcouchbase/durability.h>
#include <libcouchbase/compat.h>
#include <libcouchbase/cntl.h>
#include <libcouchbase/behavior.h>
#include <libcouchbase/callbacks.h>
#include <libcouchbase/arguments.h>
#include <libcouchbase/responses.h>
#include <libcouchbase/create.h>
#include <libcouchbase/http.h>
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

#include <string.h>

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

/* As programs of the 2.4 line are written. */
int store_three(lcb_t instance);
int store_three(lcb_t instance)
{
    lcb_CMDSTORE cmd;
    lcb_error_t error;
    memset(&cmd, 0, sizeof(cmd));
    LCB_CMD_SET_KEY(&cmd, "key", 3);
    LCB_CMD_SET_VALUE(&cmd, "value", 5);
    cmd.operation = LCB_SET;
    lcb_sched_enter(instance);
    error = lcb_store3(instance, 0, &cmd);
    if (error == LCB_SUCCESS)
        lcb_sched_leave(instance);
    else
        lcb_sched_fail(instance);
    return lcb_verify_compiler_setup();
}
