// SPDX-License-Identifier: Apache-2.0
#include "c_load.hpp"

#include <algorithm>

namespace tenon::bench {

namespace {

constexpr std::size_t kPrefillBatch = 1000;

}  // namespace

CLoad::CLoad(lcb_t instance, const LoadOptions &options) : instance_(instance), generator_(options) {
    lcb_set_get_callback(instance, [](lcb_t, const void *self, lcb_error_t error, const lcb_get_resp_t *) {
        static_cast<CLoad *>(const_cast<void *>(self))->complete(error);
    });
    lcb_set_store_callback(
        instance, [](lcb_t, const void *self, lcb_storage_t, lcb_error_t error, const lcb_store_resp_t *) {
            static_cast<CLoad *>(const_cast<void *>(self))->complete(error);
        });
}

lcb_error_t CLoad::prefill() {
    filling_ = true;
    for (std::size_t next = 0; next < generator_.options().items && generator_.errors() == 0;) {
        for (const std::size_t end = std::min(next + kPrefillBatch, generator_.options().items); next < end; ++next)
            if (const lcb_error_t error = store(generator_.key(next)); error != LCB_SUCCESS) return error;
        if (const lcb_error_t error = lcb_wait(instance_); error != LCB_SUCCESS) return error;
    }
    filling_ = false;
    return LCB_SUCCESS;
}

lcb_error_t CLoad::run() {
    generator_.begin_run();
    schedule_batches();
    return lcb_wait(instance_);
}

void CLoad::schedule_batches() {
    // More than once round only if not one operation of a batch could be scheduled: nothing would call us again.
    while (!generator_.batch_pending() && generator_.begin_batch())
        for (std::size_t i = 0; i < generator_.options().batch; ++i) schedule_one();
}

void CLoad::schedule_one() {
    const Generator::Step step = generator_.next();
    lcb_error_t error;
    if (step.store) {
        error = store(step.key);
    } else {
        const lcb_get_cmd_t get(step.key.data(), step.key.size());
        const lcb_get_cmd_t *const gets[] = {&get};
        error = lcb_get(instance_, this, 1, gets);
    }
    if (error != LCB_SUCCESS) generator_.refused(describe(error));
    else generator_.scheduled();
}

lcb_error_t CLoad::store(std::string_view key) {
    const lcb_store_cmd_t set(LCB_SET, key.data(), key.size(), generator_.value().data(), generator_.value().size());
    const lcb_store_cmd_t *const sets[] = {&set};
    return lcb_store(instance_, this, 1, sets);
}

void CLoad::complete(lcb_error_t error) {
    if (error != LCB_SUCCESS) [[unlikely]] generator_.failed(describe(error), {});
    if (!filling_ && generator_.completed()) schedule_batches();
}

}  // namespace tenon::bench
