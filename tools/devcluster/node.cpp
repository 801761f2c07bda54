// SPDX-License-Identifier: Apache-2.0
#include "devcluster/node.hpp"

#include <utility>

#include "devcluster/cluster.hpp"

namespace tenon::devcluster {

DelayedFlush::DelayedFlush(Cluster &cluster, Node &node, const Bucket &bucket, std::uint64_t usec)
    : cluster_(cluster), node_(node), bucket_(bucket), timer_(cluster.reactor(), this, on_time) {
    timer_.arm(usec);
}

void DelayedFlush::on_time(void *self) {
    DelayedFlush &flush = *static_cast<DelayedFlush *>(self);
    flush.cluster_.flush(flush.node_, flush.bucket_, 0);  // destroys this one
}

Node::Node(Cluster &cluster, unsigned index, std::string host)
    : cluster_(cluster), index_(index), host_(std::move(host)), rest_(std::make_unique<RestServer>(cluster, this)) {}

Node::~Node() = default;

Error Node::listen_management(std::uint16_t port) { return rest_->listen(host_.c_str(), port); }

Error Node::listen_data(std::uint16_t port) {
    auto listener = std::make_unique<net::Listener>(cluster_.reactor(), this, on_accept);
    if (Error error = listener->listen(host_.c_str(), port)) return error;
    listener_ = std::move(listener);
    data_port_ = listener_->port();
    return {};
}

Shard &Node::shard(std::size_t bucket) {
    if (bucket >= shards_.size()) shards_.resize(bucket + 1);
    return shards_[bucket];
}

const Shard &Node::shard(std::size_t bucket) const {
    static const Shard kNone;
    return bucket < shards_.size() ? shards_[bucket] : kNone;
}

void Node::make_shard(const Bucket &bucket) {
    const unsigned vbuckets = bucket.memcached() ? 1 : bucket.vbuckets();
    Shard &made = shard(bucket.index()) = {};
    made.disk = Disk(cluster_.options().persistence_usec);
    made.vbuckets.reserve(vbuckets);
    const std::uint64_t first_link = cluster_.next_link();
    for (unsigned i = 0; i < vbuckets; ++i) made.vbuckets.emplace_back(cluster_.cas()).link = first_link;
    if (bucket.memcached()) made.vbuckets.front().become(VBucketState::active);
}

void Node::on_accept(void *self, int sock) {
    Node &node = *static_cast<Node *>(self);
    const std::uint64_t id = ++node.last_connection_;
    ++node.statistics_.connections;
    node.connections_.try_emplace(id, node, id, sock);
}

void Node::stop() {
    state_ = RunState::stopped;
    listener_.reset();
    connections_.clear();
    rest_->close();
    for (Shard &shard : shards_) shard.flush.reset();
    reset_faults();
}

void Node::pause() {
    state_ = RunState::paused;
    for (auto &[id, connection] : connections_) connection.read_or_not();
    rest_->read_or_not();
}

void Node::resume() {
    state_ = RunState::running;
    for (auto &[id, connection] : connections_) connection.read_or_not();
    rest_->read_or_not();
}

Error Node::restart() {
    if (Error error = listen_data(data_port_)) return error;
    if (Error error = listen_management(rest_->port())) {
        listener_.reset();
        return error;
    }
    state_ = RunState::running;
    const std::uint64_t warmup = cluster_.options().warmup_usec;
    warm_at_ = warmup != 0 ? cluster_.now() + warmup : 0;
    return {};
}

bool Node::warming_up() const { return warm_at_ != 0 && warm_at_ > cluster_.now(); }

void Node::reset_faults() {
    faults_ = {};
    for (Shard &shard : shards_) shard.stale_map = shard.contradicted = shard.contradiction = nullptr;
}

Error Node::set_faults(const Faults &faults) {
    if (faults_.refuse_connections && !faults.refuse_connections) {
        if (Error error = listen_data(data_port_)) return error;
        if (Error error = listen_management(rest_->port())) {
            listener_.reset();
            return error;
        }
    } else if (faults.refuse_connections) {
        listener_.reset();
        rest_->refuse();
    }
    if (faults.stale_maps != faults_.stale_maps)
        for (const auto &bucket : cluster_.buckets())
            shard(bucket->index()).stale_map = faults.stale_maps ? map(*bucket) : nullptr;
    const bool tell = faults.stale_maps != faults_.stale_maps || faults.lie != faults_.lie;
    faults_ = faults;
    if (tell) tell_maps();
    rest_->read_or_not();  // what was held back while it was half open
    return {};
}

Bucket *Node::find_bucket(std::string_view name, std::optional<std::string_view> password) const {
    if (cluster_.membership(index_) == Membership::out) return nullptr;
    Bucket *const bucket = cluster_.find_bucket(name);
    return bucket != nullptr && (!password || bucket->password() == *password) ? bucket : nullptr;
}

MapRef Node::map(const Bucket &bucket) {
    Shard &here = shard(bucket.index());
    const MapRef &told = here.stale_map ? here.stale_map : here.half_map ? here.half_map : bucket.map();
    if (faults_.lie == Lie::none) return told;
    if (here.contradicted != told || !here.contradiction) {
        here.contradicted = told;
        here.contradiction = contradict(told, faults_.lie);
    }
    return here.contradiction;
}

void Node::set_half_map(const Bucket &bucket, MapRef map) {
    shard(bucket.index()).half_map = std::move(map);
    if (!faults_.stale_maps) rest_->published(bucket);
}

void Node::tell_maps() {
    for (Shard &shard : shards_) shard.contradicted = shard.contradiction = nullptr;
    for (const auto &bucket : cluster_.buckets()) rest_->published(*bucket);
}

void Node::look_again() {
    for (auto &[id, connection] : connections_) connection.look_again();
}

void Node::disconnect(const Bucket *bucket) {
    for (auto &[id, connection] : connections_)
        if (bucket == nullptr || connection.uses(*bucket)) connection.leave();
}

}  // namespace tenon::devcluster
