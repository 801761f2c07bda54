// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "devcluster/cluster.hpp"
#include "history.hpp"

namespace tenon::simulation {

/// On how many disks (the owner's counted) and replicas the item of this CAS, or a later one, may have been at some time
/// from `since` until `now`: all copies but those of which it is sure that they had not got so far. Both times are the
/// world's; the topology was the same all the while.
std::pair<unsigned, unsigned> how_durable(devcluster::Cluster &cluster, Time now, unsigned bucket,
                                          std::uint16_t vbucket, std::string_view key, std::uint64_t cas, Time since);

}  // namespace tenon::simulation
