// SPDX-License-Identifier: Apache-2.0
// A client on the program's own libev loop. Usage: inject_libev [HOST:PORT [BUCKET]]
#include <iostream>

#include <ev.h>
#include <tenon/tenon.hpp>

int main(int argc, char **argv) {
    struct ev_loop *loop = ev_default_loop(0);
    bool done = false;
    {
        const tenon::io io = tenon::io::load("libev", loop);
        tenon::Options options;
        options.hosts = {argc > 1 ? argv[1] : "127.0.0.1:8091"};
        options.bucket = argc > 2 ? argv[2] : "default";
        tenon::Client client(io, options);

        client.connect();  // operations wait for the first map, or fail with the reason there is none
        client.set("greeting", "hello from libev", [&](const tenon::Reply &reply) {
            done = !reply.error;
            std::cout << (done ? "stored on " : "failed: ") << (done ? reply.server : reply.detail) << '\n';
            ev_break(loop, EVBREAK_ALL);
        });
        ev_run(loop, 0);  // the program's loop, run by the program
    }
    ev_loop_destroy(loop);
    return done ? 0 : 1;
}
