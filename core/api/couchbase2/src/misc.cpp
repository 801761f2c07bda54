// SPDX-License-Identifier: Apache-2.0
// What needs no instance, or asks nothing of it: versions, memory, struct sizes, timings.
#include <chrono>
#include <cstdlib>
#include <memory>

#include "error.hpp"
#include "instance.hpp"

using namespace tenon::couchbase2;

const char *lcb_get_version(lcb_uint32_t *version) {
    if (version != nullptr) *version = LCB_VERSION;
    return LCB_VERSION_STRING;
}

int lcb_supports_feature(int) { return 0; }

void *lcb_mem_alloc(lcb_size_t size) { return std::malloc(size); }

void lcb_mem_free(void *memory) { std::free(memory); }

lcb_U64 lcb_nstime(void) {
    const auto since_some_moment = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<lcb_U64>(std::chrono::duration_cast<std::chrono::nanoseconds>(since_some_moment).count());
}

lcb_error_t lcb_verify_struct_size(lcb_uint32_t id, lcb_uint32_t version, lcb_size_t size) {
    switch (id) {
#define LCB_CHECK_STRUCT_(type, name, number, newest) \
    case number: return version == newest && size == sizeof(type) ? LCB_SUCCESS : LCB_EINVAL;
        LCB_XSSIZES(LCB_CHECK_STRUCT_)
#undef LCB_CHECK_STRUCT_
    default: return LCB_EINVAL;
    }
}

lcb_error_t lcb_enable_timings(lcb_t instance) {
    return guarded([&] {
        if (instance->histogram) return LCB_KEY_EEXISTS;
        instance->histogram = std::make_unique<Histogram>();
        return LCB_SUCCESS;
    });
}

lcb_error_t lcb_disable_timings(lcb_t instance) {
    if (!instance->histogram) return LCB_KEY_ENOENT;
    instance->histogram.reset();
    return LCB_SUCCESS;
}

lcb_error_t lcb_get_timings(lcb_t instance, const void *cookie, lcb_timings_callback callback) {
    return guarded([&] {
        if (!instance->histogram) return LCB_KEY_ENOENT;
        if (callback == nullptr) return LCB_EINVAL;
        const Histogram shown = *instance->histogram;  // the callback may do anything
        shown.each([&](lcb_timeunit_t unit, lcb_uint32_t min, lcb_uint32_t max, lcb_uint32_t total,
                       lcb_uint32_t highest) { callback(instance, cookie, unit, min, max, total, highest); });
        return LCB_SUCCESS;
    });
}
