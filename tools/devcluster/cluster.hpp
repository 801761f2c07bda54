// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "devcluster/bucket.hpp"
#include "devcluster/node.hpp"
#include "devcluster/options.hpp"
#include "devcluster/rest.hpp"
#include "devcluster/store.hpp"
#include "net/reactor.hpp"

namespace tenon::devcluster {

/// Couchbase-compatible nodes in one process, on one IO table: what programs and tests talk to instead of a real
/// cluster. Everything happens in the table's callbacks, on its thread.
///
/// The only clock is the table's, the only randomness a generator seeded by the options.
class Cluster {
public:
    /// `io` outlives the cluster. Throws std::bad_alloc only.
    Cluster(tenon_io_ops *io, Options options);
    Cluster(const Cluster &) = delete;
    Cluster &operator=(const Cluster &) = delete;
    /// Closes every socket.
    ~Cluster();

    /// Checks the options, listens on all ports and publishes the first maps. On an error (errc::invalid_option, or the
    /// system's reason with the address) the cluster is good for nothing but to be destroyed.
    Error start();

    const Options &options() const { return options_; }
    /// Every node as the maps name it: those run here first.
    const std::vector<NodeAddress> &nodes() const { return addresses_; }
    /// The ports listened on; there is a management port even if no node is run here.
    std::uint16_t management_port(unsigned index = 0) const { return rest_[index]->port(); }
    std::uint16_t data_port(unsigned node = 0) const { return nodes_[node]->port(); }
    unsigned management_ports() const { return static_cast<unsigned>(rest_.size()); }
    Node &node(unsigned index) { return *nodes_[index]; }

    const std::string &uuid() const { return uuid_; }
    const std::vector<std::unique_ptr<Bucket>> &buckets() const { return buckets_; }
    /// Null if there is none of that name.
    Bucket *find_bucket(std::string_view name) const;
    /// "default", if it is there and has no password: the bucket of who does not say.
    Bucket *open_default() const;

    /// Makes `node` the owner of a vBucket, with its items, at once; a replica there changes places with the owner of
    /// before, and that one is dead for the vBucket otherwise. Both are nodes run here. Clients learn of it by being
    /// refused, or when the map is published.
    void move_vbucket(Bucket &bucket, std::uint16_t vbucket, unsigned node);
    /// Makes a new map of what is set, and sends it to every stream.
    void publish(Bucket &bucket);

    // For nodes and connections.
    net::Reactor &reactor() { return *reactor_; }
    CasSource &cas() { return cas_; }
    /// The clock of stores, microseconds, never 0.
    std::uint64_t now() const { return 1 + reactor_->now() - started_; }
    std::uint64_t uptime() const { return now() / 1'000'000; }
    std::uint64_t unix_time() const { return options_.unix_time + uptime(); }
    /// A request's expiry (0 never, up to 30 days from now, above it a Unix time) on the clock of stores; 0: never.
    std::uint64_t expiry(std::uint32_t seconds) const;
    /// Brings the replicas of a vBucket to what its active node has under `key`; null: nothing.
    void replicate(const Bucket &bucket, std::uint16_t vbucket, std::string_view key, const Item *item);
    /// Empties what is active of a bucket on one node, and its replicas, at time `at`; 0: now.
    void flush(Node &node, const Bucket &bucket, std::uint64_t at);

private:
    Error check() const;
    Error listen();
    void fill_nodes();
    VBucket *local(const Bucket &bucket, std::uint16_t vbucket, int node);
    void flush_now(Node &node, const Bucket &bucket);

    net::ReactorRef reactor_;
    const Options options_;
    std::uint64_t started_ = 0;
    CasSource cas_;
    std::string uuid_;
    std::vector<NodeAddress> addresses_;
    std::vector<std::unique_ptr<Bucket>> buckets_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<std::unique_ptr<RestServer>> rest_;
};

}  // namespace tenon::devcluster
