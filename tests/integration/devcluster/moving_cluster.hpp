// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tenon/io.h>

#include "devcluster/cluster.hpp"
#include "net/reactor.hpp"
#include "topology/hash.hpp"

namespace tenon::test {

/// A cluster on a loop that the test drives itself, whose items are written and read behind the network's back: what
/// counts here is where they are. (What clients see of it is tested with clients.)
class MovingCluster {
public:
    explicit MovingCluster(devcluster::Options options) {
        REQUIRE(tenon_create_io_ops(&io_, nullptr) == TENON_IO_OK);
        cluster_ = std::make_unique<devcluster::Cluster>(io_, std::move(options));
        const Error error = cluster_->start();
        REQUIRE_MESSAGE(!error, error.message);
    }
    MovingCluster(const MovingCluster &) = delete;
    MovingCluster &operator=(const MovingCluster &) = delete;
    ~MovingCluster() {
        cluster_.reset();
        tenon_destroy_io_ops(io_);
    }

    devcluster::Cluster *operator->() { return cluster_.get(); }
    devcluster::Cluster &operator*() { return *cluster_; }
    tenon_io_ops *io() { return io_; }
    devcluster::Bucket &bucket() { return *cluster_->find_bucket("default"); }

    /// Runs the loop for a while.
    void run(std::uint64_t usec) {
        net::Timer timer(cluster_->reactor(), io_, [](void *io) {
            static_cast<tenon_io_ops *>(io)->stop_event_loop(static_cast<tenon_io_ops *>(io));
        });
        timer.arm(usec);
        io_->run_event_loop(io_);
    }
    /// Runs it until `over`, ten seconds at most.
    template <typename Over> void until(Over over) {
        for (int i = 0; i < 10'000 && !over(); ++i) run(1000);
        REQUIRE(over());
    }
    /// Long enough for every change to reach its replicas.
    void settle() {
        until([this] { return cluster_->replication().idle(); });
    }
    void rebalance(const std::vector<unsigned> &eject = {}) {
        bool done = false;
        Error outcome;
        const Error refused = cluster_->rebalance(eject, [&](const Error &error) {
            outcome = error;
            done = true;
        });
        REQUIRE_MESSAGE(!refused, refused.message);
        until([&] { return done; });
        REQUIRE_MESSAGE(!outcome, outcome.message);
        CHECK_FALSE(cluster_->rebalancing());
    }
    /// The maps published while `add` nodes come and `eject` go; the one of before in front.
    std::vector<devcluster::MapRef> maps_of_rebalance(unsigned add, const std::vector<unsigned> &eject) {
        std::vector<devcluster::MapRef> maps{bucket().map()};
        for (unsigned i = 0; i < add; ++i) REQUIRE_FALSE(cluster_->add_node());
        bool done = false;
        REQUIRE_FALSE(cluster_->rebalance(eject, [&](const Error &) { done = true; }));
        for (int i = 0; i < 100'000; ++i) {
            if (bucket().map() != maps.back()) maps.push_back(bucket().map());
            if (done) return maps;
            run(0);
        }
        FAIL("the rebalance does not end");
        return maps;
    }

    std::uint16_t vbucket_of(const std::string &key) {
        return static_cast<std::uint16_t>(topology::hash_key(key) & (bucket().vbuckets() - 1));
    }
    devcluster::VBucket &part(std::uint16_t vbucket, int node) {
        devcluster::VBucket *const found = cluster_->local(bucket(), vbucket, node);
        REQUIRE(found != nullptr);
        return *found;
    }
    /// Stores "key NUMBER" with its owner, as a client does; nothing happens if it has none that serves.
    void write(int number, const std::string &value) {
        const std::string key = "key " + std::to_string(number);
        const std::uint16_t vbucket = vbucket_of(key);
        const int owner = bucket().row(vbucket)[0];
        devcluster::VBucket &active = part(vbucket, owner);
        if (!serves(active, owner)) return;
        const auto result =
            active.store.store(devcluster::StoreMode::set, key, {.value = value}, 0, cluster_->now());
        REQUIRE(result.status == wire::Status::ok);
        replicate(owner, vbucket, key, result.item);
        expected_[key] = value;
    }
    void remove(int number) {
        const std::string key = "key " + std::to_string(number);
        const std::uint16_t vbucket = vbucket_of(key);
        const int owner = bucket().row(vbucket)[0];
        devcluster::VBucket &active = part(vbucket, owner);
        if (!serves(active, owner)) return;
        if (active.store.remove(key, 0, cluster_->now()) == wire::Status::ok)
            replicate(owner, vbucket, key, nullptr);
        expected_.erase(key);
    }
    void fill(int count) {
        for (int i = 0; i < count; ++i) write(i, "value " + std::to_string(i));
    }
    /// Every item is with its owner and has the value written last.
    void check_items(int count) {
        int wrong = 0;
        for (int i = 0; i < count; ++i) {
            const std::string key = "key " + std::to_string(i);
            const std::uint16_t vbucket = vbucket_of(key);
            const auto at = expected_.find(key);
            devcluster::VBucket &active = part(vbucket, bucket().row(vbucket)[0]);
            if (active.state != devcluster::VBucketState::active) ++wrong;
            const devcluster::Item *const item = active.store.find(key, cluster_->now());
            if ((item == nullptr) != (at == expected_.end())) ++wrong;
            else if (item != nullptr && item->value != at->second) ++wrong;
        }
        CHECK(wrong == 0);
    }
    /// Replicas that have missed something.
    int count_behind() {
        int behind = 0;
        for (unsigned i = 0; i < bucket().vbuckets(); ++i)
            for (const int node : bucket().row(static_cast<std::uint16_t>(i)))
                behind += node >= 0 && part(static_cast<std::uint16_t>(i), node).behind;
        return behind;
    }
    /// Every part is what the rows say, replicas are what their owners are, and nobody else has items.
    void check_replicas() { check_replicas_but_for(-1); }
    /// A failed node may still have what it had.
    void check_replicas_but_for(int failed) {
        int wrong = 0;
        for (unsigned i = 0; i < bucket().vbuckets(); ++i) {
            const auto vbucket = static_cast<std::uint16_t>(i);
            const devcluster::Row &row = bucket().row(vbucket);
            devcluster::VBucket &active = part(vbucket, row[0]);
            wrong += !active.filling.empty();
            for (unsigned node = 0; node < cluster_->nodes().size(); ++node) {
                devcluster::VBucket *const here = cluster_->local(bucket(), vbucket, static_cast<int>(node));
                if (here == nullptr || static_cast<int>(node) == failed) continue;
                const auto place = std::find(row.begin(), row.end(), static_cast<int>(node));
                if (place == row.begin()) wrong += here->state != devcluster::VBucketState::active;
                else if (place == row.end()) wrong += here->store.size() != 0;
                else wrong += here->state != devcluster::VBucketState::replica || here->behind ||
                              here->store.changes() != active.store.changes() ||
                              !active.store.difference(here->store).empty();
            }
        }
        CHECK(wrong == 0);
    }

private:
    /// Else a client would have to wait: its node is away, or hands the vBucket over.
    bool serves(const devcluster::VBucket &part, int node) const {
        return part.state == devcluster::VBucketState::active && cluster_->running(static_cast<unsigned>(node));
    }

    void replicate(int owner, std::uint16_t vbucket, const std::string &key, const devcluster::Item *item) {
        cluster_->replication().changed(cluster_->node(static_cast<unsigned>(owner)), bucket(), vbucket, key, item);
    }

    tenon_io_ops *io_ = nullptr;
    std::unique_ptr<devcluster::Cluster> cluster_;
    std::map<std::string, std::string> expected_;
};

}  // namespace tenon::test
