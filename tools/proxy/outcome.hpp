// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include <tenon/reply.hpp>

#include "wire/protocol.hpp"

namespace tenon::proxy {

/// How an operation ended, as a memcached client is told: a status and, for a failure, the words beside it.
struct Outcome {
    wire::Status status = wire::Status::ok;
    std::string_view text;
};

/// A server's status goes on with its number and memcached's words for it (the server's own where memcached has none).
/// What memcached clients have no notion of becomes a status they know:
///
///  - bounds on what may be pending: 0x82, memcached's word for no room
///  - timeout, lost or refused connection, no owner, not my vBucket until the deadline: 0x86, try again later
///  - a value that fits no frame: 0x03
///  - what else can go wrong on this side: 0x84
///
/// The text is valid as long as `reply` is.
Outcome outcome_of(const Reply &reply);

/// The same for an operation that could not be scheduled.
Outcome outcome_of(std::error_code error);

/// What memcached says beside a status; empty if it does not use it.
std::string_view memcached_text(wire::Status status);

}  // namespace tenon::proxy
