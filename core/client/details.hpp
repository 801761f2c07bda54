// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <tenon/cancellation.hpp>

#include "session/operation.hpp"

namespace tenon::client {

/// What only few operations have, and none has on the straight way from the caller to the owner and back.
struct Details {
    std::string route_key;                 ///< routed by this instead of the key, if it is not empty
    std::optional<std::uint16_t> vbucket;  ///< given by hand
    std::uint16_t attempts = 1;
    bool cancelled = false;                ///< taken from where it was; its callback is still to be called
    std::uint64_t started = 0;             ///< once `deadline` tells it no more
    Cancellation *cancellation = nullptr;
    session::Operation *operation = nullptr;  ///< whose they are
    Details *previous = nullptr;              ///< in the list of `cancellation`
    Details *next = nullptr;
};

}  // namespace tenon::client
