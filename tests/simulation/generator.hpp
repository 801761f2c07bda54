// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "plan.hpp"
#include "sim/random.hpp"

namespace tenon::simulation {

/// Which plans generate() makes. It goes up with every change after which a seed stands for another plan.
inline constexpr unsigned kGeneratorVersion = 2;

/// A seed's plan: some cluster, some clients, what they ask for and what happens to them. A theme that the seed chooses
/// says what mostly happens: nothing, trouble in the network, with nodes, in the topology, or everything at once.
/// `version`: as an earlier generator made it.
Plan generate(std::uint64_t seed, unsigned version = kGeneratorVersion);

/// The parts, each after the ones before it: what clients do, and what is done to them. `random` is the plan's own.
void plan_workload(Plan &plan, sim::Random &random);
void plan_trouble(Plan &plan, sim::Random &random);
/// What came with version 2: buckets of memcached's type, several of them, passwords, maps kept in files, and
/// operations beside those on items. It changes what the other parts made.
void plan_more(Plan &plan, sim::Random &random);

}  // namespace tenon::simulation
