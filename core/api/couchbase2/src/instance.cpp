// SPDX-License-Identifier: Apache-2.0
// The life of an instance, from lcb_connect to its end.
#include "instance.hpp"

#include <memory>
#include <string>

#include "error.hpp"
#include "hosts.hpp"
#include "schedule.hpp"

using namespace tenon::couchbase2;

lcb_st::lcb_st(tenon_io_ops *table, std::shared_ptr<tenon_io_ops> ownership, Settings with)
    : io(table), owned_table(std::move(ownership)), settings(std::move(with)) {
    const char *default_port = settings.options.memcached ? "11211" : "8091";
    for (const std::string &host : settings.options.hosts) {
        const auto [name, port] = split_address(host, default_port);
        if (management.empty()) first_host = name, first_port = port;
        management.push_back(name + ":" + port);
    }
    for (const std::string &host : management) server_list.push_back(host.c_str());
    server_list.push_back(nullptr);
}

lcb_st::~lcb_st() = default;

namespace {

/// The bootstrap's end. Each of the program's callbacks may destroy the instance.
void on_bootstrapped(lcb_t instance, std::error_code error, std::string_view message) {
    const std::weak_ptr<char> life = instance->life;
    const std::string why(message);
    const lcb_error_t outcome = to_lcb(error);
    instance->connecting = false;
    instance->bootstrap_status = outcome;
    instance->last_error = outcome;
    const Callbacks &callbacks = instance->callbacks;
    if (error) callbacks.error(instance, outcome, why.c_str());
    if (life.expired()) return;
    if (!error) callbacks.configuration(instance, LCB_CONFIGURATION_NEW);
    if (life.expired()) return;
    callbacks.bootstrap(instance, outcome);
}

lcb_error_t connect(lcb_t instance) {
    if (instance->destroying) return LCB_CLIENT_ETMPFAIL;
    if (instance->connecting) return LCB_BUSY;
    if (instance->has_map()) return LCB_SUCCESS;
    instance->scheduled.reset();
    instance->client.emplace(instance->io, instance->settings.options);
    const std::error_code error = instance->client->connect(
        [instance](std::error_code outcome, std::string_view message) { on_bootstrapped(instance, outcome, message); });
    instance->connecting = !error;
    return error ? to_lcb(error) : wait_if_synchronous(instance);
}

void destroy(lcb_t instance) {
    const auto callback = instance->callbacks.destroy;
    const void *const cookie = instance->destroy_cookie;
    instance->destroying = true;
    instance->scheduled.reset();
    cancel_views(instance);
    cancel_http_requests(instance);
    if (instance->waiting == lcb_st::Waiting::timers) instance->io->stop_event_loop(instance->io);
    std::unique_ptr<lcb_st>{instance}.reset();
    callback(cookie);
}

}  // namespace

namespace tenon::couchbase2 {

lcb_error_t wait_for_outcome(lcb_t instance) {
    const std::weak_ptr<char> life = instance->life;
    const lcb_error_t waited = lcb_wait(instance);
    if (waited == LCB_BUSY) return LCB_SUCCESS;  // in a callback: it completes later
    if (life.expired()) return LCB_ERROR;
    return waited != LCB_SUCCESS ? waited : instance->last_error;
}

}  // namespace tenon::couchbase2

lcb_error_t lcb_connect(lcb_t instance) {
    return guarded([&] { return connect(instance); });
}

lcb_error_t lcb_get_bootstrap_status(lcb_t instance) {
    return instance->has_map() ? LCB_SUCCESS : instance->bootstrap_status;
}

void lcb_refresh_config(lcb_t) {}

lcb_error_t lcb_get_last_error(lcb_t instance) { return instance->last_error; }

void lcb_flush_buffers(lcb_t, const void *) {}

void lcb_destroy(lcb_t instance) {
    if (instance != nullptr && !instance->destroying) destroy(instance);
}

void lcb_destroy_async(lcb_t instance, const void *arg) {
    if (instance == nullptr || instance->destroying) return;
    instance->destroying = true;
    instance->destroy_cookie = arg;
    const lcb_error_t armed = guarded([&] {
        instance->destroy_timer.emplace(instance->io, instance, [](void *due) { destroy(static_cast<lcb_t>(due)); });
        instance->destroy_timer->arm(0);
        return LCB_SUCCESS;
    });
    if (armed != LCB_SUCCESS) destroy(instance);  // no memory for a timer: now, then
}

void lcb_set_cookie(lcb_t instance, const void *cookie) { instance->cookie = cookie; }

const void *lcb_get_cookie(lcb_t instance) { return instance->cookie; }
