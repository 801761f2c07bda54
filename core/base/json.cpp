// SPDX-License-Identifier: Apache-2.0
#include "base/json.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace tenon::json::detail {

bool is_ascii(std::string_view text) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080;
    std::uint64_t seen = 0, eight = 0;
    for (; text.size() >= sizeof eight; text.remove_prefix(sizeof eight)) {
        std::memcpy(&eight, text.data(), sizeof eight);
        seen |= eight;
    }
    for (const char c : text) seen |= static_cast<unsigned char>(c);
    return (seen & kHighBits) == 0;
}

std::string fault(std::string_view text, std::size_t at, bool end) {
    /// So much of what stands before a fault is quoted.
    constexpr std::size_t kQuoted = 32;
    if (end) return "the JSON is cut at byte " + std::to_string(text.size());
    const std::size_t behind = std::min(at + 1, text.size());
    const std::size_t from = behind - std::min(kQuoted, behind);
    return "malformed JSON at byte " + std::to_string(behind) + " near '" + std::string(text.substr(from, behind - from)) + "'";
}

}  // namespace tenon::json::detail
