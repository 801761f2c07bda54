// SPDX-License-Identifier: Apache-2.0
//
// Rule 8: timers of 0 µs, which the engine flushes with.
#include "fixture.hpp"

namespace tenon::conformance {
namespace {

constexpr short kRead = TENON_IO_READ;

void after_the_callback(Context &c) {
    constexpr std::int64_t kPrompt = 2000;
    const std::int64_t late = best_of(100, kPrompt, [&] {
        const Pair pipe = make_pipe();
        Watch watch(c.loop);
        Timer zero(c.loop);
        std::uint64_t armed = 0;
        std::uint64_t fired = 0;
        bool returned = false;
        watch.set(pipe.a, kRead, [&](short) {
            drain(pipe.a);
            armed = c.loop.now();
            zero.arm(0, [&] {
                expect(returned, "a 0 us timer fires after the running callback returned", "inside it");
                fired = c.loop.now();
                c.loop.stop();
            });
            returned = true;
        });
        put(pipe.b, "x");
        c.step("a 0 us timer armed in a callback, nothing else being ready");
        c.loop.run();
        return static_cast<std::int64_t>(fired - armed);
    });
    expect(late <= kPrompt, "a 0 us timer fires before the loop blocks, best of 100", text("after ", late, " us"));
}

void before_the_next_wait(Context &c) {
    if (!c.subject.count_calls) throw Skip{"system calls are not counted here"};
    const Pair pipe = make_pipe();
    Watch watch(c.loop);
    Timer zero(c.loop);
    Timer later(c.loop);
    later.arm(10'000'000, [] {});
    constexpr int kRounds = 20;
    long waits = 0;
    int rounds = 0;
    watch.set(pipe.a, kRead, [&](short) {
        drain(pipe.a);
        const long before = c.subject.count_calls().waits;
        zero.arm(0, [&, before] {
            waits += c.subject.count_calls().waits - before;
            if (++rounds == kRounds) return c.loop.stop();
            put(pipe.b, "x");
        });
    });
    put(pipe.b, "x");
    c.step("20 rounds of a 0 us timer armed in a callback");
    c.loop.run();
    c.note(text("waits between arming 0 us and its firing: ", waits, " in ", kRounds));
    // A loop may look once, without blocking, on its way; with a host its own timer adds a few.
    expect(waits <= 2 * kRounds, "at most one look at the kernel, not blocking, before a 0 us timer fires",
           text(waits, " waits in ", kRounds, " rounds"));
}

void armed_outside(Context &c) {
    constexpr std::int64_t kPrompt = 2000;
    const std::int64_t late = best_of(100, kPrompt, [&] {
        Timer zero(c.loop);
        std::uint64_t fired = 0;
        const std::uint64_t armed = c.loop.now();
        zero.arm(0, [&] { fired = c.loop.now(), c.loop.stop(); });
        c.loop.run();
        return static_cast<std::int64_t>(fired - armed);
    });
    expect(late <= kPrompt, "a 0 us timer armed outside fires at once in the next run, best of 100", text("after ", late, " us"));
}

void does_not_block(Context &c) {
    const Pair idle = make_pipe();
    Watch watch(c.loop);
    watch.set(idle.a, kRead, [](short) {});
    constexpr int kTurns = 1000;
    constexpr std::int64_t kBound = 500'000;  // a turn that blocked its millisecond would take twice that
    const std::int64_t took = best_of(5, kBound, [&] {
        const std::uint64_t start = c.loop.now();
        c.loop.turn(kTurns);
        return static_cast<std::int64_t>(c.loop.now() - start);
    });
    expect(took <= kBound, "1,000 turns of a re-armed 0 us timer do not block", text(took, " us, best of 5"));
}

void serves_io(Context &c) {
    const Pair pair = unix_pair();
    Watch ping(c.loop);
    Watch pong(c.loop);
    Timer zero(c.loop);
    std::function<void()> again = [&] { zero.arm(0, again); };
    constexpr int kRounds = 500;
    ping.set(pair.a, kRead, [&](short) {
        drain(pair.a);
        if (ping.calls() == kRounds)
            c.loop.stop();
        else
            put(pair.a, "x");
    });
    pong.set(pair.b, kRead, [&](short) { drain(pair.b), put(pair.b, "x"); });
    zero.arm(0, again);
    put(pair.a, "x");
    c.step("500 round trips beside a 0 us timer that re-arms itself for ever");
    c.loop.run();
}

void one_firing_a_turn(Context &c) {
    // A socket that stays ready is served once a turn, the timer too: neither starves the other.
    const Pair pipe = make_pipe();
    put(pipe.b, "x");
    Watch ready(c.loop);
    Timer zero(c.loop);
    ready.set(pipe.a, kRead, [](short) {});
    constexpr int kFirings = 1000;
    std::function<void()> again = [&] {
        if (zero.calls() == kFirings)
            c.loop.stop();
        else
            zero.arm(0, again);
    };
    zero.arm(0, again);
    c.step("1,000 firings beside a socket that stays ready");
    c.loop.run();
    const int served = ready.calls();
    expect(served >= kFirings / 4, "a turn serves IO beside the 0 us timer", text(served, " callbacks in 1,000 firings"));
    expect(served <= kFirings * 4, "the 0 us timer fires in the following turn", text(served, " callbacks in 1,000 firings"));
}

}  // namespace

std::vector<Check> turn_checks() {
    return {
        {8, 1, "0 us fires after the running callback", after_the_callback},
        {8, 2, "0 us fires before the loop blocks", before_the_next_wait},
        {8, 3, "0 us armed outside the loop", armed_outside},
        {8, 4, "re-armed for ever, no turn blocks", does_not_block},
        {8, 5, "re-armed for ever, IO is served", serves_io},
        {8, 6, "re-armed, once a turn", one_firing_a_turn},
    };
}

}  // namespace tenon::conformance
