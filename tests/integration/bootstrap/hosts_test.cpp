// SPDX-License-Identifier: Apache-2.0
// Hosts that lie, lag behind, die, and are replaced by what the maps name.
#include <algorithm>

#include <doctest/doctest.h>

#include "world.hpp"

using namespace tenon;
using namespace tenon::test;

namespace {

/// A cluster that is not meant, with a data node that must not be touched.
struct Stranger {
    explicit Stranger(const io &io)
        : node(io.get()),
          cluster(io.get(), on_own_address({.nodes = 0, .data_nodes = {node.address()}, .vbuckets = 64, .seed = 99})) {
        start(cluster);
    }

    Bystander node;
    devcluster::Cluster cluster;
};

}  // namespace

TEST_CASE("of three hosts one lies: it is outvoted, and items go where the others say") {
    const io io = io::load();
    devcluster::Cluster cluster(io.get(), on_own_address({.nodes = 3, .replicas = 1, .vbuckets = 64}));
    start(cluster);
    Stranger stranger(io);
    std::vector<std::string> hosts = hosts_of(cluster, {0, 1, 2});
    const auto lie = [&](devcluster::Lie how) {
        devcluster::Faults faults;
        faults.lie = how;
        REQUIRE_FALSE(cluster.set_faults(1, faults));
    };

    SUBCASE("another cluster's map") { hosts[1] = hosts_of(stranger.cluster, {0})[0]; }
    SUBCASE("another cluster's map comes first") { hosts = {hosts_of(stranger.cluster, {0})[0], hosts[2], hosts[0]}; }
    SUBCASE("an owner that is not in the list") { lie(devcluster::Lie::index_out_of_range); }
    SUBCASE("a row too short") { lie(devcluster::Lie::short_row); }
    SUBCASE("a vBucket too few") { lie(devcluster::Lie::odd_vbucket_count); }
    SUBCASE("half a document") { lie(devcluster::Lie::broken_json); }
    SUBCASE("nobody is there") { hosts[1] = "127.0.0.1:1"; }
    for (const ConfigWatch watch : {ConfigWatch::one, ConfigWatch::all}) {
        Program program(io, hosts, [&](Options &options) { options.config_watch = watch; });
        REQUIRE_MESSAGE(!program.connect(), program.message);
        CHECK(program.failures("k") == 0);
        run_for(io, 20'000);
        CHECK(program.failures("later") == 0);
    }
    CHECK(stranger.node.visitors == 0);
}

TEST_CASE("two hosts that disagree: the error names both, and no node is touched") {
    const io io = io::load();
    Stranger one(io);
    Bystander node(io.get());
    devcluster::Cluster other(io.get(), on_own_address({.nodes = 0, .data_nodes = {node.address()}, .vbuckets = 64}));
    start(other);
    const std::vector<std::string> hosts = {hosts_of(one.cluster, {0})[0], hosts_of(other, {0})[0]};
    Program program(io, hosts);
    std::error_code outcome;
    REQUIRE_FALSE(program.client->connect());
    REQUIRE_FALSE(program.client->set("k", as_bytes("v"), [&](const Reply &reply) { outcome = reply.error; }));
    CHECK(program.client->wait() == errc::split_brain);
    CHECK(outcome == errc::split_brain);
    CHECK(program.client->set("k", as_bytes("v"), [](const Reply &) {}) == errc::split_brain);
    const std::string message = program.client->error_message();
    for (const std::string &part : {hosts[0], hosts[1], one.node.address().data(), node.address().data()})
        CHECK_MESSAGE(message.find(part) != std::string::npos, message);
    run_for(io, 50'000);
    CHECK(one.node.visitors == 0);
    CHECK(node.visitors == 0);

    // Who wants the first answer gets one of them.
    Program first(io, hosts, [](Options &options) { options.config_agreement = ConfigAgreement::first; });
    CHECK_FALSE(first.connect());
}

TEST_CASE("losing the only host given loses nothing: the nodes it named are asked") {
    const io io = io::load();
    devcluster::Cluster cluster(io.get(), on_own_address({.nodes = 3, .replicas = 1, .vbuckets = 64}));
    start(cluster);
    devcluster::Bucket &bucket = *cluster.find_bucket("default");
    Program program(io, hosts_of(cluster, {0}));
    REQUIRE_MESSAGE(!program.connect(), program.message);
    CHECK(program.failures("before") == 0);
    const std::size_t maps = program.revisions().size();
    REQUIRE_FALSE(cluster.stop_node(0));
    REQUIRE_FALSE(cluster.fail_over(0));
    // The failover's map comes from a node that nobody named to the client.
    CHECK(until(io, [&] { return program.revisions().size() > maps; }));
    CHECK(program.failures("after") == 0);
    cluster.publish(bucket);
    const int newest = program.revisions().back();
    CHECK(until(io, [&] { return program.has_applied(newest + 1); }));
    CHECK(program.failures("later") == 0);
}

TEST_CASE("a node that tells an old map does not take the client back to it") {
    const io io = io::load();
    devcluster::Cluster cluster(io.get(), on_own_address({.nodes = 4, .replicas = 1, .vbuckets = 64}));
    start(cluster);
    devcluster::Bucket &bucket = *cluster.find_bucket("default");
    devcluster::Faults stale;
    stale.stale_maps = true;
    REQUIRE_FALSE(cluster.set_faults(1, stale));
    REQUIRE_FALSE(cluster.set_faults(2, stale));
    ConfigWatch watch = ConfigWatch::one;
    SUBCASE("with one stream") {}
    SUBCASE("with a stream to every host") { watch = ConfigWatch::all; }
    Program program(io, hosts_of(cluster, {0}), [&](Options &options) { options.config_watch = watch; });
    REQUIRE_MESSAGE(!program.connect(), program.message);
    for (std::uint16_t vbucket = 0; vbucket < 64; ++vbucket) cluster.move_vbucket(bucket, vbucket, 3);
    cluster.publish(bucket);
    const int before = program.revisions().back();
    REQUIRE(until(io, [&] { return program.has_applied(before + 1); }));
    REQUIRE_FALSE(cluster.stop_node(0));  // the next ones to be asked are stale
    run_for(io, 300'000);
    CHECK(program.failures("k") == 0);
    cluster.publish(bucket);
    REQUIRE(until(io, [&] { return program.has_applied(before + 2); }));
    const std::vector<int> revisions = program.revisions();
    CHECK(std::is_sorted(revisions.begin(), revisions.end()));
    CHECK(program.failures("later") == 0);
}
