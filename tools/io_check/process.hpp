// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "checks/suite.hpp"

namespace tenon::conformance {

enum class Outcome {
    kPassed,
    kFailed,
    kSkipped,
    kNoSubject,  ///< there is nothing to check
    kHung,       ///< failed: it was ended when its time was over
};

struct Result {
    Outcome outcome = Outcome::kFailed;
    std::string text;                ///< why it was skipped, or why there is no subject
    Failure failure;                 ///< for kFailed and kHung
    std::vector<std::string> notes;  ///< what the check wants known

    bool failed() const { return outcome == Outcome::kFailed || outcome == Outcome::kHung; }
};

/// Makes one check. With `seconds` > 0 in a process of its own, so that a crash, a signal, a hang or a sanitizer's report
/// becomes that check's failure and the next one starts afresh; with 0 in this process (for debuggers). What the plugin
/// prints goes to standard error.
Result perform(const Check &check, Subject subject, unsigned seconds);

}  // namespace tenon::conformance
