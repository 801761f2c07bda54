// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "topology/cluster_map.hpp"

namespace tenon::bootstrap {

/// What a map is to the one held.
enum class News : std::uint8_t {
    none,     ///< it says the same
    newer,    ///< takes its place
    older,    ///< is to be ignored
    another,  ///< cannot be compared, or contradicts it: takes its place if the hosts agree
};

/// `held` may be null: anything is newer.
News news_in(const topology::ClusterMap *held, const topology::ClusterMap &map);

}  // namespace tenon::bootstrap
