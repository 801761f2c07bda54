// SPDX-License-Identifier: Apache-2.0
#include "devcluster/rebalance.hpp"

#include <algorithm>
#include <utility>

#include "devcluster/cluster.hpp"

namespace tenon::devcluster {
namespace {

bool contains(const Row &row, int node) { return std::find(row.begin(), row.end(), node) != row.end(); }

}  // namespace

Rebalance::Rebalance(Cluster &cluster, std::vector<RebalanceTarget> targets, std::function<void()> at_end,
                     std::function<void(const Error &)> done)
    : cluster_(cluster),
      at_end_(std::move(at_end)),
      done_(std::move(done)),
      concerns_(cluster.nodes().size()),
      settled_of_(cluster.nodes().size()),
      timer_(cluster.reactor(), this, on_tick) {
    for (RebalanceTarget &target : targets) {
        Bucket &bucket = *target.bucket;
        for (std::size_t i = 0; i < target.rows.size(); ++i) {
            const auto vbucket = static_cast<std::uint16_t>(i);
            if (target.rows[i] == bucket.row(vbucket)) continue;
            moves_.push_back({&bucket, vbucket, bucket.row(vbucket), target.rows[i], {}});
        }
        if (cluster.pace().fast_forward) bucket.set_forward(std::move(target.rows));
    }
    for (const Move &move : moves_)
        for (unsigned node = 0; node < concerns_.size(); ++node)
            concerns_[node] += contains(move.from, static_cast<int>(node)) || contains(move.to, static_cast<int>(node));
}

Rebalance::~Rebalance() = default;

void Rebalance::begin() {
    for (const auto &bucket : cluster_.buckets()) cluster_.publish(*bucket);
    published_at_ = cluster_.now();
    arm();
}

void Rebalance::arm() {
    std::uint64_t usec = cluster_.pace().step_usec;
    const std::uint64_t now = cluster_.now();
    for (const std::size_t i : running_) {
        const std::uint64_t at = moves_[i].taken_over_at;
        if (at != 0) usec = std::min(usec, at > now ? at - now : 0);
    }
    timer_.arm(usec);
}

void Rebalance::on_tick(void *self) { static_cast<Rebalance *>(self)->tick(); }

void Rebalance::tick() {
    std::erase_if(running_, [this](std::size_t i) {
        if (!step(moves_[i])) return false;
        settle(moves_[i]);
        return true;
    });
    if (running_.empty() && begun_ == moves_.size()) return end({});
    // One bucket after the other.
    const Bucket *const bucket = moves_[running_.empty() ? begun_ : running_.front()].bucket;
    while (running_.size() < std::max(1U, cluster_.pace().moves_at_once) && begun_ < moves_.size() &&
           moves_[begun_].bucket == bucket) {
        start(moves_[begun_]);
        running_.push_back(begun_++);
    }
    if (unpublished_ != nullptr) publish_if_due(*unpublished_);
    arm();
}

VBucket &Rebalance::part(const Move &move, int node) const { return *cluster_.local(*move.bucket, move.vbucket, node); }

/// Finds out who has to be filled.
void Rebalance::start(Move &move) {
    const int owner = move.from[0];
    if (owner == kNobody) return;  // its items are lost: it begins anew, empty
    VBucket &source = part(move, owner);
    for (const int node : move.to) {
        if (node == kNobody || node == owner) continue;
        VBucket &copy = part(move, node);
        const bool has_it = contains(move.from, node) && copy.state == VBucketState::replica && !copy.behind;
        if (has_it) continue;
        copy.become(VBucketState::replica);
        move.transfers.push_back({static_cast<unsigned>(node), source.store.difference(copy.store)});
        source.filling.push_back(static_cast<unsigned>(node));
    }
}

bool Rebalance::stalled(const Move &move) const {
    const auto asleep = [&](int node) { return node != kNobody && !cluster_.running(static_cast<unsigned>(node)); };
    return asleep(move.from[0]) || std::any_of(move.to.begin(), move.to.end(), asleep);
}

/// True when it can be settled.
bool Rebalance::step(Move &move) {
    if (move.taken_over_at != 0) return cluster_.now() >= move.taken_over_at;
    if (stalled(move)) return false;
    bool filled = true;
    for (Transfer &transfer : move.transfers) {
        const Store &source = part(move, move.from[0]).store;
        VBucket &copy = part(move, static_cast<int>(transfer.node));
        if (copy.behind) {  // it slept, and has missed changes
            copy.become(VBucketState::replica);
            transfer = {transfer.node, source.difference(copy.store)};
        }
        const std::size_t end =
            std::min(transfer.keys.size(), transfer.next + std::max(1U, cluster_.pace().items_per_step));
        for (; transfer.next < end; ++transfer.next) source.transfer(transfer.keys[transfer.next], copy.store);
        if (end == transfer.keys.size()) copy.store.set_changes(source.changes());
        else filled = false;
    }
    if (!filled) return false;
    if (move.from[0] == kNobody || move.from[0] == move.to[0]) return true;
    hand_over(move);
    return cluster_.now() >= move.taken_over_at;
}

/// The owner ends to be it; the new one gets what it lacks.
void Rebalance::hand_over(Move &move) {
    VBucket &source = part(move, move.from[0]);
    VBucket &target = part(move, move.to[0]);
    source.become(VBucketState::dead);
    target.become(VBucketState::pending);
    target.store = source.store;  // with what came last, and the locks
    move.taken_over_at = std::max<std::uint64_t>(1, cluster_.now() + cluster_.pace().takeover_usec);
}

/// Gives everybody the part the plan has for them.
void Rebalance::settle(Move &move) {
    const int owner = move.to[0];
    VBucket &active = part(move, owner);
    if (move.from[0] != kNobody) part(move, move.from[0]).filling.clear();
    if (move.from[0] == kNobody) active.store = Store(cluster_.cas());
    if (active.state != VBucketState::active) active.become(VBucketState::active);
    move.bucket->set_row(move.vbucket, move.to);
    for (std::size_t i = 1; i < move.to.size() && move.to[i] != kNobody; ++i) {
        VBucket &copy = part(move, move.to[i]);
        if (move.from[0] == move.to[i]) copy.store.unlock_all();
        if (copy.store.changes() == active.store.changes() && !copy.behind) copy.become(VBucketState::replica);
        else cluster_.replication().synchronize(*move.bucket, move.vbucket, move.to[i]);
    }
    for (const int node : move.from) {
        if (node == kNobody || contains(move.to, node)) continue;
        VBucket &left = part(move, node);
        left.become(VBucketState::dead);
        left.store = Store(cluster_.cas());
    }
    ++settled_;
    for (unsigned node = 0; node < settled_of_.size(); ++node)
        settled_of_[node] +=
            contains(move.from, static_cast<int>(node)) || contains(move.to, static_cast<int>(node));
    if (owner != move.from[0]) {
        cluster_.node(static_cast<unsigned>(owner)).look_again();
        if (cluster_.observer().vbucket_moved)
            cluster_.observer().vbucket_moved(*move.bucket, move.vbucket, move.from[0], owner);
    }
    unpublished_ = move.bucket;
}

/// Leaves a vBucket with those who had it.
void Rebalance::abandon(Move &move) {
    const int owner = move.from[0];
    if (owner == kNobody) return;
    VBucket &source = part(move, owner);
    source.filling.clear();
    if (move.taken_over_at != 0) source.become(VBucketState::active);  // what is pending has changed nothing
    for (const int node : move.to) {
        if (node == kNobody || node == owner || contains(move.from, node)) continue;
        VBucket &copy = part(move, node);
        copy.become(VBucketState::absent);
        copy.store = Store(cluster_.cas());
    }
    cluster_.replication().synchronize(*move.bucket, move.vbucket);
    if (move.taken_over_at != 0) cluster_.node(static_cast<unsigned>(move.to[0])).look_again();
}

void Rebalance::publish_if_due(Bucket &bucket) {
    const std::uint64_t now = cluster_.now();
    if (now - published_at_ < cluster_.pace().map_interval_usec) return;
    published_at_ = now;
    unpublished_ = nullptr;
    cluster_.publish(bucket);
}

void Rebalance::end(Error error) {
    const std::unique_ptr<Rebalance> self = std::move(cluster_.rebalance_);
    timer_.cancel();
    for (const std::size_t i : running_) abandon(moves_[i]);
    for (const auto &bucket : cluster_.buckets()) bucket->set_forward({});
    if (!error) at_end_();
    for (const auto &bucket : cluster_.buckets()) cluster_.publish(*bucket);
    cluster_.last_rebalance_ = error;
    if (cluster_.observer().rebalance_finished) cluster_.observer().rebalance_finished(error);
    if (done_) done_(error);
}

double Rebalance::progress() const {
    return moves_.empty() ? 0 : static_cast<double>(settled_) / static_cast<double>(moves_.size());
}

double Rebalance::progress(unsigned node) const {
    if (node >= concerns_.size() || concerns_[node] == 0) return 1;
    return static_cast<double>(settled_of_[node]) / static_cast<double>(concerns_[node]);
}

}  // namespace tenon::devcluster
