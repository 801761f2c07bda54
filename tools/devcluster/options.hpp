// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "devcluster/bucket.hpp"

namespace tenon::devcluster {

struct BucketOptions {
    std::string name = "default";
    std::string password = {};  ///< empty: open to everybody
};

/// What a cluster consists of.
struct Options {
    /// Nodes run here. 0 only with `data_nodes`.
    unsigned nodes = 1;
    /// Data nodes run by somebody else, memcached servers for example, that get their part of the map behind the nodes
    /// run here. Only `host` and `data_port` are looked at. Nothing of what devcluster does with items (replication,
    /// refusing a wrong vBucket) happens there.
    std::vector<NodeAddress> data_nodes = {};
    std::vector<BucketOptions> buckets = {{}};
    /// Copies of each vBucket beside the active one, 0 to 3.
    unsigned replicas = 0;
    /// A power of two up to 32768.
    unsigned vbuckets = 1024;

    /// Numeric address to listen on.
    std::string host = "127.0.0.1";
    /// The first of the ports, 0: the system chooses each. With N nodes run here, management is on `port` to
    /// `port` + N - 1 (one port if N is 0), data on `port` + N to `port` + 2N - 1.
    std::uint16_t port = 0;

    /// Largest value an item may have; longer ones are answered with "too big".
    std::size_t max_value_size = 20 * 1024 * 1024;
    /// Whether not-my-vBucket carries the map, as servers from 2.5 on do.
    bool map_in_refusals = true;

    /// Unix time in seconds at the start, by which absolute expiries are judged. What runs on from there is the table's
    /// clock.
    std::uint64_t unix_time = 1'700'000'000;
    /// For the identifiers of cluster and buckets.
    std::uint64_t seed = 1;
};

}  // namespace tenon::devcluster
