// SPDX-License-Identifier: Apache-2.0
// A client on the program's own libevent base. Usage: inject_libevent [HOST:PORT [BUCKET]]
#include <iostream>

#include <event2/event.h>
#include <tenon/tenon.hpp>

int main(int argc, char **argv) {
    event_base *base = event_base_new();
    bool done = false;
    {
        const tenon::io io = tenon::io::load("libevent", base);
        tenon::Options options;
        options.hosts = {argc > 1 ? argv[1] : "127.0.0.1:8091"};
        options.bucket = argc > 2 ? argv[2] : "default";
        tenon::Client client(io, options);

        client.connect();  // operations wait for the first map, or fail with the reason there is none
        client.set("greeting", "hello from libevent", [&](const tenon::Reply &reply) {
            done = !reply.error;
            std::cout << (done ? "stored on " : "failed: ") << (done ? reply.server : reply.detail) << '\n';
            event_base_loopbreak(base);
        });
        event_base_dispatch(base);  // the program's loop, run by the program
    }
    event_base_free(base);
    return done ? 0 : 1;
}
