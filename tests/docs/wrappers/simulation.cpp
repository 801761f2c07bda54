// SPDX-License-Identifier: Apache-2.0
// Around listings that are part of a function, with the simulated world and devcluster in sight.
#include <cstdint>

#include <tenon/tenon.hpp>

#include "devcluster/cluster.hpp"
#include "sim/sim.hpp"

using namespace tenon;

void listing(std::uint64_t seed, const devcluster::Options &nodes, const Options &options);
void listing(std::uint64_t seed, const devcluster::Options &nodes, const Options &options) {
    LISTING
}
