// SPDX-License-Identifier: Apache-2.0
// Nodes that know nothing of the bucket, or of the connection's user: they left the cluster, or came back to it.
#include <doctest/doctest.h>

#include <string>

#include "stage.hpp"
#include "topology/hash.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;
using namespace std::chrono_literals;
using Connection = Stage::Connection;
using wire::Opcode;
using wire::Status;

constexpr std::size_t kVbuckets = 8;

/// vBuckets in turn on both nodes.
MapText both() {
    MapText map{.servers = {0, 1}, .rows = {}, .rev = 1};
    for (std::size_t i = 0; i < kVbuckets; ++i) map.rows.push_back({static_cast<int>(i % 2)});
    return map;
}

std::string key_of_node(std::size_t node) {
    std::string key = "k";
    while (topology::hash_key(key) % kVbuckets % 2 != node) key += "k";
    return key;
}

TEST_CASE("a node that forgot a connection's user gets a new connection, and every operation its answer") {
    Status status = Status::auth_error;
    SUBCASE("authentication refused") {}
    SUBCASE("authentication outdated") { status = Status::auth_stale; }
    SUBCASE("no bucket") { status = Status::no_bucket; }
    Stage *here = nullptr;
    std::size_t refused = 0;
    Stage stage(2, [&](std::size_t at, Connection &connection, const wire::Frame &request) {
        const bool forgotten = at == 1 && here->nodes[1]->accepted == 1;
        refused += forgotten ? 1 : 0;
        connection.reply(request, forgotten ? status : at == 1 ? Status::ok : Status::not_my_vbucket);
    });
    here = &stage;
    stage.connect({.servers = {0, 1}, .rows = rows(kVbuckets, {1}), .rev = 1});
    int done = 0, stored = 0;
    {
        const Batch batch(*stage.client);
        for (int i = 0; i < 50; ++i)
            REQUIRE_FALSE(stage.client->append("k" + std::to_string(i), as_bytes("v"), [&](const Reply &reply) {
                ++done;
                stored += reply.error ? 0 : 1;
            }));
    }
    REQUIRE_FALSE(stage.client->wait());
    CHECK(done == 50);
    CHECK(stored == 50);
    CHECK(refused == 50);
    CHECK(stage.nodes[1]->accepted == 2);
}

TEST_CASE("what is still under way on a connection whose user is forgotten is answered there") {
    Stage *here = nullptr;
    wire::Frame first;
    Connection *asked = nullptr;
    std::size_t requests = 0;
    Stage stage(1, [&](std::size_t, Connection &connection, const wire::Frame &request) {
        if (here->nodes[0]->accepted != 1) return connection.reply(request);
        if (request.key == "late") {  // answered long after the others
            first = request;
            first.key = "late";
            asked = &connection;
            return;
        }
        ++requests;
        connection.reply(request, Status::auth_error);
    });
    here = &stage;
    stage.connect({.servers = {0}, .rows = rows(kVbuckets, {0}), .rev = 1});
    std::error_code late = errc::cancelled, other = errc::cancelled;
    REQUIRE_FALSE(stage.client->append("late", as_bytes("v"), [&](const Reply &reply) { late = reply.error; }));
    REQUIRE_FALSE(stage.client->append("other", as_bytes("v"), [&](const Reply &reply) { other = reply.error; }));
    REQUIRE(stage.run_until([&] { return requests == 1; }));
    run_for(stage.io, 50'000);
    CHECK(stage.nodes[0]->accepted == 1);  // not given up yet
    CHECK(late == errc::cancelled);
    REQUIRE(asked != nullptr);
    asked->reply(first);
    REQUIRE_FALSE(stage.client->wait());
    CHECK_FALSE(late);
    CHECK_FALSE(other);
    CHECK(requests == 1);
    CHECK(stage.nodes[0]->accepted == 2);
}

TEST_CASE("an operation that no node knows the bucket of ends at its deadline, with the node's word, and not in a storm") {
    std::size_t asked = 0;
    Stage stage(1, [&](std::size_t, Connection &connection, const wire::Frame &request) {
        ++asked;
        connection.reply(request, Status::auth_error);
    });
    stage.connect({.servers = {0}, .rows = rows(kVbuckets, {0}), .rev = 1});
    const Outcome outcome = stage.run([&](Callback done) { return stage.client->get("k", std::move(done), {.timeout = 400ms}); });
    CHECK(outcome.error == errc::timeout);
    CHECK(asked < 50);
    CHECK(stage.nodes[0]->accepted < 50);
    CHECK_MESSAGE(outcome.detail.find("know") != std::string::npos, outcome.detail);
}

TEST_CASE("a plain memcached that wants a password that nobody gave says so to each operation, on one connection") {
    const io io = io::load();
    ScriptedNode node(io.get(), [](Connection &connection, const wire::Frame &request) {
        connection.reply(request, Status::auth_error);
    });
    const auto client = memcached_client(io, {node.address()});
    for (int i = 0; i < 10; ++i) {
        std::error_code outcome;
        REQUIRE_FALSE(client->get("k", [&](const Reply &reply) { outcome = reply.error; }));
        REQUIRE_FALSE(client->wait());
        CHECK(outcome == errc::auth_error);
    }
    CHECK(node.accepted == 1);
}

TEST_CASE("a node that does not know the user yet is asked again where another one knows him") {
    std::size_t tried = 0;
    Stage stage(2, [&](std::size_t at, Connection &connection, const wire::Frame &request) {
        if (request.opcode == Opcode::sasl_list) return connection.reply(request, Status::ok, "PLAIN");
        if (request.opcode != Opcode::sasl_auth) return connection.reply(request);
        connection.reply(request, at == 1 && ++tried <= 2 ? Status::auth_error : Status::ok);
    });
    for (const auto &node : stage.nodes) node->without_sasl = false;
    MapText map = both();
    map.password = "secret";
    stage.connect(map);
    CHECK_FALSE(stage.get(key_of_node(0)).error);
    CHECK_FALSE(stage.get(key_of_node(1)).error);
    CHECK(tried == 3);
}

TEST_CASE("a node that does not know the user is believed at once where no other one does") {
    Stage stage(2, [&](std::size_t, Connection &connection, const wire::Frame &request) {
        if (request.opcode == Opcode::sasl_list) return connection.reply(request, Status::ok, "PLAIN");
        connection.reply(request, Status::auth_error);
    });
    for (const auto &node : stage.nodes) node->without_sasl = false;
    MapText map = both();
    map.password = "wrong";
    stage.connect(map);
    CHECK(stage.get(key_of_node(1)).error == errc::authentication);
}

}  // namespace
