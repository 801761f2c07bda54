// SPDX-License-Identifier: Apache-2.0
//
// Rules 9 and 10: what may happen inside a callback. The fixture fails any callback inside a contract call, and any of a
// deleted or destroyed handle, in every check; the ones here provoke it.
#include <deque>
#include <random>

#include "fixture.hpp"

namespace tenon::conformance {
namespace {

constexpr short kRead = TENON_IO_READ;
constexpr short kWrite = TENON_IO_WRITE;

void nothing_inside_calls(Context &c) {
    const Pair pair = unix_pair();
    put(pair.b, "x");
    Watch watch(c.loop);
    Watch second(c.loop);
    Timer zero(c.loop);
    const auto provoke = [&] {
        watch.set(pair.a, kRead | kWrite, [](short) {});
        second.set(pair.b, kWrite, [](short) {});
        zero.arm(0, [] {});
        zero.arm(0, [] {});
        second.remove();
        zero.remove();
        c.loop.call([&](tenon_io_ops *io) { io->send(io, pair.b, "x", 1, 0); });
        char byte = 0;
        c.loop.call([&](tenon_io_ops *io) { io->recv(io, pair.a, &byte, 1, 0); });
        if (!c.loop.hosted()) c.loop.call([](tenon_io_ops *io) { io->stop_event_loop(io); });
    };
    provoke();
    Timer later(c.loop);
    later.arm(1000, [&] { provoke(), later.arm(1000, [&] { c.loop.stop(); }); });
    c.loop.run();
}

void destroys_itself(Context &c) {
    const Pair pair = unix_pair();
    put(pair.b, "x");
    Watch watch(c.loop);
    Timer timer(c.loop);
    watch.set(pair.a, kRead | kWrite, [&](short) { watch.destroy(); });
    timer.arm(0, [&] { timer.destroy(); });
    c.loop.turn(3);
    c.loop.run_for(10);
    expect_equal("callbacks of a watch that destroys itself", 1, watch.calls());
    expect_equal("callbacks of a timer that destroys itself", 1, timer.calls());
}

/// Twelve ready watches; the first one called undoes all the others by `undo`.
void pending_watches(Context &c, void (Watch::*undo)()) {
    std::vector<Pair> pairs;
    std::deque<Watch> watches;
    for (int i = 0; i < 12; ++i) {
        pairs.push_back(unix_pair());
        put(pairs.back().b, "x");
        watches.emplace_back(c.loop);
    }
    int calls = 0;
    Timer end(c.loop);
    for (std::size_t i = 0; i < watches.size(); ++i)
        watches[i].set(pairs[i].a, kRead | kWrite, [&, i](short) {
            if (++calls > 1) return;
            end.arm(5000, [&] { c.loop.stop(); });
            for (std::size_t k = 0; k < watches.size(); ++k)
                if (k != i) (watches[k].*undo)();
        });
    c.step("one of twelve ready watches");
    c.loop.run();
    int called = 0;
    for (const Watch &watch : watches) called += watch.calls() != 0 ? 1 : 0;
    expect_equal("watches called, of twelve ready ones", 1, called);
}

void deletes_pending_watches(Context &c) { pending_watches(c, &Watch::remove); }
void destroys_pending_watches(Context &c) { pending_watches(c, &Watch::destroy); }

/// The same with timers that are all due.
void pending_timers(Context &c, void (Timer::*undo)()) {
    std::deque<Timer> timers;
    for (int i = 0; i < 12; ++i) timers.emplace_back(c.loop);
    int calls = 0;
    for (std::size_t i = 0; i < timers.size(); ++i)
        timers[i].arm(i % 2 == 0 ? 0 : 1000, [&, i] {
            ++calls;
            for (std::size_t k = 0; k < timers.size(); ++k)
                if (k != i) (timers[k].*undo)();
        });
    sleep_msec(3);
    c.loop.run_for(5);
    expect_equal("timers called, of twelve due ones", 1, calls);
}

void deletes_pending_timers(Context &c) { pending_timers(c, &Timer::remove); }
void destroys_pending_timers(Context &c) { pending_timers(c, &Timer::destroy); }

void watch_and_timer_destroy_each_other(Context &c) {
    const Pair pipe = make_pipe();
    put(pipe.b, "x");
    Watch watch(c.loop);
    Timer timer(c.loop);
    watch.set(pipe.a, kRead, [&](short) { timer.destroy(), watch.remove(); });
    timer.arm(0, [&] { watch.destroy(); });
    c.loop.run_for(5);
    expect_equal("callbacks of two that destroy each other", 1, watch.calls() + timer.calls());
}

void renewed_in_the_same_turn(Context &c) {
    // A pending watch is destroyed and a new one made for the same socket: allocators hand out the same address.
    const Pair x = unix_pair();
    const Pair y = unix_pair();
    put(x.b, "x");
    put(y.b, "x");
    Watch watch_x(c.loop);
    Watch watch_y(c.loop);
    std::deque<Watch> fresh;
    const auto renew = [&](Watch &old, int fd) {
        old.destroy();
        fresh.emplace_back(c.loop);
        fresh.back().set(fd, kWrite, [&](short which) {
            expect_equal("bits of the new watch, which asks for WRITE", kWrite, which);
            c.loop.stop();
        });
    };
    watch_x.set(x.a, kRead, [&](short) { watch_x.destroy(), renew(watch_y, y.a); });
    watch_y.set(y.a, kRead, [&](short) { watch_y.destroy(), renew(watch_x, x.a); });
    c.step("a watch made in the callback that destroyed another one for the same socket");
    c.loop.run();
}

void created_in_a_callback(Context &c) {
    const Pair pair = unix_pair();
    std::deque<Watch> watches;
    std::deque<Timer> timers;
    Timer first(c.loop);
    first.arm(0, [&] {
        watches.emplace_back(c.loop);
        watches.back().set(pair.a, kWrite, [&](short) {
            watches.back().remove();
            timers.emplace_back(c.loop);
            timers.back().arm(0, [&] { c.loop.stop(); });
        });
    });
    c.step("a watch made in a timer, and a timer made in that watch");
    c.loop.run();
}

void table_destroyed_by_watch(Context &c) {
    std::vector<Pair> pairs;
    std::deque<Watch> watches;
    Timer due(c.loop);
    for (int i = 0; i < 5; ++i) {
        pairs.push_back(unix_pair());
        put(pairs.back().b, "x");
        watches.emplace_back(c.loop);
    }
    bool gone = false;
    for (std::size_t i = 0; i < watches.size(); ++i)
        watches[i].set(pairs[i].a, kRead | kWrite, [&](short) {
            expect(!gone, "no callback after the table is gone", "one ran");
            gone = true;
            due.destroy();
            for (Watch &watch : watches) watch.destroy();
            c.loop.destroy_table();
            c.loop.stop();  // the host's run; ours ends with the table
        });
    due.arm(60'000'000, [] {});
    c.step("the run to end after a watch's callback destroyed the table");
    c.loop.run();
    expect(gone, "a callback destroyed the table", "none ran");
}

void table_destroyed_by_timer(Context &c) {
    const Pair pair = unix_pair();
    put(pair.b, "x");
    Watch watch(c.loop);
    Timer other(c.loop);
    Timer timer(c.loop);
    watch.set(pair.a, kRead, [&](short) {});
    other.arm(0, [] {});
    timer.arm(1000, [&] {
        watch.destroy();
        other.destroy();
        timer.destroy();
        c.loop.destroy_table();
        c.loop.stop();
    });
    c.step("the run to end after a timer's callback destroyed the table");
    c.loop.run();
}

void table_destroyed_by_post(Context &c) {
    if (c.io()->post == nullptr) throw Skip{"`post` is null"};
    struct State {
        Loop &loop;
        Timer timer;
        int left_over = 0;
    } state{c.loop, Timer(c.loop)};
    state.timer.arm(60'000'000, [] {});
    tenon_io_ops *io = c.io();
    expect_equal("post", 0, io->post(io, [](void *arg) {
        State &s = *static_cast<State *>(arg);
        s.timer.destroy();
        s.loop.destroy_table();
        s.loop.stop();
    }, &state));
    expect_equal("post", 0, io->post(io, [](void *arg) { ++static_cast<State *>(arg)->left_over; }, &state));
    c.step("the run to end after a posted function destroyed the table");
    c.loop.run();
    expect_equal("posted functions run after the table is gone", 0, state.left_over);
}

void churn(Context &c) {
    // A seeded history: whatever is called picks another handle and updates, deletes or destroys it; what is missing is
    // made anew. The fixture sees every callback that should not have been.
    constexpr int kSlots = 48;
    constexpr int kSteps = 20'000;
    std::mt19937 random(10);
    std::vector<Pair> pairs;
    std::vector<std::unique_ptr<Watch>> watches(kSlots);
    std::vector<std::unique_ptr<Timer>> timers(kSlots);
    std::vector<std::unique_ptr<Watch>> old_watches;
    std::vector<std::unique_ptr<Timer>> old_timers;
    for (int i = 0; i < kSlots; ++i) {
        pairs.push_back(unix_pair());
        put(pairs.back().b, "x");
    }
    int steps = 0;
    std::function<void()> act = [&] {
        if (++steps >= kSteps) return c.loop.stop();
        const std::size_t i = random() % kSlots;
        const short flags = std::vector<short>{kRead, kWrite, kRead | kWrite}[random() % 3];
        switch (random() % 8) {
        case 0: if (watches[i]) watches[i]->remove(); break;
        case 1: if (timers[i]) timers[i]->remove(); break;
        case 2:
            if (watches[i]) watches[i]->destroy();
            old_watches.push_back(std::move(watches[i]));
            break;
        case 3:
            if (timers[i]) timers[i]->destroy();
            old_timers.push_back(std::move(timers[i]));
            break;
        case 4:
        case 5:
            if (!timers[i]) timers[i] = std::make_unique<Timer>(c.loop);
            timers[i]->arm(random() % 3 * 100, act);
            break;
        default:
            if (!watches[i]) watches[i] = std::make_unique<Watch>(c.loop);
            watches[i]->set(pairs[i].a, flags, [&](short) { act(); });
        }
    };
    Timer motor(c.loop);  // goes on should the history end up with nothing watched
    std::function<void()> turn = [&] { act(), motor.arm(500, turn); };
    motor.arm(0, turn);
    c.step("20,000 steps of a random history");
    c.loop.run();
}

}  // namespace

std::vector<Check> callback_checks() {
    return {
        {9, 1, "no callback inside a contract call", nothing_inside_calls},
        {10, 1, "a handle destroys itself", destroys_itself},
        {10, 2, "a watch deletes pending watches", deletes_pending_watches},
        {10, 3, "a watch destroys pending watches", destroys_pending_watches},
        {10, 4, "a timer deletes due timers", deletes_pending_timers},
        {10, 5, "a timer destroys due timers", destroys_pending_timers},
        {10, 6, "a watch and a timer destroy each other", watch_and_timer_destroy_each_other},
        {10, 7, "a pending watch is replaced by a new one", renewed_in_the_same_turn},
        {10, 8, "handles are made in callbacks", created_in_a_callback},
        {10, 9, "a watch's callback destroys the table", table_destroyed_by_watch, For::kRevision1},
        {10, 10, "a timer's callback destroys the table", table_destroyed_by_timer, For::kRevision1},
        {10, 11, "a posted function destroys the table", table_destroyed_by_post},
        {10, 12, "a random history of handles", churn},
    };
}

}  // namespace tenon::conformance
