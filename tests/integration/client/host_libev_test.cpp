// SPDX-License-Identifier: Apache-2.0
#include <tenon/libev.hpp>
#ifdef EV_VERSION_MAJOR
#error "<tenon/libev.hpp> drags libev in"
#endif
#include <ev.h>

#include "host_loop.hpp"

TEST_CASE("a client on the program's ev_loop, which nothing is left in afterwards") {
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    {
        const tenon::io io = tenon::on_libev(loop);
        tenon::test::exercise(io, [&] { ev_run(loop, EVRUN_ONCE); });
    }
    CHECK(ev_run(loop, EVRUN_NOWAIT) == 0);
    ev_loop_destroy(loop);
}
