// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/sim.hpp"

namespace tenon::simulation {

inline constexpr unsigned kSeverities = 4;

/// How the network behaves for a while: from calm (0: nothing is lost, pieces arrive whole) over awkward (1: pieces are
/// split, reads and writes are short, turns take long) and bad (2: now and then a connection breaks or is refused) to
/// terrible (3: often, also without a word). The seed decides which of it and how much.
sim::Network weather(std::uint64_t seed, unsigned severity);

}  // namespace tenon::simulation
