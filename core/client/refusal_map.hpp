// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "topology/cluster_map.hpp"

namespace tenon::client {

/// The map that came with a NOT_MY_VBUCKET. Every refusal carries a whole one, many the same: each is parsed once, and
/// not more than one in so many milliseconds.
class RefusalMap {
public:
    explicit RefusalMap(const Log &log) : log_(log) {}

    /// What `json`, which came from `host` at `now` (µs), says; null if it says nothing usable (the log says why not), or
    /// was not looked at.
    std::shared_ptr<const topology::ClusterMap> read(std::string_view json, std::string_view host, std::uint64_t now);

private:
    const Log &log_;
    std::string json_, host_;  // what map_ was read from
    std::shared_ptr<const topology::ClusterMap> map_;
    std::uint64_t parsed_at_ = 0;
};

}  // namespace tenon::client
