// SPDX-License-Identifier: Apache-2.0
#include "post_queue.hpp"

#include <thread>
#include <vector>

#include <poll.h>

#include <doctest/doctest.h>

using tenon::ops::PostQueue;

namespace {

bool readable(const PostQueue &queue) {
    pollfd state{queue.descriptor(), POLLIN, 0};
    return ::poll(&state, 1, 0) == 1;
}

}  // namespace

TEST_CASE("posted calls come in order, and readiness with them") {
    PostQueue queue;
    REQUIRE(queue.open());
    CHECK_FALSE(readable(queue));
    int marks[3] = {};
    for (int &mark : marks) REQUIRE(queue.post([](void *m) { ++*static_cast<int *>(m); }, &mark) == 0);
    CHECK(readable(queue));
    const auto &calls = queue.take();
    REQUIRE(calls.size() == 3);
    for (int i = 0; i < 3; ++i) CHECK(calls[static_cast<std::size_t>(i)].arg == &marks[i]);
    CHECK_FALSE(readable(queue));
    CHECK(queue.take().empty());
}

TEST_CASE("two threads post while a third takes: nothing is lost, each thread's order is kept") {
    PostQueue queue;
    REQUIRE(queue.open());
    constexpr int kEach = 5000;
    std::vector<int> numbers(2 * kEach);
    for (int i = 0; i < 2 * kEach; ++i) numbers[static_cast<std::size_t>(i)] = i;
    const auto post_half = [&](int from) {
        for (int i = from; i < from + kEach; ++i) queue.post(nullptr, &numbers[static_cast<std::size_t>(i)]);
    };
    std::thread a(post_half, 0);
    std::thread b(post_half, kEach);
    int last[2] = {-1, kEach - 1};
    int taken = 0;
    bool ordered = true;
    while (taken < 2 * kEach) {
        pollfd state{queue.descriptor(), POLLIN, 0};
        REQUIRE(::poll(&state, 1, 10'000) == 1);
        for (const PostQueue::Call &call : queue.take()) {
            const int number = *static_cast<int *>(call.arg);
            int &before = last[number / kEach];
            ordered = ordered && number == before + 1;
            before = number;
            ++taken;
        }
    }
    a.join();
    b.join();
    CHECK(ordered);
    CHECK(taken == 2 * kEach);
}
