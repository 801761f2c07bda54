// SPDX-License-Identifier: Apache-2.0
/// @file
/// What a client has counted: `tenon::Metrics`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tenon/histogram.hpp>

namespace tenon {

/// One kind of operation at one node.
struct OperationMetrics {
    std::uint8_t opcode = 0;     ///< of the memcached binary protocol
    std::string name;            ///< "get", "set" …
    LatencyHistogram latencies;  ///< microseconds from scheduling to the answer
};

/// One node, since it came into the map.
struct NodeMetrics {
    std::string server;              ///< "host:port"
    std::string state;               ///< "connected", "idle" …
    std::string last_failure;        ///< of the last connection; empty: it succeeded
    std::size_t in_flight = 0;       ///< requests whose answers are waited for, sent or not
    std::uint64_t bytes_sent = 0;      ///< over all its connections
    std::uint64_t bytes_received = 0;  ///< over all its connections
    std::uint64_t connections = 0;   ///< that were made; all but the first one are reconnects
    std::uint64_t failures = 0;      ///< connections lost, or not to be had
    std::vector<OperationMetrics> operations;  ///< kinds that completed there
};

/// A snapshot. Counters begin with the client and only grow.
struct Metrics {
    std::size_t pending_operations = 0;  ///< scheduled and not completed
    std::size_t pending_bytes = 0;       ///< of their requests
    std::size_t parked = 0;           ///< of the pending ones: wait for a map, an owner, or the end of a back-off
    std::size_t pending_http = 0;     ///< HTTP requests under way
    std::uint64_t retries = 0;        ///< requests sent once more, whatever the reason
    std::uint64_t refusals = 0;       ///< of them: NOT_MY_VBUCKET, or a node that does not know the bucket
    std::uint64_t timeouts = 0;       ///< operations that ended with errc::timeout
    std::uint64_t maps = 0;           ///< that were taken
    std::vector<NodeMetrics> nodes;   ///< those that are in the map, and those that are leaving it
};

}  // namespace tenon
