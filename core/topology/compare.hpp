// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tenon/map_difference.hpp>

#include "topology/cluster_map.hpp"

namespace tenon::topology {

using tenon::MapAge;
using tenon::MapDifference;

/// What has to change in `from` to get `to`. Costs n log n in the servers, and one pass over the vBuckets.
MapDifference compare(const ClusterMap &from, const ClusterMap &to);

/// What `other` is to `held`: of the same bucket (by uuid; where neither map has one, by name) the higher pair of revEpoch
/// and rev is newer. A map without revEpoch is older than one with it; without rev nothing can be said.
MapAge age(const ClusterMap &held, const ClusterMap &other);

}  // namespace tenon::topology
