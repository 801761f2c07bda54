// SPDX-License-Identifier: Apache-2.0
// A start from the map of an earlier run.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include <doctest/doctest.h>

#include "own_loopback.hpp"
#include "world.hpp"

using namespace tenon;
using namespace tenon::test;

namespace {

/// Nodes that hold the items, and in front of them what answers on the management port, which can go and come back.
struct World {
    World()
        : io(io::load()),
          nodes(io.get(), on_own_address({.nodes = 2, .vbuckets = 64})),
          file((std::filesystem::temp_directory_path() / ("tenon-hosts-cache." + own_loopback())).string()) {
        start(nodes);
        std::remove(file.c_str());
    }
    ~World() { std::remove(file.c_str()); }

    std::vector<std::string> manage(std::uint64_t seed = 1) {
        devcluster::Options options = on_own_address({.nodes = 0, .vbuckets = 64});
        options.seed = seed;
        options.port = port;
        for (unsigned node = 0; node < 2; ++node) {
            devcluster::NodeAddress address = nodes.nodes()[node];
            address.management_port = 0;
            options.data_nodes.push_back(address);
        }
        management = std::make_unique<devcluster::Cluster>(io.get(), std::move(options));
        start(*management);
        port = management->management_port();
        return hosts_of(*management, {0});
    }
    std::function<void(Options &)> with_cache() {
        return [this](Options &options) { options.config_cache = file; };
    }

    tenon::io io;
    devcluster::Cluster nodes;
    std::unique_ptr<devcluster::Cluster> management;
    std::uint16_t port = 0;
    const std::string file;
};

}  // namespace

TEST_CASE("with a cached map operations go although no host answers, and hosts that come back are heard") {
    World world;
    const std::vector<std::string> hosts = world.manage();
    {
        Program first(world.io, hosts, world.with_cache());
        REQUIRE_MESSAGE(!first.connect(), first.message);
        CHECK(first.failures("k") == 0);
    }
    REQUIRE(std::filesystem::exists(world.file));
    world.management.reset();

    Program without(world.io, hosts);
    CHECK(without.connect() == errc::no_host);
    Program second(world.io, hosts, world.with_cache());
    REQUIRE_MESSAGE(!second.connect(), second.message);
    CHECK(second.failures("k") == 0);
    const std::size_t maps = second.revisions().size();
    CHECK(maps == 1);

    // The bucket was made anew meanwhile: its uuid is another one.
    world.manage(7);
    CHECK(until(world.io, [&] { return second.revisions().size() > maps; }));
    CHECK(second.logged("map cache " + world.file + " is outdated") == 1);
    CHECK(second.failures("again") == 0);
}

TEST_CASE("a cache that is no good is ignored with its name and a reason, and written anew") {
    World world;
    const std::vector<std::string> hosts = world.manage();
    std::ofstream(world.file) << "tenon-map-cache 1 garbage";
    Program program(world.io, hosts, world.with_cache());
    REQUIRE_MESSAGE(!program.connect(), program.message);
    CHECK(program.logged("map cache " + world.file + " is ignored: it is damaged") == 1);
    CHECK(program.failures("k") == 0);
    Program next(world.io, hosts, world.with_cache());
    REQUIRE_MESSAGE(!next.connect(), next.message);
    CHECK(next.failures("k") == 0);
    CHECK(until(world.io, [&] { return next.logged("map cache " + world.file + " is up to date") == 1; }));
}
