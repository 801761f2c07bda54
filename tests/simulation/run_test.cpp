// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>

#include "generator.hpp"
#include "runner.hpp"

using namespace tenon::simulation;

TEST_CASE("a seed is one history, also when somebody looks on") {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        const Plan plan = generate(seed);
        const Outcome outcome = run(plan);
        CHECK(outcome.digest == run(plan).digest);
        std::size_t lines = 0;
        Trace trace([&](const std::string &) { ++lines; });
        CHECK(outcome.digest == run(plan, &trace).digest);
        CHECK(lines > outcome.calls);
    }
}

TEST_CASE("a trace says when, who and what") {
    Plan plan;
    plan.seed = 1;
    plan.healed = 100'000;
    plan.keys = 1;
    plan.clients.emplace_back();
    OperationPlan operation;
    operation.at = 50'000;
    operation.action = Action::set;
    operation.size = 100;
    plan.operations.push_back(operation);
    plan.events.push_back({60'000, Deed::pause, {1}});
    std::string text;
    Trace trace([&](const std::string &line) { text += line + '\n'; });
    const Outcome outcome = run(plan, &trace);
    CHECK(outcome.violations.empty());
    CHECK(outcome.unknown == 0);
    CHECK(text.find("1.050000 client0                #0 set k0 until") != std::string::npos);
    CHECK(text.find("set k0 vb") != std::string::npos);
    CHECK(text.find(" w0;\n") != std::string::npos);
    CHECK(text.find("#0 client0 set key 0 [1050000, ") != std::string::npos);
    CHECK(text.find("1.060000 ----                   do 60000 pause 1") != std::string::npos);
    CHECK(text.find("HTTP GET /pools") != std::string::npos);
}
