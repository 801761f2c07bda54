// SPDX-License-Identifier: Apache-2.0
#include "devcluster/cluster.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "devcluster/rebalance.hpp"

namespace tenon::devcluster {
namespace {

constexpr unsigned kMostVBuckets = 32768;
constexpr unsigned kMostReplicas = 3;
constexpr unsigned kMostNodes = 256;
constexpr std::uint64_t kSecond = 1'000'000;
/// An expiry up to here counts from now, above it is a Unix time.
constexpr std::uint32_t kLongestRelativeExpiry = 30 * 24 * 60 * 60;

Error invalid(std::string message) { return {make_error_code(errc::invalid_option), std::move(message)}; }

}  // namespace

class Cluster::Task {
public:
    Task(Cluster &cluster, std::uint64_t number, std::function<void()> work, std::uint64_t usec)
        : cluster_(cluster), number_(number), work_(std::move(work)), timer_(cluster.reactor(), this, on_time) {
        timer_.arm(usec);
    }

private:
    static void on_time(void *self) {
        Task &task = *static_cast<Task *>(self);
        const std::function<void()> work = std::move(task.work_);
        task.cluster_.tasks_.erase(task.number_);  // destroys this one
        work();
    }

    Cluster &cluster_;
    const std::uint64_t number_;
    std::function<void()> work_;
    net::Timer timer_;
};

Cluster::Cluster(tenon_io_ops *io, Options options)
    : reactor_(io),
      options_(std::move(options)),
      pace_(options_.pace),
      started_(reactor_->now()),
      random_(options_.seed),
      replication_(*this) {}

Cluster::~Cluster() = default;

Error Cluster::check() const {
    const std::size_t nodes = options_.nodes + options_.data_nodes.size();
    if (nodes == 0) return invalid("a cluster needs a node");
    if (nodes > kMostNodes) return invalid("more than " + std::to_string(kMostNodes) + " nodes");
    if (options_.vbuckets == 0 || options_.vbuckets > kMostVBuckets || !std::has_single_bit(options_.vbuckets))
        return invalid("the number of vBuckets has to be a power of two up to " + std::to_string(kMostVBuckets));
    if (options_.replicas > kMostReplicas) return invalid("more than " + std::to_string(kMostReplicas) + " replicas");
    if (options_.replicas >= nodes)
        return invalid(std::to_string(options_.replicas) + " replicas need more than " + std::to_string(nodes) +
                       " nodes");
    if (options_.buckets.empty()) return invalid("a cluster needs a bucket");
    for (std::size_t i = 0; i < options_.buckets.size(); ++i) {
        const std::string &name = options_.buckets[i].name;
        if (name.empty()) return invalid("a bucket needs a name");
        for (std::size_t j = 0; j < i; ++j)
            if (options_.buckets[j].name == name) return invalid("two buckets are called " + name);
    }
    const unsigned ports = std::max(1U, options_.nodes) + options_.nodes;
    if (options_.port != 0 && options_.port + ports - 1 > 65535)
        return invalid("no room for " + std::to_string(ports) + " ports from " + std::to_string(options_.port) + " on");
    return {};
}

Error Cluster::start() {
    if (Error error = check()) return error;
    uuid_ = make_uuid();
    if (Error error = listen()) return error;
    for (const BucketOptions &bucket : options_.buckets)
        if (Error error = create_bucket(bucket)) return error;
    return {};
}

std::string Cluster::make_uuid() {
    constexpr char kHex[] = "0123456789abcdef";
    std::string uuid;
    while (uuid.size() < 32) uuid += kHex[random_.next() & 15];
    return uuid;
}

std::string Cluster::host_of(unsigned node) const {
    return node < options_.hosts.size() && !options_.hosts[node].empty() ? options_.hosts[node] : options_.host;
}

Error Cluster::listen() {
    const auto port = [&](unsigned offset) {
        return static_cast<std::uint16_t>(options_.port == 0 ? 0 : options_.port + offset);
    };
    const unsigned nodes = options_.nodes;
    if (nodes == 0) {
        lone_rest_ = std::make_unique<RestServer>(*this, nullptr);
        if (Error error = lone_rest_->listen(options_.host.c_str(), port(0))) return error;
    }
    for (unsigned i = 0; i < nodes; ++i)
        if (Error error = listen(i, host_of(i), port(i), port(nodes + i))) return error;
    for (NodeAddress address : options_.data_nodes) {
        address.management_port = management_port();
        addresses_.push_back(std::move(address));
        nodes_.push_back(nullptr);
    }
    memberships_.resize(nodes_.size(), Membership::active);
    recoveries_.resize(nodes_.size(), Recovery::none);
    return {};
}

/// Adds a node.
Error Cluster::listen(unsigned node, const std::string &host, std::uint16_t management_port, std::uint16_t data_port) {
    auto made = std::make_unique<Node>(*this, node, host);
    if (Error error = made->listen_management(management_port)) return error;
    if (Error error = made->listen_data(data_port)) return error;
    addresses_.push_back({host, made->management_port(), made->data_port()});
    nodes_.push_back(std::move(made));
    return {};
}

std::uint16_t Cluster::management_port(unsigned node) const {
    return lone_rest_ ? lone_rest_->port() : nodes_[node]->management_port();
}

Bucket *Cluster::find_bucket(std::string_view name) const {
    const auto at = std::find_if(buckets_.begin(), buckets_.end(), [&](const auto &b) { return b->name() == name; });
    return at == buckets_.end() ? nullptr : at->get();
}

Error Cluster::create_bucket(const BucketOptions &bucket) {
    if (rebalancing()) return management_error(management_errc::rebalance_running);
    if (bucket.name.empty()) return invalid("a bucket needs a name");
    if (find_bucket(bucket.name) != nullptr) return management_error(management_errc::bucket_exists, bucket.name);
    buckets_.push_back(
        std::make_unique<Bucket>(buckets_made_++, bucket, make_uuid(), options_.vbuckets, options_.replicas));
    fill_nodes(*buckets_.back());
    publish(*buckets_.back());
    return {};
}

Error Cluster::delete_bucket(std::string_view name) {
    if (rebalancing()) return management_error(management_errc::rebalance_running);
    const auto at = std::find_if(buckets_.begin(), buckets_.end(), [&](const auto &b) { return b->name() == name; });
    if (at == buckets_.end()) return management_error(management_errc::unknown_bucket, std::string(name));
    const std::unique_ptr<Bucket> bucket = std::move(*at);
    buckets_.erase(at);
    if (lone_rest_) lone_rest_->bucket_goes(bucket.get());
    for (const auto &node : nodes_) {
        if (node == nullptr) continue;
        node->rest().bucket_goes(bucket.get());
        node->disconnect(bucket.get());
        node->drop_shard(bucket->index());
    }
    return {};
}

/// Gives each active node what the bucket's rows say.
void Cluster::fill_nodes(Bucket &bucket) {
    const std::vector<unsigned> active = nodes_that_are(Membership::active);
    bucket.spread(active);
    for (const unsigned node : active)
        if (runs_here(node)) nodes_[node]->make_shard(bucket);
    for (unsigned i = 0; i < bucket.vbuckets(); ++i) {
        const auto vbucket = static_cast<std::uint16_t>(i);
        const Row &row = bucket.row(vbucket);
        for (std::size_t r = 0; r < row.size(); ++r)
            if (VBucket *const here = local(bucket, vbucket, row[r]))
                here->become(r == 0 ? VBucketState::active : VBucketState::replica);
    }
}

std::vector<unsigned> Cluster::nodes_that_are(Membership membership) const {
    std::vector<unsigned> found;
    for (unsigned i = 0; i < nodes_.size(); ++i)
        if (memberships_[i] == membership) found.push_back(i);
    return found;
}

VBucket *Cluster::local(const Bucket &bucket, std::uint16_t vbucket, int node) {
    if (node < 0 || !runs_here(static_cast<unsigned>(node))) return nullptr;
    std::vector<VBucket> &all = nodes_[static_cast<std::size_t>(node)]->shard(bucket.index()).vbuckets;
    return vbucket < all.size() ? &all[vbucket] : nullptr;
}

void Cluster::move_vbucket(Bucket &bucket, std::uint16_t vbucket, unsigned node) {
    Row row = bucket.row(vbucket);
    const int from = row[0], to = static_cast<int>(node);
    VBucket *const source = local(bucket, vbucket, from);
    VBucket *const target = local(bucket, vbucket, to);
    if (from == to || source == nullptr || target == nullptr || rebalancing()) return;
    target->store = source->store;  // locks move along with the owner
    target->become(VBucketState::active);
    const auto replica = std::find(row.begin() + 1, row.end(), to);
    if (replica != row.end()) *replica = from;
    else source->become(VBucketState::dead), source->store = Store(cas_);
    row[0] = to;
    bucket.set_row(vbucket, std::move(row));
    replication_.synchronize(bucket, vbucket);
}

std::shared_ptr<PublishedMap> Cluster::make_map(const Bucket &bucket, const std::vector<unsigned> &nodes,
                                                const std::vector<Row> &rows) const {
    auto map = std::make_shared<PublishedMap>();
    map->bucket = bucket.name();
    map->password = bucket.password();
    map->uuid = bucket.uuid();
    map->rev = bucket.rev() + 1;
    map->rev_epoch = options_.rev_epoch;
    map->memcached = bucket.memcached();
    map->replicas = bucket.replicas();
    std::vector<int> places(nodes_.size() + 1, kNobody);  // one behind, so that kNobody stays what it is
    for (const unsigned node : nodes) {
        places[node + 1] = static_cast<int>(map->servers.size());
        map->servers.push_back(addresses_[node]);
        map->names.push_back(node_name(node));
    }
    const auto placed = [&](std::vector<Row> by_node) {
        for (Row &row : by_node)
            for (int &node : row) node = places[static_cast<std::size_t>(node + 1)];
        return by_node;
    };
    map->rows = placed(rows);
    map->forward = placed(bucket.forward());
    return map;
}

void Cluster::publish(Bucket &bucket) {
    bucket.publish(make_map(bucket, nodes_that_are(Membership::active), bucket.rows()));
    if (lone_rest_) lone_rest_->published(bucket);
    for (const auto &node : nodes_)
        if (node != nullptr && !node->faults().stale_maps) node->rest().published(bucket);
}

std::uint64_t Cluster::expiry(std::uint32_t seconds) const {
    if (seconds == 0) return 0;
    if (seconds <= kLongestRelativeExpiry) return now() + seconds * kSecond;
    // The cluster's clock began at `unix_time`; a time before that is long over.
    return seconds <= options_.unix_time ? 1 : 1 + (seconds - options_.unix_time) * kSecond;
}

void Cluster::flush(Node &node, const Bucket &bucket, std::uint64_t at) {
    Shard &shard = node.shard(bucket.index());
    shard.flush.reset();
    const std::uint64_t time = now();
    if (at <= time) return flush_now(node, bucket);
    shard.flush = std::make_unique<DelayedFlush>(*this, node, bucket, at - time);
}

void Cluster::flush_now(Node &node, const Bucket &bucket) {
    std::vector<VBucket> &all = node.shard(bucket.index()).vbuckets;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].state != VBucketState::active) continue;
        all[i].store.clear();
        replication_.cleared(node, bucket, static_cast<std::uint16_t>(i));
    }
}

void Cluster::later(std::function<void()> work, std::uint64_t usec) {
    const std::uint64_t number = ++last_task_;
    tasks_.emplace(number, std::make_unique<Task>(*this, number, std::move(work), usec));
}

}  // namespace tenon::devcluster
