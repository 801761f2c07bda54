// SPDX-License-Identifier: Apache-2.0
// Operations on servers, with arrays of commands.
#include "enumerators.hpp"
#include "schedule.hpp"

using namespace tenon::couchbase2;

namespace {

template <class Command, class Describe>
lcb_error_t on_servers(lcb_t instance, const void *cookie, lcb_size_t num, const Command *const *commands,
                       Describe describe) {
    return schedule(instance, num, commands, describe,
                    [&](const Work &work) { return submit_to_servers(instance, cookie, work); });
}

}  // namespace

lcb_error_t lcb_server_stats(lcb_t instance, const void *cookie, lcb_size_t num,
                             const lcb_server_stats_cmd_t *const *commands) {
    return on_servers(instance, cookie, num, commands, [](const lcb_server_stats_cmd_t &command, Work &work) {
        if (command.version != 0) return LCB_EINVAL;
        work.type = LCB_CALLBACK_STATS;
        work.key = bytes_of(command.v.v0.name, command.v.v0.nname);
        return LCB_SUCCESS;
    });
}

lcb_error_t lcb_server_versions(lcb_t instance, const void *cookie, lcb_size_t num,
                                const lcb_server_version_cmd_t *const *commands) {
    return on_servers(instance, cookie, num, commands, [](const lcb_server_version_cmd_t &command, Work &work) {
        if (command.version != 0) return LCB_EINVAL;
        work.type = LCB_CALLBACK_VERSIONS;
        return LCB_SUCCESS;
    });
}

lcb_error_t lcb_set_verbosity(lcb_t instance, const void *cookie, lcb_size_t num,
                              const lcb_verbosity_cmd_t *const *commands) {
    return on_servers(instance, cookie, num, commands, [](const lcb_verbosity_cmd_t &command, Work &work) {
        if (command.version != 0) return LCB_EINVAL;
        work.type = LCB_CALLBACK_VERBOSITY;
        if (command.v.v0.server != nullptr) work.server = command.v.v0.server;
        work.choice = number_of(command.v.v0.level);
        return LCB_SUCCESS;
    });
}

lcb_error_t lcb_flush(lcb_t instance, const void *cookie, lcb_size_t num, const lcb_flush_cmd_t *const *commands) {
    return on_servers(instance, cookie, num, commands, [](const lcb_flush_cmd_t &command, Work &work) {
        if (command.version != 0) return LCB_EINVAL;
        work.type = LCB_CALLBACK_FLUSH;
        return LCB_SUCCESS;
    });
}
