// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "history.hpp"

namespace tenon::simulation {

/// What is done to network, nodes and topology. Arguments are numbers, said behind each: a *host* is a node's number,
/// or kFirstClient + a machine's with clients; chances are millionths, times microseconds.
enum class Deed : std::uint8_t {
    // the network
    weather,          ///< seed, severity 0 (calm) to 3: see weather.hpp
    reset,            ///< host, host
    drop,             ///< host, host
    partition,        ///< host, host, 1 for one way only
    heal,             ///< host, host, 1 to reset what waits
    slow,             ///< host, factor
    hold,             ///< host: nothing gets in or out
    let_go,           ///< host
    kill,             ///< host, 1 for silently
    revive,           ///< host
    refuse_connects,  ///< host, 0 or 1
    ignore_connects,  ///< host, 0 or 1
    stall,            ///< kFirstClient + machine, or 0 for the cluster's loop; how long
    // nodes
    delay,            ///< node, least, most
    drop_requests,    ///< node, chance
    drop_replies,     ///< node, chance
    wrong_vbucket,    ///< node, chance
    temporary_failure,///< node, chance
    busy,             ///< node, chance
    cut_reply,        ///< node, at which answer from now on, behind how many bytes
    stale_maps,       ///< node
    lie,              ///< node, which
    half_open,        ///< node
    faultless,        ///< node
    stop,             ///< node
    start,            ///< node, 1 if its items are lost
    pause,            ///< node
    resume,           ///< node
    // the cluster
    add,              ///< a new node
    rebalance,        ///< the set of nodes to eject, as bits
    stop_rebalance,
    fail_over,        ///< node
    fail_over_graceful,  ///< node
    add_back,         ///< node, how (devcluster::Recovery)
    split,            ///< the set of nodes of the other half, as bits
    join,             ///< one cluster again
    // a client's machine
    spoil_cache,      ///< which file, how: 0 cut in half, else a bit of this byte flipped
};
inline constexpr unsigned kDeeds = static_cast<unsigned>(Deed::spoil_cache) + 1;
inline constexpr std::uint64_t kFirstClient = 100;

const char *name(Deed deed);

struct Event {
    Time at = 0;
    Deed deed{};
    std::array<std::uint64_t, 3> arguments{};

    bool operator==(const Event &) const = default;
};

/// What its buckets are.
enum class BucketKind : std::uint8_t {
    couchbase,
    memcached,  ///< with a map of nodes, over which keys go by ketama
    servers     ///< the same, and clients are not told by a map but by a list of the nodes
};

struct ClusterPlan {
    unsigned nodes = 2;
    unsigned vbuckets = 16;
    unsigned replicas = 1;
    std::uint64_t lag = 0;             ///< replication lags by up to this; 0: it is synchronous
    bool epochs = false;               ///< maps have a `revEpoch`
    bool maps_in_refusals = true;
    bool fast_forward = true;
    std::uint64_t step = 1000;         ///< a rebalance's pace: one move a step
    std::uint64_t takeover = 0;
    std::uint64_t map_interval = 0;
    std::uint64_t warmup = 0;
    BucketKind kind = BucketKind::couchbase;
    unsigned buckets = 1;              ///< with items of the same keys; 2 at most
    bool passwords = false;            ///< they have one
    std::uint64_t persistence = 0;     ///< a change is on disk after so long

    /// Into how many parts a bucket's keys go: vBuckets, or (of memcached's type) the nodes.
    unsigned parts() const { return kind == BucketKind::couchbase ? vbuckets : nodes; }

    bool operator==(const ClusterPlan &) const = default;
};

/// One life of a client. Several may live on one machine, also at a time.
struct ClientPlan {
    unsigned machine = 0;
    Time born = 0;
    Time dies = kNever;
    bool dies_in_callback = false;     ///< in the first callback after `dies`, if there is one
    std::uint64_t hosts = 1;           ///< the set of nodes it is told of, as bits
    std::uint64_t timeout = 2'500'000;
    std::uint64_t connect_timeout = 2'000'000;
    unsigned agreement = 0;            ///< 0: majority, 1: the first answer
    unsigned watch = 0;                ///< 0: one stream, 1: one of every host
    unsigned bucket = 0;
    unsigned password = 0;             ///< 0: what it takes, 1: a wrong one, 2: to be told by the cluster
    unsigned cache = 0;                ///< its map is kept in this file; 0: in none

    bool operator==(const ClientPlan &) const = default;
};

/// Which CAS an operation asks for: none, the one its client saw last of the key, or one that no item has.
enum class CasUse : std::uint8_t { none, seen, wrong };

struct OperationPlan {
    static constexpr std::uint32_t kNone = 0xffffffff;

    Time at = 0;
    std::uint32_t after = kNone;  ///< not at a time but in the last callback of this operation
    unsigned client = 0;
    Action action{};
    unsigned key = 0;
    CasUse cas = CasUse::none;
    std::uint64_t size = 0;       ///< of a value's padding; replica reads: which, from 1, or 0 for any
    std::uint64_t delta = 0;
    std::uint64_t initial = 0;    ///< 0: a missing counter is not created
    std::uint32_t seconds = 0;
    std::uint64_t timeout = 0;    ///< 0: the client's own
    std::uint64_t cancel = 0;     ///< it is taken back after so long; 0: it is not

    bool operator==(const OperationPlan &) const = default;
};

/// Everything a history is made of. Equal plans make equal histories.
struct Plan {
    std::uint64_t seed = 0;  ///< of the world and of everything in it
    ClusterPlan cluster;
    unsigned machines = 1;   ///< with clients
    unsigned keys = 1;       ///< of each bucket; the last ones are counters: see is_counter
    bool routed = false;     ///< some go where another key goes: see is_routed
    std::vector<ClientPlan> clients;
    std::vector<OperationPlan> operations;
    std::vector<Event> events;
    Time healed = 0;         ///< from here on nothing is done any more, and everything is whole again

    bool operator==(const Plan &) const = default;
    /// Whether nothing goes wrong in it: at most, nodes come and go in order.
    bool smooth() const;
    bool is_counter(unsigned key) const { return key >= keys - keys / 3; }
    bool is_routed(unsigned key) const { return routed && key % 3 == 1; }
};

/// As text, one line a part, for the record and for reading; and back. parse_plan throws std::runtime_error with the
/// line that makes no sense.
std::string to_text(const Plan &plan);
std::string to_text(const Event &event);
std::string to_text(const OperationPlan &operation);
Plan parse_plan(std::string_view text);

}  // namespace tenon::simulation
