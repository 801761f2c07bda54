// SPDX-License-Identifier: Apache-2.0
// Nodes that lie, stall, vanish and answer late: each its own error, in its time, and nothing else lost.
#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "rig.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;
using namespace std::chrono_literals;
using Connection = ScriptedNode::Connection;
using wire::Opcode;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

Outcome run(Client &client, const std::function<std::error_code(Callback)> &start) {
    Outcome outcome;
    int calls = 0;
    REQUIRE_FALSE(start([&](const Reply &reply) {
        outcome = Outcome(reply);
        ++calls;
    }));
    REQUIRE_FALSE(client.wait());
    REQUIRE(calls == 1);
    return outcome;
}

TEST_CASE("a node that says nothing: the operation's own deadline, told with the node's name") {
    const io io = io::load();
    ScriptedNode node(io.get(), [](Connection &, const wire::Frame &) {});
    auto client = memcached_client(io, {node.address()});
    const std::uint64_t start = milliseconds();
    const Outcome outcome =
        run(*client, [&](Callback done) { return client->get("k", std::move(done), {.timeout = 100ms}); });
    CHECK(outcome.error == errc::timeout);
    CHECK(outcome.server == node.address());
    CHECK(milliseconds() - start >= 100);
    CHECK(milliseconds() - start < 5'000);
}

TEST_CASE("deadlines of different lengths are each kept") {
    const io io = io::load();
    ScriptedNode node(io.get(), [](Connection &, const wire::Frame &) {});
    auto client = memcached_client(io, {node.address()});
    std::vector<int> order;
    for (const int ms : {300, 50, 200, 100}) {
        REQUIRE_FALSE(client->get("k", [&order, ms](const Reply &reply) {
            CHECK(reply.error == errc::timeout);
            order.push_back(ms);
        }, {.timeout = std::chrono::milliseconds(ms)}));
    }
    REQUIRE_FALSE(client->wait());
    CHECK(order == std::vector<int>{50, 100, 200, 300});
}

TEST_CASE("a late reply is swallowed, and is not taken for another's") {
    const io io = io::load();
    std::vector<std::pair<Connection *, std::uint32_t>> held;
    ScriptedNode node(io.get(), [&](Connection &connection, const wire::Frame &request) {
        if (request.key == "slow") return held.emplace_back(&connection, request.opaque), void();
        for (const auto &[c, opaque] : std::exchange(held, {})) {
            wire::Frame late;
            late.opcode = Opcode::get;
            late.opaque = opaque;
            c->reply(late, wire::Status::ok, "late");
        }
        connection.reply(request, wire::Status::ok, request.key);
    });
    auto client = memcached_client(io, {node.address()});
    CHECK(run(*client, [&](Callback done) { return client->get("slow", std::move(done), {.timeout = 30ms}); }).error ==
          errc::timeout);
    for (const char *key : {"a", "b", "c"})
        CHECK(run(*client, [&](Callback done) { return client->get(key, std::move(done)); }).value == key);
    CHECK(node.accepted == 1);
}

TEST_CASE("replies in any order find their operations") {
    const io io = io::load();
    std::vector<std::pair<std::uint32_t, std::string>> held;
    ScriptedNode node(io.get(), [&](Connection &connection, const wire::Frame &request) {
        held.emplace_back(request.opaque, request.key);
        if (held.size() < 100) return;
        for (std::size_t i = 0; i < held.size(); ++i) {
            wire::Frame answered;
            answered.opcode = Opcode::get;
            answered.opaque = held[(i * 37) % held.size()].first;
            connection.reply(answered, wire::Status::ok, held[(i * 37) % held.size()].second);
        }
    });
    auto client = memcached_client(io, {node.address()});
    int right = 0;
    for (int i = 0; i < 100; ++i) {
        const std::string key = "k" + std::to_string(i);
        REQUIRE_FALSE(client->get(key, [&right, key](const Reply &reply) { right += reply.text() == key ? 1 : 0; }));
    }
    REQUIRE_FALSE(client->wait());
    CHECK(right == 100);
}

TEST_CASE("garbage, a reply to nobody and a reply to another command are protocol errors that say so") {
    const io io = io::load();
    std::string what;
    ScriptedNode node(io.get(), [&](Connection &connection, const wire::Frame &request) {
        wire::Frame answered = request;
        if (what == "garbage") return connection.write("HTTP/1.1 400 Bad Request\r\n\r\n");
        if (what == "long") return connection.write(std::string("\x81\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff", 12) +
                                                     std::string(12, '\0'));
        if (what == "lengths") return connection.write(std::string("\x81\x00\x00\x09\x00\x00\x00\x00\x00\x00\x00\x01", 12) +
                                                        std::string(13, '\0'));
        if (what == "nobody") answered.opaque += 1'000;
        if (what == "twice") connection.reply(request);
        if (what == "other") answered.opcode = Opcode::set;
        connection.reply(answered);
    });
    auto client = memcached_client(io, {node.address()});
    const std::map<std::string, std::string> expected{{"garbage", "48 54 54 50"}, {"long", "longer than the limit"},
                                                      {"lengths", "longer than the body"}, {"nobody", "nobody"},
                                                      {"other", "another command"}};
    for (const auto &[name, text] : expected) {
        what = name;
        const Outcome outcome = run(*client, [&](Callback done) { return client->get("k", std::move(done)); });
        CHECK(outcome.error == errc::protocol);
        CHECK_MESSAGE(contains(outcome.detail, text), outcome.detail);
        CHECK_MESSAGE(contains(outcome.detail, node.address()), outcome.detail);
    }
    what = "twice";  // the second one hits nobody: only the connection goes
    CHECK_FALSE(run(*client, [&](Callback done) { return client->get("k", std::move(done)); }).error);
    what = "";
    CHECK_FALSE(run(*client, [&](Callback done) { return client->get("k", std::move(done)); }).error);
}

TEST_CASE("a lost connection: reads go on, what may not be repeated fails, what was not sent goes out") {
    const io io = io::load();
    std::map<Opcode, int> seen;
    bool cut = true;
    ScriptedNode node(io.get(), [&](Connection &connection, const wire::Frame &request) {
        ++seen[request.opcode];
        if (request.key == "cut" && std::exchange(cut, false)) return connection.close();
        connection.reply(request, wire::Status::ok, "v");
    });
    auto client = memcached_client(io, {node.address()});
    std::map<std::string, std::error_code> outcomes;
    const auto note = [&](const char *name) {
        return [&outcomes, &node, name](const Reply &reply) {
            CHECK(outcomes.count(name) == 0);
            outcomes[name] = reply.error;
            if (reply.error == errc::network) CHECK(contains(reply.detail, node.address()));
        };
    };
    REQUIRE_FALSE(client->get("cut", note("get")));
    REQUIRE_FALSE(client->set("s", as_bytes("v"), note("set")));
    REQUIRE_FALSE(client->increment("i", 1, note("incr")));
    REQUIRE_FALSE(client->noop(note("noop")));
    REQUIRE_FALSE(client->wait());
    CHECK_FALSE(outcomes["get"]);
    CHECK_FALSE(outcomes["noop"]);
    CHECK(outcomes["set"] == errc::network);
    CHECK(outcomes["incr"] == errc::network);
    CHECK(seen[Opcode::get] == 2);
    CHECK(seen[Opcode::set] == 0);
    CHECK(node.accepted == 2);
}

TEST_CASE("a memcached server that is not there fails its keys at once, and comes back by itself") {
    const io io = io::load();
    const auto answer = [](Connection &connection, const wire::Frame &request) { connection.reply(request); };
    auto node = std::make_unique<ScriptedNode>(io.get(), answer);
    const std::uint16_t port = node->port();
    auto client = memcached_client(io, {node->address()});
    CHECK_FALSE(run(*client, [&](Callback done) { return client->get("k", std::move(done)); }).error);
    node->die();
    const std::uint64_t start = milliseconds();
    Outcome outcome;
    for (int i = 0; i < 5; ++i) {
        outcome = run(*client, [&](Callback done) { return client->set("k", as_bytes("v"), std::move(done)); });
        CHECK(outcome.error);
    }
    CHECK(outcome.error == errc::connect);
    CHECK_MESSAGE(contains(outcome.detail, std::to_string(port)), outcome.detail);
    CHECK(milliseconds() - start < 8'000);
    node = std::make_unique<ScriptedNode>(io.get(), answer, port);
    // Nobody waits for it: it is looked for once in a while, and what is asked before it is found fails at once.
    const std::uint64_t back = milliseconds();
    do {
        run_for(io, 10'000);
        outcome = run(*client, [&](Callback done) { return client->set("k", as_bytes("v"), std::move(done)); });
    } while (outcome.error && milliseconds() - back < 20'000);
    CHECK_FALSE(outcome.error);
}

TEST_CASE("a node that accepts and does not answer the authentication is told as such") {
    const io io = io::load();
    ScriptedNode node(io.get(), [](Connection &, const wire::Frame &) {});
    node.on_bytes = [](Connection &, std::span<const std::byte>) {};
    auto client = memcached_client(io, {node.address()}, [](Options &options) {
        options.connect_timeout = 100ms;
        options.username = "user";
        options.password = "secret";
    });
    const Outcome outcome = run(*client, [&](Callback done) { return client->get("k", std::move(done)); });
    CHECK(outcome.error);
    CHECK_MESSAGE(contains(outcome.detail, "authentication"), outcome.detail);
    CHECK_FALSE(contains(outcome.detail, "secret"));
}

TEST_CASE("a dead node on which nothing is heard any more is given up, and found again") {
    const io io = io::load();
    bool silent = true;
    ScriptedNode node(io.get(), [&](Connection &connection, const wire::Frame &request) {
        if (!silent) connection.reply(request);
    });
    auto client = memcached_client(io, {node.address()}, [](Options &options) { options.operation_timeout = 200ms; });
    for (int i = 0; i < 2; ++i)  // during the first one the greeting was heard
        CHECK(run(*client, [&](Callback done) { return client->get("k", std::move(done)); }).error == errc::timeout);
    silent = false;
    CHECK_FALSE(run(*client, [&](Callback done) {
        return client->get("k", std::move(done), {.timeout = 10s});
    }).error);
    CHECK(node.accepted == 2);
}

TEST_CASE("a write that timed out before there was a connection is never sent") {
    const io io = io::load();
    std::vector<std::string> seen;
    std::vector<std::pair<Connection *, wire::Frame>> greetings;
    ScriptedNode node(io.get(), [&](Connection &connection, const wire::Frame &request) {
        if (request.opcode == Opcode::sasl_list) return greetings.emplace_back(&connection, request), void();
        seen.emplace_back(request.key);
        connection.reply(request);
    });
    node.without_sasl = false;
    auto client = memcached_client(io, {node.address()});
    const auto set = [&](const char *key, std::chrono::microseconds timeout, std::error_code &outcome) {
        REQUIRE_FALSE(client->set(key, as_bytes("v"), [&](const Reply &reply) { outcome = reply.error; },
                                  {.timeout = timeout}));
    };
    std::error_code first, second, third;
    set("first", 10s, first);
    set("second", 50ms, second);
    set("third", 10s, third);
    const Later later(io.get(), 200'000, [&] {
        for (const auto &[connection, greeting] : greetings) {
            wire::Frame list;
            list.opcode = Opcode::sasl_list;
            list.opaque = greeting.opaque;
            connection->reply(list, wire::Status::unknown_command);
        }
    });
    REQUIRE_FALSE(client->wait());
    CHECK_FALSE(first);
    CHECK(second == errc::timeout);
    CHECK_FALSE(third);
    CHECK(seen == std::vector<std::string>{"first", "third"});
}

TEST_CASE("a server that does not read holds nobody else up, and memory is bounded by the limits") {
    const io io = io::load();
    devcluster::Cluster cluster(io.get(), {});
    REQUIRE_FALSE(cluster.start());
    ScriptedNode node(io.get(), [](Connection &connection, const wire::Frame &) { connection.stream->pause(); });
    auto client = memcached_client(io, {node.address()}, [](Options &options) { options.max_pending_bytes = 64 << 20; });
    const std::string megabyte(1 << 20, 'x');
    int failed = 0, scheduled = 0;
    std::error_code refused;
    while (!(refused = client->set("k", as_bytes(megabyte), [&](const Reply &reply) { failed += reply.error ? 1 : 0; },
                                   {.timeout = 300ms})))
        ++scheduled;
    CHECK(refused == errc::would_exceed_limits);
    CHECK(scheduled >= 62);
    auto other = memcached_client(io, {"127.0.0.1:" + std::to_string(cluster.data_port())});
    CHECK(run(*other, [&](Callback done) { return other->get("k", std::move(done)); }).error == errc::not_found);
    REQUIRE_FALSE(client->wait());
    CHECK(failed == scheduled);
}

TEST_CASE("callbacks that take long do not eat the time of what they schedule") {
    Rig rig;
    Client &client = *rig.client;
    std::error_code outcome = errc::cancelled;
    REQUIRE_FALSE(client.get("k", [&](const Reply &) {
        const std::uint64_t start = milliseconds();
        while (milliseconds() - start < 150) {}
        REQUIRE_FALSE(client.get("k", [&](const Reply &reply) { outcome = reply.error; }, {.timeout = 100ms}));
    }));
    REQUIRE_FALSE(client.wait());
    CHECK(outcome == errc::not_found);
}

}  // namespace
