// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "plan.hpp"

namespace tenon::simulation {

/// Many histories, several at a time, each in a thread that shares nothing with the others.
class Campaign {
public:
    /// `expected`: the first violation of this rule ends it; empty: none does.
    explicit Campaign(unsigned jobs, std::string expected = {}) : jobs_(jobs), expected_(std::move(expected)) {}

    /// "FIRST..LAST", or one seed. Throws std::runtime_error if it is neither, or if no seed is in it.
    void add_seeds(const std::string &range);
    /// A file that lists seeds ("VERSION:SEED": of an earlier generator) and files of plans (beside it), one a line,
    /// each with a word why. Throws
    /// std::runtime_error with what cannot be read.
    void add_recorded(const std::string &path);

    /// Runs them all. Prints what fails, with what is needed to run it again, and in the end what all of them were and
    /// one line with histories, violations and histories a second. True if all is well: nothing was violated, and
    /// next to no item was left undecided; or, if a rule is expected to be violated, it was.
    bool run() const;

private:
    struct Recorded {
        std::string label;  ///< how to run it again: "--seed 7", "--plan FILE"
        Plan plan;
    };

    unsigned jobs_;
    std::string expected_;
    std::vector<Recorded> recorded_;
    std::uint64_t first_ = 1;
    std::uint64_t last_ = 0;
};

}  // namespace tenon::simulation
