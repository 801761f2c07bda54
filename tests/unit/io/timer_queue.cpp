// SPDX-License-Identifier: Apache-2.0
#include "timer_queue.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <random>
#include <vector>

#include <doctest/doctest.h>

using tenon::ops::TimerNode;
using tenon::ops::TimerQueue;

namespace {

std::vector<TimerNode *> round(TimerQueue &queue, std::uint64_t now) {
    std::vector<TimerNode *> fired;
    queue.begin_round(now);
    while (TimerNode *timer = queue.next_in_round()) fired.push_back(timer);
    return fired;
}

}  // namespace

TEST_CASE("timers fire in the order they are due, and at equal times as they were armed") {
    TimerQueue queue;
    TimerNode a;
    TimerNode b;
    TimerNode c;
    TimerNode d;
    for (int i = 0; i < 4; ++i) queue.add_timer();
    queue.arm_at(a, 30);
    queue.arm_at(b, 10);
    queue.arm_at(c, 10);
    queue.arm_at(d, 20);
    CHECK(queue.next_due() == 10);
    CHECK(round(queue, 9).empty());
    CHECK(round(queue, 20) == std::vector{&b, &c, &d});
    CHECK_FALSE(b.armed());
    CHECK(a.armed());
    CHECK(round(queue, 1000) == std::vector{&a});
    CHECK(queue.empty());
}

TEST_CASE("what is armed during a round waits for the next one") {
    TimerQueue queue;
    TimerNode immediate;
    TimerNode timed;
    TimerNode late;
    for (int i = 0; i < 3; ++i) queue.add_timer();
    queue.arm_immediate(immediate);
    queue.arm_at(timed, 5);
    queue.arm_at(late, 7);
    queue.begin_round(10);
    CHECK(queue.next_in_round() == &immediate);
    queue.arm_immediate(immediate);  // as its own callback does
    CHECK(queue.next_in_round() == &timed);
    queue.arm_at(timed, 10);  // due already
    CHECK(queue.next_in_round() == &late);
    CHECK(queue.next_in_round() == nullptr);
    CHECK(round(queue, 10) == std::vector{&immediate, &timed});
    CHECK(queue.empty());
}

TEST_CASE("a timer deleted in the round it is due in does not fire") {
    TimerQueue queue;
    TimerNode a;
    TimerNode b;
    TimerNode c;
    for (int i = 0; i < 3; ++i) queue.add_timer();
    queue.arm_immediate(a);
    queue.arm_immediate(b);
    queue.arm_at(c, 1);
    queue.begin_round(2);
    CHECK(queue.next_in_round() == &a);
    queue.disarm(b);
    queue.disarm(c);
    queue.disarm(c);
    CHECK(queue.next_in_round() == nullptr);
    CHECK(queue.empty());
}

TEST_CASE("a round left early goes on in the next") {
    TimerQueue queue;
    TimerNode a;
    TimerNode b;
    queue.add_timer();
    queue.add_timer();
    queue.arm_immediate(a);
    queue.arm_immediate(b);
    queue.begin_round(0);
    CHECK(queue.next_in_round() == &a);
    CHECK(queue.has_immediate());
    queue.arm_immediate(a);
    CHECK(round(queue, 0) == std::vector{&b, &a});
}

TEST_CASE("a random history fires what a plain list says") {
    std::mt19937 random(20240611);
    TimerQueue queue;
    std::deque<TimerNode> timers(200);
    std::vector<std::uint64_t> due(timers.size(), 0);  // 0: not armed
    for (std::size_t i = 0; i < timers.size(); ++i) queue.add_timer();
    std::uint64_t now = 1;
    for (int step = 0; step < 20000; ++step) {
        const std::size_t i = random() % timers.size();
        switch (random() % 4) {
        case 0:
        case 1:
            due[i] = now + 1 + random() % 500;
            queue.arm_at(timers[i], due[i]);
            break;
        case 2:
            due[i] = 0;
            queue.disarm(timers[i]);
            break;
        default: {
            now += random() % 20;
            std::uint64_t last = 0;
            for (TimerNode *fired : round(queue, now)) {
                const auto index = static_cast<std::size_t>(
                    std::find_if(timers.begin(), timers.end(), [&](const TimerNode &t) { return &t == fired; }) -
                    timers.begin());
                REQUIRE(due[index] != 0);
                REQUIRE(due[index] <= now);
                REQUIRE(due[index] >= last);
                last = due[index];
                due[index] = 0;
            }
            for (const std::uint64_t d : due) REQUIRE((d == 0 || d > now));
        }
        }
        for (std::size_t t = 0; t < timers.size(); ++t) REQUIRE(timers[t].armed() == (due[t] != 0));
    }
}
