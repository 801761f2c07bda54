// SPDX-License-Identifier: Apache-2.0
#include "devcluster/cluster.hpp"

#include <algorithm>
#include <bit>
#include <random>
#include <utility>

namespace tenon::devcluster {
namespace {

constexpr unsigned kMostVBuckets = 32768;
constexpr unsigned kMostReplicas = 3;
constexpr unsigned kMostNodes = 256;
constexpr std::uint64_t kSecond = 1'000'000;
/// An expiry up to here counts from now, above it is a Unix time.
constexpr std::uint32_t kLongestRelativeExpiry = 30 * 24 * 60 * 60;

std::string make_uuid(std::mt19937_64 &random) {
    constexpr char kHex[] = "0123456789abcdef";
    std::string uuid;
    while (uuid.size() < 32) uuid += kHex[random() & 15];
    return uuid;
}

Error invalid(std::string message) { return {make_error_code(errc::invalid_option), std::move(message)}; }

}  // namespace

Cluster::Cluster(tenon_io_ops *io, Options options)
    : reactor_(io), options_(std::move(options)), started_(reactor_->now()) {}

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
    std::mt19937_64 random(options_.seed);
    uuid_ = make_uuid(random);
    for (const BucketOptions &bucket : options_.buckets)
        buckets_.push_back(std::make_unique<Bucket>(buckets_.size(), bucket.name, bucket.password, make_uuid(random),
                                                    options_.vbuckets, options_.replicas));
    if (Error error = listen()) return error;
    fill_nodes();
    for (const auto &bucket : buckets_) publish(*bucket);
    return {};
}

Error Cluster::listen() {
    const unsigned management = std::max(1U, options_.nodes);
    const auto port = [&](unsigned offset) {
        return static_cast<std::uint16_t>(options_.port == 0 ? 0 : options_.port + offset);
    };
    for (unsigned i = 0; i < management; ++i) {
        rest_.push_back(std::make_unique<RestServer>(*this));
        if (Error error = rest_.back()->listen(options_.host.c_str(), port(i))) return error;
    }
    for (unsigned i = 0; i < options_.nodes; ++i) {
        nodes_.push_back(std::make_unique<Node>(*this, i));
        if (Error error = nodes_.back()->listen(options_.host.c_str(), port(management + i))) return error;
        addresses_.push_back({options_.host, rest_[i]->port(), nodes_[i]->port()});
    }
    for (NodeAddress address : options_.data_nodes) {
        address.management_port = rest_[0]->port();
        addresses_.push_back(std::move(address));
    }
    return {};
}

/// Gives each node what the buckets' rows say.
void Cluster::fill_nodes() {
    for (const auto &bucket : buckets_) {
        bucket->spread(static_cast<unsigned>(addresses_.size()));
        for (const auto &node : nodes_) node->add_shard(bucket->vbuckets());
        for (unsigned vbucket = 0; vbucket < bucket->vbuckets(); ++vbucket) {
            const auto number = static_cast<std::uint16_t>(vbucket);
            const std::vector<int> &row = bucket->row(number);
            for (std::size_t i = 0; i < row.size(); ++i)
                if (VBucket *here = local(*bucket, number, row[i]))
                    here->state = i == 0 ? VBucketState::active : VBucketState::replica;
        }
    }
}

Bucket *Cluster::find_bucket(std::string_view name) const {
    const auto at = std::find_if(buckets_.begin(), buckets_.end(), [&](const auto &b) { return b->name() == name; });
    return at == buckets_.end() ? nullptr : at->get();
}

Bucket *Cluster::open_default() const {
    Bucket *const bucket = find_bucket("default");
    return bucket != nullptr && bucket->password().empty() ? bucket : nullptr;
}

/// Null if `node` is nobody or not run here.
VBucket *Cluster::local(const Bucket &bucket, std::uint16_t vbucket, int node) {
    if (node < 0 || static_cast<std::size_t>(node) >= nodes_.size()) return nullptr;
    return &nodes_[static_cast<std::size_t>(node)]->shard(bucket.index()).vbuckets[vbucket];
}

void Cluster::move_vbucket(Bucket &bucket, std::uint16_t vbucket, unsigned node) {
    std::vector<int> row = bucket.row(vbucket);
    const int from = row[0], to = static_cast<int>(node);
    VBucket *const source = local(bucket, vbucket, from);
    VBucket *const target = local(bucket, vbucket, to);
    if (from == to || source == nullptr || target == nullptr) return;
    const auto replica = std::find(row.begin() + 1, row.end(), to);
    if (replica != row.end()) {
        *replica = from;
        source->state = VBucketState::replica;
        target->store = source->store;  // locks move along with the owner
    } else {
        source->state = VBucketState::dead;
        target->store = std::exchange(source->store, Store(cas_));
    }
    target->state = VBucketState::active;
    row[0] = to;
    bucket.set_row(vbucket, std::move(row));
}

void Cluster::publish(Bucket &bucket) {
    bucket.publish(addresses_);
    for (const auto &rest : rest_) rest->published(bucket);
}

std::uint64_t Cluster::expiry(std::uint32_t seconds) const {
    if (seconds == 0) return 0;
    if (seconds <= kLongestRelativeExpiry) return now() + seconds * kSecond;
    // The cluster's clock began at `unix_time`; a time before that is long over.
    return seconds <= options_.unix_time ? 1 : 1 + (seconds - options_.unix_time) * kSecond;
}

void Cluster::replicate(const Bucket &bucket, std::uint16_t vbucket, std::string_view key, const Item *item) {
    if (bucket.replicas() == 0) return;
    const std::vector<int> &row = bucket.row(vbucket);
    for (std::size_t i = 1; i < row.size(); ++i) {
        VBucket *const copy = local(bucket, vbucket, row[i]);
        if (copy != nullptr && copy->state == VBucketState::replica) copy->store.replicate(key, item);
    }
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
        const std::vector<int> &row = bucket.row(static_cast<std::uint16_t>(i));
        for (std::size_t r = 1; r < row.size(); ++r) {
            VBucket *const copy = local(bucket, static_cast<std::uint16_t>(i), row[r]);
            if (copy != nullptr && copy->state == VBucketState::replica) copy->store.clear();
        }
    }
}

}  // namespace tenon::devcluster
