// SPDX-License-Identifier: Apache-2.0
//
// A main loop inside one of the table's callbacks, as a dialog runs it.
#include <cstdint>

#include <time.h>
#include <unistd.h>

#include <doctest/doctest.h>
#include <glib.h>

#include <tenon/io.h>

namespace {

struct Program {
    tenon_io_ops *io = nullptr;
    void *watch = nullptr;
    void *timer = nullptr;

    GMainLoop *inner = nullptr;
    int inner_ticks = 0;
    bool inside = false;
    int entered_while_inside = 0;
    int readable = 0;
    bool timer_fired = false;
};

gboolean tick(gpointer arg) {
    Program &program = *static_cast<Program *>(arg);
    if (++program.inner_ticks < 10) return G_SOURCE_CONTINUE;
    g_main_loop_quit(program.inner);
    return G_SOURCE_REMOVE;
}

void on_readable(int, short, void *arg) {
    Program &program = *static_cast<Program *>(arg);
    if (program.inside) ++program.entered_while_inside;
    if (++program.readable > 1) return;  // the byte stays unread: readable for ever
    program.io->update_timer(program.io, program.timer, 0, &program, [](int, short, void *same) {
        Program &owner = *static_cast<Program *>(same);
        if (owner.inside) ++owner.entered_while_inside;
        owner.timer_fired = true;
    });
    program.inside = true;
    g_timeout_add(5, tick, &program);
    g_main_loop_run(program.inner);
    program.inside = false;
}

/// CPU time of this thread in µs.
std::int64_t cpu_usec() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000;
}

}  // namespace

TEST_CASE("glib: a main loop inside a callback serves the program, and the table after it") {
    tenon_io_options options{};
    options.find = TENON_IO_NAME;
    options.name = "glib";
    options.cookie = g_main_context_default();
    Program program;
    const int created = tenon_create_io_ops(&program.io, &options);
    CAPTURE(tenon_io_error_message());
    REQUIRE(created == TENON_IO_OK);
    program.inner = g_main_loop_new(nullptr, FALSE);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    REQUIRE(write(ends[1], "x", 1) == 1);
    program.watch = program.io->create_event(program.io);
    program.timer = program.io->create_timer(program.io);
    REQUIRE(program.io->update_event(program.io, ends[0], program.watch, TENON_IO_READ, &program, on_readable) == 0);

    const std::int64_t before = cpu_usec();
    while (program.inner_ticks < 10) g_main_context_iteration(nullptr, TRUE);
    CHECK(cpu_usec() - before < 40'000);  // the inner loop, of 50 ms, was not kept awake by the byte
    CHECK(program.entered_while_inside == 0);
    for (int i = 0; i < 100 && (program.readable < 3 || !program.timer_fired); ++i) g_main_context_iteration(nullptr, TRUE);
    CHECK(program.readable >= 3);
    CHECK(program.timer_fired);

    program.io->delete_event(program.io, ends[0], program.watch);
    program.io->destroy_event(program.io, program.watch);
    program.io->destroy_timer(program.io, program.timer);
    tenon_destroy_io_ops(program.io);
    g_main_loop_unref(program.inner);
    close(ends[0]);
    close(ends[1]);
}
