// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "plan.hpp"

namespace tenon::simulation {

/// Drops events, operations and clients from a plan for as long as `fails` still says yes to what is left. What it
/// gives back fails, and no single part can be dropped from it any more (unless `budget` calls of `fails` are used up).
Plan minimize(Plan plan, const std::function<bool(const Plan &)> &fails, unsigned budget);

}  // namespace tenon::simulation
