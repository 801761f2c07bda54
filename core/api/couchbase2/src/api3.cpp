// SPDX-License-Identifier: Apache-2.0
// The version-3 commands: one a call.
#include <string>

#include "enumerators.hpp"
#include "schedule.hpp"

using namespace tenon::couchbase2;

namespace {

/// The bytes of a value; those in several pieces are put together in `joined`.
lcb_error_t bytes_of(const lcb_VALBUF &value, std::string &joined, std::string_view &bytes) {
    if (number_of(value.vtype) != LCB_KV_IOV) {
        bytes = tenon::couchbase2::bytes_of(value.u_buf.contig.bytes, value.u_buf.contig.nbytes);
        return number_of(value.vtype) <= LCB_KV_IOV ? LCB_SUCCESS : LCB_EINVAL;
    }
    const lcb_FRAGBUF &pieces = value.u_buf.multi;
    if (pieces.iov == nullptr && pieces.niov != 0) return LCB_EINVAL;
    for (unsigned i = 0; i != pieces.niov; ++i)
        joined += tenon::couchbase2::bytes_of(pieces.iov[i].iov_base, pieces.iov[i].iov_len);
    if (pieces.total_length != 0 && pieces.total_length != joined.size()) return LCB_EINVAL;
    bytes = joined;
    return LCB_SUCCESS;
}

/// Schedules one command; `describe` puts the fields that are the command's own into a Work.
template <lcb_CALLBACKTYPE type, class Command, class Describe>
lcb_error_t schedule_one(lcb_t instance, const void *cookie, const Command *command, Describe describe) {
    return guarded([&] {
        if (const lcb_error_t error = instance->takes_operations(); error != LCB_SUCCESS) return error;
        if (command == nullptr) return LCB_EINVAL;
        Work work;
        work.type = type;
        lcb_error_t error = describe_base(reinterpret_cast<const lcb_CMDBASE &>(*command), work);
        if (error == LCB_SUCCESS) error = describe(work);
        if (error == LCB_SUCCESS) error = check(instance, work);
        return error != LCB_SUCCESS ? error : to_lcb(submit(instance, cookie, work));
    });
}

const auto nothing_more = [](const Work &) { return LCB_SUCCESS; };

lcb_error_t conflict_if(bool conflict) { return conflict ? LCB_OPTIONS_CONFLICT : LCB_SUCCESS; }

}  // namespace

lcb_error_t lcb_get3(lcb_t instance, const void *cookie, const lcb_CMDGET *cmd) {
    return schedule_one<LCB_CALLBACK_GET>(instance, cookie, cmd, [&](Work &work) {
        work.lock = cmd->lock != 0;
        return conflict_if(work.cas != 0);
    });
}

lcb_error_t lcb_rget3(lcb_t instance, const void *cookie, const lcb_CMDGETREPLICA *cmd) {
    return schedule_one<LCB_CALLBACK_GETREPLICA>(instance, cookie, cmd, [&](Work &work) {
        work.choice = number_of(cmd->strategy);
        work.index = cmd->index;
        return LCB_SUCCESS;
    });
}

lcb_error_t lcb_unlock3(lcb_t instance, const void *cookie, const lcb_CMDUNLOCK *cmd) {
    return schedule_one<LCB_CALLBACK_UNLOCK>(instance, cookie, cmd, nothing_more);
}

lcb_error_t lcb_counter3(lcb_t instance, const void *cookie, const lcb_CMDCOUNTER *cmd) {
    return schedule_one<LCB_CALLBACK_COUNTER>(instance, cookie, cmd, [&](Work &work) {
        work.delta = cmd->delta;
        work.initial = cmd->initial;
        work.create = cmd->create != 0;
        return conflict_if(work.cas != 0 || (!work.create && work.exptime != 0));
    });
}

lcb_error_t lcb_store3(lcb_t instance, const void *cookie, const lcb_CMDSTORE *cmd) {
    std::string joined;
    return schedule_one<LCB_CALLBACK_STORE>(instance, cookie, cmd, [&](Work &work) {
        work.flags = cmd->flags;
        work.datatype = cmd->datatype;
        work.choice = number_of(cmd->operation);
        const bool adds_to = work.choice == LCB_APPEND || work.choice == LCB_PREPEND;
        if (adds_to && (work.exptime != 0 || work.flags != 0)) return LCB_OPTIONS_CONFLICT;
        if (work.choice == LCB_ADD && work.cas != 0) return LCB_OPTIONS_CONFLICT;
        return bytes_of(cmd->value, joined, work.value);
    });
}

lcb_error_t lcb_remove3(lcb_t instance, const void *cookie, const lcb_CMDREMOVE *cmd) {
    return schedule_one<LCB_CALLBACK_REMOVE>(instance, cookie, cmd, nothing_more);
}

lcb_error_t lcb_touch3(lcb_t instance, const void *cookie, const lcb_CMDTOUCH *cmd) {
    return schedule_one<LCB_CALLBACK_TOUCH>(instance, cookie, cmd, nothing_more);
}

lcb_error_t lcb_stats3(lcb_t instance, const void *cookie, const lcb_CMDSTATS *cmd) {
    return schedule_one<LCB_CALLBACK_STATS>(instance, cookie, cmd, [&](Work &work) {
        (void)work;
        return (cmd->cmdflags & LCB_CMDSTATS_F_KV) != 0 ? LCB_NOT_SUPPORTED : LCB_SUCCESS;
    });
}

lcb_error_t lcb_server_versions3(lcb_t instance, const void *cookie, const lcb_CMDBASE *cmd) {
    return schedule_one<LCB_CALLBACK_VERSIONS>(instance, cookie, cmd, nothing_more);
}

lcb_error_t lcb_server_verbosity3(lcb_t instance, const void *cookie, const lcb_CMDVERBOSITY *cmd) {
    return schedule_one<LCB_CALLBACK_VERBOSITY>(instance, cookie, cmd, [&](Work &work) {
        if (cmd->server != nullptr) work.server = cmd->server;
        work.choice = number_of(cmd->level);
        return LCB_SUCCESS;
    });
}

lcb_error_t lcb_flush3(lcb_t instance, const void *cookie, const lcb_CMDFLUSH *cmd) {
    return schedule_one<LCB_CALLBACK_FLUSH>(instance, cookie, cmd, nothing_more);
}
