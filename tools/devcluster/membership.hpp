// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tenon::devcluster {

/// What a node is to the cluster, as clusterMembership tells it.
enum class Membership : std::uint8_t {
    active,  ///< "active": may own vBuckets, is in the maps
    added,   ///< "inactiveAdded": takes part from the next rebalance on
    failed,  ///< "inactiveFailed": failed over; the next rebalance ejects it
    out,     ///< no longer one of the cluster's
};

/// Whether a node's process does anything.
enum class RunState : std::uint8_t {
    running,
    paused,   ///< as after SIGSTOP: connections stay and new ones are accepted, nothing is read or answered
    stopped,  ///< no process: connections are closed, new ones refused
};

/// How a failed node that was added back is to be filled by the next rebalance.
enum class Recovery : std::uint8_t {
    none,
    full,   ///< as if it were new: everything is transferred
    delta,  ///< it gets the vBuckets it had, and of their items those that differ from what it still has
};

}  // namespace tenon::devcluster
