// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <system_error>

#include "error.hpp"
#include "instance.hpp"
#include "submit.hpp"

namespace tenon::couchbase2 {

/// Waits for what was scheduled, unless a callback is running, and returns how it ended.
lcb_error_t wait_for_outcome(lcb_t instance);

/// With LCB_SYNCHRONOUS: the same.
inline lcb_error_t wait_if_synchronous(lcb_t instance) {
    return instance->settings.syncmode == LCB_SYNCHRONOUS ? wait_for_outcome(instance) : LCB_SUCCESS;
}

/// Checks every command of an array, then schedules each. `describe` puts a command into a Work, or says LCB_EINVAL of
/// its version; `send` schedules one.
template <class Command, class Describe, class Send>
[[gnu::always_inline]] inline lcb_error_t schedule(lcb_t instance, std::size_t count, const Command *const *commands,
                                                   Describe describe, Send send) {
    return guarded([&] {
        if (const lcb_error_t error = instance->takes_operations(); error != LCB_SUCCESS) return error;
        if (commands == nullptr && count != 0) return LCB_EINVAL;
        const auto prepare = [&](std::size_t i, Work &work) {
            const lcb_error_t error = commands[i] != nullptr ? describe(*commands[i], work) : LCB_EINVAL;
            return error == LCB_SUCCESS ? check(instance, work) : error;
        };
        // Of several commands none is scheduled where one is wrong: they are looked at beforehand.
        for (std::size_t i = 0; i != count && count > 1; ++i) {
            Work work;
            if (const lcb_error_t error = prepare(i, work); error != LCB_SUCCESS) return error;
        }
        for (std::size_t i = 0; i != count; ++i) {
            Work work;
            if (const lcb_error_t error = prepare(i, work); error != LCB_SUCCESS) return error;
            if (const std::error_code error = send(work)) return to_lcb(error);
        }
        return count != 0 ? wait_if_synchronous(instance) : LCB_SUCCESS;
    });
}

template <class Command, class Describe>
[[gnu::always_inline]] inline lcb_error_t schedule(lcb_t instance, const void *cookie, std::size_t count,
                                                   const Command *const *commands, Describe describe) {
    return schedule(instance, count, commands, describe,
                    [&](const Work &work) { return submit(instance, cookie, work); });
}

/// Puts the fields that all commands on items have into a Work.
template <class Fields>
void describe_item(const Fields &fields, lcb_CALLBACKTYPE type, Work &work) {
    work.type = type;
    work.key = bytes_of(fields.key, fields.nkey);
    work.hashkey = bytes_of(fields.hashkey, fields.nhashkey);
}

}  // namespace tenon::couchbase2
