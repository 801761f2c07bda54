// SPDX-License-Identifier: Apache-2.0
#include "client/deadline_queues.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <vector>

namespace {

using tenon::client::DeadlineQueues;
using tenon::client::Operation;
using tenon::client::OperationPool;

TEST_CASE("equal timeouts expire in the order they began") {
    OperationPool pool;
    DeadlineQueues queues(pool);
    Operation &a = pool.take();
    Operation &b = pool.take();
    queues.add(a, 100, 50);
    queues.add(b, 110, 50);
    CHECK(queues.first() == &a);
    CHECK(a.deadline == 150);
    queues.remove(a);
    CHECK(queues.first() == &b);
    queues.remove(b);
    CHECK(queues.first() == nullptr);
}

TEST_CASE("the first of all is found among many lengths of timeout, whatever is removed") {
    // A model decides: more lengths than queues, adds and removes at random, time going on.
    OperationPool pool;
    DeadlineQueues queues(pool);
    std::mt19937 random(1);
    std::multimap<std::uint64_t, Operation *> model;
    std::uint64_t now = 1'000;
    for (int step = 0; step < 20'000; ++step) {
        now += random() % 10;
        if (model.size() < 200 && random() % 2 == 0) {
            Operation &operation = pool.take();
            queues.add(operation, now, 1 + random() % 40 * 100);
            model.emplace(operation.deadline, &operation);
        } else if (!model.empty()) {
            auto victim = std::next(model.begin(), static_cast<long>(random() % model.size()));
            queues.remove(*victim->second);
            pool.put(*victim->second);
            model.erase(victim);
        }
        Operation *first = queues.first();
        REQUIRE((first == nullptr) == model.empty());
        if (first != nullptr) REQUIRE(first->deadline == model.begin()->first);
    }
}

TEST_CASE("what was scheduled in a long turn counts from the turn's end, what was before does not") {
    OperationPool pool;
    DeadlineQueues queues(pool);
    Operation &before = pool.take();
    Operation &during = pool.take();
    Operation &other = pool.take();
    queues.add(before, 99, 50);
    queues.add(during, 100, 50);
    queues.add(other, 100, 20);
    queues.rebase(100, 500);
    CHECK(before.deadline == 149);
    CHECK(during.deadline == 550);
    CHECK(other.deadline == 520);
    CHECK(queues.started(during) == 500);
}

TEST_CASE("operations come back from the pool, at the same place in memory") {
    OperationPool pool;
    std::vector<Operation *> taken;
    for (int i = 0; i < 1000; ++i) taken.push_back(&pool.take());
    for (std::uint32_t i = 0; i < 1000; ++i) CHECK(&pool.at(taken[i]->self) == taken[i]);
    Operation *last = taken.back();
    pool.put(*last);
    CHECK(&pool.take() == last);
}

}  // namespace
