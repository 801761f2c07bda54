// SPDX-License-Identifier: Apache-2.0
#include "durable.hpp"

#include "wire/bytes.hpp"

namespace tenon::simulation {

std::pair<unsigned, unsigned> how_durable(devcluster::Cluster &cluster, Time now, unsigned bucket,
                                          std::uint16_t vbucket, std::string_view key, std::uint64_t cas, Time since) {
    const devcluster::Bucket &of = *cluster.buckets()[bucket];
    const devcluster::Row &row = of.row(vbucket);
    const std::uint64_t clock = cluster.now(), from = clock - (now - since);
    const auto item_at = [&](int node) -> const devcluster::Item * {
        devcluster::VBucket *const copy = cluster.local(of, vbucket, node);
        return copy != nullptr ? copy->store.find(key, clock) : nullptr;
    };
    const devcluster::Item *const active = item_at(row[0]);
    const bool unchanged = active != nullptr && active->cas == cas;
    unsigned disks = 0, replicas = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (row[i] < 0) continue;
        const devcluster::Item *const item = item_at(row[i]);
        const bool older = item != nullptr && wire::big_endian(item->cas) < wire::big_endian(cas);
        if (older || (item == nullptr && unchanged)) continue;
        if (i != 0) ++replicas;
        // Whether something later came by that was on disk nobody can say.
        const bool untouched = item != nullptr && item->cas == cas && item->changed_at < from;
        const auto &shard = cluster.node(static_cast<unsigned>(row[i])).shard(of.index());
        if (!untouched || shard.disk.has(item->changed_at, clock)) ++disks;
    }
    return {disks, replicas};
}

}  // namespace tenon::simulation
