// SPDX-License-Identifier: Apache-2.0
// lcb_sched_enter and what ends it.
#include "sched.hpp"

#include <memory>
#include <system_error>
#include <utility>

#include <tenon/reply.hpp>

#include "error.hpp"
#include "instance.hpp"
#include "wait.hpp"

namespace tenon::couchbase2 {
namespace {

void on_failed_timer(void *instance) { tell_failed(static_cast<lcb_t>(instance)); }

/// Lets the loop tell the program.
void fail_later(lcb_t instance, const HeldWork &work, std::error_code error) {
    instance->failed.emplace_back(work.work, work.cookie).error = error;
    if (!instance->failed_timer) instance->failed_timer.emplace(instance->io, instance, on_failed_timer);
    if (!instance->failed_timer->armed()) instance->failed_timer->arm(0);
}

}  // namespace

void tell_failed(lcb_t instance) {
    const std::weak_ptr<char> life = instance->life;
    const HeldWorks failed = std::exchange(instance->failed, {});
    for (const HeldWork &one : failed) {
        Reply reply;
        reply.error = one.error;
        reply.key = one.work.key;
        Callback done = completion(instance, one.cookie, one.work);
        done(reply);
        if (life.expired()) return;
    }
    stop_waiting_if_done(instance);
}

}  // namespace tenon::couchbase2

using namespace tenon::couchbase2;

void lcb_sched_enter(lcb_t instance) {
    if (!instance->held) instance->held.emplace();
}

void lcb_sched_leave(lcb_t instance) {
    if (!instance->held) return;
    const HeldWorks works = std::move(*instance->held);
    instance->held.reset();
    (void)guarded([&] {
        for (const HeldWork &one : works) {
            const std::error_code error = instance->takes_operations() == LCB_SUCCESS
                                              ? submit(instance, one.cookie, one.work)
                                              : std::error_code(tenon::errc::not_connected);
            if (error) fail_later(instance, one, error);
        }
        return LCB_SUCCESS;
    });
}

void lcb_sched_fail(lcb_t instance) { instance->held.reset(); }

void lcb_sched_flush(lcb_t) {}
