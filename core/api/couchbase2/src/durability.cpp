// SPDX-License-Identifier: Apache-2.0
// lcb_durability_poll and lcb_endure3_ctxnew: waiting until items are on disk, or on other servers.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <string_view>
#include <vector>

#include <tenon/results.hpp>

#include "deliver.hpp"
#include "multi_command.hpp"
#include "schedule.hpp"

namespace tenon::couchbase2 {
namespace {

template <class Small>
Small capped(unsigned number) {
    return static_cast<Small>(std::min<unsigned>(number, std::numeric_limits<Small>::max()));
}

/// Completes one item.
struct EndureDone {
    lcb_t instance;
    const void *cookie;
    std::uint64_t started;

    void operator()(const Reply &reply) const {
        record(instance, started);
        const lcb_error_t error = outcome_of(instance, reply);
        instance->last_error = error;
        const DurabilityCounts counts = DurabilityResult(reply).counts;
        auto response = response_of<lcb_RESPENDURE>(cookie, error, true);
        response.key = reply.key.data();
        response.nkey = reply.key.size();
        response.cas = counts.cas;
        response.nresponses = capped<lcb_U16>(counts.answers);
        response.exists_master = counts.cas != 0 ? 1 : 0;
        response.persisted_master = counts.active_persisted ? 1 : 0;
        response.npersisted = capped<lcb_U8>(counts.persisted);
        response.nreplicated = capped<lcb_U8>(counts.replicated);
        call(response);
    }

    void call(const lcb_RESPENDURE &response) const {
        if (const lcb_RESPCALLBACK callback = callback_of(instance, LCB_CALLBACK_ENDURE))
            return callback(instance, LCB_CALLBACK_ENDURE, reinterpret_cast<const lcb_RESPBASE *>(&response));
        lcb_durability_resp_t old{};
        old.v.v0.key = response.key;
        old.v.v0.nkey = response.nkey;
        old.v.v0.err = response.rc;
        old.v.v0.cas = response.cas;
        old.v.v0.persisted_master = response.persisted_master;
        old.v.v0.exists_master = response.exists_master;
        old.v.v0.npersisted = response.npersisted;
        old.v.v0.nreplicated = response.nreplicated;
        old.v.v0.nresponses = response.nresponses;
        instance->callbacks.durability(instance, cookie, response.rc, &old);
    }
};

lcb_error_t check_options(lcb_t instance, const lcb_durability_opts_t *options) {
    if (const lcb_error_t error = instance->takes_operations(); error != LCB_SUCCESS) return error;
    if (options == nullptr || options->version != 0) return LCB_EINVAL;
    const lcb_DURABILITYOPTSv0 &fields = options->v.v0;
    if (fields.persist_to == 0 && fields.replicate_to == 0) return LCB_EINVAL;
    const unsigned replicas = instance->client->replica_count();
    const bool too_many = fields.persist_to > replicas + 1 || fields.replicate_to > replicas;
    return too_many && fields.cap_max == 0 ? LCB_DURABILITY_ETOOMANY : LCB_SUCCESS;
}

std::error_code endure(lcb_t instance, const void *cookie, const lcb_DURABILITYOPTSv0 &wish, const Work &work) {
    const Settings &settings = instance->settings;
    DurabilityOptions options;
    options.persist_to = wish.persist_to;
    options.replicate_to = wish.replicate_to;
    options.capped = wish.cap_max != 0;
    options.cas = work.cas;
    options.removal = wish.check_delete != 0;
    options.timeout = wish.timeout != 0 ? Microseconds(wish.timeout) : settings.durability_timeout;
    options.interval = wish.interval != 0 ? Microseconds(wish.interval) : settings.durability_interval;
    options.route_key = work.hashkey;
    options.vbucket = work.vbucket;
    options.cancellation = instance->scheduled ? &*instance->scheduled : nullptr;
    return instance->client->durability(work.key, EndureDone{instance, cookie, start_time(instance)}, options);
}

lcb_error_t endure_all(lcb_t instance, const void *cookie, const lcb_DURABILITYOPTSv0 &wish,
                       const std::vector<KeptWork> &works) {
    std::set<std::string_view> keys;
    for (const KeptWork &one : works)
        if (!keys.insert(one.key()).second) return LCB_DUPLICATE_COMMANDS;
    for (const KeptWork &one : works)
        if (const std::error_code error = endure(instance, cookie, wish, one.work())) return to_lcb(error);
    return LCB_SUCCESS;
}

lcb_error_t describe(const lcb_durability_cmd_t &command, Work &work) {
    if (command.version != 0) return LCB_EINVAL;
    describe_item(command.v.v0, LCB_CALLBACK_ENDURE, work);
    work.cas = command.v.v0.cas;
    return LCB_SUCCESS;
}

}  // namespace
}  // namespace tenon::couchbase2

using namespace tenon::couchbase2;

lcb_error_t lcb_durability_poll(lcb_t instance, const void *cookie, const lcb_durability_opts_t *options,
                                lcb_size_t ncmds, const lcb_durability_cmd_t *const *cmds) {
    return guarded([&] {
        if (const lcb_error_t error = check_options(instance, options); error != LCB_SUCCESS) return error;
        if (ncmds == 0) return LCB_EINVAL;
        lcb_size_t described = 0;  // schedule() describes each of several twice: at first to check it
        std::set<std::string_view> keys;
        const auto describe_once = [&](const lcb_durability_cmd_t &command, Work &work) {
            const lcb_error_t error = describe(command, work);
            if (error != LCB_SUCCESS || ++described > ncmds) return error;
            return keys.insert(work.key).second ? LCB_SUCCESS : LCB_DUPLICATE_COMMANDS;
        };
        return schedule(instance, ncmds, cmds, describe_once,
                        [&](const Work &work) { return endure(instance, cookie, options->v.v0, work); });
    });
}

lcb_MULTICMD_CTX *lcb_endure3_ctxnew(lcb_t instance, const lcb_durability_opts_t *options, lcb_error_t *error) {
    const lcb_error_t refused = check_options(instance, options);
    if (refused != LCB_SUCCESS) {
        if (error != nullptr) *error = refused;
        return nullptr;
    }
    const auto all = [instance, wish = options->v.v0](const void *cookie, const std::vector<KeptWork> &works) {
        return endure_all(instance, cookie, wish, works);
    };
    return make_multi_command(instance, LCB_CALLBACK_ENDURE, all, error);
}
