// SPDX-License-Identifier: Apache-2.0
#include <tenon/libuv.hpp>
#ifdef UV_H
#error "<tenon/libuv.hpp> drags libuv in"
#endif
#include <uv.h>

#include "host_loop.hpp"

TEST_CASE("a client on the program's uv_loop_t, which can be closed afterwards") {
    uv_loop_t loop;
    REQUIRE(uv_loop_init(&loop) == 0);
    {
        const tenon::io io = tenon::on_libuv(&loop);
        tenon::test::exercise(io, [&] { uv_run(&loop, UV_RUN_ONCE); });
    }
    uv_run(&loop, UV_RUN_DEFAULT);  // libuv closes handles in the loop's next turn
    CHECK(uv_loop_close(&loop) == 0);
}
