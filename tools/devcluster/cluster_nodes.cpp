// SPDX-License-Identifier: Apache-2.0
// Nodes that come and go.
#include <algorithm>
#include <utility>

#include "devcluster/cluster.hpp"
#include "devcluster/planner.hpp"
#include "devcluster/rebalance.hpp"

namespace tenon::devcluster {
namespace {

constexpr std::size_t kMostNodesEver = 4096;

bool contains(const std::vector<unsigned> &nodes, unsigned node) {
    return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

/// Which nodes rows name, ascending.
std::vector<unsigned> named_in(const std::vector<Row> &rows) {
    std::vector<unsigned> nodes;
    for (const Row &row : rows)
        for (const int node : row)
            if (node != kNobody) nodes.push_back(static_cast<unsigned>(node));
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    return nodes;
}

}  // namespace

std::string Cluster::node_name(unsigned node) const {
    return "n_" + std::to_string(node) + "@" + addresses_[node].host;
}

std::optional<unsigned> Cluster::node_named(std::string_view name) const {
    for (unsigned i = 0; i < nodes_.size(); ++i)
        if (node_name(i) == name) return i;
    return {};
}

/// What stands against any change to who is in the cluster.
Error Cluster::not_now() const {
    if (!options_.data_nodes.empty()) return management_error(management_errc::fixed_cluster);
    if (split_) return management_error(management_errc::split);
    if (rebalancing()) return management_error(management_errc::rebalance_running);
    return {};
}

Error Cluster::known(unsigned node) const {
    if (!runs_here(node)) return management_error(management_errc::unknown_node, std::to_string(node));
    return {};
}

Error Cluster::in_state(unsigned node, RunState state) const {
    if (Error error = known(node)) return error;
    if (nodes_[node]->state() != state) return management_error(management_errc::wrong_state, node_name(node));
    return {};
}

Error Cluster::has_process(unsigned node) const {
    if (Error error = known(node)) return error;
    if (nodes_[node]->state() != RunState::stopped) return {};
    return management_error(management_errc::wrong_state, node_name(node) + " is down");
}

Error Cluster::add_node(unsigned *index, std::string host, std::uint16_t management_port, std::uint16_t data_port) {
    if (!options_.data_nodes.empty()) return management_error(management_errc::fixed_cluster);
    const auto node = static_cast<unsigned>(nodes_.size());
    if (node == kMostNodesEver) return management_error(management_errc::wrong_state, "too many nodes");
    if (host.empty()) host = host_of(node);
    if (Error error = listen(node, host, management_port, data_port)) return error;
    memberships_.push_back(Membership::added);
    recoveries_.push_back(Recovery::none);
    if (index != nullptr) *index = node;
    return {};
}

Error Cluster::re_add(unsigned node, Recovery how) {
    if (Error error = not_now()) return error;
    if (Error error = in_state(node, RunState::running)) return error;
    Membership &membership = memberships_[node];
    if (membership != Membership::failed && membership != Membership::out)
        return management_error(management_errc::wrong_state, node_name(node));
    recoveries_[node] = membership == Membership::failed ? how : Recovery::none;
    if (membership == Membership::out) nodes_[node]->drop_shards();
    membership = Membership::added;
    return {};
}

Error Cluster::set_recovery(unsigned node, Recovery how) {
    if (Error error = known(node)) return error;
    if (memberships_[node] != Membership::added || recoveries_[node] == Recovery::none || how == Recovery::none)
        return management_error(management_errc::wrong_state, node_name(node));
    recoveries_[node] = how;
    return {};
}

Error Cluster::eject(unsigned node) {
    if (Error error = known(node)) return error;
    if (Error error = not_now()) return error;
    if (memberships_[node] != Membership::added && memberships_[node] != Membership::failed)
        return management_error(management_errc::wrong_state, node_name(node));
    leave(node);
    return {};
}

/// A node is none of the cluster's any more. Its streams end at once, its data connections in a while: until then they
/// are told that nothing is here.
void Cluster::leave(unsigned node) {
    memberships_[node] = Membership::out;
    recoveries_[node] = Recovery::none;
    nodes_[node]->rest().bucket_goes(nullptr);
    later([this, node] {
        if (memberships_[node] != Membership::out) return;
        nodes_[node]->disconnect(nullptr);
        nodes_[node]->drop_shards();
    }, options_.leaving_usec);
}

Error Cluster::stop_node(unsigned node) {
    if (Error error = has_process(node)) return error;
    nodes_[node]->stop();
    if (observer_.node_stopped) observer_.node_stopped(node);
    if (rebalancing() && memberships_[node] == Membership::active)
        rebalance_->end(management_error(management_errc::rebalance_failed, node_name(node) + " is down"));
    return {};
}

Error Cluster::pause_node(unsigned node) {
    if (Error error = in_state(node, RunState::running)) return error;
    nodes_[node]->pause();
    if (observer_.node_paused) observer_.node_paused(node);
    return {};
}

Error Cluster::resume_node(unsigned node) {
    if (Error error = in_state(node, RunState::paused)) return error;
    nodes_[node]->resume();
    replication_.catch_up(*nodes_[node]);
    if (observer_.node_resumed) observer_.node_resumed(node);
    return {};
}

Error Cluster::restart_node(unsigned node, bool keep_items) {
    if (Error error = in_state(node, RunState::stopped)) return error;
    if (Error error = nodes_[node]->restart()) return error;
    for (const auto &bucket : buckets_) {
        std::vector<VBucket> &all = nodes_[node]->shard(bucket->index()).vbuckets;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (!keep_items) all[i].store = Store(cas_);
            if (all[i].state == VBucketState::replica) all[i].behind = true;
            if (!keep_items && all[i].state == VBucketState::active && !bucket->memcached())
                replication_.synchronize(*bucket, static_cast<std::uint16_t>(i));
        }
    }
    replication_.catch_up(*nodes_[node]);
    if (observer_.node_restarted) observer_.node_restarted(node, keep_items);
    return {};
}

Error Cluster::set_faults(unsigned node, const Faults &faults) {
    if (Error error = has_process(node)) return error;
    return nodes_[node]->set_faults(faults);
}

Error Cluster::rebalance(const std::vector<unsigned> &eject, Done done) {
    if (Error error = not_now()) return error;
    std::vector<unsigned> staying, leaving = nodes_that_are(Membership::failed);
    bool delta = false;
    for (unsigned i = 0; i < nodes_.size(); ++i) {
        if (memberships_[i] != Membership::active && memberships_[i] != Membership::added) continue;
        if (Error error = has_process(i)) return error;
        (contains(eject, i) ? leaving : staying).push_back(i);
        delta = delta || (recoveries_[i] == Recovery::delta && !contains(eject, i));
    }
    for (const unsigned node : eject)
        if (node >= nodes_.size() || memberships_[node] == Membership::out)
            return management_error(management_errc::unknown_node, std::to_string(node));
    if (staying.empty()) return management_error(management_errc::no_active_nodes_left);
    if (delta)
        for (const auto &bucket : buckets_)
            if (!bucket->memcached() && named_in(bucket->rows_before_failover()) != staying)
                return management_error(management_errc::delta_not_possible);

    std::vector<RebalanceTarget> targets;
    for (const auto &bucket : buckets_)
        targets.push_back({bucket.get(), delta ? bucket->rows_before_failover() : plan_rows(bucket->rows(), staying)});
    for (const unsigned node : staying) {
        if (memberships_[node] != Membership::added) continue;
        if (recoveries_[node] != Recovery::delta)
            for (const auto &bucket : buckets_) nodes_[node]->make_shard(*bucket);
        memberships_[node] = Membership::active;
        recoveries_[node] = Recovery::none;
    }
    begin_rebalance(std::move(targets), [this, leaving] {
        for (const unsigned node : leaving) leave(node);
        for (const auto &bucket : buckets_) bucket->forget_rows();
    }, std::move(done));
    return {};
}

void Cluster::begin_rebalance(std::vector<RebalanceTarget> targets, std::function<void()> at_end, Done done) {
    last_rebalance_ = {};
    rebalance_ = std::make_unique<Rebalance>(*this, std::move(targets), std::move(at_end), std::move(done));
    if (observer_.rebalance_started) observer_.rebalance_started();
    rebalance_->begin();
}

void Cluster::stop_rebalance() {
    if (rebalancing()) rebalance_->end(management_error(management_errc::rebalance_stopped));
}

double Cluster::progress() const { return rebalancing() ? rebalance_->progress() : 0; }

double Cluster::progress(unsigned node) const { return rebalancing() ? rebalance_->progress(node) : 0; }

}  // namespace tenon::devcluster
