// SPDX-License-Identifier: Apache-2.0
#include "multi_command.hpp"

#include <memory>
#include <utility>

#include "error.hpp"
#include "instance.hpp"
#include "schedule.hpp"

namespace tenon::couchbase2 {
namespace {

struct Context : lcb_MULTICMD_CTX {
    Context(lcb_t of, lcb_CALLBACKTYPE to, ScheduleAll how)
        : lcb_MULTICMD_CTX{add, finish, forget}, instance(of), type(to), schedule(std::move(how)) {}

    lcb_t instance;
    lcb_CALLBACKTYPE type;
    ScheduleAll schedule;
    std::vector<KeptWork> works;

private:
    static lcb_error_t add(lcb_MULTICMD_CTX *self, const lcb_CMDBASE *command) {
        return guarded([&] {
            if (command == nullptr) return LCB_EINVAL;
            Context &context = *static_cast<Context *>(self);
            Work work;
            work.type = context.type;
            lcb_error_t error = describe_base(*command, work);
            work.master_only = (command->cmdflags & LCB_CMDOBSERVE_F_MASTER_ONLY) != 0;
            if (error == LCB_SUCCESS) error = check(context.instance, work);
            if (error != LCB_SUCCESS) return error;
            context.works.emplace_back(work);
            return LCB_SUCCESS;
        });
    }

    static lcb_error_t finish(lcb_MULTICMD_CTX *self, const void *cookie) {
        const std::unique_ptr<Context> context(static_cast<Context *>(self));
        return guarded([&] {
            if (const lcb_error_t error = context->instance->takes_operations(); error != LCB_SUCCESS) return error;
            return context->works.empty() ? LCB_EINVAL : context->schedule(cookie, context->works);
        });
    }

    static void forget(lcb_MULTICMD_CTX *self) { std::unique_ptr<Context>(static_cast<Context *>(self)).reset(); }
};

}  // namespace

lcb_MULTICMD_CTX *make_multi_command(lcb_t instance, lcb_CALLBACKTYPE type, ScheduleAll schedule, lcb_error_t *error) {
    lcb_MULTICMD_CTX *made = nullptr;
    const lcb_error_t outcome = guarded([&] {
        if (const lcb_error_t refused = instance->takes_operations(); refused != LCB_SUCCESS) return refused;
        made = std::make_unique<Context>(instance, type, std::move(schedule)).release();
        return LCB_SUCCESS;
    });
    if (error != nullptr) *error = outcome;
    return made;
}

}  // namespace tenon::couchbase2
