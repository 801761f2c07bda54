// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

#include <utility>

#include <doctest/doctest.h>

namespace tenon::test {
namespace {

template <class T>
T &cookie_as(const void *cookie) {
    return *static_cast<T *>(const_cast<void *>(cookie));
}

std::string text(const void *data, std::size_t size) { return {static_cast<const char *>(data), size}; }

/// What every response about an item has.
template <class Response>
Outcome &record(const void *cookie, lcb_error_t error, const Response *response) {
    Outcome &outcome = cookie_as<Outcome>(cookie);
    CHECK(response->version == 0);
    ++outcome.calls;
    outcome.error = error;
    outcome.key = text(response->v.v0.key, response->v.v0.nkey);
    if constexpr (requires { response->v.v0.cas; }) outcome.cas = response->v.v0.cas;
    return outcome;
}

template <class Response>
void record_server(const void *cookie, lcb_error_t error, const Response *response, const std::string &what) {
    Replies &replies = cookie_as<Replies>(cookie);
    CHECK(response->version == 0);
    CHECK(replies.ends == 0);  // nothing comes behind the end
    if (response->v.v0.server_endpoint == nullptr) {
        ++replies.ends;
        replies.end_error = error;
        return;
    }
    replies.lines.push_back(std::string(response->v.v0.server_endpoint) + " " + what + " " + std::to_string(error));
}

void set_callbacks(lcb_t handle) {
    lcb_set_get_callback(handle, [](lcb_t, const void *cookie, lcb_error_t error, const lcb_get_resp_t *response) {
        Outcome &outcome = record(cookie, error, response);
        outcome.value = text(response->v.v0.bytes, response->v.v0.nbytes);
        outcome.flags = response->v.v0.flags;
    });
    lcb_set_store_callback(handle, [](lcb_t, const void *cookie, lcb_storage_t operation, lcb_error_t error,
                                            const lcb_store_resp_t *response) {
        record(cookie, error, response).operation = operation;
    });
    lcb_set_touch_callback(handle, [](lcb_t, const void *cookie, lcb_error_t error,
                                            const lcb_touch_resp_t *response) {
        record(cookie, error, response);
    });
    lcb_set_unlock_callback(handle, [](lcb_t, const void *cookie, lcb_error_t error,
                                             const lcb_unlock_resp_t *response) {
        record(cookie, error, response);
    });
    lcb_set_remove_callback(handle, [](lcb_t, const void *cookie, lcb_error_t error,
                                             const lcb_remove_resp_t *response) {
        record(cookie, error, response);
    });
    lcb_set_arithmetic_callback(handle, [](lcb_t, const void *cookie, lcb_error_t error,
                                                 const lcb_arithmetic_resp_t *response) {
        record(cookie, error, response).counter = response->v.v0.value;
    });
    lcb_set_stat_callback(handle, [](lcb_t, const void *cookie, lcb_error_t error,
                                           const lcb_server_stat_resp_t *response) {
        record_server(cookie, error, response, text(response->v.v0.key, response->v.v0.nkey) + " " +
                                                   text(response->v.v0.bytes, response->v.v0.nbytes));
    });
    lcb_set_version_callback(handle, [](lcb_t, const void *cookie, lcb_error_t error,
                                              const lcb_server_version_resp_t *response) {
        record_server(cookie, error, response, text(response->v.v0.vstring, response->v.v0.nvstring));
    });
    lcb_set_verbosity_callback(handle, [](lcb_t, const void *cookie, lcb_error_t error,
                                                const lcb_verbosity_resp_t *response) {
        record_server(cookie, error, response, "verbosity");
    });
    lcb_set_flush_callback(handle, [](lcb_t, const void *cookie, lcb_error_t error,
                                            const lcb_flush_resp_t *response) {
        record_server(cookie, error, response, "flush");
    });
}

}  // namespace

Instance::Instance(std::string_view host, std::string_view bucket, std::string_view password, lcb_io_opt_t io) {
    const std::string host_text(host), bucket_text(bucket), password_text(password);
    lcb_create_st options{};
    options.version = 0;
    options.v.v0.host = host_text.c_str();
    options.v.v0.user = bucket_text.c_str();
    options.v.v0.passwd = password.empty() ? nullptr : password_text.c_str();
    options.v.v0.bucket = bucket_text.c_str();
    options.v.v0.io = io;
    REQUIRE(lcb_create(&handle_, &options) == LCB_SUCCESS);
    set_callbacks(handle_);
    lcb_set_cookie(handle_, this);
    lcb_set_error_callback(handle_, [](lcb_t instance, lcb_error_t error, const char *text) {
        Failure &failure = cookie_as<Instance>(lcb_get_cookie(instance)).failure_;
        ++failure.calls;
        failure.error = error;
        failure.text = text;
    });
    lcb_set_configuration_callback(handle_, [](lcb_t instance, lcb_configuration_t configuration) {
        cookie_as<Instance>(lcb_get_cookie(instance)).configurations_.push_back(configuration);
    });
}

lcb_t Instance::release() { return std::exchange(handle_, nullptr); }

lcb_error_t Instance::connect() {
    const lcb_error_t error = lcb_connect(handle_);
    return error != LCB_SUCCESS ? error : lcb_wait(handle_);
}

lcb_error_t Instance::get(std::string_view key, Outcome &outcome, lcb_time_t expiry, bool lock) {
    lcb_get_cmd_t command{};
    command.v.v0.key = key.data();
    command.v.v0.nkey = key.size();
    command.v.v0.exptime = expiry;
    command.v.v0.lock = lock;
    const lcb_get_cmd_t *const commands[] = {&command};
    return lcb_get(handle_, &outcome, 1, commands);
}

lcb_error_t Instance::store(lcb_storage_t operation, std::string_view key, std::string_view value, Outcome &outcome,
                            lcb_cas_t cas, lcb_uint32_t flags, lcb_time_t expiry) {
    lcb_store_cmd_t command{};
    command.v.v0.key = key.data();
    command.v.v0.nkey = key.size();
    command.v.v0.bytes = value.data();
    command.v.v0.nbytes = value.size();
    command.v.v0.flags = flags;
    command.v.v0.cas = cas;
    command.v.v0.exptime = expiry;
    command.v.v0.operation = operation;
    const lcb_store_cmd_t *const commands[] = {&command};
    return lcb_store(handle_, &outcome, 1, commands);
}

lcb_error_t Instance::touch(std::string_view key, lcb_time_t expiry, Outcome &outcome) {
    lcb_touch_cmd_t command{};
    command.v.v0.key = key.data();
    command.v.v0.nkey = key.size();
    command.v.v0.exptime = expiry;
    const lcb_touch_cmd_t *const commands[] = {&command};
    return lcb_touch(handle_, &outcome, 1, commands);
}

lcb_error_t Instance::unlock(std::string_view key, lcb_cas_t cas, Outcome &outcome) {
    lcb_unlock_cmd_t command{};
    command.v.v0.key = key.data();
    command.v.v0.nkey = key.size();
    command.v.v0.cas = cas;
    const lcb_unlock_cmd_t *const commands[] = {&command};
    return lcb_unlock(handle_, &outcome, 1, commands);
}

lcb_error_t Instance::remove(std::string_view key, lcb_cas_t cas, Outcome &outcome) {
    lcb_remove_cmd_t command{};
    command.v.v0.key = key.data();
    command.v.v0.nkey = key.size();
    command.v.v0.cas = cas;
    const lcb_remove_cmd_t *const commands[] = {&command};
    return lcb_remove(handle_, &outcome, 1, commands);
}

Outcome Instance::get(std::string_view key) {
    Outcome outcome;
    REQUIRE(get(key, outcome) == LCB_SUCCESS);
    REQUIRE(lcb_wait(handle_) == LCB_SUCCESS);
    CHECK(outcome.calls == 1);
    return outcome;
}

Outcome Instance::store(lcb_storage_t operation, std::string_view key, std::string_view value, lcb_cas_t cas,
                        lcb_uint32_t flags) {
    Outcome outcome;
    REQUIRE(store(operation, key, value, outcome, cas, flags) == LCB_SUCCESS);
    REQUIRE(lcb_wait(handle_) == LCB_SUCCESS);
    CHECK(outcome.calls == 1);
    CHECK(outcome.operation == operation);
    return outcome;
}

}  // namespace tenon::test
