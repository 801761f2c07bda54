// SPDX-License-Identifier: Apache-2.0
// Operations on items, with arrays of commands.
#include "enumerators.hpp"
#include "schedule.hpp"

using namespace tenon::couchbase2;

lcb_error_t lcb_get(lcb_t instance, const void *cookie, lcb_size_t num, const lcb_get_cmd_t *const *commands) {
    return schedule(instance, cookie, num, commands, [](const lcb_get_cmd_t &command, Work &work) {
        if (command.version != 0) return LCB_EINVAL;
        describe_item(command.v.v0, LCB_CALLBACK_GET, work);
        work.exptime = command.v.v0.exptime;
        work.lock = command.v.v0.lock != 0;
        return LCB_SUCCESS;
    });
}

lcb_error_t lcb_get_replica(lcb_t instance, const void *cookie, lcb_size_t num,
                            const lcb_get_replica_cmd_t *const *commands) {
    return schedule(instance, cookie, num, commands, [](const lcb_get_replica_cmd_t &command, Work &work) {
        if (command.version != 0 && command.version != 1) return LCB_EINVAL;
        describe_item(command.v.v0, LCB_CALLBACK_GETREPLICA, work);  // version 1 begins with version 0's fields
        work.choice = LCB_REPLICA_FIRST;
        if (command.version == 1) {
            work.choice = number_of(command.v.v1.strategy);
            work.index = command.v.v1.index;
        }
        return LCB_SUCCESS;
    });
}

lcb_error_t lcb_unlock(lcb_t instance, const void *cookie, lcb_size_t num, const lcb_unlock_cmd_t *const *commands) {
    return schedule(instance, cookie, num, commands, [](const lcb_unlock_cmd_t &command, Work &work) {
        if (command.version != 0) return LCB_EINVAL;
        describe_item(command.v.v0, LCB_CALLBACK_UNLOCK, work);
        work.cas = command.v.v0.cas;
        return LCB_SUCCESS;
    });
}

lcb_error_t lcb_touch(lcb_t instance, const void *cookie, lcb_size_t num, const lcb_touch_cmd_t *const *commands) {
    return schedule(instance, cookie, num, commands, [](const lcb_touch_cmd_t &command, Work &work) {
        if (command.version != 0) return LCB_EINVAL;
        describe_item(command.v.v0, LCB_CALLBACK_TOUCH, work);
        work.exptime = command.v.v0.exptime;
        return LCB_SUCCESS;
    });
}

lcb_error_t lcb_store(lcb_t instance, const void *cookie, lcb_size_t num, const lcb_store_cmd_t *const *commands) {
    return schedule(instance, cookie, num, commands, [](const lcb_store_cmd_t &command, Work &work) {
        if (command.version != 0) return LCB_EINVAL;
        const lcb_STORECMDv0 &fields = command.v.v0;
        describe_item(fields, LCB_CALLBACK_STORE, work);
        work.value = bytes_of(fields.bytes, fields.nbytes);
        work.flags = fields.flags;
        work.cas = fields.cas;
        work.datatype = fields.datatype;
        work.exptime = fields.exptime;
        work.choice = number_of(fields.operation);
        return LCB_SUCCESS;
    });
}

lcb_error_t lcb_arithmetic(lcb_t instance, const void *cookie, lcb_size_t num,
                           const lcb_arithmetic_cmd_t *const *commands) {
    return schedule(instance, cookie, num, commands, [](const lcb_arithmetic_cmd_t &command, Work &work) {
        if (command.version != 0) return LCB_EINVAL;
        const lcb_ARITHCMDv0 &fields = command.v.v0;
        describe_item(fields, LCB_CALLBACK_COUNTER, work);
        work.exptime = fields.exptime;
        work.create = fields.create != 0;
        work.delta = fields.delta;
        work.initial = fields.initial;
        return LCB_SUCCESS;
    });
}

lcb_error_t lcb_remove(lcb_t instance, const void *cookie, lcb_size_t num, const lcb_remove_cmd_t *const *commands) {
    return schedule(instance, cookie, num, commands, [](const lcb_remove_cmd_t &command, Work &work) {
        if (command.version != 0) return LCB_EINVAL;
        describe_item(command.v.v0, LCB_CALLBACK_REMOVE, work);
        work.cas = command.v.v0.cas;
        return LCB_SUCCESS;
    });
}
