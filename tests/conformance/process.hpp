// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "suite.hpp"

namespace tenon::conformance {

enum class Outcome { kPassed, kFailed, kSkipped };

struct Result {
    Outcome outcome;
    std::string text;                ///< why it failed or was skipped
    std::vector<std::string> notes;  ///< what the check wants known
};

/// Makes one check. With `seconds` > 0 in a process of its own, so that a crash, a signal, a hang or a sanitizer's report
/// becomes that check's failure and the next one starts afresh; with 0 in this process (for debuggers).
Result perform(const Check &check, Subject subject, unsigned seconds);

}  // namespace tenon::conformance
