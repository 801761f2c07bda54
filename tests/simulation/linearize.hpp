// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "history.hpp"

namespace tenon::simulation {

struct Judgement {
    enum class Verdict : std::uint8_t {
        in_order,    ///< there is an order of the calls that explains every answer
        impossible,  ///< there is none
        undecided    ///< none was found within the bound on work
    };
    Verdict verdict = Verdict::in_order;
    /// If there is none: how far the longest order went, and what could not follow it.
    std::string explanation = {};
    std::uint64_t states = 0;  ///< looked at
};

/// What happened to all items of the vBucket, by kind.
struct Upheavals {
    struct Fallback {
        Time at = 0;
        std::uint64_t lacking = Upheaval::kAny;
    };

    /// Somebody emptied the vBucket in this time; or (`certain` unset) may have, once, from then on.
    struct Flush {
        Time from = 0;
        Time to = kNever;
        bool certain = false;
    };

    std::vector<Time> moves;
    std::vector<Fallback> fallbacks;
    std::vector<Time> losses;
    std::vector<Flush> flushes;

    void add(const Upheaval &one) {
        switch (one.kind) {
        case Upheaval::Kind::moved: return moves.push_back(one.at);
        case Upheaval::Kind::fell_back: return fallbacks.push_back({one.at, one.lacking});
        case Upheaval::Kind::emptied: return losses.push_back(one.at);
        }
    }
};

/// Looks for an order of the calls on one item in which each takes effect between its invocation and its completion
/// and gets the answer it got. Calls whose outcome is not known may take effect at any time after their invocation, or
/// never. At each of the `moves` the item changed nodes; at each of the `fallbacks` it may have returned to an earlier
/// state of this order, as many of its changes back as the new owner lacked at most; at each of the `losses` it was
/// gone, and each of the `flushes` removed it. (The search is Wing and Gong's with Lowe's memory of where
/// it has been.)
Judgement linearize(std::span<const Call *const> calls, Upheavals upheavals);

}  // namespace tenon::simulation
