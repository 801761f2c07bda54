// SPDX-License-Identifier: Apache-2.0
/// @file
/// What distinguishes two cluster maps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tenon {

/// What has to change in one map to get another one. Servers are known by name ("host:port" of the data port), never by
/// their place in a list: the same cluster may be told with its servers in any order. Which bucket, which revision (see
/// MapAge) and which management ports is no difference.
struct MapDifference {
    std::vector<std::string> servers_added;    ///< in the order of the second map
    std::vector<std::string> servers_removed;  ///< in the order of the first map
    /// The servers that both maps have stand in another order.
    bool order_changed = false;

    /// One map has vBuckets and the other one is of plain memcached (ketama).
    bool locator_changed = false;
    /// The number of vBuckets is another one: keys are hashed to other vBuckets, so that all of them have moved.
    bool vbucket_count_changed = false;
    /// The number of replicas is another one; those that both maps have are compared.
    bool replica_count_changed = false;
    /// vBuckets whose active server is another one (or none, or one where was none). All of the second map's if the
    /// number of vBuckets or the locator changed; always 0 between maps of plain memcached.
    std::size_t vbuckets_moved = 0;
    /// vBuckets of which some replica is elsewhere; counted as `vbuckets_moved`.
    std::size_t replicas_moved = 0;
    /// The owners after the rebalance under way (the fast-forward map) are others, where vBuckets can be compared. They
    /// route nothing yet: it is told, but does not count as a difference.
    bool forward_changed = false;

    /// Both say the same in the same order.
    bool equal() const { return equivalent() && !order_changed; }
    /// Both say the same: not even the order counts. Every key goes to the same servers under either map.
    bool equivalent() const {
        return servers_added.empty() && servers_removed.empty() && !locator_changed && !vbucket_count_changed &&
               !replica_count_changed && vbuckets_moved == 0 && replicas_moved == 0;
    }
    /// Nothing differs but the order of the servers.
    bool only_order() const { return equivalent() && order_changed; }
};

/// What one map is to another one, by what they say of themselves.
enum class MapAge : std::uint8_t {
    older,
    same,           ///< the same revision
    newer,
    not_comparable  ///< of another bucket (by uuid, or name where there is none), or not both carry a revision
};

}  // namespace tenon
