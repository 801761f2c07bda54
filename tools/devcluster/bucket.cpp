// SPDX-License-Identifier: Apache-2.0
#include "devcluster/bucket.hpp"

#include <utility>

#include "devcluster/map_json.hpp"

namespace tenon::devcluster {

Bucket::Bucket(std::size_t index, std::string name, std::string password, std::string uuid, unsigned vbuckets,
               unsigned replicas)
    : index_(index),
      name_(std::move(name)),
      password_(std::move(password)),
      uuid_(std::move(uuid)),
      replicas_(replicas),
      rows_(vbuckets, std::vector<int>(replicas + 1, kNobody)) {}

void Bucket::spread(unsigned nodes) {
    for (unsigned vbucket = 0; vbucket < vbuckets(); ++vbucket) {
        std::vector<int> &row = rows_[vbucket];
        const unsigned active = vbucket % nodes;
        row.assign(replicas_ + 1, kNobody);
        row[0] = static_cast<int>(active);
        // Rotate the others from one round to the next, so that a node's replicas are not all with one neighbour.
        for (unsigned i = 0; i < replicas_ && i + 1 < nodes; ++i)
            row[i + 1] = static_cast<int>((active + 1 + (vbucket / nodes + i) % (nodes - 1)) % nodes);
    }
}

void Bucket::publish(const std::vector<NodeAddress> &nodes) {
    ++rev_;
    rest_map_ = rest_map_json(*this, nodes);
    data_map_ = data_map_json(*this, nodes);
}

}  // namespace tenon::devcluster
