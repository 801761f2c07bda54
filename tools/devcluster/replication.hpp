// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "devcluster/store.hpp"
#include "net/reactor.hpp"

namespace tenon::devcluster {

class Bucket;
class Cluster;
class Node;
struct VBucket;

/// Carries changes of active vBuckets to their replicas: at once, or with the options' lag. A replica gets every change
/// in order, or none any more until it is brought up to date as a whole: it is always what its owner once was.
class Replication {
public:
    explicit Replication(Cluster &cluster);
    Replication(const Replication &) = delete;
    Replication &operator=(const Replication &) = delete;
    ~Replication();

    /// `node`, active for the vBucket, has made a change to `key`; null: it was removed.
    void changed(const Node &node, const Bucket &bucket, std::uint16_t vbucket, std::string_view key, const Item *item);
    /// It has removed everything.
    void cleared(const Node &node, const Bucket &bucket, std::uint16_t vbucket);

    /// Whether no change is on its way.
    bool idle() const { return under_way_.empty(); }

    /// Brings a replica to what its active vBucket has now, or notes that it is behind if one of the two does not run.
    void synchronize(const Bucket &bucket, std::uint16_t vbucket, int replica);
    /// The same for all replicas of a vBucket.
    void synchronize(const Bucket &bucket, std::uint16_t vbucket);
    /// A node is back: what is behind because it was away.
    void catch_up(const Node &node);

private:
    enum class Kind : std::uint8_t { store, remove, clear };
    /// The n-th change of a vBucket; `item` only to store.
    struct Change {
        Kind kind;
        std::string_view key;
        const Item *item;
        std::uint64_t n;
    };
    /// One on its way. What has happened to its target since shows by `link`.
    struct Shipment {
        std::uint64_t due, order;
        std::size_t bucket;
        std::uint16_t vbucket;
        unsigned source, target;
        std::uint64_t link, n;
        Kind kind;
        std::string key;
        Item item;
    };
    struct Later {
        bool operator()(const Shipment &a, const Shipment &b) const {
            return a.due != b.due ? a.due > b.due : a.order > b.order;
        }
    };

    void send(const Node &node, const Bucket &bucket, std::uint16_t vbucket, Kind kind, std::string_view key,
              const Item *item);
    void apply(VBucket &copy, unsigned target, const Change &change);
    void deliver(const Shipment &shipment);
    void arm();
    static void on_time(void *self);

    Cluster &cluster_;
    std::priority_queue<Shipment, std::vector<Shipment>, Later> under_way_;
    std::uint64_t last_order_ = 0;
    std::unique_ptr<net::Timer> timer_;  // made with the first shipment that waits
};

}  // namespace tenon::devcluster
