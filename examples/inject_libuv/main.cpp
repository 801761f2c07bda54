// SPDX-License-Identifier: Apache-2.0
// A client on the program's own libuv loop. Usage: inject_libuv [HOST:PORT [BUCKET]]
#include <iostream>

#include <tenon/tenon.hpp>
#include <uv.h>

int main(int argc, char **argv) {
    uv_loop_t loop;
    uv_loop_init(&loop);
    bool done = false;
    {
        const tenon::io io = tenon::io::load("libuv", &loop);
        tenon::Options options;
        options.hosts = {argc > 1 ? argv[1] : "127.0.0.1:8091"};
        options.bucket = argc > 2 ? argv[2] : "default";
        tenon::Client client(io, options);

        client.connect();  // operations wait for the first map, or fail with the reason there is none
        client.set("greeting", "hello from libuv", [&](const tenon::Reply &reply) {
            done = !reply.error;
            std::cout << (done ? "stored on " : "failed: ") << (done ? reply.server : reply.detail) << '\n';
            uv_stop(&loop);
        });
        uv_run(&loop, UV_RUN_DEFAULT);  // the program's loop, run by the program
    }
    uv_run(&loop, UV_RUN_DEFAULT);  // libuv closes handles in a turn of its own
    return uv_loop_close(&loop) == 0 && done ? 0 : 1;
}
