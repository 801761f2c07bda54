// SPDX-License-Identifier: Apache-2.0
// Maps that come while operations are under way: what stays is left alone, what leaves is drained, what waits moves.
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stage.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;
using namespace std::chrono_literals;
using Connection = Stage::Connection;
using wire::Status;

/// Nodes that answer at once, but keep the requests for "held" until they are let go.
struct Held {
    explicit Held(std::size_t nodes)
        : stage(nodes, [this](std::size_t, Connection &connection, const wire::Frame &request) {
              if (request.key != "held") return connection.reply(request);
              holder = &connection;
              opaque = request.opaque;
          }) {}

    /// Schedules the get that is held, and waits until its node has it.
    void hold() {
        REQUIRE_FALSE(stage.client->get("held", [this](const Reply &reply) {
            ++calls;
            outcome = Outcome(reply);
        }));
        REQUIRE(stage.run_until([&] { return holder != nullptr; }));
    }
    void let_go() {
        wire::Frame request;
        request.opcode = wire::Opcode::get;
        request.opaque = opaque;
        holder->reply(request, Status::ok, "value");
        REQUIRE(stage.run_until([&] { return calls != 0; }));
        CHECK(calls == 1);
        CHECK_FALSE(outcome.error);
        CHECK(outcome.value == "value");
    }
    /// Another get, while that one is held.
    Outcome get_meanwhile(std::string_view key) {
        Outcome other;
        bool done = false;
        REQUIRE_FALSE(stage.client->get(key, [&](const Reply &reply) {
            other = Outcome(reply);
            done = true;
        }));
        REQUIRE(stage.run_until([&] { return done; }));
        return other;
    }
    /// Publishes, and waits until the client has it.
    void publish(const MapText &map) {
        stage.publish(map);
        const std::size_t servers = map.servers.size();
        const std::string last = stage.address(map.servers.back());
        REQUIRE(stage.run_until([&] {
            return stage.client->server_count() == servers && stage.client->server(servers - 1) == last;
        }));
        run_for(stage.io, 5'000);
    }

    Connection *holder = nullptr;
    std::uint32_t opaque = 0;
    int calls = 0;
    Outcome outcome;
    Stage stage;
};

TEST_CASE("connections of servers that stay are kept, and what is under way on them is untouched") {
    Held set(3);
    set.stage.connect({.servers = {0, 1}, .rows = rows(8, {0}), .rev = 1});
    set.hold();
    SUBCASE("a server more, owners unchanged, then vBuckets move away") {
        set.publish({.servers = {0, 1, 2}, .rows = rows(8, {0}), .rev = 2});
        set.publish({.servers = {0, 1, 2}, .rows = rows(8, {2}), .rev = 3});
    }
    SUBCASE("the order of the servers changes") {
        set.publish({.servers = {1, 2, 0}, .rows = rows(8, {2}), .rev = 2});
    }
    SUBCASE("the number of vBuckets changes") {
        set.publish({.servers = {0, 1, 2}, .rows = rows(64, {1}), .rev = 2});
    }
    SUBCASE("another bucket's map, with vBuckets of an old one") {
        set.publish({.servers = {2, 0}, .rows = rows(1, {0}), .rev = 1, .uuid = "again"});
    }
    set.let_go();
    CHECK_FALSE(set.stage.get("more").error);
    CHECK(set.stage.nodes[0]->accepted == 1);
    CHECK(set.stage.nodes[0]->open() == 1);
}

TEST_CASE("a server that leaves is drained, then closed") {
    Held set(2);
    set.stage.connect({.servers = {0, 1}, .rows = rows(8, {0}), .rev = 1});
    set.hold();
    set.publish({.servers = {1}, .rows = rows(8, {0}), .rev = 2});
    CHECK_FALSE(set.get_meanwhile("more").error);
    CHECK(set.stage.asked.back() == 1);
    CHECK(set.stage.nodes[0]->open() == 1);
    CHECK(set.calls == 0);
    set.let_go();
    CHECK(set.stage.run_until([&] { return set.stage.nodes[0]->open() == 0; }));
}

TEST_CASE("a server that comes back while it is drained goes on with the connection it had") {
    Held set(2);
    set.stage.connect({.servers = {0, 1}, .rows = rows(8, {0}), .rev = 1});
    set.hold();
    set.publish({.servers = {1}, .rows = rows(8, {0}), .rev = 2});
    set.publish({.servers = {1, 0}, .rows = rows(8, {1}), .rev = 3});
    CHECK_FALSE(set.get_meanwhile("more").error);
    CHECK(set.stage.asked.back() == 0);
    set.let_go();
    run_for(set.stage.io, 20'000);
    CHECK(set.stage.nodes[0]->accepted == 1);
    CHECK(set.stage.nodes[0]->open() == 1);
}

TEST_CASE("a server that left may come back later, as a new one on the same host and port") {
    Held set(2);
    set.stage.connect({.servers = {0, 1}, .rows = rows(8, {0}), .rev = 1});
    CHECK_FALSE(set.stage.get("k").error);
    set.publish({.servers = {1}, .rows = rows(8, {0}), .rev = 2});
    REQUIRE(set.stage.run_until([&] { return set.stage.nodes[0]->open() == 0; }));
    set.publish({.servers = {1, 0}, .rows = rows(8, {1}), .rev = 3});
    CHECK_FALSE(set.stage.get("k").error);
    CHECK(set.stage.nodes[0]->accepted == 2);
}

TEST_CASE("many maps in quick succession, with operations all the while") {
    Held set(3);
    MapText map{.servers = {0, 1, 2}, .rows = rows(16, {0}), .rev = 1};
    set.stage.connect(map);
    int done = 0, failed = 0;
    for (int round = 0; round < 30; ++round) {
        for (int burst = 0; burst < 5; ++burst) {
            ++map.rev;
            const auto r = static_cast<std::size_t>(map.rev);
            map.servers = r % 4 == 0 ? std::vector<std::size_t>{2, 0} : std::vector<std::size_t>{r % 3, (r + 1) % 3, (r + 2) % 3};
            map.rows = rows(r % 5 == 0 ? 4 : 16, {static_cast<int>(r % 2)});
            set.stage.publish(map);
        }
        for (int i = 0; i < 40; ++i)
            REQUIRE_FALSE(set.stage.client->set("k" + std::to_string(i), as_bytes("v"), [&](const Reply &reply) {
                ++done;
                failed += reply.error ? 1 : 0;
            }));
        run_for(set.stage.io, 2'000);
    }
    REQUIRE_FALSE(set.stage.client->wait());
    CHECK(done == 30 * 40);
    CHECK(failed == 0);
}

TEST_CASE("what is queued for a node that cannot be reached moves with the next map, and nobody has to call") {
    Held set(3);
    set.stage.nodes[0]->die();
    MapText healed{.servers = {}, .rows = {}, .rev = 2};
    SUBCASE("which the node is not in any more") {
        healed.servers = {1, 2};
        healed.rows = rows(8, {0});
    }
    SUBCASE("which the node is still in, without vBuckets") {
        healed.servers = {0, 1, 2};
        healed.rows = rows(8, {1});
    }
    set.stage.connect({.servers = {0, 1, 2}, .rows = rows(8, {0}), .rev = 1});
    int failed = 0, done = 0;
    for (int i = 0; i < 20; ++i)
        REQUIRE_FALSE(set.stage.client->set("k" + std::to_string(i), as_bytes("v"), [&](const Reply &reply) {
            ++done;
            failed += reply.error ? 1 : 0;
        }));
    run_for(set.stage.io, 50'000);
    CHECK(done == 0);
    set.stage.publish(healed);
    const std::uint64_t start = milliseconds();
    REQUIRE_FALSE(set.stage.client->wait());
    CHECK(done == 20);
    CHECK(failed == 0);
    CHECK(milliseconds() - start < 8'000);  // the deadline is at 10 s
}

TEST_CASE("a node that says nothing is given up also where no operation waits for long") {
    Held set(1);
    set.stage.connect({.servers = {0}, .rows = rows(8, {0}), .rev = 1},
                      [](Options &options) { options.operation_timeout = 300ms; });
    set.hold();
    int timeouts = 0;
    std::optional<Later> later;
    const std::uint64_t start = milliseconds();
    while (set.stage.nodes[0]->accepted < 2 && milliseconds() - start < 20'000) {
        REQUIRE_FALSE(set.stage.client->get("held", [&](const Reply &) { ++timeouts; }, {.timeout = 20ms}));
        run_for(set.stage.io, 25'000);
    }
    CHECK(set.stage.nodes[0]->accepted == 2);
    CHECK(timeouts >= 2);
}

}  // namespace
