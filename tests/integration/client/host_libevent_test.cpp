// SPDX-License-Identifier: Apache-2.0
#include <tenon/libevent.hpp>
#ifdef EVENT2_EVENT_H_INCLUDED_
#error "<tenon/libevent.hpp> drags libevent in"
#endif
#include <event2/event.h>

#include "host_loop.hpp"

TEST_CASE("a client on the program's event_base, which nothing is left in afterwards") {
    event_base *base = event_base_new();
    {
        const tenon::io io = tenon::on_libevent(base);
        tenon::test::exercise(io, [&] { event_base_loop(base, EVLOOP_ONCE); });
    }
    CHECK(event_base_loop(base, EVLOOP_NONBLOCK) == 1);  // no events left
    event_base_free(base);
}
