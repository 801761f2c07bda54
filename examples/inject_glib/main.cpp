// SPDX-License-Identifier: Apache-2.0
// A client on the program's own GLib main loop, beside a timer of the program's. Usage: inject_glib [HOST:PORT [BUCKET]]
#include <iostream>

#include <glib.h>
#include <tenon/tenon.hpp>

namespace {

struct Program {
    GMainContext *context = g_main_context_new();  // or g_main_context_default(), whose wakeup GLib never closes
    GMainLoop *loop = g_main_loop_new(context, FALSE);
    int looks = 0;
    bool answered = false;
    bool done = false;
};

// The program's own work: it looks every 10 ms whether there is an answer.
gboolean look(gpointer arg) {
    Program &program = *static_cast<Program *>(arg);
    ++program.looks;
    if (program.answered) g_main_loop_quit(program.loop);
    return program.answered ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

}  // namespace

int main(int argc, char **argv) {
    Program program;
    GSource *timer = g_timeout_source_new(10);
    g_source_set_callback(timer, look, &program, nullptr);
    g_source_attach(timer, program.context);
    g_source_unref(timer);
    {
        const tenon::io io = tenon::io::load("glib", program.context);
        tenon::Options options;
        options.hosts = {argc > 1 ? argv[1] : "127.0.0.1:8091"};
        options.bucket = argc > 2 ? argv[2] : "default";
        tenon::Client client(io, options);

        client.connect();  // operations wait for the first map, or fail with the reason there is none
        client.set("greeting", "hello from GLib", [&](const tenon::Reply &reply) {
            program.answered = true;
            program.done = !reply.error;
            std::cout << (program.done ? "stored on " : "failed: ") << (program.done ? reply.server : reply.detail) << '\n';
        });
        g_main_loop_run(program.loop);  // the program's loop, run by the program
    }
    g_main_loop_unref(program.loop);
    g_main_context_unref(program.context);
    std::cout << "seen at look " << program.looks << '\n';
    return program.done ? 0 : 1;
}
