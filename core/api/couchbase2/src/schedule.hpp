// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <system_error>

#include "error.hpp"
#include "instance.hpp"
#include "work.hpp"

namespace tenon::couchbase2 {

/// With LCB_SYNCHRONOUS: waits for what was scheduled, unless a callback is running, and returns how it ended.
lcb_error_t wait_if_synchronous(lcb_t instance);

/// Checks every command of an array, then schedules each. `describe` puts a command into a Work, or says LCB_EINVAL of
/// its version; `send` schedules one.
template <class Command, class Describe, class Send>
lcb_error_t schedule(lcb_t instance, std::size_t count, const Command *const *commands, Describe describe, Send send) {
    return guarded([&] {
        if (const lcb_error_t error = instance->takes_operations(); error != LCB_SUCCESS) return error;
        if (commands == nullptr && count != 0) return LCB_EINVAL;
        for (std::size_t i = 0; i != count; ++i) {
            Work work;
            lcb_error_t error = commands[i] != nullptr ? describe(*commands[i], work) : LCB_EINVAL;
            if (error == LCB_SUCCESS) error = check(instance, work);
            if (error != LCB_SUCCESS) return error;
        }
        for (std::size_t i = 0; i != count; ++i) {
            Work work;
            (void)describe(*commands[i], work);
            if (const std::error_code error = send(work)) return to_lcb(error);
        }
        return count != 0 ? wait_if_synchronous(instance) : LCB_SUCCESS;
    });
}

template <class Command, class Describe>
lcb_error_t schedule(lcb_t instance, const void *cookie, std::size_t count, const Command *const *commands,
                     Describe describe) {
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
