// SPDX-License-Identifier: Apache-2.0
#include "load.hpp"

#include <algorithm>

namespace tenon::bench {

namespace {

constexpr std::size_t kPrefillBatch = 1000;

}  // namespace

std::error_code Load::prefill() {
    for (std::size_t next = 0; next < generator_.options().items;) {
        {
            const Batch together(client_);
            const std::size_t end = std::min(next + kPrefillBatch, generator_.options().items);
            for (; next < end; ++next) {
                const auto error = client_.set(generator_.key(next), generator_.value(), [this](const Reply &reply) {
                    if (reply.error) generator_.failed(reply.error.message(), reply.detail);
                });
                if (error) return error;
            }
        }
        if (const auto error = client_.wait()) return error;
        if (generator_.errors() != 0) break;
    }
    return {};
}

std::error_code Load::run() {
    generator_.begin_run();
    {
        const Batch together(client_);
        schedule_batches();
    }
    return client_.wait();
}

void Load::schedule_batches() {
    const auto done = [this](const Reply &reply) { complete(reply); };
    // More than once round only if not one operation of a batch could be scheduled: nothing would call us again.
    while (!generator_.batch_pending() && generator_.begin_batch()) {
        for (std::size_t i = 0; i < generator_.options().batch; ++i) {
            const Generator::Step step = generator_.next();
            const std::error_code error =
                step.store ? client_.set(step.key, generator_.value(), done) : client_.get(step.key, done);
            if (error) generator_.refused(error.message());
            else generator_.scheduled();
        }
    }
}

void Load::complete(const Reply &reply) {
    if (reply.error) [[unlikely]] generator_.failed(reply.error.message(), reply.detail);
    if (generator_.completed()) schedule_batches();
}

}  // namespace tenon::bench
