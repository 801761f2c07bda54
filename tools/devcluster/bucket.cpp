// SPDX-License-Identifier: Apache-2.0
#include "devcluster/bucket.hpp"

namespace tenon::devcluster {

Bucket::Bucket(std::size_t index, const BucketOptions &options, std::string uuid, unsigned vbuckets, unsigned replicas)
    : index_(index),
      name_(options.name),
      password_(options.password),
      uuid_(std::move(uuid)),
      memcached_(options.memcached),
      replicas_(memcached_ ? 0 : replicas),
      rows_(memcached_ ? 0 : vbuckets, Row(replicas + 1, kNobody)) {}

void Bucket::spread(const std::vector<unsigned> &nodes) {
    const std::size_t count = nodes.size();
    for (std::size_t vbucket = 0; vbucket < rows_.size(); ++vbucket) {
        Row &row = rows_[vbucket];
        const std::size_t active = vbucket % count;
        row.assign(replicas_ + 1, kNobody);
        row[0] = static_cast<int>(nodes[active]);
        // Rotate the others from one round to the next, so that a node's replicas are not all with one neighbour.
        for (std::size_t i = 0; i < replicas_ && i + 1 < count; ++i)
            row[i + 1] = static_cast<int>(nodes[(active + 1 + (vbucket / count + i) % (count - 1)) % count]);
    }
}

}  // namespace tenon::devcluster
