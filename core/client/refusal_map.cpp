// SPDX-License-Identifier: Apache-2.0
#include "client/refusal_map.hpp"

#include <utility>

namespace tenon::client {
namespace {

constexpr std::uint64_t kIntervalUsec = 20'000;

}  // namespace

std::shared_ptr<const topology::ClusterMap> RefusalMap::read(std::string_view json, std::string_view host,
                                                             std::uint64_t now) {
    if (!json.starts_with('{')) return nullptr;  // older servers say nothing, or why in words
    if (json == json_ && host == host_) return map_;
    if (!json_.empty() && now - parsed_at_ < kIntervalUsec) return nullptr;
    parsed_at_ = now;
    json_ = json;
    host_ = host;
    topology::ClusterMap::Parsed parsed = topology::ClusterMap::parse(json, host);
    if (parsed.error && log_.wants(LogLevel::warn))
        log_.write(LogLevel::warn, "map in a refusal of " + host_ + " is ignored: " + parsed.error.message);
    map_ = std::move(parsed.map);
    if (map_ != nullptr && map_->empty()) map_ = nullptr;
    return map_;
}

}  // namespace tenon::client
