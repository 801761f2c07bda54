// SPDX-License-Identifier: Apache-2.0
// lcb_manage3.
#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include <tenon/results.hpp>

#include <libcouchbase/manage.h>

#include "deliver.hpp"
#include "enumerators.hpp"
#include "schedule.hpp"

namespace tenon::couchbase2 {
namespace {

/// Completes a command: one call a server, and one behind the last.
struct ManageDone {
    lcb_t instance;
    const void *cookie;
    lcb_MANAGECALLBACK callback;
    std::shared_ptr<bool> ended;
    lcb_MANAGEOPERATION operation;

    void operator()(const Reply &reply) const {
        // On the stack: the program's callback may destroy the instance, and this with it.
        const ManageDone self = *this;
        if (!reply.server.empty()) {
            const auto cut_off = [&self] { self.end(LCB_ERROR); };
            auto before = std::exchange(self.instance->last_word.say, std::ref(cut_off));
            self.tell(reply);
            if (*self.ended) return;
            self.instance->last_word.say = std::move(before);
        }
        if (reply.last) self.end(reply.server.empty() ? outcome_of(self.instance, reply) : LCB_SUCCESS);
    }

    void tell(const Reply &reply) const {
        const std::string server(reply.server);
        auto response = response_of<lcb_RESPMANAGE>(cookie, outcome_of(instance, reply), false);
        response.server = server.c_str();
        response.key = reply.key.data();
        response.nkey = reply.key.size();
        response.elapsed = static_cast<lcb_USECS>(
            std::min<std::int64_t>(reply.elapsed.count(), std::numeric_limits<lcb_USECS>::max()));
        if (operation == LCB_MANAGE_GET_VBUCKET)
            if (const auto state = VbucketResult(reply).state)
                response.state = static_cast<lcb_vbucket_state_t>(*state);
        instance->last_error = response.rc;
        callback(instance, operation, &response);
    }

    void end(lcb_error_t error) const {
        if (std::exchange(*ended, true)) return;
        const auto response = response_of<lcb_RESPMANAGE>(cookie, error, true);
        callback(instance, operation, &response);
    }
};

std::error_code send(Client &client, const lcb_CMDMANAGE &command, const Work &work, Callback &&done,
                     const ServerOptions &options) {
    const auto state = static_cast<VbucketState>(number_of(command.state));
    switch (work.choice) {
    case LCB_MANAGE_NOOP: return client.noop(std::move(done), options);
    case LCB_MANAGE_STOP_PERSISTENCE: return client.stop_persistence(std::move(done), options);
    case LCB_MANAGE_START_PERSISTENCE: return client.start_persistence(std::move(done), options);
    case LCB_MANAGE_SET_FLUSH_PARAM: return client.set_flush_param(work.key, work.value, std::move(done), options);
    case LCB_MANAGE_SET_VBUCKET: return client.set_vbucket(command.vbucket, state, std::move(done), options);
    case LCB_MANAGE_GET_VBUCKET: return client.get_vbucket(command.vbucket, std::move(done), options);
    case LCB_MANAGE_DELETE_VBUCKET: return client.delete_vbucket(command.vbucket, std::move(done), options);
    case LCB_MANAGE_START_REPLICATION: return client.start_replication(std::move(done), options);
    case LCB_MANAGE_STOP_REPLICATION: return client.stop_replication(std::move(done), options);
    case LCB_MANAGE_SET_TAP_PARAM: return client.set_tap_param(work.key, work.value, std::move(done), options);
    default: return client.evict_key(work.key, std::move(done), options);
    }
}

lcb_error_t check_fields(const lcb_CMDMANAGE &command, const Work &work) {
    if (command.callback == nullptr || work.choice > LCB_MANAGE_EVICT_KEY) return LCB_EINVAL;
    const bool has_key = work.choice == LCB_MANAGE_SET_FLUSH_PARAM || work.choice == LCB_MANAGE_SET_TAP_PARAM ||
                         work.choice == LCB_MANAGE_EVICT_KEY;
    if (has_key && work.key.empty()) return LCB_EMPTY_KEY;
    if (work.value.data() == nullptr && !work.value.empty()) return LCB_EINVAL;
    const unsigned state = number_of(command.state);
    const bool sets = work.choice == LCB_MANAGE_SET_VBUCKET;
    return sets && (state < LCB_VBUCKET_STATE_ACTIVE || state > LCB_VBUCKET_STATE_DEAD) ? LCB_EINVAL : LCB_SUCCESS;
}

}  // namespace
}  // namespace tenon::couchbase2

using namespace tenon::couchbase2;

lcb_error_t lcb_manage3(lcb_t instance, const void *cookie, const lcb_CMDMANAGE *cmd) {
    return guarded([&] {
        if (const lcb_error_t error = instance->takes_operations(); error != LCB_SUCCESS) return error;
        if (cmd == nullptr) return LCB_EINVAL;
        Work work;
        work.type = LCB_CALLBACK_VERSIONS;  // the bounds of what goes to servers
        work.key = bytes_of(cmd->key.contig.bytes, cmd->key.contig.nbytes);
        work.value = bytes_of(cmd->value.bytes, cmd->value.nbytes);
        work.choice = number_of(cmd->operation);
        if (cmd->server != nullptr) work.server = cmd->server;
        lcb_error_t error = check(instance, work);
        if (error == LCB_SUCCESS) error = check_fields(*cmd, work);
        if (error != LCB_SUCCESS) return error;
        ManageDone done{instance, cookie, cmd->callback, std::make_shared<bool>(false), cmd->operation};
        return to_lcb(send(*instance->client, *cmd, work, std::move(done), to_servers(instance, work)));
    });
}
