// SPDX-License-Identifier: Apache-2.0
//
// Rules 14 and 16: running, stopping, and the end of a table.
#include <cerrno>
#include <dirent.h>
#include <unistd.h>

#include "fixture.hpp"

namespace tenon::conformance {
namespace {

constexpr short kRead = TENON_IO_READ;

void nothing_active(Context &c) {
    c.step("run_event_loop to return: there is nothing");
    c.loop.run();
    const Pair pipe = make_pipe();
    Watch watch(c.loop);
    Timer timer(c.loop);
    c.step("run_event_loop to return: handles were made, none is active");
    c.loop.run();
    put(pipe.b, "x");
    watch.set(pipe.a, kRead, [&](short) { watch.remove(); });
    c.step("run_event_loop to return: the last watch was deleted in its callback");
    c.loop.run();
    watch.set(pipe.a, kRead, [&](short) { watch.destroy(); });
    timer.arm(2000, [] {});
    c.step("run_event_loop to return: the last timer fired");
    c.loop.run();
    expect_equal("callbacks of the watch", 2, watch.calls());
    expect_equal("callbacks of the timer", 1, timer.calls());
    timer.arm(60'000'000, [] {});
    timer.remove();
    c.step("run_event_loop to return: the only timer was disarmed");
    c.loop.run();
}

void stop_ends_run(Context &c) {
    const Pair pipe = make_pipe();
    Watch idle(c.loop);
    idle.set(pipe.a, kRead, [](short) {});
    Timer timer(c.loop);
    timer.arm(1000, [&] { c.loop.stop(); });
    c.step("the run to end by stop, a watch being active");
    c.loop.run();
    put(pipe.b, "x");
    idle.set(pipe.a, kRead, [&](short) { c.loop.stop(); });
    c.step("a second run to serve what stayed active");
    c.loop.run();
    expect_equal("callbacks in the second run", 1, idle.calls());
}

void stop_is_not_remembered(Context &c) {
    tenon_io_ops *io = c.io();
    for (int i = 0; i < 3; ++i) io->stop_event_loop(io);
    Timer timer(c.loop);
    timer.arm(2000, [] {});
    c.step("a timer to fire although stop was called before the run");
    c.loop.run();
    expect_equal("firings of a timer after a stop outside the run", 1, timer.calls());
    timer.arm(0, [&] { c.loop.stop(), c.loop.stop(); });
    c.loop.run();
    timer.arm(2000, [] {});
    c.loop.run();
    expect_equal("firings after a run that was stopped twice", 3, timer.calls());
}

void no_nesting(Context &c) {
    tenon_io_ops *io = c.io();
    if (io->run_event_loop == nullptr && io->tick == nullptr) throw Skip{"run_event_loop and tick are null"};
    const Pair pipe = make_pipe();
    put(pipe.b, "x");
    Watch other(c.loop);
    Timer zero(c.loop);
    Timer timer(c.loop);
    bool inside = false;
    other.set(pipe.a, kRead, [&](short) { expect(!inside, "a nested run or tick runs nothing", "a watch's callback ran"); });
    timer.arm(1000, [&] {
        zero.arm(0, [&] { expect(!inside, "a nested run or tick runs nothing", "a timer fired"); });
        inside = true;
        if (io->run_event_loop != nullptr) {
            io->error = 0;
            io->run_event_loop(io);
            expect_equal("`error` after run_event_loop in a callback", EDEADLK, io->error);
        }
        if (io->tick != nullptr) {
            io->error = 0;
            expect_equal("tick in a callback", -1, io->tick(io));
            expect_equal("`error` after tick in a callback", EDEADLK, io->error);
        }
        inside = false;
        zero.arm(0, [&] { c.loop.stop(); });
    });
    c.step("the outer run to go on after a nested one");
    c.loop.run();
}

void tick_runs_what_is_ready(Context &c) {
    tenon_io_ops *io = c.io();
    if (io->tick == nullptr) throw Skip{"`tick` is null"};
    const Pair pipe = make_pipe();
    Watch watch(c.loop);
    Timer later(c.loop);
    watch.set(pipe.a, kRead, [&](short) { drain(pipe.a); });
    later.arm(60'000'000, [] {});
    const std::uint64_t start = c.loop.now();
    c.step("tick to return, nothing being ready");
    for (int i = 0; i < 100; ++i) expect_equal("tick", 0, io->tick(io));
    const std::uint64_t took = c.loop.now() - start;
    expect(took < 1'000'000, "100 ticks with nothing ready do not block", text(took, " us"));
    expect_equal("callbacks with nothing ready", 0, watch.calls());
    put(pipe.b, "x");
    for (int i = 0; i < 3; ++i) expect_equal("tick", 0, io->tick(io));
    expect_equal("callbacks for one message, in three ticks", 1, watch.calls());
    Timer timer(c.loop);
    timer.arm(0, [] {});
    for (int i = 0; i < 3; ++i) expect_equal("tick", 0, io->tick(io));
    expect_equal("firings of a 0 us timer in three ticks", 1, timer.calls());
    later.remove();
    watch.remove();
    expect_equal("tick with nothing active", 0, io->tick(io));
}

int open_descriptors() {
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    if (dir == nullptr) throw Skip{"/proc/self/fd is not there"};
    while (readdir(dir) != nullptr) ++count;
    closedir(dir);
    return count;
}

void tables_leave_nothing(Context &c) {
    const auto live = [&c] {
        const Pair pipe = make_pipe();
        put(pipe.b, "x");
        Loop loop(c.subject);
        {
            Watch watch(loop);
            Timer timer(loop);
            watch.set(pipe.a, kRead, [&](short) { drain(pipe.a), timer.arm(0, [&] { loop.stop(); }); });
            loop.run();
            timer.arm(60'000'000, [] {});
        }
        loop.finish();
    };
    live();
    const int before = open_descriptors();
    for (int i = 0; i < 10; ++i) live();
    expect_equal("open descriptors after ten tables came and went", before, open_descriptors());
}

void handles_of_an_unused_table(Context &c) {
    // A table may go without ever having run, with handles made and undone.
    for (int i = 0; i < 3; ++i) {
        Loop loop(c.subject);
        const Pair pipe = make_pipe();
        {
            Watch watch(loop);
            Timer timer(loop);
            watch.set(pipe.a, kRead, [](short) {});
            timer.arm(1000, [] {});
        }
        loop.finish();
    }
}

}  // namespace

std::vector<Check> loop_checks() {
    return {
        {14, 1, "the run ends when nothing is active", nothing_active, For::kOwnLoop},
        {14, 2, "stop ends the run, what is active stays", stop_ends_run},
        {14, 3, "a stop outside is not remembered", stop_is_not_remembered, For::kOwnLoop},
        {14, 4, "run and tick in a callback: EDEADLK", no_nesting},
        {14, 5, "tick runs what is ready, never blocks", tick_runs_what_is_ready, For::kOwnLoop},
        {16, 1, "tables leave no descriptor behind", tables_leave_nothing},
        {16, 2, "a table that never ran", handles_of_an_unused_table},
    };
}

}  // namespace tenon::conformance
