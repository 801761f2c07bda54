// SPDX-License-Identifier: Apache-2.0
// What nodes do wrong when they are told to.
#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>

#include "cluster_thread.hpp"
#include "own_loopback.hpp"
#include "rest_client.hpp"
#include "topology/cluster_map.hpp"
#include "wire_client.hpp"

using namespace tenon;
using devcluster::Cluster;
using devcluster::Faults;
using devcluster::Lie;
using test::ClusterThread;
using test::MapStream;
using test::Reply;
using test::WireClient;
using wire::Opcode;
using wire::Status;

namespace {

void set_faults(ClusterThread &cluster, const Faults &faults, unsigned node = 0) {
    cluster.run([&](Cluster &c) {
        const Error error = c.set_faults(node, faults);
        CHECK_MESSAGE(!error, error.message);
    });
}

/// Waits until the node has read `bytes` more than `before`.
void until_read(ClusterThread &cluster, std::uint64_t before, std::uint64_t bytes) {
    for (int i = 0; i < 10'000; ++i) {
        std::uint64_t read = 0;
        cluster.run([&](Cluster &c) { read = c.node(0).statistics().bytes_read; });
        if (read >= before + bytes) return;
        usleep(1000);
    }
    FAIL("the node does not read");
}

std::uint64_t bytes_read(ClusterThread &cluster) {
    std::uint64_t read = 0;
    cluster.run([&](Cluster &c) { read = c.node(0).statistics().bytes_read; });
    return read;
}

topology::ClusterMap::Parsed parsed(const std::string &map) { return topology::ClusterMap::parse(map, "127.0.0.1"); }

}  // namespace

TEST_CASE("refusals by rate: each has its status, and nothing was executed") {
    ClusterThread cluster({.vbuckets = 1});
    WireClient c(cluster.data_port());
    const std::pair<Faults, Status> cases[] = {{{.not_my_vbucket = 1}, Status::not_my_vbucket},
                                               {{.temporary_failure = 1}, Status::temporary_failure},
                                               {{.busy = 1}, Status::busy},
                                               {{.out_of_memory = 1}, Status::out_of_memory}};
    for (const auto &[faults, status] : cases) {
        set_faults(cluster, faults);
        CHECK(c.set("k", "v").status == status);
        CHECK(c.ask({.opcode = Opcode::noop}).status == Status::ok);
        set_faults(cluster, {});
        CHECK(c.get("k").status == Status::not_found);
    }
    set_faults(cluster, {.busy = 0.5});
    int busy = 0;
    for (int i = 0; i < 400; ++i) busy += c.get("k").status == Status::busy;
    CHECK(busy > 100);
    CHECK(busy < 300);
}

TEST_CASE("requests that go unheard were not executed, answers that go missing were") {
    for (const bool heard : {false, true}) {
        CAPTURE(heard);
        ClusterThread cluster({.vbuckets = 1});
        WireClient c(cluster.data_port());
        const std::uint64_t before = bytes_read(cluster);
        set_faults(cluster, heard ? Faults{.drop_replies = 1} : Faults{.drop_requests = 1});
        c.send({.opcode = Opcode::set, .key = "k", .value = "v", .extras = test::number(0, 8)});
        until_read(cluster, before, 34);
        set_faults(cluster, {});
        CHECK(c.get("k").status == (heard ? Status::ok : Status::not_found));  // the first answer that comes
    }
}

TEST_CASE("answers wait, and stay in order") {
    ClusterThread cluster({.vbuckets = 1});
    WireClient c(cluster.data_port());
    set_faults(cluster, {.delay = {1'000, 60'000}});
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) c.send({.opcode = Opcode::noop});
    for (std::uint32_t i = 1; i <= 20; ++i) CHECK(c.receive().opaque == i);
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(1));
    set_faults(cluster, {.delay = {200'000, 200'000}});
    c.send({.opcode = Opcode::noop});
    const auto late = std::chrono::steady_clock::now();
    CHECK(c.receive().opaque == 21);
    CHECK(std::chrono::steady_clock::now() - late >= std::chrono::milliseconds(100));
}

TEST_CASE("the n-th answer is cut and its connection closed, the others are whole") {
    ClusterThread cluster({.vbuckets = 1});
    WireClient one(cluster.data_port()), other(cluster.data_port());
    set_faults(cluster, {.cut_reply = 3, .cut_at = 30});
    CHECK(one.set("k", "a value").status == Status::ok);
    CHECK(other.get("k").value == "a value");
    one.send({.opcode = Opcode::get, .key = "k"});
    one.send({.opcode = Opcode::get, .key = "k"});
    std::string rest;
    while (one.socket().receive(rest)) {}
    CHECK(rest.size() == 30);
    CHECK(other.get("k").value == "a value");
}

TEST_CASE("half open: accepted and read, on both ports, never answered") {
    ClusterThread cluster({.vbuckets = 1});
    WireClient before(cluster.data_port());
    MapStream stream(cluster.management_port(), "/pools/default/bucketsStreaming/default");
    stream.next();
    set_faults(cluster, {.half_open = true});
    const std::uint64_t read = bytes_read(cluster);
    WireClient c(cluster.data_port());
    test::Socket rest(cluster.management_port());
    before.send({.opcode = Opcode::noop});
    c.send({.opcode = Opcode::noop});
    rest.send(test::request("/pools"));
    until_read(cluster, read, 48);
    cluster.run([](Cluster &cl) { cl.publish(*cl.find_bucket("default")); });
    set_faults(cluster, {});
    CHECK(c.ask({.opcode = Opcode::noop}).opaque == 2);  // and not 1
    CHECK(before.ask({.opcode = Opcode::noop}).opaque == 2);
    CHECK(stream.next()["rev"] == 2);  // what was held back
}

TEST_CASE("new connections are refused, those there are go on") {
    const std::string host = test::own_loopback();
    ClusterThread cluster({.nodes = 2, .vbuckets = 1, .host = host});
    WireClient c(cluster.data_port(), host);
    CHECK(c.ask({.opcode = Opcode::noop}).status == Status::ok);  // accepted, and not in the backlog any more
    set_faults(cluster, {.refuse_connections = true});
    CHECK(c.ask({.opcode = Opcode::noop}).status == Status::ok);
    CHECK_THROWS(WireClient(cluster.data_port(), host));
    CHECK_THROWS(WireClient(cluster.management_port(), host));
    set_faults(cluster, {});
    WireClient again(cluster.data_port(), host);
    CHECK(again.ask({.opcode = Opcode::noop}).status == Status::ok);
    CHECK(c.ask({.opcode = Opcode::noop}).status == Status::ok);
}

TEST_CASE("stale maps, on the stream and on data connections, until they are fresh again") {
    ClusterThread cluster({.nodes = 2, .vbuckets = 2});
    WireClient c(cluster.data_port());
    MapStream stale(cluster.management_port(0), "/pools/default/bucketsStreaming/default");
    MapStream fresh(cluster.management_port(1), "/pools/default/bucketsStreaming/default");
    CHECK(stale.next()["rev"] == 1);
    CHECK(fresh.next()["rev"] == 1);
    set_faults(cluster, {.stale_maps = true});
    CHECK(stale.next()["rev"] == 1);  // told once more
    for (int i = 0; i < 2; ++i) cluster.run([](Cluster &cl) { cl.publish(*cl.find_bucket("default")); });
    CHECK(fresh.next()["rev"] == 2);
    CHECK(fresh.next()["rev"] == 3);
    const auto rev = [&] { return nlohmann::json::parse(c.ask({.opcode = Opcode::get_cluster_config}).value)["rev"]; };
    CHECK(rev() == 1);
    CHECK(nlohmann::json::parse(c.ask({.opcode = Opcode::get, .key = "k", .vbucket = 1}).value)["rev"] == 1);
    set_faults(cluster, {});
    CHECK(stale.next()["rev"] == 3);
    CHECK(rev() == 3);
}

TEST_CASE("every lie contradicts itself: the map is refused by who reads it") {
    for (const unsigned replicas : {0U, 1U}) {
        for (const unsigned vbuckets : {1U, 2U, 16U}) {
            ClusterThread cluster({.nodes = 2, .replicas = replicas, .vbuckets = vbuckets});
            WireClient c(cluster.data_port());
            const auto map = [&] { return parsed(c.ask({.opcode = Opcode::get_cluster_config}).value); };
            for (const Lie lie : {Lie::index_out_of_range, Lie::short_row, Lie::odd_vbucket_count, Lie::broken_json}) {
                CAPTURE(static_cast<int>(lie));
                set_faults(cluster, {.lie = lie});
                CHECK(map().map == nullptr);
                const std::string rest = test::curl(cluster.management_port(), "/pools/default/buckets/default").body;
                CHECK(parsed(rest).map == nullptr);
                const std::uint16_t honest = cluster.management_port(1);
                CHECK(parsed(test::curl(honest, "/pools/default/buckets/default").body).map != nullptr);
            }
            set_faults(cluster, {});
            CHECK(map().map != nullptr);
        }
    }
}

TEST_CASE("a restart turns the switches off; a node that warms up says so") {
    const std::string host = test::own_loopback();
    ClusterThread cluster({.nodes = 2, .vbuckets = 1, .host = host, .warmup_usec = 600'000'000});
    {
        WireClient c(cluster.data_port(), host);
        CHECK(c.set("k", "v").status == Status::ok);
        set_faults(cluster, {.busy = 1, .stale_maps = true});
        cluster.run([](Cluster &cl) { CHECK_FALSE(cl.stop_node(0)); });
        CHECK(c.at_end());
        CHECK_THROWS(WireClient(cluster.data_port(), host));
    }
    cluster.run([](Cluster &c) {
        CHECK(c.set_faults(0, {}).code == devcluster::management_errc::wrong_state);
        CHECK_FALSE(c.restart_node(0));
        CHECK(c.node(0).faults() == Faults{});
    });
    WireClient c(cluster.data_port(), host);
    CHECK(c.get("k").status == Status::temporary_failure);
    ClusterThread::advance(600);
    CHECK(c.get("k").value == "v");
}

TEST_CASE("a paused node accepts and keeps silent; when it goes on, it answers what has come") {
    ClusterThread cluster({.vbuckets = 1});
    WireClient before(cluster.data_port());
    CHECK(before.ask({.opcode = Opcode::noop}).opaque == 1);
    MapStream stream(cluster.management_port(), "/pools/default/bucketsStreaming/default");
    stream.next();
    cluster.run([](Cluster &cl) { CHECK_FALSE(cl.pause_node(0)); });
    const std::uint64_t read = bytes_read(cluster);
    WireClient c(cluster.data_port());
    before.send({.opcode = Opcode::noop});
    c.send({.opcode = Opcode::noop});
    cluster.run([](Cluster &cl) { cl.publish(*cl.find_bucket("default")); });
    usleep(50'000);
    CHECK(bytes_read(cluster) == read);
    cluster.run([](Cluster &cl) { CHECK_FALSE(cl.resume_node(0)); });
    CHECK(before.receive().opaque == 2);
    CHECK(c.receive().opaque == 1);
    CHECK(stream.next()["rev"] == 2);
}

TEST_CASE("nodes have addresses of their own, those added later too") {
    const std::string host = test::own_loopback();
    ClusterThread cluster({.nodes = 2, .vbuckets = 2, .hosts = {"", host, host}});
    WireClient(cluster.data_port(0)).ask({.opcode = Opcode::noop});
    WireClient c(cluster.data_port(1), host);
    CHECK(c.ask({.opcode = Opcode::noop}).status == Status::ok);
    cluster.run([&](Cluster &cl) {
        unsigned node = 0;
        CHECK_FALSE(cl.add_node(&node));
        CHECK(cl.nodes()[node].host == host);
        CHECK_FALSE(cl.add_node(&node));
        CHECK(cl.nodes()[node].host == "127.0.0.1");
        CHECK_FALSE(cl.add_node(&node, host));
        CHECK(cl.nodes()[node].host == host);
    });
    const topology::ClusterMap::Parsed map = parsed(c.ask({.opcode = Opcode::get_cluster_config}).value);
    REQUIRE(map.map != nullptr);
    CHECK(map.map->servers()[1].host == host);
}
