// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "devcluster/published_map.hpp"

namespace tenon::devcluster {

class Cluster;

/// `text` as a JSON string, with its quotes.
std::string quoted(std::string_view text);

/// A bucket's map as the management port gives it, and as data nodes do.
std::string rest_map_json(const PublishedMap &map);
std::string data_map_json(const PublishedMap &map);

/// What /pools answers.
std::string pools_json(const Cluster &cluster);
/// What /pools/default answers: the nodes, what they are and how they are, and where to manage them.
std::string pool_json(const Cluster &cluster);

}  // namespace tenon::devcluster
