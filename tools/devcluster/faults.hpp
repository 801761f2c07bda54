// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "devcluster/random.hpp"

namespace tenon::devcluster {

/// How a node's map contradicts itself.
enum class Lie : std::uint8_t {
    none,
    index_out_of_range,  ///< an owner that is not in the list of servers
    short_row,           ///< a vBucket without the replicas that numReplicas promises
    odd_vbucket_count,   ///< one vBucket too few
    broken_json,         ///< ends in the middle
};

/// What a node does wrong. Set at any time; all off when a node starts or restarts. Rates are probabilities from 0 to
/// 1, drawn from the cluster's generator once per request.
struct Faults {
    // Data connections.
    Range delay = {};               ///< microseconds each answer waits; a connection's answers stay in order
    double drop_requests = 0;       ///< neither executed nor answered
    double drop_replies = 0;        ///< executed and not answered
    double not_my_vbucket = 0;      ///< refused like a vBucket that is not here, although it is
    double temporary_failure = 0;   ///< refused with 86
    double busy = 0;                ///< refused with 85
    double out_of_memory = 0;       ///< refused with 82
    /// Counts down with every answer of the node; the one that makes it 0 is cut behind `cut_at` bytes and its
    /// connection closed. 0: off.
    std::uint32_t cut_reply = 0;
    std::size_t cut_at = 10;

    // Maps, wherever this node tells them: its management port and its data connections.
    bool stale_maps = false;  ///< goes on telling the maps it had when this was set
    Lie lie = Lie::none;

    // Both kinds of ports.
    bool half_open = false;           ///< accepts and reads, never answers
    bool refuse_connections = false;  ///< new ones only

    bool operator==(const Faults &) const = default;
};

}  // namespace tenon::devcluster
