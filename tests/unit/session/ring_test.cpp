// SPDX-License-Identifier: Apache-2.0
#include "session/ring.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <random>
#include <vector>

namespace {

using namespace tenon::session;

TEST_CASE("operations are found by opaque while they are in flight, in any order") {
    Ring ring;
    std::deque<Operation> operations(500);
    std::map<std::uint32_t, Operation *> model;
    std::mt19937 random(3);
    std::size_t used = 0;
    for (int step = 0; step < 50'000; ++step) {
        if (model.size() < 300 && random() % 2 == 0) {
            Operation *operation = &operations[used++ % operations.size()];
            model[ring.push(operation)] = operation;
        } else if (!model.empty()) {
            auto at = std::next(model.begin(), static_cast<long>(random() % std::min<std::size_t>(model.size(), 5)));
            ring.remove(at->first);
            Operation *found = nullptr;
            CHECK(ring.find(at->first, found) == Ring::Found::nobody);
            model.erase(at);
        }
        REQUIRE(ring.empty() == model.empty());
        for (const auto &[opaque, operation] : model) {
            if (random() % 100 != 0) continue;
            Operation *found = nullptr;
            REQUIRE(ring.find(opaque, found) == Ring::Found::operation);
            REQUIRE(found == operation);
        }
    }
}

TEST_CASE("an opaque that was never given is nobody's") {
    Ring ring;
    Operation operation;
    Operation *found = nullptr;
    CHECK(ring.find(0, found) == Ring::Found::nobody);
    const std::uint32_t opaque = ring.push(&operation);
    CHECK(ring.find(opaque + 1, found) == Ring::Found::nobody);
    CHECK(ring.find(opaque - 1, found) == Ring::Found::nobody);
    CHECK(ring.find(opaque ^ 0x80000000, found) == Ring::Found::nobody);
}

TEST_CASE("an abandoned one still waits for its reply, but for nobody") {
    Ring ring;
    Operation operation;
    Operation *found = nullptr;
    const std::uint32_t opaque = ring.push(&operation);
    ring.abandon(opaque);
    CHECK(ring.find(opaque, found) == Ring::Found::abandoned);
    CHECK_FALSE(ring.empty());
    int visited = 0;
    ring.for_each([&](Operation &) { ++visited; });
    CHECK(visited == 0);
    ring.remove(opaque);
    CHECK(ring.empty());
}

TEST_CASE("a cut forgets the newest, the oldest stay") {
    Ring ring;
    std::deque<Operation> operations(100);
    std::vector<std::uint32_t> opaques;
    for (Operation &operation : operations) opaques.push_back(ring.push(&operation));
    ring.cut(opaques[40]);
    CHECK(ring.span() == 40);
    CHECK(ring.push(&operations[40]) == opaques[40]);
    for (int i = 0; i <= 40; ++i) ring.remove(opaques[static_cast<std::size_t>(i)]);
    CHECK(ring.empty());
}

}  // namespace
