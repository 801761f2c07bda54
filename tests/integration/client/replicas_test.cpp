// SPDX-License-Identifier: Apache-2.0
// Gets from replicas: one of them, whichever answers first, all.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "stage.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;
using namespace std::chrono_literals;
using Connection = Stage::Connection;
using Asked = std::vector<std::size_t>;
using wire::Opcode;
using wire::Status;

/// Node 0 is the active one; each node says who it is, or what it is told to.
struct Copies {
    Copies() : stage(4, [this](std::size_t at, Connection &connection, const wire::Frame &request) {
        CHECK(request.opcode == Opcode::get_replica);
        CHECK(request.extras.empty());
        if (silent[at]) return;
        connection.reply(request, status[at], status[at] == Status::ok ? std::to_string(at) : body);
    }) {}

    std::vector<Outcome> all(std::chrono::microseconds timeout = 10s) {
        std::vector<Outcome> outcomes;
        REQUIRE_FALSE(stage.client->get_all_replicas(
            "k", [&](const Reply &reply) { outcomes.emplace_back(reply); }, {.timeout = timeout}));
        REQUIRE_FALSE(stage.client->wait());
        return outcomes;
    }
    Outcome any(std::chrono::microseconds timeout = 10s) {
        return stage.run([&](Callback done) { return stage.client->get_any_replica("k", std::move(done), {.timeout = timeout}); });
    }
    Outcome one(unsigned replica, std::chrono::microseconds timeout = 10s) {
        return stage.run([&](Callback done) { return stage.client->get_replica("k", replica, std::move(done), {.timeout = timeout}); });
    }

    bool silent[4] = {};
    Status status[4] = {};
    std::string body;
    Stage stage;
};

MapText two_replicas() { return {.servers = {0, 1, 2, 3}, .rows = rows(8, {0, 1, 2}), .rev = 1}; }

TEST_CASE("replica by number") {
    Copies set;
    set.stage.connect(two_replicas());
    CHECK(set.one(0).value == "1");
    CHECK(set.one(1).value == "2");
    CHECK(set.stage.client->get_replica("k", 2, {}) == errc::no_server);
    CHECK(set.stage.client->get_replica("k", 1'000'000, {}) == errc::no_server);
    CHECK(set.stage.client->get_replica("", 0, {}) == errc::key_size);
    set.status[2] = Status::not_found;
    const Outcome missing = set.one(1);
    CHECK(missing.error == errc::not_found);
    CHECK(missing.server == set.stage.nodes[2]->address());
    CHECK(missing.key == "k");
}

TEST_CASE("a bucket without replicas says so at once") {
    Copies set;
    set.stage.connect({.servers = {0, 1}, .rows = rows(8, {0})});
    CHECK(set.stage.client->get_replica("k", 0, {}) == errc::no_server);
    CHECK(set.stage.client->get_any_replica("k", {}) == errc::no_server);
    CHECK(set.stage.client->get_all_replicas("k", {}) == errc::no_server);
    CHECK(set.stage.client->pending() == 0);
}

TEST_CASE("any replica: the first one that has it answers, the others are forgotten") {
    Copies set;
    set.stage.connect(two_replicas());
    set.silent[1] = true;
    CHECK(set.any().value == "2");
    CHECK(set.stage.client->pending() == 0);
    CHECK(std::count(set.stage.asked.begin(), set.stage.asked.end(), std::size_t{1}) == 1);
    CHECK(std::count(set.stage.asked.begin(), set.stage.asked.end(), std::size_t{0}) == 0);

    set.silent[1] = false;
    set.status[1] = Status::not_found;
    CHECK(set.any().value == "2");
    set.status[2] = Status::not_found;
    CHECK(set.any().error == errc::not_found);
}

TEST_CASE("any replica: a server's answer counts more than silence") {
    Copies set;
    set.stage.connect(two_replicas());
    set.silent[2] = true;
    set.status[1] = Status::not_found;
    const Outcome outcome = set.any(100ms);
    CHECK(outcome.error == errc::not_found);
    CHECK(outcome.server == set.stage.nodes[1]->address());
    set.silent[1] = true;
    CHECK(set.any(100ms).error == errc::timeout);
}

TEST_CASE("all replicas: one callback each, the last one marked") {
    Copies set;
    set.stage.connect(two_replicas());
    set.status[2] = Status::not_found;
    const std::vector<Outcome> outcomes = set.all();
    REQUIRE(outcomes.size() == 2);
    CHECK_FALSE(outcomes[0].last);
    CHECK(outcomes[1].last);
    CHECK(std::count_if(outcomes.begin(), outcomes.end(), [](const Outcome &one) { return one.value == "1"; }) == 1);
    CHECK(std::count_if(outcomes.begin(), outcomes.end(), [](const Outcome &one) { return one.error == errc::not_found; }) == 1);
}

TEST_CASE("replicas asked for before the first map wait for it") {
    Copies set;
    set.stage.connect(two_replicas());  // only to publish it
    Client late(set.stage.io, set.stage.options());
    int answers = 0, last = 0;
    REQUIRE_FALSE(late.connect());
    REQUIRE_FALSE(late.get_replica("k", 1, [&](const Reply &reply) { answers += reply.text() == "2" ? 1 : 0; }));
    REQUIRE_FALSE(late.get_any_replica("k", [&](const Reply &reply) { answers += reply.error ? 0 : 1; }));
    REQUIRE_FALSE(late.get_all_replicas("k", [&](const Reply &reply) {
        answers += reply.error ? 0 : 1;
        last += reply.last ? 1 : 0;
    }));
    REQUIRE_FALSE(late.get_replica("k", 7, [&](const Reply &reply) { answers += reply.error == errc::no_server ? 1 : 0; },
                                   {.timeout = 200ms}));
    REQUIRE_FALSE(late.wait());
    CHECK(answers == 5);
    CHECK(last == 1);
}

TEST_CASE("a replica that has no server yet is waited for") {
    Copies set;
    MapText map = two_replicas();
    map.rows = rows(8, {0, 1, -1});
    set.stage.connect(map);
    CHECK(set.one(1, 100ms).error == errc::no_server);
    CHECK(set.any().value == "1");
    const std::vector<Outcome> outcomes = set.all(100ms);
    REQUIRE(outcomes.size() == 2);
    CHECK(outcomes[0].value == "1");
    CHECK(outcomes[1].error == errc::no_server);
    CHECK(outcomes[1].last);
    const Later later(set.stage.io.get(), 30'000, [&] {
        map = two_replicas();
        map.rows = rows(8, {0, 1, 3});
        map.rev = 2;
        set.stage.publish(map);
    });
    CHECK(set.one(1).value == "3");
}

TEST_CASE("a replica's NOT_MY_VBUCKET is tried again, by the newer map it brings too") {
    Copies set;
    set.stage.connect(two_replicas());
    set.status[2] = Status::not_my_vbucket;
    SUBCASE("with a map") {
        MapText newer = two_replicas();
        newer.rows = rows(8, {0, 1, 3});
        newer.rev = 2;
        set.body = set.stage.json(newer);
        CHECK(set.one(1).value == "3");
        CHECK(set.stage.asked == Asked{2, 3});
    }
    SUBCASE("without one, until it is ready") {
        const Later later(set.stage.io.get(), 30'000, [&] { set.status[2] = Status::ok; });
        CHECK(set.one(1).value == "2");
    }
    SUBCASE("to the deadline") {
        CHECK(set.one(1, 100ms).error == errc::timeout);
        CHECK(set.stage.asked.size() < 100);
    }
}

TEST_CASE("the client may be destroyed in a replica's answer") {
    Copies set;
    set.stage.connect(two_replicas());
    int calls = 0;
    const auto destroy = [&](const Reply &) {
        ++calls;
        set.stage.client.reset();
    };
    SUBCASE("any") { REQUIRE_FALSE(set.stage.client->get_any_replica("k", destroy)); }
    SUBCASE("all") { REQUIRE_FALSE(set.stage.client->get_all_replicas("k", destroy)); }
    CHECK(set.stage.run_until([&] { return calls != 0; }));
    run_for(set.stage.io, 10'000);
    CHECK(calls <= 2);
}

}  // namespace
