// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "devcluster/published_map.hpp"

namespace tenon::devcluster {

/// Where vBuckets are to be: spread evenly over `nodes` (indices, ascending, at least one), each with its replicas on
/// others as far as there are enough, moving no more than that takes. `rows`, of equal length, say where they are now.
///
/// Numbers of active vBuckets differ by one at most; those of replicas may differ by a little more, for a replica
/// cannot be where its vBucket is already. The same input gives the same plan.
std::vector<Row> plan_rows(const std::vector<Row> &rows, const std::vector<unsigned> &nodes);

}  // namespace tenon::devcluster
