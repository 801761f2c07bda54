// SPDX-License-Identifier: Apache-2.0
#include "instance.hpp"

#include <memory>
#include <string>

#include "error.hpp"

using namespace tenon::couchbase2;

namespace {

/// The bootstrap's end. The program's callback comes last: it may destroy the instance.
void on_bootstrapped(lcb_t instance, std::error_code error, std::string_view message) {
    instance->connecting = false;
    if (error) {
        if (const auto callback = instance->callbacks.error) callback(instance, to_lcb(error), std::string(message).c_str());
    } else if (const auto callback = instance->callbacks.configuration) {
        callback(instance, LCB_CONFIGURATION_NEW);
    }
}

}  // namespace

const char *lcb_get_version(lcb_uint32_t *version) {
    if (version != nullptr) *version = LCB_VERSION;
    return LCB_VERSION_STRING;
}

lcb_error_t lcb_connect(lcb_t instance) {
    return guarded([&] {
        if (instance->destroying) return LCB_CLIENT_ETMPFAIL;
        if (instance->connecting) return LCB_BUSY;
        if (instance->client.connected()) return LCB_SUCCESS;
        const std::error_code error =
            instance->client.connect([instance](std::error_code outcome, std::string_view message) {
                on_bootstrapped(instance, outcome, message);
            });
        instance->connecting = !error;
        return to_lcb(error);
    });
}

lcb_error_t lcb_wait(lcb_t instance) {
    return guarded([&] {
        if (instance->destroying) return LCB_CLIENT_ETMPFAIL;
        const std::shared_ptr<tenon_io_ops> table = instance->table;  // not destroyed before its run is over
        if (const std::error_code error = instance->client.wait()) return to_lcb(error);  // may have lost the instance
        return instance->client.connected() ? LCB_SUCCESS : LCB_CLIENT_ETMPFAIL;
    });
}

void lcb_breakout(lcb_t instance) {
    if (!instance->destroying) instance->client.breakout();
}

void lcb_set_cookie(lcb_t instance, const void *cookie) { instance->cookie = cookie; }

const void *lcb_get_cookie(lcb_t instance) { return instance->cookie; }

void lcb_set_timeout(lcb_t instance, lcb_uint32_t usec) {
    instance->timeout = usec != 0 ? std::chrono::microseconds(usec) : kDefaultTimeout;
}

lcb_uint32_t lcb_get_timeout(lcb_t instance) { return static_cast<lcb_uint32_t>(instance->timeout.count()); }
