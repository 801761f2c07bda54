// SPDX-License-Identifier: Apache-2.0
// Nodes that are taken out: because they are dead, because they are to go, or because two halves think it of each
// other.
#include <algorithm>
#include <utility>

#include "devcluster/cluster.hpp"
#include "devcluster/rebalance.hpp"

namespace tenon::devcluster {
namespace {

/// A row without some nodes: those behind move up, as in a real cluster.
template <typename Goes> Row without(Row row, Goes goes) {
    const std::size_t places = row.size();
    std::erase_if(row, goes);
    row.resize(places, kNobody);
    return row;
}

}  // namespace

Error Cluster::may_fail_over(unsigned node) const {
    if (Error error = known(node)) return error;
    if (!options_.data_nodes.empty()) return management_error(management_errc::fixed_cluster);
    if (split_) return management_error(management_errc::split);
    if (memberships_[node] != Membership::active)
        return management_error(management_errc::wrong_state, node_name(node));
    if (nodes_that_are(Membership::active).size() == 1) return management_error(management_errc::last_node);
    return {};
}

Error Cluster::fail_over(unsigned node) {
    if (Error error = may_fail_over(node)) return error;
    stop_rebalance();
    for (const auto &bucket : buckets_) {
        for (unsigned i = 0; i < bucket->vbuckets(); ++i) {
            const auto vbucket = static_cast<std::uint16_t>(i);
            if (bucket->row(vbucket)[0] == static_cast<int>(node)) promote(*bucket, vbucket);
        }
    }
    take_out(node);
    for (const auto &bucket : buckets_) publish(*bucket);
    if (observer_.failed_over) observer_.failed_over(node, false);
    return {};
}

/// Gives a vBucket whose owner is lost to a replica: puts one first that runs, else the first there is.
void Cluster::promote(Bucket &bucket, std::uint16_t vbucket) {
    const Row &row = bucket.row(vbucket);
    const int from = row[0];
    const auto usable = [this](int node) { return node != kNobody && running(static_cast<unsigned>(node)); };
    auto chosen = std::find_if(row.begin() + 1, row.end(), usable);
    if (chosen == row.end()) chosen = std::find_if(row.begin() + 1, row.end(), [](int n) { return n != kNobody; });
    const int to = chosen == row.end() ? kNobody : *chosen;
    const VBucket &owner = *local(bucket, vbucket, from);
    VBucket *const promoted = local(bucket, vbucket, to);
    const std::uint64_t made = owner.store.changes(), has = promoted != nullptr ? promoted->store.changes() : 0;
    if (observer_.vbucket_promoted)
        observer_.vbucket_promoted(bucket, vbucket, from, to, made > has ? made - has : 0);
    Row next = without(row, [&](int n) { return n == from || n == to || n == kNobody; });
    next.insert(next.begin(), to);
    next.pop_back();
    bucket.remember_rows();
    bucket.set_row(vbucket, std::move(next));
    if (promoted == nullptr) return;
    promoted->become(VBucketState::active);
    replication_.synchronize(bucket, vbucket);  // what they have beyond the new owner is undone
}

/// A node that owns nothing any more is failed.
void Cluster::take_out(unsigned node) {
    const int gone = static_cast<int>(node);
    for (const auto &bucket : buckets_) {
        bucket->remember_rows();
        for (unsigned i = 0; i < bucket->vbuckets(); ++i) {
            const auto vbucket = static_cast<std::uint16_t>(i);
            const Row &row = bucket->row(vbucket);
            if (std::find(row.begin() + 1, row.end(), gone) != row.end()) {
                Row next = without({row.begin() + 1, row.end()}, [&](int n) { return n == gone || n == kNobody; });
                next.insert(next.begin(), row[0]);
                bucket->set_row(vbucket, std::move(next));
            }
            VBucket &left = *local(*bucket, vbucket, gone);
            if (left.state != VBucketState::absent) left.become(VBucketState::dead);
            left.filling.clear();
        }
    }
    memberships_[node] = Membership::failed;
    recoveries_[node] = Recovery::none;
    nodes_[node]->look_again();
}

Error Cluster::fail_over_gracefully(unsigned node, Done done) {
    if (Error error = may_fail_over(node)) return error;
    if (Error error = not_now()) return error;
    if (Error error = has_process(node)) return error;
    std::vector<RebalanceTarget> targets;
    for (const auto &bucket : buckets_) {
        RebalanceTarget target{bucket.get(), bucket->rows()};
        for (Row &row : target.rows) {
            if (row[0] != static_cast<int>(node)) continue;
            if (row.size() < 2 || row[1] == kNobody)
                return management_error(management_errc::not_graceful, bucket->name());
            std::swap(row[0], row[1]);
        }
        targets.push_back(std::move(target));
    }
    for (const auto &bucket : buckets_) bucket->remember_rows();
    begin_rebalance(std::move(targets), [this, node] {
        take_out(node);
        if (observer_.failed_over) observer_.failed_over(node, true);
    }, std::move(done));
    return {};
}

Error Cluster::split(const std::vector<unsigned> &half) {
    if (Error error = not_now()) return error;
    std::vector<unsigned> sides[2];
    for (const unsigned node : nodes_that_are(Membership::active))
        sides[std::find(half.begin(), half.end(), node) != half.end() ? 0 : 1].push_back(node);
    if (sides[0].empty() || sides[1].empty()) return management_error(management_errc::no_active_nodes_left);
    for (const auto &bucket : buckets_) {
        std::shared_ptr<PublishedMap> maps[2];
        for (int side = 0; side < 2; ++side) {
            const std::vector<unsigned> &own = sides[side];
            std::vector<Row> rows = bucket->rows();
            for (unsigned i = 0; i < rows.size(); ++i) {
                rows[i] = without(std::move(rows[i]), [&](int n) {
                    return n == kNobody || !std::binary_search(own.begin(), own.end(), static_cast<unsigned>(n));
                });
                VBucket *const owner = local(*bucket, static_cast<std::uint16_t>(i), rows[i][0]);
                if (owner != nullptr && owner->state == VBucketState::replica) owner->become(VBucketState::active);
            }
            maps[side] = make_map(*bucket, own, rows);
        }
        bucket->publish(maps[0]);  // both are of the next revision
        for (int side = 0; side < 2; ++side)
            for (const unsigned node : sides[side]) nodes_[node]->set_half_map(*bucket, maps[side]);
    }
    split_ = true;
    if (observer_.split) observer_.split(true);
    return {};
}

void Cluster::heal() {
    if (!split_) return;
    split_ = false;
    for (const auto &bucket : buckets_) {
        for (unsigned i = 0; i < bucket->vbuckets(); ++i)
            replication_.synchronize(*bucket, static_cast<std::uint16_t>(i));
        for (const auto &node : nodes_) node->forget_half_map(*bucket);
        publish(*bucket);
    }
    if (observer_.split) observer_.split(false);
}

}  // namespace tenon::devcluster
