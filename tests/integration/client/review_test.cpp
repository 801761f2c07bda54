// SPDX-License-Identifier: Apache-2.0
// Corners of an operation's life: no callback, reconnecting in one, refusals without end, nodes that leave, full pipes.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rig.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;
using namespace std::chrono_literals;
using Connection = ScriptedNode::Connection;
using wire::Opcode;
using wire::Status;

/// A cluster whose data nodes are scripted ones: it gives the map, and they do the rest.
struct Scripted {
    Scripted(const io &io, std::vector<std::uint16_t> ports)
        : cluster(io.get(), options(std::move(ports))), client(make(io)) {}

    static devcluster::Options options(std::vector<std::uint16_t> ports) {
        devcluster::Options made;
        made.nodes = 0;
        made.vbuckets = 64;
        for (const std::uint16_t port : ports) {
            devcluster::NodeAddress address;
            address.host = own_loopback();
            address.data_port = port;
            made.data_nodes.push_back(address);
        }
        return made;
    }
    std::unique_ptr<Client> make(const io &io) {
        const Error error = cluster.start();
        REQUIRE_MESSAGE(!error, error.message);
        Options made;
        made.hosts = {"127.0.0.1:" + std::to_string(cluster.management_port())};
        made.seed = 1;
        auto connected = std::make_unique<Client>(io, made);
        REQUIRE_FALSE(connected->connect());
        REQUIRE_MESSAGE(!connected->wait(), connected->error_message());
        return connected;
    }

    devcluster::Cluster cluster;
    std::unique_ptr<Client> client;
};

/// A newer map than the cluster's: server 0 owns everything, and `forward` will when the rebalance is over.
std::string map_json(const Scripted &rig, const std::vector<std::string> &servers, int forward) {
    const auto rows = [](int owner) {
        std::string text;
        for (int i = 0; i < 64; ++i) text += (i == 0 ? "[" : ",[") + std::to_string(owner) + "]";
        return text;
    };
    std::string list;
    for (const std::string &server : servers) list += (list.empty() ? "\"" : ",\"") + server + "\"";
    return R"({"rev":100000,"name":"default","nodeLocator":"vbucket","uuid":")" +
           rig.cluster.find_bucket("default")->uuid() +
           R"(","vBucketServerMap":{"hashAlgorithm":"CRC","numReplicas":0,"serverList":[)" + list +
           R"(],"vBucketMap":[)" + rows(0) + R"(],"vBucketMapForward":[)" + rows(forward) + "]}}";
}

TEST_CASE("operations may go without a callback, those with many replies too") {
    Rig rig({.nodes = 2});
    REQUIRE_FALSE(rig.client->set("k", as_bytes("v"), {}));
    REQUIRE_FALSE(rig.client->noop({}));
    REQUIRE_FALSE(rig.client->stats("", {}));
    Command one;
    one.opcode = static_cast<std::uint8_t>(Opcode::stat);
    one.target = Target::server;
    REQUIRE_FALSE(rig.client->request(one, {}));
    REQUIRE_FALSE(rig.client->wait());
    CHECK(rig.client->pending() == 0);
    CHECK(rig.get("k").value == "v");
}

TEST_CASE("extras longer than the header can say are refused") {
    Rig rig;
    const std::string extras(256, 'e');
    Command command;
    command.opcode = static_cast<std::uint8_t>(Opcode::get);
    command.key = "k";
    command.extras = as_bytes(extras);
    CHECK(rig.client->request(command, [](const Reply &) { FAIL("was scheduled"); }) == errc::invalid_arguments);
    REQUIRE_FALSE(rig.client->wait());
}

TEST_CASE("connecting anew in the callback of an operation that the failed bootstrap took along") {
    const io io = io::load();
    Client client(io, {.hosts = {"127.0.0.1:1"}});
    int first = 0, second = 0, operations = 0;
    REQUIRE_FALSE(client.connect([&](std::error_code error, std::string_view) { first += error ? 1 : 100; }));
    for (int i = 0; i < 2; ++i) {
        REQUIRE_FALSE(client.get("k", [&](const Reply &reply) {
            CHECK(reply.error);
            if (operations++ != 0) return;
            CHECK_FALSE(client.connect([&](std::error_code error, std::string_view) { second += error ? 1 : 100; }));
        }));
    }
    CHECK(client.wait());
    CHECK(operations == 2);
    CHECK(first == 1);
    CHECK(second == 1);
}

TEST_CASE("however often an operation is refused, rounds stay spaced") {
    const io io = io::load();
    std::size_t asked = 0;
    ScriptedNode node(io.get(), [&](Connection &connection, const wire::Frame &request) {
        if (request.opcode == Opcode::get) {
            ++asked;
            return connection.reply(request, Status::not_my_vbucket);
        }
        connection.reply(request);
    });
    const std::vector<std::uint16_t> many(50, node.port());
    Scripted rig(io, many);
    std::error_code outcome;
    REQUIRE_FALSE(rig.client->get("k", [&](const Reply &reply) { outcome = reply.error; }, {.timeout = 1s}));
    REQUIRE_FALSE(rig.client->wait());
    CHECK(outcome == errc::timeout);
    CHECK(asked > 300);    // more than 255, at which it may not lose count
    CHECK(asked < 2'000);  // some 20 rounds of 50
}

TEST_CASE("a refused operation goes to the owner to be, and who answered is remembered") {
    const io io = io::load();
    std::string map;
    std::vector<std::size_t> asked;
    std::vector<std::unique_ptr<ScriptedNode>> nodes;
    std::vector<std::uint16_t> ports;
    std::vector<std::string> addresses;
    for (std::size_t i = 0; i < 4; ++i) {
        nodes.push_back(std::make_unique<ScriptedNode>(io.get(), [&, i](Connection &connection, const wire::Frame &request) {
            asked.push_back(i);
            if (i == 2) return connection.reply(request);
            connection.reply(request, Status::not_my_vbucket, map);
        }));
        ports.push_back(nodes.back()->port());
        addresses.push_back(nodes.back()->address());
    }
    Scripted rig(io, ports);
    map = map_json(rig, addresses, 2);
    const auto get = [&](const std::string &key) {
        asked.clear();
        std::error_code outcome = errc::cancelled;
        REQUIRE_FALSE(rig.client->get(key, [&](const Reply &reply) { outcome = reply.error; }));
        REQUIRE_FALSE(rig.client->wait());
        CHECK_FALSE(outcome);
    };
    std::string key = "k";
    for (get(key); asked.size() == 1 && key.size() < 100; get(key)) key += "k";  // until one is refused
    REQUIRE(asked.size() >= 2);
    CHECK(asked[asked.size() - 2] == 0);  // the map's owner, then the one to be
    CHECK(asked.back() == 2);
    get(key);
    CHECK(asked == std::vector<std::size_t>{2});
}

TEST_CASE("a node that left the map is let go, though it owes a reply nobody waits for") {
    const io io = io::load();
    std::string map;
    ScriptedNode old(io.get(), [&](Connection &connection, const wire::Frame &request) {
        if (request.key == "slow") return;
        connection.reply(request, map.empty() ? Status::ok : Status::not_my_vbucket, map);
    });
    ScriptedNode fresh(io.get(), [&](Connection &connection, const wire::Frame &request) { connection.reply(request); });
    Scripted rig(io, {old.port()});
    Client &client = *rig.client;
    REQUIRE_FALSE(client.get("slow", {}, {.timeout = 30ms}));
    REQUIRE_FALSE(client.wait());
    REQUIRE(old.open() == 1);
    map = map_json(rig, {fresh.address()}, 0);
    std::error_code outcome = errc::cancelled;
    REQUIRE_FALSE(client.get("k", [&](const Reply &reply) { outcome = reply.error; }));
    REQUIRE_FALSE(client.wait());
    CHECK_FALSE(outcome);
    CHECK(client.server(0) == fresh.address());
    for (int i = 0; i < 50 && old.open() != 0; ++i) {
        const Later later(io.get(), 5'000, [&] { io.stop(); });
        io.run();
    }
    CHECK(old.open() == 0);
}

TEST_CASE("a write that timed out behind a full pipe is never sent") {
    const io io = io::load();
    std::vector<std::string> seen;
    Connection *held = nullptr;
    ScriptedNode node(io.get(), [&](Connection &connection, const wire::Frame &request) {
        seen.emplace_back(request.key);
        connection.reply(request);
        if (request.key == "stop") {
            held = &connection;
            connection.stream->pause();
        }
    });
    auto client = memcached_client(io, {node.address()});
    const std::string large(16 << 20, 'x');
    int good = 0, late = 0;
    const auto ok = [&](const Reply &reply) { good += reply.error ? 0 : 1; };
    REQUIRE_FALSE(client->set("stop", as_bytes("v"), ok));
    REQUIRE_FALSE(client->wait());
    REQUIRE(held != nullptr);
    REQUIRE_FALSE(client->set("first", as_bytes(large), ok));
    for (int i = 0; i < 5; ++i) {
        REQUIRE_FALSE(client->set("late", as_bytes("v"), [&](const Reply &reply) {
            late += reply.error == errc::timeout ? 1 : 0;
            if (late == 5) held->stream->resume();
        }, {.timeout = 50ms}));
        if (i == 2) REQUIRE_FALSE(client->set("between", as_bytes("v"), ok));
    }
    REQUIRE_FALSE(client->set("last", as_bytes("v"), ok));
    REQUIRE_FALSE(client->wait());
    CHECK(late == 5);
    CHECK(good == 4);
    CHECK(seen == std::vector<std::string>{"stop", "first", "between", "last"});
    CHECK(node.accepted == 1);
}

}  // namespace
