// SPDX-License-Identifier: Apache-2.0
// A client on the program's own sd-event loop, beside a timer of the program's. Usage: inject_sd_event [HOST:PORT [BUCKET]]
#include <iostream>

#include <systemd/sd-event.h>
#include <tenon/tenon.hpp>
#include <time.h>

namespace {

struct Program {
    sd_event *loop = nullptr;
    int looks = 0;
    bool answered = false;
    bool done = false;
};

// The program's own work: it looks every 10 ms whether there is an answer.
int look(sd_event_source *timer, std::uint64_t, void *arg) {
    Program &program = *static_cast<Program *>(arg);
    ++program.looks;
    if (program.answered) return sd_event_exit(program.loop, program.done ? 0 : 1);
    std::uint64_t now = 0;
    sd_event_now(program.loop, CLOCK_MONOTONIC, &now);
    sd_event_source_set_time(timer, now + 10'000);
    return sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

}  // namespace

int main(int argc, char **argv) {
    Program program;
    sd_event_default(&program.loop);
    sd_event_add_time(program.loop, nullptr, CLOCK_MONOTONIC, 0, 0, look, &program);
    int status = 1;
    {
        const tenon::io io = tenon::io::load("sd_event", program.loop);
        tenon::Options options;
        options.hosts = {argc > 1 ? argv[1] : "127.0.0.1:8091"};
        options.bucket = argc > 2 ? argv[2] : "default";
        tenon::Client client(io, options);

        client.connect();  // operations wait for the first map, or fail with the reason there is none
        client.set("greeting", "hello from sd-event", [&](const tenon::Reply &reply) {
            program.answered = true;
            program.done = !reply.error;
            std::cout << (program.done ? "stored on " : "failed: ") << (program.done ? reply.server : reply.detail) << '\n';
        });
        status = sd_event_loop(program.loop);  // the program's loop, run by the program
    }
    sd_event_unref(program.loop);
    std::cout << "seen at look " << program.looks << '\n';
    return status;
}
