// SPDX-License-Identifier: Apache-2.0
#include "devcluster/node.hpp"

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

Node::Node(Cluster &cluster, unsigned index)
    : cluster_(cluster), index_(index), listener_(cluster.reactor(), this, on_accept) {}

Node::~Node() = default;

Error Node::listen(const char *address, std::uint16_t port) { return listener_.listen(address, port); }

void Node::add_shard(unsigned vbuckets) {
    Shard &shard = shards_.emplace_back();
    shard.vbuckets.reserve(vbuckets);
    for (unsigned i = 0; i < vbuckets; ++i) shard.vbuckets.emplace_back(cluster_.cas());
}

void Node::on_accept(void *self, int sock) {
    Node &node = *static_cast<Node *>(self);
    const std::uint64_t id = ++node.statistics_.connections;
    node.connections_.try_emplace(id, node, id, sock);
}

}  // namespace tenon::devcluster
