// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <system_error>

#include "error.hpp"
#include "instance.hpp"

namespace tenon::couchbase2 {

/// The protocol's longest key.
inline constexpr std::size_t kMaxKey = 250;

inline std::string_view bytes_of(const void *data, std::size_t size) { return {static_cast<const char *>(data), size}; }

/// What is wrong with the key of a command's fields.
template <class Fields>
lcb_error_t check_key(const Fields &fields) {
    if (fields.nhashkey != 0) return LCB_NOT_SUPPORTED;
    if (fields.key == nullptr || fields.nkey == 0) return LCB_EMPTY_KEY;
    return fields.nkey <= kMaxKey ? LCB_SUCCESS : LCB_E2BIG;
}

template <class Fields>
std::string_view key_of(const Fields &fields) {
    return bytes_of(fields.key, fields.nkey);
}

/// Checks every command of an array, then schedules each: `check` returns an lcb_error_t for a command's fields, `send`
/// a std::error_code.
template <class Command, class Check, class Send>
lcb_error_t schedule(lcb_t instance, std::size_t count, const Command *const *commands, Check check, Send send) {
    return guarded([&] {
        if (!instance->takes_operations()) return LCB_CLIENT_ETMPFAIL;
        if (commands == nullptr && count != 0) return LCB_EINVAL;
        for (std::size_t i = 0; i != count; ++i) {
            if (commands[i] == nullptr || commands[i]->version != 0) return LCB_EINVAL;
            if (const lcb_error_t error = check(commands[i]->v.v0); error != LCB_SUCCESS) return error;
        }
        for (std::size_t i = 0; i != count; ++i)
            if (const std::error_code error = send(commands[i]->v.v0)) return to_lcb(error);
        return LCB_SUCCESS;
    });
}

}  // namespace tenon::couchbase2
