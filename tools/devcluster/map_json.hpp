// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "devcluster/bucket.hpp"

namespace tenon::devcluster {

/// A bucket with its map as /pools/default/buckets/NAME and the streams give it.
std::string rest_map_json(const Bucket &bucket, const std::vector<NodeAddress> &nodes);
/// The same as data nodes give it, to get-cluster-config and with not-my-vBucket: nothing secret, no links.
std::string data_map_json(const Bucket &bucket, const std::vector<NodeAddress> &nodes);

/// What /pools answers.
std::string pools_json(const std::string &cluster_uuid);
/// What /pools/default answers.
std::string pool_json(const std::vector<NodeAddress> &nodes);

}  // namespace tenon::devcluster
