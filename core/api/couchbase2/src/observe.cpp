// SPDX-License-Identifier: Apache-2.0
// lcb_observe and lcb_observe3_ctxnew: what servers know of items.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tenon/results.hpp>

#include "deliver.hpp"
#include "enumerators.hpp"
#include "multi_command.hpp"
#include "schedule.hpp"

namespace tenon::couchbase2 {
namespace {

/// What the keys of one call have in common: one last response behind those of all of them.
struct Observation {
    Observation(lcb_t of, const void *with) : instance(of), cookie(with), started(start_time(of)) {}

    void tell(const ObserveResult &result) const {
        auto response = response_of<lcb_RESPOBSERVE>(cookie, outcome_of(instance, result), false);
        response.key = result.key.data();
        response.nkey = result.key.size();
        response.cas = result.item_cas;
        response.status = static_cast<lcb_U8>(result.state);
        response.ismaster = result.active() ? 1 : 0;
        response.ttp = result.persistence_ms;
        response.ttr = result.replication_ms;
        call(response);
    }

    /// Behind the last one.
    void end(lcb_error_t error) {
        if (std::exchange(ended, true)) return;
        record(instance, started);
        auto response = response_of<lcb_RESPOBSERVE>(cookie, error, true);
        response.rflags |= LCB_RESP_F_CLIENTGEN;
        call(response);
    }

    void call(const lcb_RESPOBSERVE &response) const {
        instance->last_error = response.rc;
        if (const lcb_RESPCALLBACK callback = callback_of(instance, LCB_CALLBACK_OBSERVE))
            return callback(instance, LCB_CALLBACK_OBSERVE, reinterpret_cast<const lcb_RESPBASE *>(&response));
        lcb_observe_resp_t old{};
        old.v.v0.key = response.key;
        old.v.v0.nkey = response.nkey;
        old.v.v0.cas = response.cas;
        old.v.v0.status = static_cast<lcb_observe_t>(response.status);
        old.v.v0.from_master = response.ismaster;
        old.v.v0.ttp = static_cast<lcb_time_t>(response.ttp);
        old.v.v0.ttr = static_cast<lcb_time_t>(response.ttr);
        instance->callbacks.observe(instance, response.cookie, response.rc, &old);
    }

    const lcb_t instance;
    const void *const cookie;
    const std::uint64_t started;
    std::size_t open = 0;  // keys
    lcb_error_t outcome = LCB_SUCCESS;  // of all of them together
    bool ended = false;
};

/// Completes one key.
struct ObserveDone {
    std::shared_ptr<Observation> observation;
    bool master_only;

    void operator()(const Reply &reply) const {
        // On the stack: the program's callback may destroy the instance, and this with it.
        const std::shared_ptr<Observation> all = observation;
        const std::weak_ptr<char> life = all->instance->life;
        const bool last_key = reply.last && --all->open == 0;
        // The instance ends: what was still to be told is told by the last response.
        if (reply.error == errc::cancelled) {
            all->outcome = LCB_ERROR;
        } else if (!master_only || reply.copy == 0) {
            const auto cut_off = [&all] { all->end(LCB_ERROR); };
            auto before = std::exchange(all->instance->last_word.say, std::ref(cut_off));
            all->tell(reply);
            if (life.expired()) return;
            all->instance->last_word.say = std::move(before);
        }
        if (last_key) all->end(all->outcome);
    }
};

std::error_code observe(const std::shared_ptr<Observation> &observation, const Work &work) {
    const lcb_t instance = observation->instance;
    OperationOptions options;
    options.timeout = instance->settings.operation_timeout;
    options.route_key = work.hashkey;
    options.vbucket = work.vbucket;
    options.cancellation = instance->scheduled ? &*instance->scheduled : nullptr;
    const std::error_code error =
        instance->client->observe(work.key, ObserveDone{observation, work.master_only}, options);
    if (!error) ++observation->open;
    return error;
}

lcb_error_t observe_all(lcb_t instance, const void *cookie, const std::vector<KeptWork> &works) {
    const auto observation = std::make_shared<Observation>(instance, cookie);
    for (const KeptWork &one : works)
        if (const std::error_code error = observe(observation, one.work())) return to_lcb(error);
    return LCB_SUCCESS;
}

lcb_error_t describe(const lcb_observe_cmd_t &command, Work &work) {
    if (command.version != 0 && command.version != 1) return LCB_EINVAL;
    describe_item(command.v.v0, LCB_CALLBACK_OBSERVE, work);  // version 1 begins with version 0's fields
    work.master_only = command.version == 1 && (number_of(command.v.v1.options) & LCB_OBSERVE_MASTER_ONLY) != 0;
    return LCB_SUCCESS;
}

}  // namespace
}  // namespace tenon::couchbase2

using namespace tenon::couchbase2;

lcb_error_t lcb_observe(lcb_t instance, const void *cookie, lcb_size_t num, const lcb_observe_cmd_t *const *commands) {
    std::shared_ptr<Observation> observation;
    return schedule(instance, num, commands, describe, [&](const Work &work) {
        if (!observation) observation = std::make_shared<Observation>(instance, cookie);
        return observe(observation, work);
    });
}

lcb_MULTICMD_CTX *lcb_observe3_ctxnew(lcb_t instance) {
    const auto all = [instance](const void *cookie, const std::vector<KeptWork> &works) {
        return observe_all(instance, cookie, works);
    };
    return make_multi_command(instance, LCB_CALLBACK_OBSERVE, all, nullptr);
}
