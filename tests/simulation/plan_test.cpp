// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "generator.hpp"
#include "minimize.hpp"
#include "plan.hpp"

using namespace tenon::simulation;

TEST_CASE("a plan is the same when it was written down and read back") {
    for (std::uint64_t seed = 1; seed < 50; ++seed) {
        const Plan plan = generate(seed);
        CHECK(plan == generate(seed));
        CHECK(parse_plan(to_text(plan)) == plan);
    }
    CHECK_THROWS_AS(parse_plan("do 5 nonsense"), std::runtime_error);
    CHECK_THROWS_AS(parse_plan("do 5 stop 1 2"), std::runtime_error);
    CHECK_THROWS_AS(parse_plan("plan seed=1"), std::runtime_error);
}

TEST_CASE("plans make sense, and all there is comes up") {
    std::set<Action> actions;
    std::set<Deed> deeds;
    for (std::uint64_t seed = 1; seed < 400; ++seed) {
        const Plan plan = generate(seed);
        for (std::size_t i = 0; i < plan.operations.size(); ++i) {
            const OperationPlan &operation = plan.operations[i];
            actions.insert(operation.action);
            CHECK(operation.client < plan.clients.size());
            CHECK(operation.key < plan.keys);
            if (operation.after != OperationPlan::kNone) CHECK(operation.after < i);
        }
        for (const Event &event : plan.events) {
            deeds.insert(event.deed);
            CHECK(event.at < plan.healed);
        }
        CHECK(std::any_of(plan.clients.begin(), plan.clients.end(), [](const auto &c) { return c.dies == kNever; }));
    }
    CHECK(actions.size() == kActions);
    CHECK(deeds.size() == kDeeds);
}

TEST_CASE("minimizing leaves what is needed and nothing else") {
    Plan plan;
    while (plan.events.size() < 8 || plan.clients.size() < 3) plan = generate(plan.seed + 1);
    const Event needed = plan.events[5];
    const OperationPlan wanted = plan.operations[30];
    const auto fails = [&](const Plan &p) {
        return std::find(p.events.begin(), p.events.end(), needed) != p.events.end() &&
               std::any_of(p.operations.begin(), p.operations.end(),
                           [&](const OperationPlan &o) { return o.size == wanted.size && o.key == wanted.key; });
    };
    const Plan smallest = minimize(plan, fails, 10'000);
    CHECK(smallest.events.size() == 1);
    CHECK(smallest.operations.size() == 1);
    CHECK(smallest.clients.size() == 1);
    CHECK(fails(smallest));
    CHECK(parse_plan(to_text(smallest)) == smallest);
}
