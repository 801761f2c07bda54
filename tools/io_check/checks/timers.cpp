// SPDX-License-Identifier: Apache-2.0
//
// Rule 7: timers. Every firing of every check is also watched by the fixture: once, socket -1, flags 0, never early.
#include <algorithm>
#include <chrono>
#include <deque>
#include <random>
#include <sys/resource.h>
#include <thread>

#include "fixture.hpp"

namespace tenon::conformance {
namespace {

constexpr std::int64_t kLate = 2000;   // µs a timer may be late on an idle loop
constexpr std::int64_t kOrder = 5000;  // µs within which many timers may overtake each other: loops count milliseconds

/// How late a timer of `usec`, armed outside the loop, fires.
std::int64_t lateness(Context &c, std::uint32_t usec) {
    Timer timer(c.loop);
    const std::uint64_t due = c.loop.now() + usec;
    std::uint64_t fired = 0;
    timer.arm(usec, [&] { fired = c.loop.now(), c.loop.stop(); });
    c.step(text("a timer of ", usec, " us"));
    c.loop.run();
    return static_cast<std::int64_t>(fired - due);
}

/// How late this machine lets a plain wait of `usec` end at best: on a busy one that is no fault of the plugin's.
std::int64_t machine_lateness(Context &c, std::uint32_t usec) {
    constexpr std::int64_t kPrompt = 100;
    return best_of(10, kPrompt, [&] {
        const std::uint64_t due = c.loop.now() + usec;
        std::this_thread::sleep_for(std::chrono::microseconds(usec));
        return static_cast<std::int64_t>(c.loop.now() - due);
    });
}

/// Expects the best of many `measure`s to be at most 2 ms. On a busy machine the first few may all be late: then it asks for
/// a better place in the queue (which it may not get), allows what the machine itself adds, and tries for longer.
template <class F>
void expect_prompt(Context &c, const std::string &what, std::uint32_t usec, F measure) {
    const std::int64_t best = best_of(20, kLate, measure);
    if (best <= kLate) return;
    setpriority(PRIO_PROCESS, 0, -19);
    const std::int64_t limit = kLate + machine_lateness(c, usec);
    const std::int64_t again = best_of(100, limit, measure);
    expect(again <= limit, text(what, " fires at most 2 ms late, best of 120"), text(std::min(best, again), " us late"));
}

void one_shot(Context &c) {
    Timer timer(c.loop);
    timer.arm(1000, [] {});
    c.loop.run_for(20);
    expect_equal("callbacks of one timer", 1, timer.calls());
    if (c.loop.hosted()) return;
    c.step("run_event_loop to return: the timer has fired");
    c.loop.run();
}

void never_early_seldom_late(Context &c) {
    for (const std::uint32_t usec : {1U, 500U, 999U, 1000U, 1001U, 1500U, 2999U, 7777U, 20001U})
        expect_prompt(c, text("a timer of ", usec, " us"), usec, [&] { return lateness(c, usec); });
}

void from_a_callback(Context &c) {
    for (const std::uint32_t usec : {300U, 1200U, 5000U})
        expect_prompt(c, text("a timer of ", usec, " us armed in a callback"), usec, [&] {
            Timer outer(c.loop);
            Timer inner(c.loop);
            std::uint64_t due = 0;
            std::uint64_t fired = 0;
            outer.arm(500, [&] {
                due = c.loop.now() + usec;
                inner.arm(usec, [&] { fired = c.loop.now(), c.loop.stop(); });
            });
            c.loop.run();
            return static_cast<std::int64_t>(fired - due);
        });
}

void disarmed(Context &c) {
    Timer timer(c.loop);
    timer.remove();  // not armed: nothing happens
    timer.arm(2000, [] {});
    timer.remove();
    c.loop.run_for(10);
    expect_equal("callbacks of a disarmed timer", 0, timer.calls());
    timer.arm(1000, [&] { c.loop.stop(); });
    c.step("a timer armed again after delete_timer");
    c.loop.run();
}

void armed_anew(Context &c) {
    Timer timer(c.loop);
    Timer bound(c.loop);
    timer.arm(2000, [] {});
    timer.arm(30'000, [&] { c.loop.stop(); });  // the fixture's due time is the new one
    c.step("a timer moved from 2 ms to 30 ms");
    c.loop.run();
    expect_equal("callbacks of a timer armed twice", 1, timer.calls());
    timer.arm(60'000'000, [] {});
    timer.arm(2000, [&] { c.loop.stop(); });
    c.step("a timer moved from a minute to 2 ms");
    c.loop.run();
    expect_equal("callbacks", 2, timer.calls());
    c.loop.run_for(5);
    expect_equal("callbacks after the last", 2, timer.calls());
}

void rearmed_by_itself(Context &c) {
    Timer timer(c.loop);
    std::function<void()> again = [&] {
        if (timer.calls() == 10)
            c.loop.stop();
        else
            timer.arm(1000, again);
    };
    timer.arm(1000, again);
    c.step("ten firings of a timer that arms itself");
    c.loop.run();
    c.loop.run_for(5);
    expect_equal("callbacks", 10, timer.calls());
}

void deleted_by_another(Context &c) {
    Timer x(c.loop);
    Timer y(c.loop);
    x.arm(1000, [&] { y.remove(); });
    y.arm(1000, [&] { x.remove(); });
    c.loop.run_for(10);
    expect_equal("firings of two due timers that disarm each other", 1, x.calls() + y.calls());
}

/// 5,000 timers, every fifth deleted; by how much one overtook another that was due before it, µs. Not counting the time
/// it took to arm them, in which the loop stood still.
std::int64_t worst_overtaking(Context &c) {
    struct Slot {
        std::uint64_t before = 0;  // due at the earliest …
        std::uint64_t after = 0;   // … and at the latest: arming took a moment
    };
    constexpr int kCount = 5000;
    constexpr int kEveryDeleted = 5;
    std::mt19937 random(20);
    std::deque<Timer> timers;
    std::vector<Slot> slots(kCount);
    std::vector<int> order;
    order.reserve(kCount);
    const std::uint64_t start = c.loop.now();
    for (int i = 0; i < kCount; ++i) {
        const std::uint32_t usec = 20'000 + static_cast<std::uint32_t>(random() % 80'000);
        Slot &slot = slots[static_cast<std::size_t>(i)];
        timers.emplace_back(c.loop);
        slot.before = c.loop.now() + usec;
        timers.back().arm(usec, [&order, i] { order.push_back(i); });
        slot.after = c.loop.now() + usec;
    }
    for (int i = 0; i < kCount; i += kEveryDeleted) timers[static_cast<std::size_t>(i)].remove();
    const std::uint64_t stood = c.loop.now() - start;
    constexpr std::size_t kLeft = kCount - kCount / kEveryDeleted;
    Timer poll(c.loop);
    std::function<void()> look = [&] {
        if (order.size() == kLeft)
            c.loop.stop();
        else
            poll.arm(5000, look);
    };
    poll.arm(5000, look);
    c.step("5,000 timers, every fifth deleted");
    c.loop.run();
    std::uint64_t latest = 0;
    std::int64_t worst = 0;
    for (const int i : order) {
        const Slot &slot = slots[static_cast<std::size_t>(i)];
        if (latest > slot.after + stood) worst = std::max(worst, static_cast<std::int64_t>(latest - slot.after - stood));
        latest = std::max(latest, slot.before);
    }
    return worst;
}

void many_in_order(Context &c) {
    const std::int64_t worst = best_of(5, kOrder, [&] { return worst_overtaking(c); });
    expect(worst <= kOrder, "5,000 timers fire in the order they are due, within 5 ms, best of 5",
           text("one fired after another that was due ", worst, " us later"));
}

void long_timers(Context &c) {
    Timer longest(c.loop);
    Timer over_int(c.loop);
    longest.arm(0xffffffffU, [] {});
    over_int.arm(0x80000000U, [] {});  // the fixture fails an early one
    c.loop.run_for(20);
    expect_equal("callbacks of timers of 36 and 71 minutes", 0, longest.calls() + over_int.calls());
    longest.arm(1000, [&] { c.loop.stop(); });
    c.step("a timer of 71 minutes, armed anew with 1 ms");
    c.loop.run();
}

constexpr unsigned kBlockMsec = 300;
constexpr std::uint32_t kStaleUsec = 50'000;
constexpr std::int64_t kStaleLate = 20'000;

void stale_time_in_a_callback(Context &c) {
    const std::int64_t late = best_of(4, kStaleLate, [&] {
        const Pair first = make_pipe();
        const Pair second = make_pipe();
        Watch watch_first(c.loop);
        Watch watch_second(c.loop);
        Timer timer(c.loop);
        std::uint64_t due = 0;
        std::uint64_t fired = 0;
        watch_second.set(second.a, TENON_IO_READ, [&](short) { drain(second.a); });
        watch_first.set(first.a, TENON_IO_READ, [&](short) {
            drain(first.a);
            sleep_msec(kBlockMsec / 2);
            put(second.b, "x");  // becomes ready while the thread is busy
            sleep_msec(kBlockMsec / 2);
            due = c.loop.now() + kStaleUsec;
            timer.arm(kStaleUsec, [&] { fired = c.loop.now(), c.loop.stop(); });
        });
        put(first.b, "x");
        c.step("50 ms, armed after 300 ms of blocking in a callback");
        c.loop.run();
        return static_cast<std::int64_t>(fired - due);
    });
    expect(late <= kStaleLate, "50 ms after 300 ms of blocking fire 50 ms later", text(late, " us late"));
}

void stale_time_outside(Context &c) {
    const std::int64_t late = best_of(4, kStaleLate, [&] {
        const Pair pipe = make_pipe();
        Watch watch(c.loop);
        watch.set(pipe.a, TENON_IO_READ, [&](short) { drain(pipe.a); });
        c.loop.turn(2);
        sleep_msec(kBlockMsec / 2);
        put(pipe.b, "x");
        sleep_msec(kBlockMsec / 2);
        return lateness(c, kStaleUsec);
    });
    expect(late <= kStaleLate, "50 ms armed between two runs, 300 ms apart, fire 50 ms later", text(late, " us late"));
}

void stale_time_in_a_timer(Context &c) {
    // The host of the time is a timer here: loops cache it once for all timers of a turn.
    const std::int64_t late = best_of(4, kStaleLate, [&] {
        Timer busy(c.loop);
        Timer timer(c.loop);
        std::uint64_t due = 0;
        std::uint64_t fired = 0;
        busy.arm(1000, [&] {
            sleep_msec(kBlockMsec);
            due = c.loop.now() + kStaleUsec;
            timer.arm(kStaleUsec, [&] { fired = c.loop.now(), c.loop.stop(); });
        });
        c.loop.run();
        return static_cast<std::int64_t>(fired - due);
    });
    expect(late <= kStaleLate, "50 ms armed in a timer that blocked 300 ms fire 50 ms later", text(late, " us late"));
}

void clock_never_decreases(Context &c) {
    if (c.io()->now == nullptr) throw Skip{"`now` is null"};
    std::uint64_t last = c.loop.now();
    const std::uint64_t start = last;
    for (int i = 0; i < 10'000; ++i) {
        const std::uint64_t next = c.loop.now();
        expect(next >= last, "`now` never decreases", text("it went back by ", last - next, " us"));
        last = next;
    }
    sleep_msec(20);
    const std::uint64_t slept = c.loop.now() - start;
    expect(slept >= 20'000, "`now` goes on while the loop does not turn", text(slept, " us in 20 ms"));
}

}  // namespace

std::vector<Check> timer_checks() {
    return {
        {7, 1, "one-shot timers", one_shot},
        {7, 2, "never early, at most 2 ms late", never_early_seldom_late},
        {7, 3, "armed in a callback, as exact", from_a_callback},
        {7, 4, "delete_timer disarms", disarmed},
        {7, 5, "update_timer of an armed timer replaces", armed_anew},
        {7, 6, "re-armed in its own callback", rearmed_by_itself},
        {7, 7, "deleted in another's callback", deleted_by_another},
        {7, 8, "5,000 timers fire in order", many_in_order},
        {7, 9, "timers of 36 and 71 minutes", long_timers},
        {7, 10, "stale loop time, armed in a watch's callback", stale_time_in_a_callback},
        {7, 11, "stale loop time, armed between runs", stale_time_outside},
        {7, 12, "stale loop time, armed in a timer's callback", stale_time_in_a_timer},
        {7, 13, "`now` is monotonic and not cached", clock_never_decreases},
    };
}

}  // namespace tenon::conformance
