// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "topology/cluster_map.hpp"

namespace tenon::topology {

/// What a server's points on the ring are made from.
enum class KetamaNames : std::uint8_t {
    host_port,    ///< "host:port", as Couchbase's clients and spymemcached's ketama do
    libmemcached  ///< without ":11211", the default port, as libmemcached's KETAMA_WEIGHTED does
};

/// The ring that spreads keys over plain memcached servers: 160 points a server; a key belongs to the first point not
/// before its own. A server that goes takes only its own keys along.
class Ketama {
public:
    Ketama(const std::vector<Server> &servers, KetamaNames names);

    /// Index of the server a key belongs to; kNoServer if there is none. Allocates nothing.
    int server_of(std::string_view key) const;

    /// Points on the ring.
    std::size_t size() const { return points_.size(); }

private:
    std::vector<std::uint32_t> points_;  // ascending
    std::vector<std::int16_t> servers_;  // whose they are
};

}  // namespace tenon::topology
