// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <system_error>

#include <tenon/errc.hpp>

#include "wire/protocol.hpp"

namespace tenon::wire {

/// "not my vBucket", "temporary failure"; null for a status that is not known.
const char *name(Status status);

/// "temporary failure (0x86)", "status 0x8f": for messages.
std::string describe(Status status);

/// A server's status as a caller sees it: no error for ok, else the errc of the same number. One that is not known keeps
/// its number; those from 0x1000, which errc uses for the client's own reasons, have 0x10000 added.
inline std::error_code to_error_code(Status status) {
    const int number = static_cast<int>(status);
    return {number < 0x1000 ? number : number + 0x10000, error_category()};
}

}  // namespace tenon::wire
