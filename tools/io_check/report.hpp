// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "process.hpp"

namespace tenon::conformance {

/// What the reader sees on standard output: a line a rule as soon as its checks are made, under a broken one what was
/// expected and what happened, in the end which rules are broken and the count of checks.
class Report {
public:
    /// `verbose`: a line a check as well.
    explicit Report(bool verbose) : verbose_(verbose) {}

    struct Made {
        Check check;
        Result result;
    };

    /// A rule whose checks were made.
    void rule(int number, const std::vector<Made> &made);
    /// A rule that has no checks for this subject, and why.
    void not_asked(int number, const std::string &why);
    void finish();

    /// Whether something was checked, and nothing failed.
    bool good() const { return passed_ != 0 && failed_ == 0; }

private:
    void failure(int number, const Made &made);
    void line(const char *verdict, int number, const std::string &words) const;

    bool verbose_;
    int kept_ = 0;
    int passed_ = 0;
    int failed_ = 0;
    int skipped_ = 0;
    std::map<int, std::vector<std::string>> broken_;  ///< by rule: the checks that saw it broken
};

/// Prints the rules in full, and each one's checks.
void print_rules();

}  // namespace tenon::conformance
