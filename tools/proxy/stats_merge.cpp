// SPDX-License-Identifier: Apache-2.0
#include "stats_merge.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace tenon::proxy {
namespace {

constexpr std::string_view kProperties[] = {
    "pid", "uptime", "time", "pointer_size", "hash_power_level", "accepting_conns", "max_connections", "version",
};

/// Of "items:3:age" and "3:chunk_size" the last part says what it is.
constexpr std::string_view kSlabProperties[] = {
    "age", "age_hot", "age_warm", "chunk_size", "chunks_per_page", "active_slabs",
};

bool is_property(std::string_view name) {
    const std::size_t colon = name.rfind(':');
    if (colon != std::string_view::npos) return std::ranges::count(kSlabProperties, name.substr(colon + 1)) != 0;
    return std::ranges::count(kProperties, name) != 0;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

void StatsMerge::add(std::string_view name, std::string_view value) {
    const auto [at, is_new] = index_.try_emplace(std::string(name), statistics_.size());
    if (is_new) {
        statistics_.emplace_back(name, value);
        return;
    }
    if (all_properties_ || is_property(name)) return;
    std::string &sum = statistics_[at->second].second;
    const auto a = whole_number(sum);
    const auto b = whole_number(value);
    if (a && b) sum = std::to_string(*a + *b);
}

}  // namespace tenon::proxy
