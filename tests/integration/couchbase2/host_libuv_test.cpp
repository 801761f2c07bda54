// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <libcouchbase/libuv_io_opts.h>

#include "host_loop.hpp"

using namespace tenon::test;

TEST_CASE("libuv: the program's uv_loop_t, in the options struct of libcouchbase 2") {
    uv_loop_t loop;
    REQUIRE(uv_loop_init(&loop) == 0);
    lcbuv_options_t options{};
    options.v.v0.loop = &loop;
    lcb_io_opt_t io = nullptr;

    SUBCASE("lcb_wait runs it") {
        io = create_on(LCB_IO_OPS_LIBUV, &options);
        exercise(io, [&] { uv_run(&loop, UV_RUN_ONCE); });
    }
    SUBCASE("only the program runs it") {
        options.v.v0.startsop_noop = 1;
        io = create_on(LCB_IO_OPS_LIBUV, &options);
        const DevclusterChild cluster({});
        Instance instance(cluster.management(), "default", {}, io);
        REQUIRE(lcb_connect(instance) == LCB_SUCCESS);
        CHECK(lcb_wait(instance) == LCB_CLIENT_ETMPFAIL);  // it returns at once, without a map
        CHECK(instance.configurations().empty());
        for (int turns = 0; turns < 10'000 && instance.configurations().empty(); ++turns) uv_run(&loop, UV_RUN_ONCE);
        REQUIRE(instance.configurations().size() == 1);
        Outcome outcome;
        REQUIRE(instance.store(LCB_SET, "key", "value", outcome) == LCB_SUCCESS);
        for (int turns = 0; turns < 10'000 && outcome.calls == 0; ++turns) uv_run(&loop, UV_RUN_ONCE);
        CHECK(outcome.error == LCB_SUCCESS);
    }
    CHECK(lcb_destroy_io_ops(io) == LCB_SUCCESS);
    uv_run(&loop, UV_RUN_DEFAULT);  // libuv closes handles in the loop's next turn
    CHECK(uv_loop_close(&loop) == 0);
}
