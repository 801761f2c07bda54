// SPDX-License-Identifier: Apache-2.0
/// @file
/// Operations on one item, as commands of an instance: what tenon::Client documents under the same names. Inline,
/// because each is a step of the hot path.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tenon/operations.hpp>

#include "client/instance.hpp"
#include "wire/extras.hpp"
#include "wire/opcode.hpp"

namespace tenon::client {

using wire::Opcode;

/// `options`: any of those with a route.
template <class Options>
Command command_of(Opcode opcode, std::string_view key, const Options &options) {
    return {  // every member: to clear them all first would cost more
        .opcode = static_cast<std::uint8_t>(opcode),
        .datatype = 0,
        .target = Target::owner,
        .server = 0,
        .cas = 0,
        .extras = {},
        .key = key,
        .value = {},
        .timeout = options.timeout,
        .route_key = options.route_key,
        .vbucket = options.vbucket,
        .cancellation = options.cancellation,
    };
}

inline std::error_code get(Instance &instance, std::string_view key, Callback &&done, const OperationOptions &options) {
    return instance.schedule(command_of(Opcode::get, key, options), std::move(done));
}

/// gat, touch: `expiry`; get-and-lock: how many seconds.
inline std::error_code with_seconds(Instance &instance, Opcode opcode, std::string_view key, std::uint32_t seconds,
                                    Callback &&done, const OperationOptions &options) {
    const auto extras = wire::Extras32{seconds}.encode();
    Command command = command_of(opcode, key, options);
    command.extras = extras;
    return instance.schedule(command, std::move(done));
}

/// set, add, replace, append, prepend
inline std::error_code store(Instance &instance, Opcode opcode, std::string_view key, Bytes value, Callback &&done,
                             const StoreOptions &options) {
    const auto extras = wire::StoreExtras{options.flags, options.expiry}.encode();
    Command command = command_of(opcode, key, options);
    if (opcode != Opcode::append && opcode != Opcode::prepend) command.extras = extras;
    command.value = value;
    command.cas = options.cas;
    command.datatype = options.datatype;
    return instance.schedule(command, std::move(done));
}

/// increment, decrement
inline std::error_code count(Instance &instance, Opcode opcode, std::string_view key, std::uint64_t delta,
                             Callback &&done, const CounterOptions &options) {
    const std::uint32_t expiry = options.initial ? options.expiry : wire::kDoNotCreate;
    const auto extras = wire::CounterExtras{delta, options.initial.value_or(0), expiry}.encode();
    Command command = command_of(opcode, key, options);
    command.extras = extras;
    return instance.schedule(command, std::move(done));
}

/// remove, unlock. `options`: any of those with a route.
template <class Options>
std::error_code with_cas(Instance &instance, Opcode opcode, std::string_view key, std::uint64_t cas, Callback &&done,
                         const Options &options) {
    Command command = command_of(opcode, key, options);
    command.cas = cas;
    return instance.schedule(command, std::move(done));
}

/// `replica`: for Target::replica, its number.
inline std::error_code get_replica(Instance &instance, Target target, std::string_view key, unsigned replica,
                                   Callback &&done, const OperationOptions &options) {
    Command command = command_of(Opcode::get_replica, key, options);
    command.target = target;
    command.server = replica;
    return instance.schedule(command, std::move(done));
}

inline std::error_code exists(Instance &instance, std::string_view key, Callback &&done,
                              const OperationOptions &options) {
    return instance.exists(command_of(Opcode::observe, key, options), std::move(done));
}

inline std::error_code observe(Instance &instance, std::string_view key, Callback &&done,
                               const OperationOptions &options) {
    if (key.empty()) return errc::key_size;
    Command command = command_of(Opcode::observe, key, options);
    command.target = Target::all_copies;
    return instance.schedule(command, std::move(done));
}

inline std::error_code durability(Instance &instance, std::string_view key, Callback &&done,
                                  const DurabilityOptions &options) {
    constexpr std::chrono::microseconds kTimeout = std::chrono::seconds(5), kInterval = std::chrono::milliseconds(100);
    Command about = command_of(Opcode::observe, key, options);
    if (about.timeout.count() <= 0) about.timeout = kTimeout;
    return instance.watch(about,
                          {.key = std::string(key),
                           .route_key = std::string(options.route_key),
                           .vbucket = options.vbucket,
                           .cas = options.cas,
                           .persist_to = options.persist_to,
                           .replicate_to = options.replicate_to,
                           .removal = options.removal,
                           .capped = options.capped,
                           .interval_usec = usec(options.interval.count() > 0 ? options.interval : kInterval)},
                          std::move(done));
}

/// Any command but those that may never answer (the quiet ones) and those that would change, or end, a connection that
/// all operations share.
inline std::error_code request(Instance &instance, const Command &command, Callback &&done) {
    const auto opcode = static_cast<Opcode>(command.opcode);
    switch (opcode) {
    case Opcode::quit:
    case Opcode::hello:
    case Opcode::sasl_list:
    case Opcode::sasl_auth:
    case Opcode::sasl_step:
    case Opcode::select_bucket: return errc::invalid_arguments;
    default:
        if (wire::is_quiet(opcode)) return errc::invalid_arguments;
    }
    return instance.schedule(command, std::move(done));
}

}  // namespace tenon::client
