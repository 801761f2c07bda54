// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/error.hpp"
#include "devcluster/data_connection.hpp"
#include "devcluster/store.hpp"
#include "net/listener.hpp"
#include "net/reactor.hpp"

namespace tenon::devcluster {

class Bucket;
class Cluster;
class Node;

/// Numbers as set-vbucket and get-vbucket have them; absent is ours.
enum class VBucketState : std::uint32_t { absent = 0, active = 1, replica = 2, pending = 3, dead = 4 };

struct VBucket {
    explicit VBucket(CasSource &cas) : store(cas) {}

    VBucketState state = VBucketState::absent;
    Store store;
};

/// A flush that was asked for with a delay.
class DelayedFlush {
public:
    DelayedFlush(Cluster &cluster, Node &node, const Bucket &bucket, std::uint64_t usec);

private:
    static void on_time(void *self);

    Cluster &cluster_;
    Node &node_;
    const Bucket &bucket_;
    net::Timer timer_;
};

/// One bucket on one node.
struct Shard {
    std::vector<VBucket> vbuckets;
    std::unique_ptr<DelayedFlush> flush;
};

struct Statistics {
    std::uint64_t gets = 0, hits = 0, sets = 0, touches = 0, flushes = 0, refused_vbuckets = 0;
    std::uint64_t bytes_read = 0, bytes_written = 0, connections = 0;
};

/// A data node: a listener, its connections, and its part of every bucket.
class Node {
public:
    Node(Cluster &cluster, unsigned index);
    Node(const Node &) = delete;
    Node &operator=(const Node &) = delete;
    ~Node();

    /// Begins to serve on `port` (0: the system chooses).
    Error listen(const char *address, std::uint16_t port);
    std::uint16_t port() const { return listener_.port(); }

    Cluster &cluster() const { return cluster_; }
    unsigned index() const { return index_; }
    /// One for each of the cluster's buckets, in their order.
    void add_shard(unsigned vbuckets);
    Shard &shard(std::size_t bucket) { return shards_[bucket]; }
    Statistics &statistics() { return statistics_; }
    std::size_t connections() const { return connections_.size(); }

    /// Destroys a connection; called by itself at its end.
    void remove(std::uint64_t connection) { connections_.erase(connection); }

private:
    static void on_accept(void *self, int sock);

    Cluster &cluster_;
    const unsigned index_;
    std::vector<Shard> shards_;
    Statistics statistics_;
    net::Listener listener_;
    std::map<std::uint64_t, DataConnection> connections_;  // in the order they came
};

}  // namespace tenon::devcluster
