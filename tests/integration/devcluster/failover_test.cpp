// SPDX-License-Identifier: Apache-2.0
// Nodes that die, rest, come back and disagree: who owns what then, and what is lost.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "moving_cluster.hpp"
#include "own_loopback.hpp"

using namespace tenon;
using namespace tenon::test;
using devcluster::management_errc;
using devcluster::Membership;
using devcluster::Recovery;
using devcluster::Row;
using devcluster::RunState;
using devcluster::VBucketState;

namespace {

struct Promotion {
    int from, to;
    std::uint64_t lacking;
};

/// What an Observer was told.
struct Seen {
    explicit Seen(MovingCluster &c) {
        c->observe({
            .rebalance_started = [this] { ++started; },
            .vbucket_moved = [this](const auto &, std::uint16_t, int from, int) { moved_from.push_back(from); },
            .rebalance_finished = [this](const Error &error) { finished.push_back(error.code); },
            .vbucket_promoted =
                [this](const auto &, std::uint16_t vbucket, int from, int to, std::uint64_t lacking) {
                    promoted[vbucket] = {from, to, lacking};
                },
            .failed_over = [this](unsigned node, bool graceful) { failed.emplace_back(node, graceful); },
            .node_stopped = [this](unsigned node) { stopped.push_back(node); },
            .node_restarted = [this](unsigned node, bool kept) { restarted.emplace_back(node, kept); },
            .split = [this](bool on) { split = on; },
        });
    }
    std::uint64_t lacking() const {
        std::uint64_t sum = 0;
        for (const auto &[vbucket, p] : promoted) sum += p.lacking;
        return sum;
    }

    int started = 0;
    std::vector<int> moved_from;
    std::vector<std::error_code> finished;
    std::map<std::uint16_t, Promotion> promoted;
    std::vector<std::pair<unsigned, bool>> failed, restarted;
    std::vector<unsigned> stopped;
    bool split = false;
};

devcluster::Options three_nodes(unsigned replicas) {
    return {.nodes = 3, .replicas = replicas, .vbuckets = 16, .host = own_loopback(), .pace = {.step_usec = 100}};
}

}  // namespace

TEST_CASE("a hard failover after synchronous replication loses nothing; the node comes back, full or delta") {
    for (const Recovery how : {Recovery::full, Recovery::delta}) {
        CAPTURE(static_cast<int>(how));
        MovingCluster c(three_nodes(1));
        const Seen seen(c);
        c.fill(300);
        const std::vector<Row> before = c.bucket().rows();
        REQUIRE_FALSE(c->stop_node(1));
        c.write(7, "acknowledged while the node was down");
        REQUIRE_FALSE(c->fail_over(1));
        CHECK(c->membership(1) == Membership::failed);
        CHECK(seen.stopped == std::vector<unsigned>{1});
        CHECK(seen.failed == std::vector<std::pair<unsigned, bool>>{{1, false}});
        CHECK(seen.promoted.size() == 5);
        CHECK(seen.lacking() == 0);
        for (const Row &row : c.bucket().rows()) {
            CHECK(row[0] >= 0);
            CHECK(std::find(row.begin(), row.end(), 1) == row.end());
        }
        CHECK(c.bucket().map()->servers.size() == 2);
        c.check_items(300);
        for (int i = 0; i < 300; i += 3) c.write(i, "later");
        c.remove(1);

        CHECK(c->re_add(1, how).code == management_errc::wrong_state);  // it does not run
        REQUIRE_FALSE(c->restart_node(1));
        CHECK(seen.restarted == std::vector<std::pair<unsigned, bool>>{{1, true}});
        CHECK(c.part(0, 1).state != VBucketState::active);
        REQUIRE_FALSE(c->re_add(1, how));
        CHECK(c->membership(1) == Membership::added);
        c.rebalance();
        if (how == Recovery::delta) CHECK(c.bucket().rows() == before);
        c.check_items(300);
        c.check_replicas();
        CHECK(seen.started == 1);
        CHECK(seen.finished == std::vector<std::error_code>{{}});
        CHECK_FALSE(seen.moved_from.empty());
    }
}

TEST_CASE("delta recovery wants the nodes of before") {
    MovingCluster c(three_nodes(1));
    c.fill(50);
    REQUIRE_FALSE(c->fail_over(2));
    REQUIRE_FALSE(c->re_add(2, Recovery::delta));
    REQUIRE_FALSE(c->add_node());
    CHECK(c->rebalance().code == management_errc::delta_not_possible);
    REQUIRE_FALSE(c->set_recovery(2, Recovery::full));
    c.rebalance();
    c.check_items(50);
    c.check_replicas();
}

TEST_CASE("after lagging replication a promoted replica is what its owner once was, and it is counted what it lacks") {
    devcluster::Options options = three_nodes(2);
    options.replication_lag = devcluster::Range{2'000, 30'000};
    MovingCluster c(options);
    const Seen seen(c);
    c.fill(200);
    c.settle();
    // What each vBucket was after each of its changes.
    std::map<std::uint16_t, std::vector<devcluster::Store>> history;
    for (std::uint16_t v = 0; v < 16; ++v) history[v].push_back(c.part(v, c.bucket().row(v)[0]).store);
    for (int i = 0; i < 400; ++i) {
        const int number = i * 37 % 200;
        const std::uint16_t v = c.vbucket_of("key " + std::to_string(number));
        if (i % 5 == 0) c.remove(number);
        else c.write(number, "change " + std::to_string(i));
        devcluster::Store &now = c.part(v, c.bucket().row(v)[0]).store;
        if (now.changes() != history[v].back().changes()) history[v].push_back(now);
        if (i % 10 == 0) c.run(500);
    }
    REQUIRE_FALSE(c->stop_node(0));
    REQUIRE_FALSE(c->fail_over(0));
    CHECK(seen.lacking() > 0);
    CHECK(seen.promoted.size() == 6);
    for (const auto &[v, promotion] : seen.promoted) {
        CAPTURE(v);
        REQUIRE(promotion.lacking < history[v].size());
        const devcluster::Store &then = history[v][history[v].size() - 1 - promotion.lacking];
        CHECK(then.difference(c.part(v, promotion.to).store).empty());
        CHECK(then.changes() == c.part(v, promotion.to).store.changes());
    }
    c.settle();
    c.check_replicas_but_for(0);  // the other replicas follow the one that was promoted, also where they had more
}

TEST_CASE("without a replica a vBucket is nobody's until the next rebalance, and then empty") {
    MovingCluster c(three_nodes(0));
    const Seen seen(c);
    c.fill(100);
    REQUIRE_FALSE(c->fail_over(0));
    CHECK(seen.promoted.size() == 6);
    for (const auto &[v, promotion] : seen.promoted) {
        CHECK(promotion.to == devcluster::kNobody);
        CHECK(c.bucket().row(v)[0] == devcluster::kNobody);
        CHECK(c.bucket().map()->rows[v][0] == -1);
    }
    CHECK(seen.lacking() > 0);
    c.rebalance();
    for (const auto &[v, promotion] : seen.promoted) CHECK(c.part(v, c.bucket().row(v)[0]).store.size() == 0);
    CHECK(c->membership(0) == Membership::out);
    c.check_replicas_but_for(0);
}

TEST_CASE("a graceful failover moves first, while writes go on; it needs replicas") {
    MovingCluster c(three_nodes(1));
    const Seen seen(c);
    c.fill(300);
    bool done = false;
    REQUIRE_FALSE(c->fail_over_gracefully(2, [&](const Error &error) {
        CHECK_FALSE(error);
        done = true;
    }));
    CHECK(c->membership(2) == Membership::active);
    int writes = 0;
    while (!done) {
        c.write(writes % 300, "while it goes " + std::to_string(writes));
        ++writes;
        c.run(100);
    }
    CHECK(c->membership(2) == Membership::failed);
    CHECK(seen.failed == std::vector<std::pair<unsigned, bool>>{{2, true}});
    CHECK(seen.promoted.empty());
    CHECK(seen.moved_from == std::vector<int>(5, 2));
    c.check_items(300);
    c.check_replicas_but_for(2);
    REQUIRE_FALSE(c->re_add(2, Recovery::delta));
    c.rebalance();
    c.check_items(300);
    c.check_replicas();

    MovingCluster bare(three_nodes(0));
    CHECK(bare->fail_over_gracefully(1).code == management_errc::not_graceful);
}

TEST_CASE("a node that pauses or restarts catches up; without its items, it takes those of its replicas along") {
    for (const bool lagging : {false, true}) {
        CAPTURE(lagging);
        devcluster::Options options = three_nodes(1);
        if (lagging) options.replication_lag = devcluster::Range{100, 2'000};
        MovingCluster c(options);
        c.fill(100);
        REQUIRE_FALSE(c->pause_node(1));
        CHECK(c->node(1).state() == RunState::paused);
        CHECK(c->pause_node(1).code == management_errc::wrong_state);
        for (int i = 0; i < 100; ++i)
            if (c.bucket().row(c.vbucket_of("key " + std::to_string(i)))[0] != 1) c.write(i, "meanwhile");
        c.settle();
        CHECK(c.count_behind() > 0);
        REQUIRE_FALSE(c->resume_node(1));
        c.settle();
        c.check_items(100);
        c.check_replicas();

        REQUIRE_FALSE(c->stop_node(1));
        for (int i = 0; i < 100; ++i)
            if (c.bucket().row(c.vbucket_of("key " + std::to_string(i)))[0] != 1) c.write(i, "again");
        REQUIRE_FALSE(c->restart_node(1));
        c.settle();
        c.check_items(100);
        c.check_replicas();

        REQUIRE_FALSE(c->stop_node(1));
        REQUIRE_FALSE(c->restart_node(1, false));
        c.settle();
        std::size_t items = 0;
        for (std::uint16_t v = 0; v < 16; ++v)
            if (c.bucket().row(v)[0] == 1) items += c.part(v, 1).store.size();
        CHECK(items == 0);
        c.check_replicas();
    }
}

TEST_CASE("a rebalance that is stopped, or loses a node, leaves everything in a place; another one ends it") {
    for (const bool dies : {false, true}) {
        CAPTURE(dies);
        devcluster::Options options = three_nodes(1);
        options.pace = {.moves_at_once = 2, .items_per_step = 3, .step_usec = 500, .takeover_usec = 300};
        MovingCluster c(options);
        const Seen seen(c);
        c.fill(300);
        REQUIRE_FALSE(c->add_node());
        std::error_code outcome;
        REQUIRE_FALSE(c->rebalance({}, [&](const Error &error) { outcome = error.code; }));
        CHECK(c->rebalance().code == management_errc::rebalance_running);
        CHECK(c->delete_bucket("default").code == management_errc::rebalance_running);
        c.until([&] { return seen.moved_from.size() >= 1; });
        CHECK(c->progress() > 0);
        CHECK(c->progress() < 1);
        CHECK(c->progress(3) > 0);
        if (dies) REQUIRE_FALSE(c->stop_node(3));
        else c->stop_rebalance();
        CHECK(outcome == (dies ? management_errc::rebalance_failed : management_errc::rebalance_stopped));
        CHECK_FALSE(c->rebalancing());
        CHECK(c->last_rebalance().code == outcome);
        CHECK(c->membership(3) == Membership::active);
        CHECK(c.bucket().map()->forward.empty());
        if (dies) {
            CHECK(c->rebalance().code == management_errc::wrong_state);
            REQUIRE_FALSE(c->restart_node(3));
        }
        c.settle();
        c.check_items(300);
        c.check_replicas();
        c.rebalance();
        c.check_items(300);
        c.check_replicas();
    }
}

TEST_CASE("while a vBucket is handed over it has no owner: the old one is dead, the new one pending") {
    devcluster::Options options = three_nodes(0);
    options.pace = {.step_usec = 100, .takeover_usec = 20'000};
    MovingCluster c(options);
    c.fill(50);
    REQUIRE_FALSE(c->add_node());
    bool done = false;
    REQUIRE_FALSE(c->rebalance({}, [&](const Error &) { done = true; }));
    int windows = 0;
    while (!done) {
        for (std::uint16_t v = 0; v < 16; ++v) {
            if (c.part(v, 3).state != VBucketState::pending) continue;
            ++windows;
            CHECK(c.part(v, c.bucket().row(v)[0]).state == VBucketState::dead);
        }
        c.run(2'000);
    }
    CHECK(windows > 0);
    c.check_items(50);
    c.check_replicas();
}

TEST_CASE("a split cluster has two maps of one revision, each without the others; healed, it is as before") {
    MovingCluster c({.nodes = 4, .replicas = 1, .vbuckets = 16});
    const Seen seen(c);
    c.fill(100);
    const std::int64_t rev = c.bucket().rev();
    const std::vector<Row> rows = c.bucket().rows();
    CHECK(c->split({0, 1, 2, 3}).code == management_errc::no_active_nodes_left);
    REQUIRE_FALSE(c->split({0, 2}));
    CHECK(seen.split);
    CHECK(c->rebalance().code == management_errc::split);
    CHECK(c->fail_over(1).code == management_errc::split);
    const devcluster::MapRef left = c->node(0).map(c.bucket()), right = c->node(3).map(c.bucket());
    CHECK(c->node(2).map(c.bucket()) == left);
    CHECK(c->node(1).map(c.bucket()) == right);
    CHECK(left->rev == rev + 1);
    CHECK(right->rev == left->rev);
    CHECK(right->uuid == left->uuid);
    CHECK(left->servers.size() == 2);
    CHECK(right->servers.size() == 2);
    CHECK(left->servers[0].data_port == c->data_port(0));
    CHECK(right->servers[0].data_port == c->data_port(1));
    int twice = 0;
    for (std::uint16_t v = 0; v < 16; ++v) {
        int active = 0;
        for (int node = 0; node < 4; ++node) active += c.part(v, node).state == VBucketState::active;
        twice += active == 2;
    }
    CHECK(twice > 0);
    c->heal();
    CHECK_FALSE(seen.split);
    CHECK(c.bucket().rows() == rows);
    CHECK(c->node(3).map(c.bucket()) == c->node(0).map(c.bucket()));
    CHECK(c.bucket().rev() == rev + 2);
    c.check_items(100);
    c.check_replicas();
}

TEST_CASE("what cannot be done is said, and changes nothing") {
    MovingCluster c(three_nodes(1));
    CHECK(c->fail_over(7).code == management_errc::unknown_node);
    CHECK(c->stop_node(7).code == management_errc::unknown_node);
    CHECK(c->rebalance({7}).code == management_errc::unknown_node);
    CHECK(c->rebalance({0, 1, 2}).code == management_errc::no_active_nodes_left);
    CHECK(c->resume_node(0).code == management_errc::wrong_state);
    CHECK(c->restart_node(0).code == management_errc::wrong_state);
    CHECK(c->eject(0).code == management_errc::wrong_state);
    CHECK(c->re_add(0).code == management_errc::wrong_state);
    CHECK(c->add_node(nullptr, "not numeric").code);
    CHECK(c->nodes().size() == 3);
    REQUIRE_FALSE(c->fail_over(0));
    REQUIRE_FALSE(c->fail_over(1));
    CHECK(c->fail_over(2).code == management_errc::last_node);
    REQUIRE_FALSE(c->eject(1));
    CHECK(c->membership(1) == Membership::out);
    REQUIRE_FALSE(c->re_add(1));
    c.rebalance();
    CHECK(c->membership(0) == Membership::out);  // failed, and not taken back
    CHECK(c->membership(1) == Membership::active);
    c.check_replicas();

    MovingCluster fixed({.nodes = 1, .data_nodes = {{"127.0.0.1", 0, 11211}}, .vbuckets = 4});
    CHECK(fixed->add_node().code == management_errc::fixed_cluster);
    CHECK(fixed->rebalance().code == management_errc::fixed_cluster);
    CHECK(fixed->fail_over(0).code == management_errc::fixed_cluster);
}

TEST_CASE("the same seed gives the same, node for node and change for change") {
    const auto play = [](std::uint64_t seed) {
        devcluster::Options options = three_nodes(1);
        options.replication_lag = devcluster::Range{0, 50};
        options.seed = seed;
        MovingCluster c(options);
        REQUIRE_FALSE(c->add_node());
        c.rebalance({1});
        return c->uuid() + c.bucket().uuid() + c.bucket().map()->data().substr(0, 40);
    };
    CHECK(play(1) == play(1));
    CHECK(play(1) != play(2));
}

TEST_CASE("a bucket made anew is another one: other uuid, first revision, no items, CAS values that were never used") {
    MovingCluster c({.nodes = 2, .vbuckets = 4});
    c.fill(10);
    c->publish(c.bucket());
    const std::string uuid = c.bucket().uuid();
    const std::uint64_t cas = c.part(c.vbucket_of("key 1"), c.bucket().row(c.vbucket_of("key 1"))[0])
                                  .store.find("key 1", c->now())
                                  ->cas;
    CHECK(c.bucket().rev() > 1);
    CHECK(c->create_bucket({}).code == management_errc::bucket_exists);
    REQUIRE_FALSE(c->delete_bucket("default"));
    CHECK(c->delete_bucket("default").code == management_errc::unknown_bucket);
    REQUIRE_FALSE(c->create_bucket({}));
    CHECK(c.bucket().uuid() != uuid);
    CHECK(c.bucket().rev() == 1);
    c.write(1, "new");
    const devcluster::Item *const item =
        c.part(c.vbucket_of("key 1"), c.bucket().row(c.vbucket_of("key 1"))[0]).store.find("key 1", c->now());
    REQUIRE(item != nullptr);
    CHECK(item->cas != cas);
    CHECK(wire::big_endian(item->cas) > wire::big_endian(cas));
}
