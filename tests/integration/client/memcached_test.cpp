// SPDX-License-Identifier: Apache-2.0
// Several plain memcached servers: keys by ketama, a dead one for itself.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "stage.hpp"
#include "topology/ketama.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;
using namespace std::chrono_literals;
using Connection = ScriptedNode::Connection;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kFreedMemoryIsKept = true;
#elif defined(__has_feature)
constexpr bool kFreedMemoryIsKept = __has_feature(address_sanitizer);
#else
constexpr bool kFreedMemoryIsKept = false;
#endif

/// Scripted servers that store nothing, but note who was asked for what.
struct Servers {
    explicit Servers(std::size_t count) : io(io::load()) {
        for (std::size_t i = 0; i < count; ++i) {
            start(i);
            ports.push_back(nodes[i]->port());
        }
    }
    void start(std::size_t i) {
        if (nodes.size() <= i) nodes.resize(i + 1);
        nodes[i] = std::make_unique<ScriptedNode>(io.get(), [this, i](Connection &connection, const wire::Frame &request) {
            asked[std::string(request.key)].insert(i);
            vbuckets.insert(request.vbucket_or_status);
            connection.reply(request);
        }, ports.size() > i ? ports[i] : std::uint16_t{0});
    }
    std::vector<std::string> hosts() const {
        std::vector<std::string> all;
        for (const std::uint16_t port : ports) all.push_back(own_loopback() + ":" + std::to_string(port));
        return all;
    }
    topology::Ketama ring(topology::KetamaNames names = topology::KetamaNames::host_port) const {
        std::vector<topology::Server> servers;
        for (const std::uint16_t port : ports) servers.push_back({own_loopback(), port, 0});
        return {servers, names};
    }

    tenon::io io;
    std::vector<std::unique_ptr<ScriptedNode>> nodes;
    std::vector<std::uint16_t> ports;
    std::map<std::string, std::set<std::size_t>> asked;
    std::set<std::uint16_t> vbuckets;
};

std::string key(int i) { return "key-" + std::to_string(i); }

TEST_CASE("several memcached servers: each key has its server, and the requests no vBucket") {
    Servers servers(4);
    const auto client = memcached_client(servers.io, servers.hosts());
    CHECK(client->server_count() == 4);
    for (int i = 0; i < 100; ++i) REQUIRE_FALSE(client->set(key(i), as_bytes("v"), {}));
    for (int i = 0; i < 100; ++i) REQUIRE_FALSE(client->get(key(i), {}));
    REQUIRE_FALSE(client->wait());
    const topology::Ketama ring = servers.ring();
    std::set<std::size_t> used;
    for (int i = 0; i < 100; ++i) {
        REQUIRE(servers.asked[key(i)].size() == 1);
        CHECK(*servers.asked[key(i)].begin() == static_cast<std::size_t>(ring.server_of(key(i))));
        used.insert(*servers.asked[key(i)].begin());
    }
    CHECK(used.size() == 4);
    CHECK(servers.vbuckets == std::set<std::uint16_t>{0});

    int answers = 0, last = 0;
    REQUIRE_FALSE(client->noop([&](const Reply &reply) {
        ++answers;
        last += reply.last ? 1 : 0;
    }));
    REQUIRE_FALSE(client->wait());
    CHECK(answers == 4);
    CHECK(last == 1);
}

TEST_CASE("a memcached server that is dead fails its own keys at once, others are not touched, and it comes back by itself") {
    Servers servers(3);
    const auto client = memcached_client(servers.io, servers.hosts());
    const topology::Ketama ring = servers.ring();
    const auto on = [&](int server) {
        int i = 0;
        while (ring.server_of(key(i)) != server) ++i;
        return key(i);
    };
    const auto set = [&](const std::string &name) {
        Outcome outcome;
        REQUIRE_FALSE(client->set(name, as_bytes("v"), [&](const Reply &reply) { outcome = Outcome(reply); }));
        CHECK(outcome.error == std::error_code());  // never inside the call
        REQUIRE_FALSE(client->wait());
        return outcome;
    };
    for (int server = 0; server < 3; ++server) REQUIRE_FALSE(set(on(server)).error);
    servers.nodes[1]->die();
    CHECK(set(on(1)).error);  // finds out: the connection is lost, or the next one cannot be had
    const std::uint64_t start = milliseconds();
    std::uint64_t longest = 0;
    for (int i = 0; i < 200; ++i) {
        const std::uint64_t before = milliseconds();
        const Outcome outcome = set(on(1));
        longest = std::max(longest, milliseconds() - before);
        CHECK(outcome.error == errc::connect);
        CHECK(outcome.server == servers.hosts()[1]);
        CHECK_FALSE(outcome.detail.empty());
        CHECK_FALSE(set(on(0)).error);
        CHECK_FALSE(set(on(2)).error);
        if (milliseconds() - start > 3'000) break;
    }
    CHECK(longest < 2'000);  // and not the 10 s that it may take

    // In one batch, too, nothing is called before the loop runs.
    int refused = 0;
    {
        const Batch batch(*client);
        for (int i = 0; i < 10; ++i)
            REQUIRE_FALSE(client->get(on(1), [&](const Reply &reply) { refused += reply.error == errc::connect ? 1 : 0; }));
    }
    CHECK(refused == 0);
    REQUIRE_FALSE(client->wait());
    CHECK(refused == 10);

    // Nobody asks for it meanwhile.
    servers.start(1);
    for (int i = 0; i < 2000 && servers.nodes[1]->open() == 0; ++i) run_for(servers.io, 10'000);
    CHECK(servers.nodes[1]->open() == 1);
    run_for(servers.io, 50'000);
    CHECK_FALSE(set(on(1)).error);
    CHECK(servers.nodes[0]->accepted == 1);
    CHECK(servers.nodes[2]->accepted == 1);
}

TEST_CASE("a memcached bucket's map spreads keys by ketama over its nodes, as they come and go") {
    Stage stage(3, [](std::size_t, Connection &connection, const wire::Frame &request) { connection.reply(request); });
    stage.connect({.servers = {0, 1}, .rows = {}, .rev = 1, .locator = "ketama"});
    const auto check = [&](const std::vector<std::size_t> &members) {
        std::vector<topology::Server> servers;
        for (const std::size_t at : members) servers.push_back({own_loopback(), stage.ports[at], 0});
        const topology::Ketama ring(servers, topology::KetamaNames::host_port);
        for (int i = 0; i < 40; ++i) {
            CHECK_FALSE(stage.get(key(i)).error);
            CHECK(stage.asked.back() == members[static_cast<std::size_t>(ring.server_of(key(i)))]);
        }
    };
    check({0, 1});
    stage.publish({.servers = {2, 1, 0}, .rows = {}, .rev = 2, .locator = "ketama"});
    REQUIRE(stage.run_until([&] { return stage.client->server_count() == 3; }));
    check({2, 1, 0});
    stage.publish({.servers = {2}, .rows = {}, .rev = 3, .locator = "ketama"});
    REQUIRE(stage.run_until([&] { return stage.client->server_count() == 1; }));
    check({2});
}

TEST_CASE("a memcached server that refuses, as if there were vBuckets, draws no other keys to where it is taken") {
    std::set<std::size_t> refused;
    std::string body;
    Stage stage(3, [&](std::size_t at, Connection &connection, const wire::Frame &request) {
        if (refused.insert(at).second) connection.reply(request, wire::Status::not_my_vbucket, body);
        else connection.reply(request);
    });
    SUBCASE("without a map") {}
    SUBCASE("with one of a single server") {
        body = stage.json({.servers = {2}, .rows = {}, .locator = "ketama"});
    }
    stage.connect({.servers = {0, 1, 2}, .rows = {}, .rev = 1, .locator = "ketama"});
    std::vector<topology::Server> servers;
    for (const std::uint16_t port : stage.ports) servers.push_back({own_loopback(), port, 0});
    const topology::Ketama ring(servers, topology::KetamaNames::host_port);
    for (int i = 0; i < 40; ++i) {
        CHECK_FALSE(stage.get(key(i)).error);
        CHECK(stage.asked.back() == static_cast<std::size_t>(ring.server_of(key(i))));
    }
}

TEST_CASE("requests that expire while their node is being dialed give their memory back") {
    const io io = io::load();
    ScriptedNode node(io.get(), [](Connection &, const wire::Frame &) {});
    node.on_bytes = [](Connection &, std::span<const std::byte>) {};  // accepts, and never says that it is ready
    const auto client = memcached_client(io, {node.address()}, [](Options &options) {
        options.connect_timeout = 60s;
        options.max_pending_bytes = 4 << 20;
    });
    const std::string value(100'000, 'v');
    const std::size_t before = resident_bytes();
    int timeouts = 0;
    for (int round = 0; round < 40; ++round) {
        for (int i = 0; i < 30; ++i)
            REQUIRE_FALSE(client->set(key(i), as_bytes(value),
                                      [&](const Reply &reply) { timeouts += reply.error == errc::timeout ? 1 : 0; },
                                      {.timeout = 5ms}));
        REQUIRE_FALSE(client->wait());
    }
    CHECK(timeouts == 40 * 30);
    if (kFreedMemoryIsKept) return;
    CHECK(resident_bytes() < before + (std::size_t{40} << 20));  // 120 MB went through
}

}  // namespace
