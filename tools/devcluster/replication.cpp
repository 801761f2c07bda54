// SPDX-License-Identifier: Apache-2.0
#include "devcluster/replication.hpp"

#include <algorithm>
#include <utility>

#include "devcluster/cluster.hpp"

namespace tenon::devcluster {

Replication::Replication(Cluster &cluster) : cluster_(cluster) {}

Replication::~Replication() = default;

void Replication::changed(const Node &node, const Bucket &bucket, std::uint16_t vbucket, std::string_view key,
                          const Item *item) {
    send(node, bucket, vbucket, item != nullptr ? Kind::store : Kind::remove, key, item);
}

void Replication::cleared(const Node &node, const Bucket &bucket, std::uint16_t vbucket) {
    send(node, bucket, vbucket, Kind::clear, {}, nullptr);
}

/// To the replicas of the row, and to who is being filled to come into it.
void Replication::send(const Node &node, const Bucket &bucket, std::uint16_t vbucket, Kind kind, std::string_view key,
                       const Item *item) {
    if (bucket.memcached()) return;
    const VBucket &source = node.shard(bucket.index()).vbuckets[vbucket];
    const Row &row = bucket.row(vbucket);
    if (row[0] != static_cast<int>(node.index())) return;  // an owner of a split cluster, or one made by hand
    const Change change{kind, key, item, source.store.changes()};
    // What is transferred just then must not be overtaken by something older: no lag. As long as items are missing
    // there it does not count as a replica that has got this far.
    for (const unsigned target : source.filling)
        if (VBucket *const copy = cluster_.local(bucket, vbucket, static_cast<int>(target)))
            apply(*copy, target, {kind, key, item, copy->store.changes()});
    const std::optional<Range> &lag = cluster_.options().replication_lag;
    for (std::size_t i = 1; i < row.size(); ++i) {
        VBucket *const copy = cluster_.local(bucket, vbucket, row[i]);
        if (copy == nullptr || copy->state != VBucketState::replica) continue;
        const auto target = static_cast<unsigned>(row[i]);
        if (std::find(source.filling.begin(), source.filling.end(), target) != source.filling.end()) continue;
        if (!node.shard(bucket.index()).replicates) {
            copy->behind = true;
            continue;
        }
        if (!lag) {
            apply(*copy, target, change);
            continue;
        }
        copy->last_due = std::max(copy->last_due, cluster_.now() + cluster_.random().in(*lag));
        under_way_.push({copy->last_due, ++last_order_, bucket.index(), vbucket, node.index(), target, copy->link,
                         change.n, kind, std::string(key), item != nullptr ? *item : Item{}});
        if (under_way_.top().order == last_order_) arm();
    }
}

void Replication::apply(VBucket &copy, unsigned target, const Change &change) {
    if (copy.behind) return;
    if (!cluster_.running(target)) {
        copy.behind = true;
        return;
    }
    switch (change.kind) {
    case Kind::store: return copy.store.replicate(change.key, change.item, change.n, cluster_.now());
    case Kind::remove: return copy.store.replicate(change.key, nullptr, change.n, cluster_.now());
    case Kind::clear: return copy.store.replicate_clear(change.n);
    }
}

void Replication::deliver(const Shipment &shipment) {
    std::vector<VBucket> &vbuckets = cluster_.node(shipment.target).shard(shipment.bucket).vbuckets;
    if (shipment.vbucket >= vbuckets.size()) return;  // the bucket is gone
    VBucket &copy = vbuckets[shipment.vbucket];
    if (copy.link != shipment.link) return;
    if (!cluster_.running(shipment.source)) copy.behind = true;
    apply(copy, shipment.target, {shipment.kind, shipment.key, &shipment.item, shipment.n});
}

void Replication::arm() {
    if (!timer_) timer_ = std::make_unique<net::Timer>(cluster_.reactor(), this, on_time);
    const std::uint64_t now = cluster_.now(), due = under_way_.top().due;
    timer_->arm(due > now ? due - now : 0);
}

void Replication::on_time(void *self) {
    Replication &r = *static_cast<Replication *>(self);
    const std::uint64_t now = r.cluster_.now();
    while (!r.under_way_.empty() && r.under_way_.top().due <= now) {
        r.deliver(r.under_way_.top());
        r.under_way_.pop();
    }
    if (!r.under_way_.empty()) r.arm();
}

void Replication::synchronize(const Bucket &bucket, std::uint16_t vbucket, int replica) {
    const int owner = bucket.row(vbucket)[0];
    const VBucket *const source = cluster_.local(bucket, vbucket, owner);
    VBucket *const copy = cluster_.local(bucket, vbucket, replica);
    if (source == nullptr || copy == nullptr) return;
    copy->become(VBucketState::replica);
    copy->behind = !cluster_.running(static_cast<unsigned>(owner)) || !cluster_.running(static_cast<unsigned>(replica));
    if (!copy->behind) copy->store.copy(source->store);
}

void Replication::synchronize(const Bucket &bucket, std::uint16_t vbucket) {
    const Row &row = bucket.row(vbucket);
    for (std::size_t i = 1; i < row.size(); ++i)
        if (row[i] != kNobody) synchronize(bucket, vbucket, row[i]);
}

void Replication::catch_up(const Node &node) {
    const int self = static_cast<int>(node.index());
    for (const auto &bucket : cluster_.buckets()) {
        for (unsigned i = 0; i < bucket->vbuckets(); ++i) {
            const auto vbucket = static_cast<std::uint16_t>(i);
            const Row &row = bucket->row(vbucket);
            for (std::size_t r = 1; r < row.size(); ++r) {
                const VBucket *const copy = cluster_.local(*bucket, vbucket, row[r]);
                if (copy != nullptr && copy->behind && (row[0] == self || row[r] == self))
                    synchronize(*bucket, vbucket, row[r]);
            }
        }
    }
}

}  // namespace tenon::devcluster
