// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "devcluster/published_map.hpp"
#include "net/reactor.hpp"

namespace tenon::devcluster {

class Bucket;
class Cluster;
struct VBucket;

/// Where the vBuckets of a bucket are to be.
struct RebalanceTarget {
    Bucket *bucket;
    std::vector<Row> rows;
};

/// Brings vBuckets to where a plan has them, bucket after bucket, at the cluster's pace, while they are in use. Owned
/// by the cluster; gone when it is over.
///
/// A vBucket's move: nodes new to its row are filled, in steps, while its owner serves and passes on what changes. Then
/// the owner becomes dead and the new one, pending, gets the rest; then it is active, and the row is the one planned.
class Rebalance {
public:
    /// `at_end` is called when every vBucket is in its place, before the final maps are published; `done` last of all,
    /// with an Error if it ended early.
    Rebalance(Cluster &cluster, std::vector<RebalanceTarget> targets, std::function<void()> at_end,
              std::function<void(const Error &)> done);
    Rebalance(const Rebalance &) = delete;
    Rebalance &operator=(const Rebalance &) = delete;
    ~Rebalance();

    /// Publishes the first maps; the rest follows from the loop.
    void begin();
    /// Ends it, with an Error if early: what is being moved stays where it was. Destroys this.
    void end(Error error);

    /// From 0 to 1; of what concerns a node, or of all.
    double progress() const;
    double progress(unsigned node) const;

private:
    /// A node being filled.
    struct Transfer {
        unsigned node;
        std::vector<std::string> keys;
        std::size_t next = 0;
    };
    struct Move {
        Bucket *bucket;
        std::uint16_t vbucket;
        Row from, to;
        std::vector<Transfer> transfers;
        std::uint64_t taken_over_at = 0;  // when the new owner begins to serve; 0: not yet decided
    };

    static void on_tick(void *self);
    void tick();
    void arm();
    void start(Move &move);
    bool step(Move &move);
    bool stalled(const Move &move) const;
    void hand_over(Move &move);
    void settle(Move &move);
    void abandon(Move &move);
    void publish_if_due(Bucket &bucket);

    VBucket &part(const Move &move, int node) const;

    Cluster &cluster_;
    std::function<void()> at_end_;
    std::function<void(const Error &)> done_;
    std::vector<Move> moves_;    // of all buckets, in the order they are begun
    std::size_t begun_ = 0;      // of these
    std::vector<std::size_t> running_;  // places in moves_
    std::size_t settled_ = 0;
    std::vector<std::size_t> concerns_, settled_of_;  // the same by node: all, and those that are over
    std::uint64_t published_at_ = 0;
    Bucket *unpublished_ = nullptr;  // has vBuckets that moved since its last map
    net::Timer timer_;
};

}  // namespace tenon::devcluster
