// SPDX-License-Identifier: Apache-2.0
#include "minimize.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tenon::simulation {
namespace {

/// Operations without some of them: what followed one that is gone follows the one before, or happens at its time.
std::vector<OperationPlan> without(const std::vector<OperationPlan> &all, const std::vector<bool> &gone) {
    std::vector<OperationPlan> left;
    std::vector<std::uint32_t> place(all.size(), OperationPlan::kNone);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (gone[i]) continue;
        place[i] = static_cast<std::uint32_t>(left.size());
        OperationPlan operation = all[i];
        while (operation.after != OperationPlan::kNone && gone[operation.after]) {
            operation.at = all[operation.after].at;
            operation.after = all[operation.after].after;
        }
        if (operation.after != OperationPlan::kNone) {
            operation.after = place[operation.after];
            operation.at = 0;
        }
        left.push_back(operation);
    }
    return left;
}

Plan without_events(const Plan &plan, std::size_t from, std::size_t to) {
    Plan smaller = plan;
    smaller.events.erase(smaller.events.begin() + static_cast<std::ptrdiff_t>(from),
                         smaller.events.begin() + static_cast<std::ptrdiff_t>(to));
    return smaller;
}

Plan without_operations(const Plan &plan, std::size_t from, std::size_t to) {
    std::vector<bool> gone(plan.operations.size());
    std::fill(gone.begin() + static_cast<std::ptrdiff_t>(from), gone.begin() + static_cast<std::ptrdiff_t>(to), true);
    Plan smaller = plan;
    smaller.operations = without(plan.operations, gone);
    return smaller;
}

Plan without_clients(const Plan &plan, std::size_t from, std::size_t to) {
    std::vector<bool> gone(plan.operations.size());
    for (std::size_t i = 0; i < gone.size(); ++i)
        gone[i] = plan.operations[i].client >= from && plan.operations[i].client < to;
    Plan smaller = plan;
    smaller.operations = without(plan.operations, gone);
    for (OperationPlan &operation : smaller.operations)
        if (operation.client >= to) operation.client -= static_cast<unsigned>(to - from);
    smaller.clients.erase(smaller.clients.begin() + static_cast<std::ptrdiff_t>(from),
                          smaller.clients.begin() + static_cast<std::ptrdiff_t>(to));
    return smaller;
}

/// Tries to do without ever smaller pieces of one kind of parts.
template <class Without>
bool shrink(Plan &plan, std::size_t count, std::size_t least, Without without_piece,
            const std::function<bool(const Plan &)> &fails, unsigned &budget) {
    bool shrunk = false;
    for (std::size_t piece = std::max<std::size_t>(count / 2, 1);; piece /= 2) {
        for (std::size_t from = 0; from < count && budget != 0;) {
            const std::size_t to = std::min(from + piece, count);
            if (count - (to - from) < least) break;
            Plan smaller = without_piece(plan, from, to);
            --budget;
            if (fails(smaller)) {
                plan = std::move(smaller);
                count -= to - from;
                shrunk = true;
            } else {
                from = to;
            }
        }
        if (piece <= 1) return shrunk;
    }
}

}  // namespace

Plan minimize(Plan plan, const std::function<bool(const Plan &)> &fails, unsigned budget) {
    for (bool shrunk = true; shrunk && budget != 0;) {
        shrunk = shrink(plan, plan.events.size(), 0, without_events, fails, budget);
        shrunk = shrink(plan, plan.operations.size(), 0, without_operations, fails, budget) || shrunk;
        shrunk = shrink(plan, plan.clients.size(), 1, without_clients, fails, budget) || shrunk;
    }
    return plan;
}

}  // namespace tenon::simulation
