// SPDX-License-Identifier: Apache-2.0
/// @file
/// What can be heard of each operation on its way: `tenon::TraceEvent`.
#pragma once

#include <cstdint>
#include <string_view>
#include <system_error>

namespace tenon {

/// Where a request is on its way.
enum class TraceStage : std::uint8_t {
    scheduled,  ///< accepted from the program
    sent,       ///< the first of its bytes were given to the system; once more for each node it is sent to
    received,   ///< a reply came, whatever it says: one may mean that it is sent elsewhere
    completed,  ///< its callback is next; or nobody wants its answer any more, and it ends without a call
};

/// One stage of one request. What it points to is valid during the call.
struct TraceEvent {
    TraceStage stage;       ///< which stage
    std::uint8_t opcode;    ///< the request's command
    std::uint16_t vbucket;  ///< the vBucket it is for
    /// The same in all stages of one request, and used again after its end. What goes to several nodes is several
    /// requests.
    std::uint64_t id;
    std::string_view key;  ///< the item's
    /// "host:port"; empty where no node is concerned.
    std::string_view server;
    /// Microseconds on the table's clock.
    std::uint64_t time;
    /// Of `received`, the server's status; of `completed`, the outcome.
    std::error_code error;
};

}  // namespace tenon
