// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "history.hpp"

namespace tenon::simulation {

struct Opinion {
    std::vector<Violation> violations;
    std::vector<std::string> undecided;  ///< items whose calls have too many orders to look at all of them
    std::uint64_t states = 0;    ///< looked at
};

/// Marks calls that a node may have taken that was not the vBucket's, at a time when nodes disagreed: they may have
/// had no effect at all.
void mark_doubtful(History &history);

/// Everything the checker knows to ask of a history: the rules for each call alone, and for all calls on each item.
Opinion judge(const History &history);

/// Completed exactly once, in time and not before it, with an outcome that somebody may have given.
void check_calls(const History &history, std::vector<Violation> &violations);
/// What was read was written; every CAS was given once.
void check_values(const History &history, std::vector<Violation> &violations);

}  // namespace tenon::simulation
