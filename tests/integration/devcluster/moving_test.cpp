// SPDX-License-Identifier: Apache-2.0
// Rebalance: what clients are told and refused while vBuckets move, and that nothing is lost.
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "moving_cluster.hpp"

using namespace tenon;
using namespace tenon::test;
using devcluster::Cluster;
using devcluster::Membership;
using devcluster::Pace;

namespace {

/// How many vBuckets each node owns, and how many replicas it has.
std::map<int, std::pair<int, int>> shares(const devcluster::Bucket &bucket) {
    std::map<int, std::pair<int, int>> counts;
    for (const devcluster::Row &row : bucket.rows()) {
        ++counts[row[0]].first;
        for (std::size_t r = 1; r < row.size(); ++r) ++counts[row[r]].second;
    }
    return counts;
}

}  // namespace

TEST_CASE("4 to 5 to 3 nodes: nothing is lost, everything is spread, replicas are right") {
    for (const bool lagging : {false, true}) {
        CAPTURE(lagging);
        MovingCluster c({.nodes = 4,
                         .replicas = 1,
                         .vbuckets = 32,
                         .replication_lag = lagging ? std::optional(devcluster::Range{0, 3000}) : std::nullopt,
                         .pace = {.items_per_step = 10, .step_usec = 100}});
        c.fill(1000);
        unsigned added = 0;
        REQUIRE_FALSE(c->add_node(&added));
        CHECK(added == 4);
        CHECK(c->membership(4) == Membership::added);
        c.rebalance();
        CHECK(c->membership(4) == Membership::active);
        for (const auto &[node, share] : shares(c.bucket())) {
            CAPTURE(node);
            CHECK(node >= 0);
            CHECK(share.first >= 6);
            CHECK(share.first <= 7);
            CHECK(share.second >= 5);
            CHECK(share.second <= 8);
        }
        c.check_items(1000);
        c.rebalance({0, 3});
        CHECK(c->membership(0) == Membership::out);
        CHECK(shares(c.bucket()).size() == 3);
        CHECK(shares(c.bucket())[4].first >= 10);
        c.check_items(1000);
        c.settle();
        c.check_replicas();
    }
}

TEST_CASE("writes that arrive while their vBucket is transferred are not lost") {
    MovingCluster c({.nodes = 2, .replicas = 1, .vbuckets = 4, .pace = {.items_per_step = 1, .step_usec = 200}});
    c.fill(200);
    REQUIRE_FALSE(c->add_node());
    bool done = false;
    REQUIRE_FALSE(c->rebalance({}, [&](const Error &error) {
        CHECK_FALSE(error);
        done = true;
    }));
    int round = 0;
    while (!done) {
        ++round;
        c.write(round * 7 % 200, "round " + std::to_string(round));
        if (round % 3 == 0) c.remove(round * 11 % 200);
        c.run(500);
    }
    CHECK(round > 10);
    c.check_items(200);
    c.settle();
    c.check_replicas();
}

TEST_CASE("maps of a rebalance: new servers first, then the vBuckets, and at last without those that left") {
    MovingCluster c({.nodes = 2, .vbuckets = 8, .pace = {.step_usec = 100}});
    c.fill(50);
    const std::vector<devcluster::MapRef> maps = c.maps_of_rebalance(1, {0});
    REQUIRE(maps.size() >= 4);
    const devcluster::PublishedMap &before = *maps[0], &first = *maps[1], &last = *maps.back();
    CHECK(before.servers.size() == 2);
    CHECK(before.forward.empty());
    REQUIRE(first.servers.size() == 3);
    CHECK(first.rows == before.rows);
    CHECK(first.rev == before.rev + 1);
    REQUIRE(first.forward.size() == 8);
    CHECK(last.servers.size() == 2);
    CHECK(last.servers[0].data_port == c->data_port(1));
    CHECK(last.forward.empty());
    std::set<std::vector<devcluster::Row>> states;
    for (std::size_t i = 1; i + 1 < maps.size(); ++i) {
        CHECK(maps[i]->rev == maps[i - 1]->rev + 1);
        CHECK(maps[i]->forward == first.forward);
        for (std::size_t v = 0; v < 8; ++v)
            CHECK((maps[i]->rows[v] == first.rows[v] || maps[i]->rows[v] == first.forward[v]));
        states.insert(maps[i]->rows);
    }
    CHECK(states.size() > 3);  // one vBucket after the other
    // Server 0 is not listed any more.
    for (std::size_t v = 0; v < 8; ++v) CHECK(last.rows[v][0] + 1 == first.forward[v][0]);
}

TEST_CASE("only the first and the last map, and no forward map, if so paced") {
    MovingCluster c({.nodes = 2,
                     .vbuckets = 8,
                     .pace = {.step_usec = 100, .map_interval_usec = Pace::kOnlyFirstAndLast, .fast_forward = false}});
    c.fill(50);
    const std::vector<devcluster::MapRef> maps = c.maps_of_rebalance(1, {});
    REQUIRE(maps.size() == 3);
    CHECK(maps[1]->rows == maps[0]->rows);
    CHECK(maps[1]->servers.size() == 3);
    CHECK(maps[1]->forward.empty());
    CHECK(maps[2]->rows != maps[0]->rows);
}
