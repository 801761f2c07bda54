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

#include "client/schedule.hpp"
#include "wire/extras.hpp"
#include "wire/opcode.hpp"

namespace tenon::client {

using wire::Opcode;

/// `options`: any of those with a route.
template <class Options>
Command command_of(const wire::Message &what, const Options &options) {
    return {.opcode = static_cast<std::uint8_t>(what.opcode),
            .datatype = what.datatype,
            .cas = what.cas,
            .extras = what.extras,
            .key = what.key,
            .value = what.value,
            .timeout = options.timeout,
            .route_key = options.route_key,
            .vbucket = options.vbucket,
            .cancellation = options.cancellation};
}

/// To the key's owner, as most operations go; or as the options say.
template <class Options>
[[gnu::always_inline]] inline std::error_code schedule(Instance &instance, const wire::Message &what, Callback &&done,
                                                       const Options &options) {
    const bool plain = !options.vbucket && options.route_key.empty() && options.cancellation == nullptr;
    if (plain && instance.connected()) [[likely]]
        return instance.schedule_plain(what, options.timeout, std::move(done));
    // Of a copy: where the address of `what` itself went on, it would have to stand in memory.
    return instance.schedule(command_of(wire::Message(what), options), std::move(done));
}

inline std::error_code get(Instance &instance, std::string_view key, Callback &&done, const OperationOptions &options) {
    return schedule(instance, {.opcode = Opcode::get, .key = key}, std::move(done), options);
}

/// gat, touch: `expiry`; get-and-lock: how many seconds.
inline std::error_code with_seconds(Instance &instance, Opcode opcode, std::string_view key, std::uint32_t seconds,
                                    Callback &&done, const OperationOptions &options) {
    const auto extras = wire::Extras32{seconds}.encode();
    return schedule(instance, {.opcode = opcode, .extras = extras, .key = key}, std::move(done), options);
}

/// set, add, replace, append, prepend
inline std::error_code store(Instance &instance, Opcode opcode, std::string_view key, Bytes value, Callback &&done,
                             const StoreOptions &options) {
    const auto extras = wire::StoreExtras{options.flags, options.expiry}.encode();
    const bool joins = opcode == Opcode::append || opcode == Opcode::prepend;
    return schedule(instance,
                    {.opcode = opcode,
                     .datatype = options.datatype,
                     .cas = options.cas,
                     .extras = joins ? Bytes() : Bytes(extras),
                     .key = key,
                     .value = value},
                    std::move(done), options);
}

/// increment, decrement
inline std::error_code count(Instance &instance, Opcode opcode, std::string_view key, std::uint64_t delta,
                             Callback &&done, const CounterOptions &options) {
    const std::uint32_t expiry = options.initial ? options.expiry : wire::kDoNotCreate;
    const auto extras = wire::CounterExtras{delta, options.initial.value_or(0), expiry}.encode();
    return schedule(instance, {.opcode = opcode, .extras = extras, .key = key}, std::move(done), options);
}

/// remove, unlock. `options`: any of those with a route.
template <class Options>
std::error_code with_cas(Instance &instance, Opcode opcode, std::string_view key, std::uint64_t cas, Callback &&done,
                         const Options &options) {
    return schedule(instance, {.opcode = opcode, .cas = cas, .key = key}, std::move(done), options);
}

/// `replica`: for Target::replica, its number.
inline std::error_code get_replica(Instance &instance, Target target, std::string_view key, unsigned replica,
                                   Callback &&done, const OperationOptions &options) {
    Command command = command_of(wire::Message{.opcode = Opcode::get_replica, .key = key}, options);
    command.target = target;
    command.server = replica;
    return instance.schedule(command, std::move(done));
}

inline std::error_code exists(Instance &instance, std::string_view key, Callback &&done,
                              const OperationOptions &options) {
    return instance.exists(command_of(wire::Message{.opcode = Opcode::observe, .key = key}, options), std::move(done));
}

inline std::error_code observe(Instance &instance, std::string_view key, Callback &&done,
                               const OperationOptions &options) {
    if (key.empty()) return errc::key_size;
    Command command = command_of(wire::Message{.opcode = Opcode::observe, .key = key}, options);
    command.target = Target::all_copies;
    return instance.schedule(command, std::move(done));
}

inline std::error_code durability(Instance &instance, std::string_view key, Callback &&done,
                                  const DurabilityOptions &options) {
    constexpr std::chrono::microseconds kTimeout = std::chrono::seconds(5), kInterval = std::chrono::milliseconds(100);
    Command about = command_of(wire::Message{.opcode = Opcode::observe, .key = key}, options);
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
