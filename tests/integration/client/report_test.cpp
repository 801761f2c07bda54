// SPDX-License-Identifier: Apache-2.0
// What a client tells of itself: counters, latencies, traces, its state in words.
#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "rig.hpp"
#include "stage.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;
using namespace std::chrono_literals;

const OperationMetrics *find(const NodeMetrics &node, const std::string &name) {
    const auto at = std::find_if(node.operations.begin(), node.operations.end(), [&](const auto &one) { return one.name == name; });
    return at == node.operations.end() ? nullptr : &*at;
}

TEST_CASE("bytes, connections and latencies are counted by node and operation") {
    Rig rig({.nodes = 2, .vbuckets = 16});
    for (int i = 0; i < 50; ++i) {
        rig.set("key-" + std::to_string(i), std::string(100, 'v'));
        rig.get("key-" + std::to_string(i));
    }
    const Metrics counted = rig.client->metrics();
    CHECK(counted.pending_operations == 0);
    CHECK(counted.maps >= 1);
    CHECK(counted.retries == 0);
    REQUIRE(counted.nodes.size() == 2);
    std::uint64_t gets = 0, sets = 0;
    for (const NodeMetrics &node : counted.nodes) {
        CHECK(node.state == "connected");
        CHECK(node.connections == 1);
        CHECK(node.failures == 0);
        CHECK(node.in_flight == 0);
        CHECK(node.bytes_sent > 1000);
        CHECK(node.bytes_received > 1000);
        const OperationMetrics *get = find(node, "get"), *set = find(node, "set");
        REQUIRE(get != nullptr);
        REQUIRE(set != nullptr);
        gets += get->latencies.total();
        sets += set->latencies.total();
        CHECK(get->latencies.max() > 0);
        CHECK(get->latencies.percentile(50) <= get->latencies.percentile(99));
        CHECK(find(node, "delete") == nullptr);
    }
    CHECK(gets <= 50);
    CHECK(gets > 40);  // those that took less than a microsecond by the clock are not told apart from unknown ones
    CHECK(sets > 40);
}

TEST_CASE("refusals, retries, reconnects and timeouts are counted") {
    bool refuse = true, silent = false;
    Stage stage(2, [&](std::size_t, Stage::Connection &connection, const wire::Frame &request) {
        if (silent) return;
        if (std::exchange(refuse, false)) return connection.reply(request, wire::Status::not_my_vbucket);
        if (request.key == "close") return connection.close();
        connection.reply(request);
    });
    stage.connect({.servers = {0, 1}, .rows = rows(8, {0}), .rev = 1});
    CHECK_FALSE(stage.get("k").error);
    Metrics counted = stage.client->metrics();
    CHECK(counted.refusals == 1);
    CHECK(counted.retries == 1);
    CHECK(counted.timeouts == 0);
    CHECK(stage.run([&](Callback done) { return stage.client->remove("close", std::move(done)); }).error == errc::network);
    CHECK_FALSE(stage.get("k").error);
    counted = stage.client->metrics();
    std::uint64_t connections = 0, failures = 0;
    for (const NodeMetrics &node : counted.nodes) {
        connections += node.connections;
        failures += node.failures;
    }
    CHECK(failures == 1);
    CHECK(connections >= 2);
    silent = true;
    CHECK(stage.run([&](Callback done) { return stage.client->get("k", std::move(done), {.timeout = 20ms}); }).error == errc::timeout);
    CHECK(stage.client->metrics().timeouts == 1);
    int pending = 0;
    REQUIRE_FALSE(stage.client->get("k", [&](const Reply &) { ++pending; }, {.timeout = 20ms}));
    CHECK(stage.client->metrics().pending_operations == 1);
    CHECK(stage.client->metrics().pending_bytes > 24);
    REQUIRE_FALSE(stage.client->wait());
}

TEST_CASE("a trace tells each operation's way") {
    struct Step {
        TraceStage stage;
        std::string key, server;
        std::uint64_t id;
        std::uint64_t time;
        std::error_code error;
        bool operator==(TraceStage other) const { return stage == other; }
    };
    std::vector<Step> steps;
    bool refuse = true;
    Stage stage(2, [&](std::size_t, Stage::Connection &connection, const wire::Frame &request) {
        if (std::exchange(refuse, false)) return connection.reply(request, wire::Status::not_my_vbucket);
        connection.reply(request);
    });
    stage.connect({.servers = {0, 1}, .rows = rows(8, {0}), .rev = 1}, [&](Options &options) {
        options.trace = [&](const TraceEvent &event) {
            steps.push_back({event.stage, std::string(event.key), std::string(event.server), event.id, event.time, event.error});
        };
    });
    CHECK_FALSE(stage.get("k").error);
    using enum TraceStage;
    std::vector<TraceStage> stages;
    for (const Step &step : steps) stages.push_back(step.stage);
    CHECK(stages == std::vector{scheduled, sent, received, sent, received, completed});
    for (const Step &step : steps) {
        CHECK(step.key == "k");
        CHECK(step.id == steps[0].id);
    }
    CHECK(std::is_sorted(steps.begin(), steps.end(), [](const Step &a, const Step &b) { return a.time < b.time; }));
    CHECK(steps[2].error == errc::not_my_vbucket);
    CHECK(steps[1].server == stage.nodes[0]->address());
    CHECK(steps[3].server == stage.nodes[1]->address());
    CHECK_FALSE(steps.back().error);

    // What nobody waits for any more ends, too.
    steps.clear();
    Cancellation cancellation;
    REQUIRE_FALSE(stage.client->get("k", {}, {.cancellation = &cancellation}));
    cancellation.drop();
    REQUIRE(steps.size() == 2);
    CHECK(steps[1] == completed);
    CHECK(steps[1].id == steps[0].id);
    CHECK(steps[1].error == errc::cancelled);

    steps.clear();
    stage.client->batch([&](Client &client) {
        for (int i = 0; i < 20; ++i) REQUIRE_FALSE(client.get("key-" + std::to_string(i), {}));
        REQUIRE_FALSE(client.noop({}));
    });
    REQUIRE_FALSE(stage.client->wait());
    for (const TraceStage one : {scheduled, sent, received, completed})
        CHECK(std::count(steps.begin(), steps.end(), one) == 22);
}

TEST_CASE("a reply's story in one line, and its parts") {
    Rig rig({.nodes = 2, .replicas = 1, .vbuckets = 16});
    std::string done, missing, copy, late, odd;
    std::error_code code;
    const auto story = [](std::string &into) { return [&into](const Reply &reply) { into = describe(reply); }; };
    REQUIRE_FALSE(rig.client->set("k", as_bytes("v"), story(done)));
    REQUIRE_FALSE(rig.client->get("none", story(missing)));
    REQUIRE_FALSE(rig.client->get_replica("none", 0, story(copy)));
    REQUIRE_FALSE(rig.client->get("k", [&](const Reply &reply) {
        late = describe(reply);
        code = reply.error;
    }, {.timeout = 20ms, .vbucket = std::uint16_t{99}}));
    REQUIRE_FALSE(rig.client->get("a \"\n" + std::string(100, 'x'), story(odd)));
    REQUIRE_FALSE(rig.client->wait());
    const std::regex told(R"re(set "k" \(vBucket \d+\) at 127\.0\.0\.1:\d+: done \(1 attempt, \d+\.\d ms\))re");
    CHECK_MESSAGE(std::regex_match(done, told), done);
    CHECK_MESSAGE(missing.find("get \"none\" (vBucket ") == 0, missing);
    CHECK_MESSAGE(missing.find(": " + make_error_code(errc::not_found).message()) != std::string::npos, missing);
    CHECK_MESSAGE(copy.find(" of replica 0 at 127.0.0.1:") != std::string::npos, copy);
    CHECK(code == errc::no_server);
    CHECK_MESSAGE(late.find("get \"k\" (vBucket 99): " + code.message() + ": no server owns the vBucket (1 attempt, ") == 0, late);
    CHECK_MESSAGE(odd.find("\"a ??xxx") != std::string::npos, odd);
    CHECK_MESSAGE(odd.find("x…\"") != std::string::npos, odd);
}

TEST_CASE("the whole state in words, without secrets") {
    Rig rig({.nodes = 2, .buckets = {{.name = "b", .password = "secret"}}, .vbuckets = 16}, [](Options &options) {
        options.bucket = "b";
        options.password = "secret";
    });
    rig.set("a key", "a value");
    const std::string text = describe(*rig.client);
    for (const char *part : {"bucket b: connected", "hosts: 127.0.0.1:", "16 vBuckets", "pending: 0 operations", "1 connections", "set: 1, median"})
        CHECK_MESSAGE(text.find(part) != std::string::npos, part, " is not in\n", text);
    for (const char *part : {"secret", "a key", "a value"}) CHECK(text.find(part) == std::string::npos);
    const Client fresh(rig.io, rig.client_options());
    CHECK(describe(fresh).find("not connected yet") != std::string::npos);
}

}  // namespace
