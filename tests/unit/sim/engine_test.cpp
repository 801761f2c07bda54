// SPDX-License-Identifier: Apache-2.0
//
// The engine and devcluster, unmodified, on two tables of one world.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include <tenon/tenon.hpp>

#include "devcluster/cluster.hpp"
#include "sim/sim.hpp"

namespace tenon {
namespace {

struct History {
    std::uint64_t digest = 0;
    std::uint64_t virtual_usec = 0;
    int stored = 0, read = 0, wrong = 0;
    std::vector<std::string> violations;
    sim::Census client_left, cluster_left;
    std::size_t connections_left = 0;
    sim::Statistics statistics;
    std::string failure;
};

/// A bootstrap, `count` sets and gets of them, everything undone.
History play(std::uint64_t seed, const sim::Network &network, int count) {
    History history;
    sim::World world(seed, network);
    tenon_io_ops *servers = nullptr;
    tenon_io_ops *io = nullptr;
    REQUIRE(world.create_table("127.0.0.1", &servers) == TENON_IO_OK);
    REQUIRE(world.create_table("10.1.0.1", &io) == TENON_IO_OK);
    {
        devcluster::Options cluster_options;
        cluster_options.nodes = 4;
        cluster_options.vbuckets = 64;
        devcluster::Cluster cluster(servers, cluster_options);
        const Error error = cluster.start();
        REQUIRE_MESSAGE(!error, error.message);

        Options options;
        options.hosts = {"127.0.0.1:" + std::to_string(cluster.management_port())};
        options.operation_timeout = std::chrono::seconds(60);
        options.bootstrap_timeout = std::chrono::seconds(60);
        options.connect_timeout = std::chrono::seconds(20);
        options.seed = seed + 1;
        Client client(io, options);
        REQUIRE_FALSE(client.connect());
        const std::error_code outcome = client.wait();
        REQUIRE_MESSAGE(!outcome, client.error_message());

        const std::uint64_t began = world.now();
        std::vector<std::string> values;
        for (int i = 0; i < count; ++i) values.push_back(std::string(static_cast<std::size_t>(i % 97), 'a' + i % 26));
        for (int i = 0; i < count; ++i) {
            const std::string key = "key-" + std::to_string(i);
            const std::string &value = values[static_cast<std::size_t>(i)];
            REQUIRE_FALSE(client.set(key, as_bytes(value), [&, key](const Reply &reply) {
                if (reply.error) {
                    history.failure = reply.error.message();
                    return;
                }
                ++history.stored;
                const std::error_code refused = client.get(key, [&](const Reply &got) {
                    if (got.error) history.failure = got.error.message();
                    else if (got.text() == value) ++history.read;
                    else ++history.wrong;
                });
                if (refused) history.failure = refused.message();
            }));
        }
        REQUIRE_FALSE(client.wait());
        history.virtual_usec = world.now() - began;
    }
    world.run_for(10'000'000);
    history.client_left = world.census(io);
    history.cluster_left = world.census(servers);
    history.connections_left = world.connections();
    io->destructor(io);
    servers->destructor(servers);
    history.digest = world.digest();
    history.violations = world.violations();
    history.statistics = world.statistics();
    return history;
}

void check(const History &history, int count) {
    CHECK(history.failure == "");
    CHECK(history.stored == count);
    CHECK(history.read == count);
    CHECK(history.wrong == 0);
    CHECK(history.client_left == sim::Census{});
    CHECK(history.cluster_left == sim::Census{});
    CHECK(history.connections_left == 0);
    for (const std::string &violation : history.violations) FAIL_CHECK(violation);
}

}  // namespace

TEST_CASE("a client works with a cluster, and the same seed is the same history") {
    const History one = play(1, {}, 1000);
    check(one, 1000);
    const History again = play(1, {}, 1000);
    CHECK(again.digest == one.digest);
    const History other = play(2, {}, 1000);
    check(other, 1000);
    CHECK(other.digest != one.digest);
    MESSAGE("events ", one.statistics.events, " turns ", one.statistics.turns, " virtual ", one.virtual_usec);
}

TEST_CASE("mostly one byte at a time") {
    const History one = play(7, sim::Network::one_byte(), 1000);
    check(one, 1000);
    CHECK(one.virtual_usec > 1'000'000);
    CHECK(play(7, sim::Network::one_byte(), 1000).digest == one.digest);
    MESSAGE("events ", one.statistics.events, " turns ", one.statistics.turns, " virtual ", one.virtual_usec);
}

}  // namespace tenon
