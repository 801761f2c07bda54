// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "devcluster/bucket.hpp"
#include "devcluster/faults.hpp"
#include "devcluster/management_error.hpp"
#include "devcluster/membership.hpp"
#include "devcluster/node.hpp"
#include "devcluster/observer.hpp"
#include "devcluster/options.hpp"
#include "devcluster/random.hpp"
#include "devcluster/replication.hpp"
#include "devcluster/rest.hpp"
#include "devcluster/store.hpp"
#include "net/reactor.hpp"

namespace tenon::devcluster {

class Rebalance;
struct RebalanceTarget;

/// Couchbase-compatible nodes in one process, on one IO table: what programs and tests talk to instead of a real
/// cluster. Everything happens in the table's callbacks, on its thread.
///
/// The only clock is the table's, the only randomness a generator seeded by the options.
///
/// A node is called by its index, its place in `nodes()`, which it keeps for ever; a node that leaves is not forgotten.
/// What manages the cluster returns an Error of management_category() if it cannot be done, and nothing has changed
/// then. All of it may be called at any time between start() and the end, from callbacks of the loop too, but not from
/// within an Observer.
class Cluster {
public:
    /// Called once, when what it was given to has ended: with an Error if it ended early.
    using Done = std::function<void(const Error &)>;

    /// `io` outlives the cluster. Throws std::bad_alloc only.
    Cluster(tenon_io_ops *io, Options options);
    Cluster(const Cluster &) = delete;
    Cluster &operator=(const Cluster &) = delete;
    /// Closes every socket. What was not finished is not heard of.
    ~Cluster();

    /// Checks the options, listens on all ports and publishes the first maps. On an error (errc::invalid_option, or the
    /// system's reason with the address) the cluster is good for nothing but to be destroyed.
    Error start();

    const Options &options() const { return options_; }
    /// Who is told what happens from now on.
    void observe(Observer observer) { observer_ = std::move(observer); }

    // --- Nodes ---------------------------------------------------------------------------------------------------

    /// Every node there ever was, as the maps name it: those run here first, then `data_nodes`, then those added.
    const std::vector<NodeAddress> &nodes() const { return addresses_; }
    /// The ports listened on; there is a management port even if no node is run here.
    std::uint16_t management_port(unsigned node = 0) const;
    std::uint16_t data_port(unsigned node = 0) const { return addresses_[node].data_port; }
    /// Of the start.
    unsigned management_ports() const { return options_.nodes == 0 ? 1 : options_.nodes; }
    /// Whether it is run here; only then there is a `node()`.
    bool runs_here(unsigned node) const { return node < nodes_.size() && nodes_[node] != nullptr; }
    Node &node(unsigned index) { return *nodes_[index]; }
    const Node &node(unsigned index) const { return *nodes_[index]; }
    /// "n_3@127.0.0.1": what management calls a node, otpNode.
    std::string node_name(unsigned node) const;
    std::optional<unsigned> node_named(std::string_view name) const;

    Membership membership(unsigned node) const { return memberships_[node]; }
    Recovery recovery(unsigned node) const { return recoveries_[node]; }
    /// Running: a process that answers, though it may have faults.
    bool running(unsigned node) const { return !runs_here(node) || nodes_[node]->state() == RunState::running; }

    /// Starts a further node on a numeric address (empty: the next of the options' hosts, or their host) and ports (0:
    /// the system chooses). It is Membership::added and takes part from the next rebalance on. Its index is in `index`,
    /// if that is not null. A system's error (address taken) is one of std::system_category().
    Error add_node(unsigned *index = nullptr, std::string host = {}, std::uint16_t management_port = 0,
                   std::uint16_t data_port = 0);
    /// Takes a failed node, or one that was ejected, back in: it is Membership::added until the next rebalance. `how`
    /// is for a failed one; an ejected one has nothing left.
    Error re_add(unsigned node, Recovery how = Recovery::full);
    /// How a node is filled that was failed over and added back.
    Error set_recovery(unsigned node, Recovery how);
    /// Removes a node that is not active at once: an added one, or one that was failed over.
    Error eject(unsigned node);

    /// The process dies: connections end, ports are closed. Its items are kept for a restart.
    Error stop_node(unsigned node);
    /// It stops to read and to answer; what comes waits in the system's buffers.
    Error pause_node(unsigned node);
    Error resume_node(unsigned node);
    /// A stopped node starts again on its ports, without faults, as what it is to the cluster by now: an active one
    /// serves its vBuckets. Without its items it begins empty, and its replicas follow it.
    Error restart_node(unsigned node, bool keep_items = true);

    /// What a node does wrong from now on.
    Error set_faults(unsigned node, const Faults &faults);

    // --- Moving --------------------------------------------------------------------------------------------------

    /// Begins to bring every bucket to an even spread over the active and the added nodes without `eject`; failed nodes
    /// leave. First a map is published with the new servers and the owners of before, then others while vBuckets move
    /// one after the other (see Pace), then the final one, without those that left.
    Error rebalance(const std::vector<unsigned> &eject = {}, Done done = {});
    /// Ends the one that runs, between two moves: what moved has moved. Without one, nothing happens.
    void stop_rebalance();
    bool rebalancing() const { return rebalance_ != nullptr; }
    /// Of the rebalance that runs: from 0 to 1, over all, or over what concerns a node. 0 without one.
    double progress() const;
    double progress(unsigned node) const;
    /// Of the last one; empty if it finished or there was none.
    const Error &last_rebalance() const { return last_rebalance_; }
    /// For moves that begin from now on.
    void set_pace(const Pace &pace) { pace_ = pace; }
    const Pace &pace() const { return pace_; }

    /// At once: where the node was the owner, the first replica is promoted, preferring one that runs; a rebalance that
    /// runs is stopped. What the node had acknowledged and not yet replicated is lost.
    Error fail_over(unsigned node);
    /// Moves what the node owns to replicas first, like a rebalance, then takes it out.
    Error fail_over_gracefully(unsigned node, Done done = {});

    /// Makes `node` the owner of a vBucket, with its items, at once; a replica there changes places with the owner of
    /// before, and that one is dead for the vBucket otherwise. Both are nodes run here. Clients learn of it by being
    /// refused, or when the map is published. Without effect during a rebalance.
    void move_vbucket(Bucket &bucket, std::uint16_t vbucket, unsigned node);
    /// Makes a new map of what is set, and sends it to every stream.
    void publish(Bucket &bucket);

    /// From now on `half` and the other active nodes take each other for failed over: each publishes a map of its own,
    /// of the same revision, and promotes its replicas. `heal` ends it: owners are again those of before, and what the
    /// wrong ones took is lost.
    Error split(const std::vector<unsigned> &half);
    void heal();
    bool is_split() const { return split_; }

    // --- Buckets -------------------------------------------------------------------------------------------------

    const std::string &uuid() const { return uuid_; }
    const std::vector<std::unique_ptr<Bucket>> &buckets() const { return buckets_; }
    /// Null if there is none of that name.
    Bucket *find_bucket(std::string_view name) const;
    /// A new bucket has a new uuid and begins with revision 1, also if there was one of that name.
    Error create_bucket(const BucketOptions &bucket);
    /// Its items are gone, its streams and the connections that use it are closed.
    Error delete_bucket(std::string_view name);

    // --- For nodes and connections -------------------------------------------------------------------------------

    net::Reactor &reactor() { return *reactor_; }
    CasSource &cas() { return cas_; }
    Random &random() { return random_; }
    Replication &replication() { return replication_; }
    /// Where the links of vBuckets that are made begin: far from all there were.
    std::uint64_t next_link() { return ++links_ << 32; }
    const Observer &observer() const { return observer_; }
    /// The clock of stores, microseconds, never 0.
    std::uint64_t now() const { return 1 + reactor_->now() - started_; }
    std::uint64_t uptime() const { return now() / 1'000'000; }
    std::uint64_t unix_time() const { return options_.unix_time + uptime(); }
    /// A request's expiry (0 never, up to 30 days from now, above it a Unix time) on the clock of stores; 0: never.
    std::uint64_t expiry(std::uint32_t seconds) const;
    /// A node's part of a vBucket; null if `node` is nobody or not run here.
    VBucket *local(const Bucket &bucket, std::uint16_t vbucket, int node);
    /// Empties what is active of a bucket on one node, and its replicas, at time `at`; 0: now.
    void flush(Node &node, const Bucket &bucket, std::uint64_t at);
    /// Has `work` done from the loop, when nothing of the cluster's is on the stack any more.
    void later(std::function<void()> work, std::uint64_t usec = 0);
    /// Whether nothing of that waits.
    bool idle() const { return tasks_.empty(); }

private:
    friend class Rebalance;

    /// Something to be done later. Gone when it is.
    class Task;

    Error check() const;
    Error listen();
    Error listen(unsigned node, const std::string &host, std::uint16_t management_port, std::uint16_t data_port);
    void fill_nodes(Bucket &bucket);
    void flush_now(Node &node, const Bucket &bucket);
    std::string make_uuid();
    std::string host_of(unsigned node) const;
    std::vector<unsigned> nodes_that_are(Membership membership) const;
    /// The map of some of the active nodes, by node index in `rows` and `forward`.
    std::shared_ptr<PublishedMap> make_map(const Bucket &bucket, const std::vector<unsigned> &nodes,
                                           const std::vector<Row> &rows) const;
    Error known(unsigned node) const;
    Error in_state(unsigned node, RunState state) const;
    Error has_process(unsigned node) const;
    Error not_now() const;
    Error may_fail_over(unsigned node) const;
    void begin_rebalance(std::vector<RebalanceTarget> targets, std::function<void()> at_end, Done done);
    void leave(unsigned node);
    void take_out(unsigned node);
    void promote(Bucket &bucket, std::uint16_t vbucket);

    net::ReactorRef reactor_;
    const Options options_;
    Observer observer_;
    Pace pace_;
    std::uint64_t started_ = 0;
    CasSource cas_;
    Random random_;
    std::string uuid_;
    std::vector<NodeAddress> addresses_;
    std::vector<Membership> memberships_;
    std::vector<Recovery> recoveries_;
    std::vector<std::unique_ptr<Bucket>> buckets_;
    std::size_t buckets_made_ = 0;
    std::uint64_t links_ = 0;
    std::vector<std::unique_ptr<Node>> nodes_;  // null: run elsewhere
    std::unique_ptr<RestServer> lone_rest_;     // of a cluster without nodes of its own
    Replication replication_;
    std::unique_ptr<Rebalance> rebalance_;
    Error last_rebalance_;
    bool split_ = false;
    std::map<std::uint64_t, std::unique_ptr<Task>> tasks_;  // by number, in the order they were given
    std::uint64_t last_task_ = 0;
};

}  // namespace tenon::devcluster
