// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "base/error.hpp"

namespace tenon::devcluster {

class Bucket;

/// Told what happens to the cluster, in the order it happens; empty functions are not asked. Nodes are indices into
/// `Cluster::nodes()`. Functions may read the cluster and schedule work, not change it.
struct Observer {
    std::function<void()> rebalance_started = {};
    /// An active vBucket has changed its owner; `from` is -1 if it was lost before.
    std::function<void(const Bucket &bucket, std::uint16_t vbucket, int from, int to)> vbucket_moved = {};
    /// Finished, or why it ended early.
    std::function<void(const Error &outcome)> rebalance_finished = {};

    /// A hard failover takes its vBuckets from `node`: before each, what becomes of one. `to` is -1 where there was no
    /// replica. `lacking` counts the changes the owner had acknowledged and the promoted replica does not have (with
    /// -1: all the owner ever made), 0 with synchronous replication to a node that was running.
    std::function<void(const Bucket &bucket, std::uint16_t vbucket, int from, int to, std::uint64_t lacking)>
        vbucket_promoted = {};
    std::function<void(unsigned node, bool graceful)> failed_over = {};

    std::function<void(unsigned node)> node_stopped = {};
    std::function<void(unsigned node)> node_paused = {};
    std::function<void(unsigned node)> node_resumed = {};
    /// Without `items_kept`, the items of the vBuckets it is active for are gone, from their replicas too.
    std::function<void(unsigned node, bool items_kept)> node_restarted = {};

    /// The halves publish different maps from now on; or all the same again.
    std::function<void(bool split)> split = {};
};

}  // namespace tenon::devcluster
