// SPDX-License-Identifier: Apache-2.0
#include "base/json.hpp"

#include <algorithm>

namespace tenon::json::detail {

std::string fault(std::string_view text, std::size_t at, bool end) {
    /// So much of what stands before a fault is quoted.
    constexpr std::size_t kQuoted = 32;
    if (end) return "the JSON is cut at byte " + std::to_string(text.size());
    const std::size_t behind = std::min(at + 1, text.size());
    const std::size_t from = behind - std::min(kQuoted, behind);
    return "malformed JSON at byte " + std::to_string(behind) + " near '" + std::string(text.substr(from, behind - from)) + "'";
}

}  // namespace tenon::json::detail
