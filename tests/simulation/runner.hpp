// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "history.hpp"
#include "plan.hpp"
#include "trace.hpp"

namespace tenon::simulation {

/// What became of a plan.
struct Outcome {
    std::vector<Violation> violations;
    std::vector<std::string> undecided;  ///< items that had too many possible orders
    std::size_t calls = 0;        ///< the plan's operations that came to be asked, and the probes
    std::size_t succeeded = 0;
    std::size_t unknown = 0;      ///< nobody said what became of them
    std::size_t upheavals = 0;
    std::uint64_t virtual_time = 0;
    std::uint64_t events = 0;     ///< of the simulated world: what running it costs
    std::uint64_t states = 0;     ///< the checker looked at
    std::uint64_t digest = 0;     ///< equal for equal histories
};

/// Runs a plan from beginning to end, in virtual time, and judges it. `trace` may be null.
Outcome run(const Plan &plan, Trace *trace = nullptr);

}  // namespace tenon::simulation
