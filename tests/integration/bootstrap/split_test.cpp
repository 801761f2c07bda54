// SPDX-License-Identifier: Apache-2.0
// A cluster whose halves take each other for failed.
#include <doctest/doctest.h>

#include "world.hpp"

using namespace tenon;
using namespace tenon::test;

namespace {

struct Halves {
    // With two replicas each half has a copy of everything.
    Halves() : io(io::load()), cluster(io.get(), on_own_address({.nodes = 4, .replicas = 2, .vbuckets = 64})) {
        start(cluster);
    }
    void split() { REQUIRE_FALSE(cluster.split({0, 1})); }

    tenon::io io;
    devcluster::Cluster cluster;
};

}  // namespace

TEST_CASE("a client that starts in a split: an error from one host of each half, service from a majority") {
    Halves world;
    world.split();
    Program even(world.io, hosts_of(world.cluster, {0, 2}));
    CHECK(even.connect() == errc::split_brain);
    for (const std::string &host : hosts_of(world.cluster, {0, 2}))
        CHECK_MESSAGE(even.message.find(host) != std::string::npos, even.message);
    Program all(world.io, hosts_of(world.cluster, {0, 1, 2, 3}));
    CHECK(all.connect() == errc::split_brain);

    Program odd(world.io, hosts_of(world.cluster, {2, 0, 1}));
    REQUIRE_MESSAGE(!odd.connect(), odd.message);
    CHECK(odd.failures("k") == 0);
    CHECK(odd.client->server_count() == 2);

    world.cluster.heal();
    CHECK(until(world.io, [&] { return odd.client->server_count() == 4; }));
    CHECK(odd.failures("healed") == 0);
    Program again(world.io, hosts_of(world.cluster, {0, 2}));
    CHECK_FALSE(again.connect());
    CHECK(again.failures("again") == 0);
}

TEST_CASE("a client that works while the cluster splits goes on, and comes back when it heals") {
    Halves world;
    ConfigWatch watch = ConfigWatch::one;
    SUBCASE("with one stream") {}
    SUBCASE("with a stream to every host: the log says so, once") { watch = ConfigWatch::all; }
    Program program(world.io, hosts_of(world.cluster, {0, 1, 2, 3}), [&](Options &options) { options.config_watch = watch; });
    REQUIRE_MESSAGE(!program.connect(), program.message);
    CHECK(program.failures("before") == 0);
    run_for(world.io, 50'000);  // streams are open
    world.split();
    if (watch == ConfigWatch::all) CHECK(until(world.io, [&] { return program.logged("split brain") == 1; }));
    run_for(world.io, 50'000);
    CHECK(program.failures("meanwhile") == 0);
    CHECK(program.logged("split brain") == (watch == ConfigWatch::all ? 1 : 0));
    world.cluster.heal();
    CHECK(until(world.io, [&] { return program.client->server_count() == 4; }));
    CHECK(program.failures("after") == 0);
}
