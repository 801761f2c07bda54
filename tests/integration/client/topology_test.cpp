// SPDX-License-Identifier: Apache-2.0
// Maps that change, nodes that refuse, clusters that cannot be had.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "rig.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;
using namespace std::chrono_literals;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

struct Bootstrap {
    std::error_code error;
    std::string message;
    std::uint64_t milliseconds = 0;
};

Bootstrap bootstrap(const io &io, Options options) {
    Bootstrap result;
    const std::uint64_t start = milliseconds();
    Client client(io, std::move(options));
    int calls = 0;
    REQUIRE_FALSE(client.connect([&](std::error_code error, std::string_view message) {
        result.error = error;
        result.message = message;
        ++calls;
    }));
    std::error_code operation;
    REQUIRE_FALSE(client.get("k", [&](const Reply &reply) { operation = reply.error; }));
    CHECK(client.wait() == result.error);
    CHECK(calls == 1);
    CHECK(operation == result.error);
    CHECK(client.get("k", [](const Reply &) {}) == result.error);
    result.milliseconds = milliseconds() - start;
    return result;
}

void check_moving(devcluster::Options cluster_options, bool publish) {
    Rig rig(std::move(cluster_options));
    devcluster::Bucket &bucket = *rig.cluster.find_bucket("default");
    for (int i = 0; i < 100; ++i) REQUIRE_FALSE(rig.set("k" + std::to_string(i), "v" + std::to_string(i)).error);
    for (std::uint16_t vbucket = 0; vbucket < 64; ++vbucket)
        rig.cluster.move_vbucket(bucket, vbucket, (vbucket + 1U) % 3U);
    if (publish) rig.cluster.publish(bucket);
    int wrong = 0, answers = 0;
    for (int i = 0; i < 100; ++i) {
        const std::string value = "v" + std::to_string(i);
        REQUIRE_FALSE(rig.client->get("k" + std::to_string(i), [&, value](const Reply &reply) {
            ++answers;
            wrong += reply.text() == value ? 0 : 1;
        }));
        REQUIRE_FALSE(rig.client->set("n" + std::to_string(i), as_bytes(value), [&](const Reply &reply) {
            ++answers;
            wrong += reply.error ? 1 : 0;
        }));
    }
    REQUIRE_FALSE(rig.client->wait());
    CHECK(answers == 200);
    CHECK(wrong == 0);
}

TEST_CASE("vBuckets that moved are found: by the published map") { check_moving({.nodes = 3, .vbuckets = 64}, true); }
TEST_CASE("vBuckets that moved are found: by asking one node after the other") {
    check_moving({.nodes = 3, .vbuckets = 64, .map_in_refusals = false}, false);
}
TEST_CASE("vBuckets that moved are found: by the map in the refusal") {
    check_moving({.nodes = 3, .vbuckets = 64, .map_in_refusals = true}, false);
}

TEST_CASE("a wrong password, a missing bucket and a dead host each have their error, with the host in it") {
    const io io = io::load();
    devcluster::Cluster cluster(io.get(), {.nodes = 1, .buckets = {{"default", ""}, {"locked", "secret"}}});
    REQUIRE_FALSE(cluster.start());
    const std::string host = "127.0.0.1:" + std::to_string(cluster.management_port());
    Options options;
    options.hosts = {host};
    options.bootstrap_timeout = 10s;

    options.bucket = "locked";
    options.password = "secret";
    CHECK_FALSE(Client(io, options).connect());
    {
        Client client(io, options);
        REQUIRE_FALSE(client.connect());
        CHECK_FALSE(client.wait());
        std::error_code outcome = errc::cancelled;
        REQUIRE_FALSE(client.set("k", as_bytes("v"), [&](const Reply &reply) { outcome = reply.error; }));
        REQUIRE_FALSE(client.wait());
        CHECK_FALSE(outcome);
    }
    options.password = "wrong";
    Bootstrap result = bootstrap(io, options);
    CHECK(result.error == errc::authentication);
    CHECK_MESSAGE(contains(result.message, host), result.message);
    CHECK_FALSE(contains(result.message, "wrong"));
    CHECK(result.milliseconds < 5'000);

    options.bucket = "nothere";
    options.password = "";
    result = bootstrap(io, options);
    CHECK(result.error == errc::bucket_not_found);
    CHECK_MESSAGE(contains(result.message, "nothere"), result.message);
    CHECK(result.milliseconds < 5'000);

    options.bucket = "default";
    options.hosts = {"127.0.0.1:1", "127.0.0.1:2"};
    result = bootstrap(io, options);
    CHECK(result.error == errc::no_host);
    CHECK_MESSAGE(contains(result.message, "127.0.0.1:1"), result.message);
    CHECK_MESSAGE(contains(result.message, "127.0.0.1:2"), result.message);

    options.hosts = {"127.0.0.1:1", host};
    Client client(io, options);
    REQUIRE_FALSE(client.connect());
    CHECK_FALSE(client.wait());
}

TEST_CASE("the list of all buckets gives the password too, if none was given") {
    const io io = io::load();
    devcluster::Cluster cluster(io.get(), {.nodes = 2, .buckets = {{"default", ""}, {"locked", "secret"}}});
    REQUIRE_FALSE(cluster.start());
    Options options;
    options.hosts = {"127.0.0.1:" + std::to_string(cluster.management_port())};
    options.bucket = "locked";
    options.bootstrap_timeout = 10s;
    options.operation_timeout = 10s;
    CHECK(bootstrap(io, options).error);  // the bucket's own documents want it first

    options.sasl_buckets = true;
    Client client(io, options);
    REQUIRE_FALSE(client.connect());
    REQUIRE_FALSE(client.wait());
    int stored = 0;
    for (int i = 0; i < 20; ++i)  // on both nodes
        REQUIRE_FALSE(client.set("k" + std::to_string(i), as_bytes("v"), [&](const Reply &reply) {
            CHECK_MESSAGE(!reply.error, reply.detail);
            stored += reply.error ? 0 : 1;
        }));
    REQUIRE_FALSE(client.wait());
    CHECK(stored == 20);

    options.bucket = "nothere";
    const Bootstrap result = bootstrap(io, options);
    CHECK(result.error == errc::bucket_not_found);
    CHECK_MESSAGE(contains(result.message, "nothere"), result.message);
}

TEST_CASE("IPv6 from end to end: the host given, the map, the nodes") {
    const io io = io::load();
    devcluster::Cluster cluster(io.get(), {.nodes = 2, .host = "::1"});
    if (const Error error = cluster.start()) {
        MESSAGE("skipped: this machine has no ::1: " << error.message);
        return;
    }
    const std::string host = "[::1]:" + std::to_string(cluster.management_port());
    for (const std::string &given : {host, "http://" + host + "/pools"}) {
        Options options;
        options.hosts = {given};
        options.bootstrap_timeout = 10s;
        options.operation_timeout = 10s;
        Client client(io, options);
        REQUIRE_FALSE(client.connect());
        REQUIRE_MESSAGE(!client.wait(), client.error_message());
        REQUIRE(client.server_count() == 2);
        for (std::size_t i = 0; i < 2; ++i) CHECK(client.server(i) == "[::1]:" + std::to_string(cluster.data_port(i)));
        int stored = 0;
        for (int i = 0; i < 20; ++i)
            REQUIRE_FALSE(client.set("k" + std::to_string(i), as_bytes("v"), [&](const Reply &reply) {
                CHECK_MESSAGE(!reply.error, reply.detail);
                CHECK(reply.server.substr(0, 6) == "[::1]:");
                stored += reply.error ? 0 : 1;
            }));
        REQUIRE_FALSE(client.wait());
        CHECK(stored == 20);
    }
}

TEST_CASE("hosts that accept and say nothing, or do not speak HTTP, end the bootstrap in time") {
    const io io = io::load();
    ScriptedNode node(io.get(), [](ScriptedNode::Connection &, const wire::Frame &) {});
    node.on_bytes = [](ScriptedNode::Connection &, std::span<const std::byte>) {};
    Options options;
    options.hosts = {node.address()};
    options.bootstrap_timeout = 300ms;
    Bootstrap result = bootstrap(io, options);
    CHECK(result.error);
    CHECK_MESSAGE(contains(result.message, node.address()), result.message);
    CHECK(result.milliseconds < 5'000);

    node.on_bytes = [](ScriptedNode::Connection &connection, std::span<const std::byte>) {
        connection.write("+OK go away\r\n");
    };
    options.bootstrap_timeout = 10s;
    result = bootstrap(io, options);
    CHECK(result.error);
    CHECK_MESSAGE(contains(result.message, node.address()), result.message);
    CHECK(result.milliseconds < 8'000);
}

TEST_CASE("options that make no sense come back at once") {
    const io io = io::load();
    CHECK(Client(io, {}).connect() == errc::invalid_option);
    Client client(io, {.hosts = {"127.0.0.1:port"}});
    CHECK(client.connect() == errc::invalid_option);
    CHECK_FALSE(client.error_message().empty());
}

TEST_CASE("a bootstrap that failed may be tried again") {
    const io io = io::load();
    Client client(io, {.hosts = {own_loopback()}});
    REQUIRE_FALSE(client.connect());
    CHECK(client.wait());
    devcluster::Cluster cluster(io.get(), {.nodes = 1, .host = own_loopback(), .port = 8091});
    const Error error = cluster.start();
    REQUIRE_MESSAGE(!error, error.message);
    REQUIRE_FALSE(client.connect());
    CHECK_FALSE(client.wait());
}

}  // namespace
