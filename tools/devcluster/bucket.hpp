// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "devcluster/options.hpp"
#include "devcluster/published_map.hpp"

namespace tenon::devcluster {

/// A bucket as the cluster knows it: who may use it, who owns what. Its items are with the nodes.
class Bucket {
public:
    /// `index` is its own among all buckets there ever were. One of memcached's type has no vBuckets.
    Bucket(std::size_t index, const BucketOptions &options, std::string uuid, unsigned vbuckets, unsigned replicas);

    /// Spreads the vBuckets over `nodes`: active ones in turn, each one's replicas on others.
    void spread(const std::vector<unsigned> &nodes);

    std::size_t index() const { return index_; }
    const std::string &name() const { return name_; }
    const std::string &password() const { return password_; }
    const std::string &uuid() const { return uuid_; }
    bool memcached() const { return memcached_; }

    unsigned vbuckets() const { return static_cast<unsigned>(rows_.size()); }
    unsigned replicas() const { return replicas_; }
    /// By node index, as things are; what clients know is in `map()`.
    const Row &row(std::uint16_t vbucket) const { return rows_[vbucket]; }
    const std::vector<Row> &rows() const { return rows_; }
    void set_row(std::uint16_t vbucket, Row row) { rows_[vbucket] = std::move(row); }
    /// Where the rebalance under way leads to; empty: nowhere, or not to be told.
    const std::vector<Row> &forward() const { return forward_; }
    void set_forward(std::vector<Row> rows) { forward_ = std::move(rows); }
    /// The rows before a node was failed over, for its delta recovery; empty if there was none since the last
    /// rebalance.
    const std::vector<Row> &rows_before_failover() const { return before_failover_; }
    /// A node is about to be failed over; with several, those before the first one count.
    void remember_rows() {
        if (before_failover_.empty()) before_failover_ = rows_;
    }
    void forget_rows() { before_failover_.clear(); }

    /// Counts the maps published.
    std::int64_t rev() const { return rev_; }
    /// The map as of the last `publish`.
    const MapRef &map() const { return map_; }
    /// Gives `map` the next revision and makes it the bucket's.
    void publish(std::shared_ptr<PublishedMap> map) {
        map->rev = ++rev_;
        map_ = std::move(map);
    }

private:
    std::size_t index_;
    std::string name_, password_, uuid_;
    bool memcached_;
    unsigned replicas_;
    std::vector<Row> rows_, forward_, before_failover_;
    std::int64_t rev_ = 0;
    MapRef map_;
};

}  // namespace tenon::devcluster
