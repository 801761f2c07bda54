// SPDX-License-Identifier: Apache-2.0
// NOT_MY_VBUCKET: whom the refusal, the fast-forward map or the turn leads to, and what is remembered of it.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "stage.hpp"
#include "topology/hash.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;
using namespace std::chrono_literals;
using Connection = Stage::Connection;
using Asked = std::vector<std::size_t>;
using wire::Status;

/// Only one node takes anything; the others refuse with `body`.
struct OneOwner {
    explicit OneOwner(std::size_t nodes)
        : stage(nodes, [this](std::size_t at, Connection &connection, const wire::Frame &request) {
              connection.reply(request, at == owner ? Status::ok : Status::not_my_vbucket, at == owner ? "" : body);
          }) {}

    std::size_t owner = 0;
    std::string body;
    Stage stage;
};

MapText four(int owner) { return {.servers = {0, 1, 2, 3}, .rows = rows(8, {owner}), .rev = 10}; }

TEST_CASE("refusals without a map: in turn, and who answered is asked at once from then on, until a newer map") {
    OneOwner set(4);
    set.owner = 2;
    set.stage.connect(four(0));
    CHECK_FALSE(set.stage.get("k").error);
    CHECK(set.stage.asked == Asked{0, 1, 2});
    set.stage.asked.clear();
    CHECK_FALSE(set.stage.get("k").error);
    CHECK(set.stage.asked == Asked{2});

    set.owner = 1;  // it moves on
    set.stage.asked.clear();
    CHECK_FALSE(set.stage.get("k").error);
    CHECK(set.stage.asked == Asked{2, 3, 0, 1});

    set.stage.asked.clear();
    MapText newer = four(3);
    newer.rev = 11;
    set.owner = 3;
    set.stage.publish(newer);
    run_for(set.stage.io, 50'000);
    CHECK_FALSE(set.stage.get("k").error);
    CHECK(set.stage.asked.back() == 3);
    CHECK(set.stage.asked.size() <= 2);  // the map may have come behind the request
}

TEST_CASE("the owner to be is asked before the others") {
    OneOwner set(4);
    set.owner = 3;
    MapText map = four(1);
    map.forward = rows(8, {3});
    set.stage.connect(map);
    CHECK_FALSE(set.stage.get("k").error);
    CHECK(set.stage.asked == Asked{1, 3});
}

TEST_CASE("a map without a revision in the refusal is a hint for this vBucket only") {
    OneOwner set(4);
    set.owner = 3;
    set.stage.connect(four(0));
    MapText hint = four(3);
    hint.rev = -1;
    set.body = set.stage.json(hint);
    const auto vbucket = [](std::string_view key) { return topology::hash_key(key) & 7; };
    CHECK_FALSE(set.stage.get("k").error);
    CHECK(set.stage.asked == Asked{0, 3});
    set.stage.asked.clear();
    CHECK_FALSE(set.stage.get("k").error);
    CHECK(set.stage.asked == Asked{3});
    std::string other = "l";
    while (vbucket(other) == vbucket("k")) other += "l";
    set.stage.asked.clear();
    CHECK_FALSE(set.stage.get(other).error);
    CHECK(set.stage.asked == Asked{0, 3});
}

TEST_CASE("a hint of another bucket, or to a server that nobody knows, is none") {
    OneOwner set(5);
    set.owner = 2;
    set.stage.connect(four(0));
    MapText hint = four(3);
    hint.rev = -1;
    SUBCASE("another uuid") { hint.uuid = "other"; }
    SUBCASE("another number of vBuckets") { hint.rows = rows(16, {3}); }
    SUBCASE("an unknown server") { hint.servers = {0, 1, 2, 4}; }
    SUBCASE("nobody") { hint.rows = rows(8, {-1}); }
    set.body = set.stage.json(hint);
    CHECK_FALSE(set.stage.get("k").error);
    CHECK(set.stage.asked == Asked{0, 1, 2});
}

TEST_CASE("servers that name each other for ever are not asked without a pause") {
    std::size_t asked = 0;
    std::string bodies[2];
    Stage stage(2, [&](std::size_t at, Connection &connection, const wire::Frame &request) {
        ++asked;
        connection.reply(request, Status::not_my_vbucket, bodies[at]);
    });
    MapText map{.servers = {0, 1}, .rows = rows(8, {0}), .rev = 1};
    stage.connect(map);
    map.rev = -1;
    bodies[1] = stage.json(map);
    map.rows = rows(8, {1});
    bodies[0] = stage.json(map);
    const Outcome outcome = stage.run([&](Callback done) { return stage.client->get("k", std::move(done), {.timeout = 400ms}); });
    CHECK(outcome.error == errc::timeout);
    CHECK(asked < 200);
}

TEST_CASE("a newer map in the refusal is taken: by revEpoch first, then rev, and of the same bucket only") {
    OneOwner set(2);
    set.owner = 1;
    MapText map{.servers = {0, 1}, .rows = rows(8, {0}), .rev = 10, .rev_epoch = 2};
    set.stage.connect(map);
    MapText told{.servers = {1}, .rows = rows(8, {0})};
    bool taken = true;
    SUBCASE("the next revision") { told.rev = 11, told.rev_epoch = 2; }
    SUBCASE("a lower revision of a newer epoch") { told.rev = 1, told.rev_epoch = 3; }
    SUBCASE("an older revision") { told.rev = 9, told.rev_epoch = 2, taken = false; }
    SUBCASE("a higher revision of an older epoch") { told.rev = 99, told.rev_epoch = 1, taken = false; }
    SUBCASE("a higher revision without an epoch") { told.rev = 99, taken = false; }
    SUBCASE("another bucket") { told.rev = 99, told.rev_epoch = 9, told.uuid = "other", taken = false; }
    set.body = set.stage.json(told);
    CHECK_FALSE(set.stage.get("k").error);
    CHECK(set.stage.asked == Asked{0, 1});
    CHECK(set.stage.client->server_count() == (taken ? 1 : 2));
}

TEST_CASE("the password that the management told is kept, though the map in a refusal has none") {
    std::string newer;
    std::size_t authenticated[2] = {};
    Stage stage(2, [&](std::size_t at, Connection &connection, const wire::Frame &request) {
        if (request.opcode == wire::Opcode::sasl_list) return connection.reply(request, Status::ok, "PLAIN");
        if (request.opcode == wire::Opcode::sasl_auth) ++authenticated[at];
        if (at == 1 || request.opcode == wire::Opcode::sasl_auth) return connection.reply(request);
        connection.reply(request, Status::not_my_vbucket, newer);
    });
    for (const auto &node : stage.nodes) node->without_sasl = false;
    stage.connect({.servers = {0}, .rows = rows(8, {0}), .rev = 1, .password = "secret"});
    newer = stage.json({.servers = {0, 1}, .rows = rows(8, {1}), .rev = 2});
    CHECK_FALSE(stage.get("k").error);
    CHECK(authenticated[0] == 1);
    CHECK(authenticated[1] == 1);
}

TEST_CASE("maps on the stream: an older one is ignored, a recreated bucket's is taken, an equal one forgets nothing") {
    OneOwner set(4);
    set.owner = 2;
    set.stage.connect(four(0));
    CHECK_FALSE(set.stage.get("k").error);  // finds out
    MapText map = four(0);
    const auto asked_after = [&] {
        set.stage.publish(map);
        run_for(set.stage.io, 50'000);
        set.stage.asked.clear();
        CHECK_FALSE(set.stage.get("k").error);
        return set.stage.asked;
    };
    map.rev = 9;
    map.servers = {3};
    map.rows = rows(8, {0});
    CHECK(asked_after() == Asked{2});
    map = four(0);
    CHECK(asked_after() == Asked{2});
    map.uuid = "again";
    map.rev = 1;
    map.rows = rows(8, {2});
    map.servers = {0, 2, 2};
    CHECK(asked_after() == Asked{2});
    CHECK(set.stage.run_until([&] { return set.stage.client->server_count() == 3; }));
}

TEST_CASE("what is sent to another node is what was encoded, but for opaque and vBucket") {
    std::vector<std::string> frames;
    Stage stage(3, [&](std::size_t at, Connection &connection, const wire::Frame &request) {
        std::string frame(as_text(request.extras));
        frame += "|" + std::string(request.key) + "|" + std::string(as_text(request.value)) + "|" +
                 std::to_string(request.cas) + "|" + std::to_string(request.datatype) + "|" +
                 std::to_string(request.vbucket_or_status);
        frames.push_back(frame);
        connection.reply(request, at == 2 ? Status::ok : Status::not_my_vbucket);
    });
    stage.connect({.servers = {0, 1, 2}, .rows = rows(8, {0}), .rev = 1});
    const std::string value(100'000, 'v');
    const Outcome outcome = stage.run([&](Callback done) {
        return stage.client->set("key", as_bytes(value), std::move(done),
                                 {.cas = 0x1122334455667788, .flags = 7, .expiry = 9, .datatype = 1});
    });
    CHECK_FALSE(outcome.error);
    REQUIRE(frames.size() == 3);
    CHECK(frames[0] == frames[1]);
    CHECK(frames[0] == frames[2]);
    CHECK(frames[0].size() > value.size());
}

TEST_CASE("many requests refused at once ask no more servers than one does") {
    OneOwner set(6);
    set.owner = 4;
    MapText map{.servers = {0, 1, 2, 3, 4, 5}, .rows = rows(1, {0}), .rev = 1};
    set.stage.connect(map);
    int done = 0;
    {
        const Batch batch(*set.stage.client);
        for (int i = 0; i < 200; ++i)
            REQUIRE_FALSE(set.stage.client->get("k" + std::to_string(i), [&](const Reply &reply) { done += reply.error ? 0 : 1; }));
    }
    REQUIRE_FALSE(set.stage.client->wait());
    CHECK(done == 200);
    // Each went to 0, 1, 2, 3 and 4 at most, and node 5, behind the owner, was never guessed.
    CHECK(std::count(set.stage.asked.begin(), set.stage.asked.end(), std::size_t{5}) == 0);
    CHECK(set.stage.asked.size() <= 1000);
}

TEST_CASE("a vBucket that nobody owns is waited for: until a map names an owner, or to the deadline") {
    OneOwner set(2);
    set.owner = 1;
    set.stage.connect({.servers = {0, 1}, .rows = rows(8, {-1}), .rev = 1});
    Outcome outcome = set.stage.run([&](Callback done) {
        return set.stage.client->get("k", std::move(done), {.timeout = 100ms});
    });
    CHECK(outcome.error == errc::no_server);
    CHECK(outcome.server.empty());
    const Later later(set.stage.io.get(), 50'000, [&] {
        set.stage.publish({.servers = {0, 1}, .rows = rows(8, {1}), .rev = 2});
    });
    CHECK_FALSE(set.stage.get("k").error);
    CHECK(set.stage.asked == Asked{1});
}

}  // namespace
