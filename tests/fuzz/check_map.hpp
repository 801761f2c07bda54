// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fuzz.hpp"
#include "topology/cluster_map.hpp"

namespace tenon::fuzz {

/// Either a map in which every look-up stays inside, or an error that says why.
inline void check_map(const topology::ClusterMap::Parsed &parsed) {
    require((parsed.map != nullptr) != static_cast<bool>(parsed.error), "neither a map nor an error, or both");
    if (!parsed.map) return require(!parsed.error.message.empty(), "an error without a story");
    const topology::ClusterMap &map = *parsed.map;
    const auto good = [&](int server) {
        return server >= topology::kNoServer && server < static_cast<int>(map.servers().size());
    };
    for (std::uint32_t v = 0; v < map.vbucket_count(); ++v) {
        const auto vbucket = static_cast<std::uint16_t>(v);
        require(good(map.owner(vbucket)) && good(map.forward_owner(vbucket)), "an owner that is no server");
        for (unsigned r = 0; r < map.replica_count(); ++r) require(good(map.replica(vbucket, r)), "a replica that is no server");
    }
    if (!map.empty()) require(map.vbucket_of("some key") < map.vbucket_count(), "a key outside of the map");
    for (const topology::Server &s : map.servers())
        require(!s.host.empty() && s.data_port != 0 && s.host.find_first_of(" \r\n/") == s.host.npos, "a server without address");
}

}  // namespace tenon::fuzz
