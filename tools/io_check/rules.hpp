// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace tenon::conformance {

constexpr int kRuleCount = 18;

/// The words of a rule, 1 to kRuleCount, as docs/io-contract.md has them: rules.py makes this table of that page.
std::string_view words_of_rule(int rule);

}  // namespace tenon::conformance
