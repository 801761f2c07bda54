// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include <tenon/histogram.hpp>

#include "wire/protocol.hpp"

namespace tenon::session {

/// What is counted of one node.
struct Metrics {
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t connections = 0;  ///< that were made and authenticated
    std::uint64_t failures = 0;     ///< connections lost, or not to be had
    /// Microseconds from scheduling to the answer, by opcode; null: none of these was answered.
    std::array<std::unique_ptr<LatencyHistogram>, 256> latencies;

    void record(wire::Opcode opcode, std::uint64_t usec) {
        std::unique_ptr<LatencyHistogram> &histogram = latencies[static_cast<std::uint8_t>(opcode)];
        if (!histogram) [[unlikely]] histogram = std::make_unique<LatencyHistogram>();
        histogram->record(usec);
    }
};

}  // namespace tenon::session
