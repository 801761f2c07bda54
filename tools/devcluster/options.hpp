// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "devcluster/node_address.hpp"
#include "devcluster/random.hpp"

namespace tenon::devcluster {

struct BucketOptions {
    std::string name = "default";
    std::string password = {};  ///< empty: open to everybody
    /// Of memcached's type: no vBuckets and no replicas. Each node keeps what clients send it, and they go by ketama over
    /// the nodes of the map. What is Couchbase's own (locks, observe, replicas, evict) is refused.
    bool memcached = false;
};

/// How fast vBuckets move in a rebalance, and what clients are told of it. A move takes a step at least; a vBucket's
/// items cross in steps, while its owner goes on serving.
struct Pace {
    unsigned moves_at_once = 1;        ///< vBuckets of a bucket under way together, 1 at least
    unsigned items_per_step = 1000;    ///< of each of them, 1 at least
    std::uint64_t step_usec = 1000;    ///< between steps; 0: a turn of the loop
    /// At the end of a move its vBucket has for so long no owner at all: the old one refuses already and the new one,
    /// pending, lets requests wait. 0: it changes hands in one moment.
    std::uint64_t takeover_usec = 0;
    /// Least time between two maps of a bucket while its vBuckets move. The first one, with the new servers, and the
    /// final one come always; kOnlyFirstAndLast leaves it at these, and clients have to find out the rest.
    std::uint64_t map_interval_usec = 0;
    bool fast_forward = true;  ///< vBucketMapForward in all of these maps but the final one

    static constexpr std::uint64_t kOnlyFirstAndLast = ~std::uint64_t{0};
};

/// What a cluster consists of.
struct Options {
    /// Nodes run here from the start. 0 only with `data_nodes`.
    unsigned nodes = 1;
    /// Data nodes run by somebody else, memcached servers for example, that get their part of the map behind the nodes
    /// run here. Only `host` and `data_port` are looked at. Nothing of what devcluster does with items (replication,
    /// refusing a wrong vBucket) happens there, and a cluster with such nodes stays as it is: no node is added, failed
    /// over or rebalanced.
    std::vector<NodeAddress> data_nodes = {};
    std::vector<BucketOptions> buckets = {{}};
    /// Copies of each vBucket beside the active one, 0 to 3. More than there are nodes for is an error at the start; if
    /// nodes leave later, copies are missing until others come.
    unsigned replicas = 0;
    /// A power of two up to 32768.
    unsigned vbuckets = 1024;

    /// Numeric address to listen on, for every node that has none of its own.
    std::string host = "127.0.0.1";
    /// Node i listens on hosts[i], if there is one and it is not empty; nodes added later too, unless told otherwise.
    std::vector<std::string> hosts = {};
    /// The first of the ports, 0: the system chooses each. With N nodes run here, management is on `port` to
    /// `port` + N - 1 (one port if N is 0), data on `port` + N to `port` + 2N - 1. Nodes added later let the system
    /// choose, unless told otherwise.
    std::uint16_t port = 0;

    /// Who may manage the cluster. With an empty password everybody may; any password goes with the name then.
    std::string admin_name = "Administrator";
    std::string admin_password = {};

    /// None: a change is on every replica whose node runs before it is acknowledged. Else each replica gets it later by
    /// this many microseconds, drawn for each change, in order within a vBucket, as in a real cluster.
    std::optional<Range> replication_lag = {};
    /// How long it takes until a change counts as written to disk, on each node that has it.
    std::uint64_t persistence_usec = 0;
    Pace pace = {};
    /// How long a node that was restarted answers with "temporary failure" first.
    std::uint64_t warmup_usec = 0;
    /// How long a node that was rebalanced out keeps its connections and refuses what they ask for.
    std::uint64_t leaving_usec = 1'000'000;

    /// Largest value an item may have; longer ones are answered with "too big".
    std::size_t max_value_size = 20 * 1024 * 1024;
    /// Whether not-my-vBucket carries the map, as servers from 2.5 on do.
    bool map_in_refusals = true;
    /// `revEpoch` of the maps, as newer servers have it; 0: none.
    std::int64_t rev_epoch = 0;

    /// Unix time in seconds at the start, by which absolute expiries are judged. What runs on from there is the table's
    /// clock.
    std::uint64_t unix_time = 1'700'000'000;
    /// For everything left to chance.
    std::uint64_t seed = 1;
};

}  // namespace tenon::devcluster
