// SPDX-License-Identifier: Apache-2.0
#include "client/deadline_queues.hpp"

#include "client/operation_pool.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace {

using tenon::client::DeadlineQueues;
using tenon::client::Details;
using tenon::client::Operation;
using tenon::client::OperationPool;

TEST_CASE("equal timeouts expire in the order they began") {
    OperationPool pool;
    DeadlineQueues queues;
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
    DeadlineQueues queues;
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
    DeadlineQueues queues;
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

TEST_CASE("a turn that takes little of a timeout is not long") {
    OperationPool pool;
    DeadlineQueues queues;
    Operation &patient = pool.take(), &impatient = pool.take();
    queues.add(patient, 100, 64'000);
    queues.add(impatient, 100, 63'999);
    queues.rebase(100, 1'100);
    CHECK(patient.deadline == 64'100);
    CHECK(impatient.deadline == 65'099);
    queues.remove(patient);
    queues.add(patient, 100, 3'000'000);
    queues.rebase(100, 10'100);
    CHECK(patient.deadline == 3'000'100);
    queues.rebase(100, 10'101);
    CHECK(patient.deadline == 3'010'101);
}

TEST_CASE("one operation that stays does not make its queue grow with all that come and go behind it") {
    OperationPool pool;
    DeadlineQueues queues;
    Operation &stays = pool.take();
    queues.add(stays, 100, 50);
    for (int i = 0; i < 100'000; ++i) {
        Operation &passes = pool.take();
        queues.add(passes, 100, 50);
        REQUIRE(passes.place - stays.place < 128);
        queues.remove(passes);
        pool.put(passes);
    }
    CHECK(queues.first() == &stays);
    queues.remove(stays);
    queues.trim();
    CHECK(queues.first() == nullptr);
    queues.add(stays, 200, 50);
    CHECK(queues.first() == &stays);
}

TEST_CASE("operations come back from the pool, at the same place in memory") {
    OperationPool pool;
    std::vector<Operation *> taken;
    for (int i = 0; i < 1000; ++i) taken.push_back(&pool.take());
    CHECK(std::set<Operation *>(taken.begin(), taken.end()).size() == 1000);
    Operation *last = taken.back();
    pool.put(*last);
    CHECK(&pool.take() == last);
    for (Operation *operation : taken) pool.put(*operation);
    pool.trim();
    for (int i = 0; i < 1000; ++i) pool.take();
}

TEST_CASE("Details are found by their operation, and are fresh each time") {
    OperationPool pool;
    std::vector<Operation *> taken;
    for (int i = 0; i < 300; ++i) {
        taken.push_back(&pool.take());
        Details &details = OperationPool::make_details(*taken.back());
        CHECK(details.route_key.empty());
        CHECK(details.operation == taken.back());
        details.route_key = std::to_string(i);
    }
    for (int i = 0; i < 300; ++i) CHECK(OperationPool::details(*taken[i]).route_key == std::to_string(i));
    taken[7]->detailed = 0;
    CHECK(OperationPool::make_details(*taken[7]).route_key.empty());
}

}  // namespace
