// SPDX-License-Identifier: Apache-2.0
// Where operations go when the program says it: by another key, by a vBucket, to one server.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "stage.hpp"
#include "topology/hash.hpp"
#include "topology/ketama.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;
using namespace std::chrono_literals;
using Connection = Stage::Connection;
using wire::Status;

constexpr std::uint16_t kVbuckets = 8;

std::uint16_t vbucket_of(std::string_view key) { return topology::hash_key(key) & (kVbuckets - 1); }

/// A key of that vBucket.
std::string key_in(std::uint16_t vbucket) {
    for (int i = 0;; ++i) {
        std::string key = "key-" + std::to_string(i);
        if (vbucket_of(key) == vbucket) return key;
    }
}

/// Four nodes; vBucket v is owned by node v % 4. Every answer is the vBucket that the request named.
struct Nodes {
    Nodes() : stage(4, [this](std::size_t at, Connection &connection, const wire::Frame &request) {
        if (refuse.erase(at) != 0) return connection.reply(request, Status::not_my_vbucket);
        connection.reply(request, Status::ok, std::to_string(request.vbucket_or_status));
    }) {}

    MapText map() const {
        MapText text{.servers = {0, 1, 2, 3}, .rows = {}, .rev = 1};
        for (int v = 0; v < kVbuckets; ++v) text.rows.push_back({v % 4, (v + 1) % 4});
        return text;
    }
    Outcome get(std::string_view key, const OperationOptions &options) {
        return stage.run([&](Callback done) { return stage.client->get(key, std::move(done), options); });
    }

    std::set<std::size_t> refuse;
    Stage stage;
};

TEST_CASE("an item is where its route key says, whatever its own key") {
    Nodes nodes;
    nodes.stage.connect(nodes.map());
    for (const char *route : {"a", "user:1", "a longer key than fits into a small string"}) {
        const std::uint16_t vbucket = vbucket_of(route);
        for (const char *key : {"x", "y", "z"}) {
            const Outcome outcome = nodes.get(key, {.route_key = route});
            CHECK(outcome.value == std::to_string(vbucket));
            CHECK(outcome.key == key);
            CHECK(nodes.stage.asked.back() == vbucket % 4U);
        }
        const Outcome replica = nodes.stage.run([&](Callback done) {
            return nodes.stage.client->get_replica("x", 0, std::move(done), {.route_key = route});
        });
        CHECK(replica.value == std::to_string(vbucket));
        CHECK(nodes.stage.asked.back() == (vbucket + 1U) % 4);
    }
    CHECK(nodes.get("x", {}).value == std::to_string(vbucket_of("x")));  // nothing is left of it
}

TEST_CASE("every operation on an item takes a route key") {
    Nodes nodes;
    nodes.stage.connect(nodes.map());
    Client &client = *nodes.stage.client;
    const std::string route = key_in(6);
    const std::string key = key_in(1);
    const auto goes_there = [&](const std::function<std::error_code(Callback)> &start) {
        std::uint16_t vbucket = 0;
        REQUIRE_FALSE(start([&](const Reply &reply) { vbucket = reply.vbucket; }));
        REQUIRE_FALSE(client.wait());
        CHECK(vbucket == 6);
        CHECK(nodes.stage.asked.back() == 2);
    };
    goes_there([&](Callback done) { return client.set(key, as_bytes("v"), std::move(done), {.route_key = route}); });
    goes_there([&](Callback done) { return client.append(key, as_bytes("v"), std::move(done), {.route_key = route}); });
    goes_there([&](Callback done) { return client.remove(key, std::move(done), {.route_key = route}); });
    goes_there([&](Callback done) { return client.touch(key, 1, std::move(done), {.route_key = route}); });
    goes_there([&](Callback done) { return client.get_and_touch(key, 1, std::move(done), {.route_key = route}); });
    goes_there([&](Callback done) { return client.increment(key, 1, std::move(done), {.route_key = route}); });
    goes_there([&](Callback done) { return client.get_and_lock(key, 1, std::move(done), {.route_key = route}); });
    goes_there([&](Callback done) { return client.unlock(key, 1, std::move(done), {.vbucket = std::uint16_t{6}}); });
}

TEST_CASE("a vBucket by hand, also of a command without a key") {
    Nodes nodes;
    nodes.stage.connect(nodes.map());
    for (std::uint16_t vbucket = 0; vbucket < kVbuckets; ++vbucket) {
        CHECK(nodes.get("k", {.vbucket = vbucket}).value == std::to_string(vbucket));
        CHECK(nodes.stage.asked.back() == vbucket % 4U);
    }
    Command noop;
    noop.opcode = 0x0a;
    noop.vbucket = std::uint16_t{3};
    CHECK(nodes.stage.run([&](Callback done) { return nodes.stage.client->request(noop, std::move(done)); }).value == "3");
    CHECK(nodes.stage.asked.back() == 3);
    // No vBucket has this number; this map has none of that one, which another map might.
    CHECK(nodes.stage.client->get("k", {}, {.vbucket = std::uint16_t{32768}}) == errc::invalid_arguments);
    CHECK(nodes.get("k", {.timeout = 50ms, .vbucket = std::uint16_t{8}}).error == errc::no_server);
}

TEST_CASE("a route survives refusals, new maps, and the time before the first one") {
    Nodes nodes;
    const std::string route = key_in(5);
    SUBCASE("refused") {
        nodes.stage.connect(nodes.map());
        nodes.refuse = {1};
        Outcome outcome;
        std::uint16_t attempts = 0;
        REQUIRE_FALSE(nodes.stage.client->get(key_in(0), [&](const Reply &reply) {
            outcome = Outcome(reply);
            attempts = reply.attempts;
        }, {.route_key = route}));
        REQUIRE_FALSE(nodes.stage.client->wait());
        CHECK(outcome.value == "5");
        CHECK(attempts == 2);
        CHECK(nodes.stage.asked.size() == 2);
        // Whoever took it is asked at once for its vBucket from now on, and for no other.
        const std::size_t taker = nodes.stage.asked.back();
        CHECK(nodes.get("x", {.route_key = route}).value == "5");
        CHECK(nodes.stage.asked.back() == taker);
        CHECK(nodes.get(key_in(0), {}).value == "0");
        CHECK(nodes.stage.asked.back() == 0);
    }
    SUBCASE("another number of vBuckets") {
        nodes.stage.connect(nodes.map());
        MapText larger{.servers = {0, 1, 2, 3}, .rows = {}, .rev = 2};
        for (int v = 0; v < 16; ++v) larger.rows.push_back({3 - v % 4});
        nodes.stage.publish(larger);
        REQUIRE(nodes.stage.run_until([&] { return nodes.stage.client->replica_count() == 0; }));
        const std::uint16_t vbucket = topology::hash_key(route) & 15;
        CHECK(nodes.get("x", {.route_key = route}).value == std::to_string(vbucket));
        CHECK(nodes.stage.asked.back() == 3U - vbucket % 4);
    }
    SUBCASE("queued before the first map") {
        nodes.stage.connect(nodes.map());  // only to publish it
        Client late(nodes.stage.io, nodes.stage.options());
        std::vector<std::string> values;
        const auto note = [&](const Reply &reply) { values.emplace_back(reply.error ? "error" : reply.text()); };
        REQUIRE_FALSE(late.connect());
        REQUIRE_FALSE(late.get("x", note, {.route_key = route}));
        REQUIRE_FALSE(late.get("x", note, {.vbucket = std::uint16_t{2}}));
        REQUIRE_FALSE(late.wait());
        std::sort(values.begin(), values.end());
        CHECK(values == std::vector<std::string>{"2", "5"});
    }
}

TEST_CASE("ketama goes by the route key as well") {
    Stage stage(3, [](std::size_t, Connection &connection, const wire::Frame &request) { connection.reply(request); });
    stage.connect({.servers = {0, 1, 2}, .rows = {}, .rev = 1, .locator = "ketama"});
    std::vector<topology::Server> servers;
    for (const std::uint16_t port : stage.ports) servers.push_back({own_loopback(), port, 0});
    const topology::Ketama ring(servers, topology::KetamaNames::host_port);
    for (int i = 0; i < 20; ++i) {
        const std::string route = "route-" + std::to_string(i);
        CHECK_FALSE(stage.run([&](Callback done) {
            return stage.client->get("x", std::move(done), {.route_key = route});
        }).error);
        CHECK(stage.asked.back() == static_cast<std::size_t>(ring.server_of(route)));
    }
}

TEST_CASE("one server by its index, with the vBucket where a request is about one") {
    Nodes nodes;
    nodes.stage.connect(nodes.map());
    Client &client = *nodes.stage.client;
    for (unsigned server = 0; server < 4; ++server) {
        const Outcome outcome = nodes.stage.run([&](Callback done) { return client.noop(std::move(done), {.server = server}); });
        CHECK(outcome.server == client.server(server));
        CHECK(outcome.value == "0");
        CHECK(nodes.stage.asked.back() == server);
    }
    CHECK(client.noop({}, {.server = 4U}) == errc::no_server);
    const Outcome state = nodes.stage.run([&](Callback done) { return client.get_vbucket(7, std::move(done), {.server = 2U}); });
    CHECK(state.value == "7");
    const Outcome evicted = nodes.stage.run(
        [&](Callback done) { return client.evict_key(key_in(4), std::move(done), {.server = 1U}); });
    CHECK(evicted.value == "4");
    // A lost connection sends what goes to one server there again, with its vBucket.
    int answers = 0;
    REQUIRE_FALSE(client.get_vbucket(3, [&](const Reply &reply) { answers += reply.text() == "3" ? 1 : 0; }));
    REQUIRE_FALSE(client.wait());
    CHECK(answers == 4);
}

TEST_CASE("replies tell how long they took, and how often they were asked for") {
    Nodes nodes;
    nodes.stage.connect(nodes.map());
    Reply told;
    const auto note = [&](const Reply &reply) { told = reply; };
    const std::uint64_t before = milliseconds();
    REQUIRE_FALSE(nodes.stage.client->get("k", note));
    REQUIRE_FALSE(nodes.stage.client->wait());
    CHECK(told.attempts == 1);
    CHECK(told.elapsed.count() > 0);
    CHECK(told.elapsed <= std::chrono::milliseconds(milliseconds() - before + 1));
    REQUIRE_FALSE(nodes.stage.client->get("k", note, {.timeout = 30ms, .vbucket = std::uint16_t{8}}));
    REQUIRE_FALSE(nodes.stage.client->wait());
    CHECK(told.error == errc::no_server);
    CHECK(told.elapsed >= 30ms);
}

}  // namespace
