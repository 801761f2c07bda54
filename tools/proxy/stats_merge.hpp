// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tenon::proxy {

/// Makes one server's statistics out of those of several.
///
/// A memcached client takes the proxy for one server, so counts are added up. What is a property and not a count (pid,
/// uptime, version …) and what is no whole number is told as the first server has it. The statistics come in the first
/// server's order, ones that only others have behind them.
class StatsMerge {
public:
    /// `group` is the key of the stat request. "settings" holds properties only.
    explicit StatsMerge(std::string_view group) : all_properties_(group == "settings") {}

    void add(std::string_view name, std::string_view value);

    using Statistic = std::pair<std::string, std::string>;
    const std::vector<Statistic> &result() const { return statistics_; }

private:
    bool all_properties_;
    std::vector<Statistic> statistics_;
    std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace tenon::proxy
