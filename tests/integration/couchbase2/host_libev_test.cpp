// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <ev.h>

#include <libcouchbase/libev_io_opts.h>

#include "host_loop.hpp"

using namespace tenon::test;

TEST_CASE("libev: the program's ev_loop, whose own timer goes on firing") {
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    int ticks = 0;
    ev_timer timer;
    ev_timer_init(&timer, [](struct ev_loop *, ev_timer *self, int) { ++*static_cast<int *>(self->data); }, 0.001, 0.001);
    timer.data = &ticks;
    ev_timer_start(loop, &timer);
    lcb_io_opt_t io = create_on(LCB_IO_OPS_LIBEV, loop);
    exercise(io, [&] { ev_run(loop, EVRUN_ONCE); });
    CHECK(lcb_destroy_io_ops(io) == LCB_SUCCESS);
    const int before = ticks;
    while (ticks == before) ev_run(loop, EVRUN_ONCE);
    ev_timer_stop(loop, &timer);
    CHECK(ev_run(loop, EVRUN_NOWAIT) == 0);  // nothing of the table's is left
    ev_loop_destroy(loop);
}
