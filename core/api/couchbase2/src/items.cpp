// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>

#include "enumerators.hpp"
#include "instance.hpp"
#include "schedule.hpp"

using namespace tenon::couchbase2;
using tenon::Reply;

namespace {

constexpr std::uint8_t kGetAndLock = 0x94;
constexpr std::uint8_t kUnlock = 0x95;

/// Extras of a store besides the key and the value.
constexpr std::size_t kStoreExtras = 8;

/// An expiry as the wire has it.
std::uint32_t seconds(lcb_time_t time) { return static_cast<std::uint32_t>(time); }

std::array<std::byte, 4> big_endian(std::uint32_t number) {
    return {std::byte(number >> 24), std::byte(number >> 16), std::byte(number >> 8), std::byte(number)};
}

template <class Response>
Response response_for(const Reply &reply) {
    Response response{};
    response.v.v0.key = reply.key.data();
    response.v.v0.nkey = reply.key.size();
    return response;
}

void on_get(lcb_t instance, const void *cookie, const Reply &reply) {
    const lcb_get_callback callback = instance->callbacks.get;
    if (callback == nullptr) return;
    auto response = response_for<lcb_get_resp_t>(reply);
    if (reply) {
        response.v.v0.bytes = reply.value.data();
        response.v.v0.nbytes = reply.value.size();
        response.v.v0.flags = reply.flags();
        response.v.v0.cas = reply.cas;
        response.v.v0.datatype = reply.datatype;
    }
    callback(instance, cookie, to_lcb(reply.error), &response);
}

/// The callbacks whose response is a key and a CAS.
template <class Response, class Function>
void on_mutation(lcb_t instance, const void *cookie, const Reply &reply, Function callback) {
    if (callback == nullptr) return;
    auto response = response_for<Response>(reply);
    if (reply) response.v.v0.cas = reply.cas;
    callback(instance, cookie, to_lcb(reply.error), &response);
}

}  // namespace

lcb_error_t lcb_get(lcb_t instance, const void *cookie, lcb_size_t num, const lcb_get_cmd_t *const *commands) {
    return schedule(
        instance, num, commands, [](const auto &fields) { return check_key(fields); },
        [&](const auto &fields) {
            const auto done = [instance, cookie](const Reply &reply) { on_get(instance, cookie, reply); };
            if (fields.lock != 0) {
                const auto extras = big_endian(seconds(fields.exptime));
                tenon::Command command;
                command.opcode = kGetAndLock;
                command.key = key_of(fields);
                command.extras = extras;
                command.timeout = instance->timeout;
                return instance->client.request(command, done);
            }
            if (fields.exptime != 0)
                return instance->client.get_and_touch(key_of(fields), seconds(fields.exptime), done, {instance->timeout});
            return instance->client.get(key_of(fields), done, {instance->timeout});
        });
}

lcb_error_t lcb_unlock(lcb_t instance, const void *cookie, lcb_size_t num, const lcb_unlock_cmd_t *const *commands) {
    return schedule(
        instance, num, commands, [](const auto &fields) { return check_key(fields); },
        [&](const auto &fields) {
            tenon::Command command;
            command.opcode = kUnlock;
            command.key = key_of(fields);
            command.cas = fields.cas;
            command.timeout = instance->timeout;
            return instance->client.request(command, [instance, cookie](const Reply &reply) {
                const lcb_unlock_callback callback = instance->callbacks.unlock;
                if (callback == nullptr) return;
                const auto response = response_for<lcb_unlock_resp_t>(reply);
                callback(instance, cookie, to_lcb(reply.error), &response);
            });
        });
}

lcb_error_t lcb_touch(lcb_t instance, const void *cookie, lcb_size_t num, const lcb_touch_cmd_t *const *commands) {
    return schedule(
        instance, num, commands, [](const auto &fields) { return check_key(fields); },
        [&](const auto &fields) {
            return instance->client.touch(
                key_of(fields), seconds(fields.exptime),
                [instance, cookie](const Reply &reply) {
                    on_mutation<lcb_touch_resp_t>(instance, cookie, reply, instance->callbacks.touch);
                },
                {instance->timeout});
        });
}

lcb_error_t lcb_store(lcb_t instance, const void *cookie, lcb_size_t num, const lcb_store_cmd_t *const *commands) {
    const auto check = [&](const auto &fields) {
        const unsigned operation = number_of(fields.operation);
        if (operation < LCB_ADD || operation > LCB_PREPEND) return LCB_EINVAL;
        if (fields.bytes == nullptr && fields.nbytes != 0) return LCB_EINVAL;
        const lcb_error_t error = check_key(fields);
        if (error != LCB_SUCCESS) return error;
        return fields.nbytes <= instance->max_body - kMaxKey - kStoreExtras ? LCB_SUCCESS : LCB_E2BIG;
    };
    return schedule(instance, num, commands, check, [&](const auto &fields) {
        const auto operation = fields.operation;
        const auto done = [instance, cookie, operation](const Reply &reply) {
            const lcb_store_callback callback = instance->callbacks.store;
            if (callback == nullptr) return;
            auto response = response_for<lcb_store_resp_t>(reply);
            if (reply) response.v.v0.cas = reply.cas;
            callback(instance, cookie, operation, to_lcb(reply.error), &response);
        };
        const std::string_view key = key_of(fields);
        const tenon::Bytes value = tenon::as_bytes(bytes_of(fields.bytes, fields.nbytes));
        const tenon::StoreOptions options{.cas = fields.cas,
                                          .flags = fields.flags,
                                          .expiry = seconds(fields.exptime),
                                          .datatype = fields.datatype,
                                          .timeout = instance->timeout};
        tenon::Client &client = instance->client;
        switch (operation) {
        case LCB_ADD: return client.add(key, value, done, options);
        case LCB_REPLACE: return client.replace(key, value, done, options);
        case LCB_APPEND: return client.append(key, value, done, options);
        case LCB_PREPEND: return client.prepend(key, value, done, options);
        default: return client.set(key, value, done, options);
        }
    });
}

lcb_error_t lcb_arithmetic(lcb_t instance, const void *cookie, lcb_size_t num,
                           const lcb_arithmetic_cmd_t *const *commands) {
    return schedule(
        instance, num, commands, [](const auto &fields) { return check_key(fields); },
        [&](const auto &fields) {
            const auto done = [instance, cookie](const Reply &reply) {
                const lcb_arithmetic_callback callback = instance->callbacks.arithmetic;
                if (callback == nullptr) return;
                auto response = response_for<lcb_arithmetic_resp_t>(reply);
                if (reply) {
                    response.v.v0.value = reply.counter();
                    response.v.v0.cas = reply.cas;
                }
                callback(instance, cookie, to_lcb(reply.error), &response);
            };
            tenon::CounterOptions options;
            if (fields.create != 0) options.initial = fields.initial;
            options.expiry = seconds(fields.exptime);
            options.timeout = instance->timeout;
            const auto delta = static_cast<std::uint64_t>(fields.delta);
            if (fields.delta < 0) return instance->client.decrement(key_of(fields), 0 - delta, done, options);
            return instance->client.increment(key_of(fields), delta, done, options);
        });
}

lcb_error_t lcb_remove(lcb_t instance, const void *cookie, lcb_size_t num, const lcb_remove_cmd_t *const *commands) {
    return schedule(
        instance, num, commands, [](const auto &fields) { return check_key(fields); },
        [&](const auto &fields) {
            return instance->client.remove(
                key_of(fields),
                [instance, cookie](const Reply &reply) {
                    on_mutation<lcb_remove_resp_t>(instance, cookie, reply, instance->callbacks.remove);
                },
                {.cas = fields.cas, .timeout = instance->timeout});
        });
}
