// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <event2/event.h>

#include <libcouchbase/libevent_io_opts.h>

#include "host_loop.hpp"

using namespace tenon::test;

TEST_CASE("libevent: the program's event_base") {
    event_base *base = event_base_new();
    lcb_io_opt_t io = create_on(LCB_IO_OPS_LIBEVENT, base);
    exercise(io, [&] { event_base_loop(base, EVLOOP_ONCE); });
    CHECK(lcb_destroy_io_ops(io) == LCB_SUCCESS);
    CHECK(event_base_loop(base, EVLOOP_NONBLOCK) == 1);  // no events left
    event_base_free(base);
}
