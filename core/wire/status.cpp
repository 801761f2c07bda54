// SPDX-License-Identifier: Apache-2.0
#include "wire/status.hpp"

#include <cstdio>

namespace tenon::wire {

const char *name(Status status) {
    switch (status) {
    case Status::ok: return "ok";
    case Status::not_found: return "not found";
    case Status::exists: return "exists";
    case Status::too_big: return "too big";
    case Status::invalid_arguments: return "invalid arguments";
    case Status::not_stored: return "not stored";
    case Status::delta_bad_value: return "not a number";
    case Status::not_my_vbucket: return "not my vBucket";
    case Status::no_bucket: return "no bucket";
    case Status::locked: return "locked";
    case Status::auth_stale: return "authentication outdated";
    case Status::auth_error: return "authentication refused";
    case Status::auth_continue: return "authentication to be continued";
    case Status::out_of_range: return "out of range";
    case Status::no_access: return "no access";
    case Status::unknown_command: return "unknown command";
    case Status::out_of_memory: return "out of memory";
    case Status::not_supported: return "not supported";
    case Status::internal_error: return "internal error";
    case Status::busy: return "busy";
    case Status::temporary_failure: return "temporary failure";
    }
    return nullptr;
}

std::string describe(Status status) {
    char text[64];
    const char *known = name(status);
    const auto number = static_cast<unsigned>(status);
    if (known != nullptr) std::snprintf(text, sizeof text, "%s (0x%02x)", known, number);
    else std::snprintf(text, sizeof text, "status 0x%02x", number);
    return text;
}

}  // namespace tenon::wire
