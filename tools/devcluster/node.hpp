// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "devcluster/bucket.hpp"
#include "devcluster/data_connection.hpp"
#include "devcluster/disk.hpp"
#include "devcluster/faults.hpp"
#include "devcluster/membership.hpp"
#include "devcluster/published_map.hpp"
#include "devcluster/rest.hpp"
#include "devcluster/store.hpp"
#include "net/listener.hpp"
#include "net/reactor.hpp"

namespace tenon::devcluster {

class Cluster;
class Node;

/// Numbers as set-vbucket and get-vbucket have them; absent is ours.
enum class VBucketState : std::uint32_t { absent = 0, active = 1, replica = 2, pending = 3, dead = 4 };

struct VBucket {
    explicit VBucket(CasSource &cas) : store(cas) {}

    /// Takes on another part. What was on its way to it is not for it any more.
    void become(VBucketState next) {
        state = next;
        ++link;
        last_due = 0;
        behind = false;
    }

    VBucketState state = VBucketState::absent;
    bool behind = false;              ///< a replica that has missed changes and gets no more until it is synchronized
    std::uint64_t link = 0;           ///< another one with each part it has, never the same again
    std::uint64_t last_due = 0;       ///< when the last change on its way to it comes
    std::vector<unsigned> filling = {};  ///< of an active one: nodes that items are being transferred to
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
    Disk disk = Disk();
    bool replicates = true;  ///< what it is active for; else its replicas fall behind
    /// Maps this node tells instead of the bucket's: of its half of a split cluster, and since its maps became stale.
    MapRef half_map, stale_map;
    MapRef contradicted, contradiction;  // the last map it lied about, and what it said
};

struct Statistics {
    std::uint64_t gets = 0, hits = 0, sets = 0, touches = 0, flushes = 0, refused_vbuckets = 0;
    std::uint64_t bytes_read = 0, bytes_written = 0, connections = 0;
};

/// A node: its data port and management port, their connections, and its part of every bucket.
class Node {
public:
    Node(Cluster &cluster, unsigned index, std::string host);
    Node(const Node &) = delete;
    Node &operator=(const Node &) = delete;
    ~Node();

    /// Begins to serve on a port (0: the system chooses).
    Error listen_management(std::uint16_t port);
    Error listen_data(std::uint16_t port);
    std::uint16_t management_port() const { return rest_->port(); }
    std::uint16_t data_port() const { return data_port_; }

    Cluster &cluster() const { return cluster_; }
    unsigned index() const { return index_; }
    /// Its part of a bucket; empty if the bucket is gone, or the node has none of it.
    Shard &shard(std::size_t bucket);
    const Shard &shard(std::size_t bucket) const;
    /// Makes its part of a bucket, with all vBuckets absent; of one of memcached's type, with a single active one that
    /// holds whatever is sent here. What was there is gone.
    void make_shard(const Bucket &bucket);
    void drop_shard(std::size_t bucket) { shard(bucket) = {}; }
    void drop_shards() { shards_.clear(); }
    Statistics &statistics() { return statistics_; }
    std::size_t connections() const { return connections_.size(); }
    RestServer &rest() { return *rest_; }

    RunState state() const { return state_; }
    void stop();
    void pause();
    void resume();
    /// Serves again on the ports of before; on an error it stays stopped.
    Error restart();
    bool warming_up() const;

    const Faults &faults() const { return faults_; }
    /// An error if new connections are to be accepted again and the ports are taken.
    Error set_faults(const Faults &faults);
    /// Whether the answer about to be sent is the one to be cut.
    bool cut_now() { return faults_.cut_reply != 0 && --faults_.cut_reply == 0; }

    /// A bucket by name, if this node belongs to the cluster; null if there is none. With `password`, only one with it.
    Bucket *find_bucket(std::string_view name, std::optional<std::string_view> password = {}) const;
    /// What this node says the bucket's map is.
    MapRef map(const Bucket &bucket);
    /// From now on `map`, as one of a half of a split cluster; or the bucket's own again.
    void set_half_map(const Bucket &bucket, MapRef map);
    void forget_half_map(const Bucket &bucket) { shard(bucket.index()).half_map = nullptr; }

    /// Its vBuckets have changed their states: requests that waited for a pending one are looked at again.
    void look_again();
    /// Ends the connections that use a bucket, in an orderly way; null: all, for the node has left.
    void disconnect(const Bucket *bucket);
    /// Destroys a connection; called by itself at its end.
    void remove(std::uint64_t connection) { connections_.erase(connection); }

private:
    static void on_accept(void *self, int sock);
    void reset_faults();
    void tell_maps();

    Cluster &cluster_;
    const unsigned index_;
    const std::string host_;
    RunState state_ = RunState::running;
    Faults faults_;
    std::uint64_t warm_at_ = 0;
    std::vector<Shard> shards_;
    Statistics statistics_;
    std::uint16_t data_port_ = 0;
    std::unique_ptr<net::Listener> listener_;  // null: new connections are refused
    std::unique_ptr<RestServer> rest_;
    std::map<std::uint64_t, DataConnection> connections_;  // in the order they came
    std::uint64_t last_connection_ = 0;
};

}  // namespace tenon::devcluster
