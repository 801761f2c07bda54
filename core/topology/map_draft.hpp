// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/cluster_map.hpp"

/// What a map's document says, before anybody looked whether it makes sense.
namespace tenon::topology {

/// vBucketMap or vBucketMapForward.
struct OwnerTable {
    std::vector<std::int16_t> entries;  ///< row by row
    std::uint32_t rows = 0;
    std::uint32_t width = 0;  ///< of every row
    int highest = kNoServer;  ///< the highest server named, and where
    std::uint32_t highest_row = 0, highest_column = 0;
};

struct MapDraft {
    /// The first thing found to be wrong, with its place; empty if there is none.
    std::string fault;

    std::string name, uuid, sasl_password;
    std::int64_t rev = -1, rev_epoch = -1;
    Locator locator = Locator::vbucket;
    bool has_server_map = false;
    std::optional<std::uint64_t> replicas;
    std::vector<Server> server_list;
    std::vector<Server> nodes;      ///< of `nodes`
    std::vector<Server> nodes_ext;  ///< of `nodesExt`
    OwnerTable owners, forward;

    void blame(std::string what) {
        if (fault.empty()) fault = std::move(what);
    }
};

/// The most servers that an owner table can name.
inline constexpr std::size_t kMaxServers = 32767;

/// "host:port", "[v6]:port", "$HOST:port"; the port may be absent (then it is 0) if `port_optional`. Nothing if it is none
/// of these.
struct HostPort {
    std::string host;
    std::uint16_t port = 0;
};
std::optional<HostPort> parse_host_port(std::string_view text, std::string_view asked_host, bool port_optional);

/// A host without port, with or without brackets, or $HOST. Nothing if no host is left.
std::optional<std::string> parse_host(std::string_view text, std::string_view asked_host);

}  // namespace tenon::topology
