// SPDX-License-Identifier: Apache-2.0
/// @file
/// How an operation is checked, and goes to the client. Inline: where a Work's type is known it never stands in memory.
#pragma once

#include <cstdint>
#include <system_error>

#include "deliver.hpp"
#include "instance.hpp"
#include "work.hpp"

namespace tenon::couchbase2 {

/// Extras of a store besides the key and the value.
inline constexpr std::size_t kStoreExtras = 8;

inline bool goes_to_servers(const Work &work) {
    return work.type >= LCB_CALLBACK_STATS && work.type <= LCB_CALLBACK_FLUSH;
}

inline lcb_error_t check_key(const Work &work) {
    if (work.key.data() == nullptr || work.key.empty()) return LCB_EMPTY_KEY;
    return work.key.size() <= kMaxKey ? LCB_SUCCESS : LCB_E2BIG;
}

inline lcb_error_t check_store(lcb_t instance, const Work &work) {
    if (work.choice < LCB_ADD || work.choice > LCB_PREPEND) return LCB_EINVAL;
    if (is_missing(work.value.data(), work.value.size())) return LCB_EINVAL;
    return work.value.size() <= instance->settings.options.max_frame_body - kMaxKey - kStoreExtras ? LCB_SUCCESS
                                                                                                  : LCB_E2BIG;
}

inline lcb_error_t check_replica(lcb_t instance, const Work &work) {
    if (work.choice > LCB_REPLICA_SELECT) return LCB_EINVAL;
    const unsigned replicas = instance->client->replica_count();
    const bool selected = work.choice == LCB_REPLICA_SELECT;
    if (selected && work.index < 0) return LCB_EINVAL;
    return (selected ? static_cast<unsigned>(work.index) : 0U) < replicas ? LCB_SUCCESS : LCB_NO_MATCHING_SERVER;
}

inline lcb_error_t check_fields(lcb_t instance, const Work &work) {
    switch (work.type) {
    case LCB_CALLBACK_STORE: return check_store(instance, work);
    case LCB_CALLBACK_GETREPLICA: return check_replica(instance, work);
    default: return LCB_SUCCESS;
    }
}

/// What is wrong with an operation, as far as that can be known before it is scheduled.
inline lcb_error_t check(lcb_t instance, const Work &work) {
    if (goes_to_servers(work)) return check_for_servers(instance, work);
    if (is_missing(work.hashkey.data(), work.hashkey.size())) return LCB_EINVAL;
    if (const lcb_error_t error = check_key(work); error != LCB_SUCCESS) return error;
    if (!has_expiry(work)) return LCB_EINVAL;
    return check_fields(instance, work);
}

/// An expiry as the wire has it; it was checked.
inline std::uint32_t seconds(const Work &work) { return static_cast<std::uint32_t>(work.exptime); }

/// By its parts: handed on as a whole it would be read from memory, and the Work stand there.
inline std::string_view key_of(const Work &work) { return {work.key.data(), work.key.size()}; }

/// The fields that the option structs of all operations on items have.
template <class Options>
[[gnu::always_inline]] inline Options routed(lcb_t instance, const Work &work) {
    Options options;
    options.timeout = instance->settings.operation_timeout;
    options.route_key = work.hashkey;
    if (work.vbucket) options.vbucket = *work.vbucket;  // as key_of
    options.cancellation = instance->scheduled ? &*instance->scheduled : nullptr;
    return options;
}

template <class Done>
[[gnu::always_inline]] inline std::error_code send_get(lcb_t instance, const Work &work, const Done &done) {
    Client &client = *instance->client;
    const auto options = routed<OperationOptions>(instance, work);
    if (work.lock) return client.get_and_lock(key_of(work), seconds(work), done, options);
    if (work.exptime != 0) return client.get_and_touch(key_of(work), seconds(work), done, options);
    return client.get(key_of(work), done, options);
}

template <class Done>
[[gnu::always_inline]] inline std::error_code send_replica(lcb_t instance, const Work &work, const Done &done) {
    Client &client = *instance->client;
    const auto options = routed<OperationOptions>(instance, work);
    switch (work.choice) {
    case LCB_REPLICA_FIRST: return client.get_any_replica(key_of(work), done, options);
    case LCB_REPLICA_ALL: return client.get_all_replicas(key_of(work), done, options);
    default: return client.get_replica(key_of(work), static_cast<unsigned>(work.index), done, options);
    }
}

template <class Done>
[[gnu::always_inline]] inline std::error_code send_store(lcb_t instance, const Work &work, Done done) {
    done.operation = static_cast<lcb_storage_t>(work.choice);
    Client &client = *instance->client;
    const Bytes value = as_bytes(work.value);
    auto options = routed<StoreOptions>(instance, work);
    options.cas = work.cas;
    options.flags = work.flags;
    options.expiry = seconds(work);
    options.datatype = work.datatype;
    switch (work.choice) {
    case LCB_ADD: return client.add(key_of(work), value, done, options);
    case LCB_REPLACE: return client.replace(key_of(work), value, done, options);
    case LCB_APPEND: return client.append(key_of(work), value, done, options);
    case LCB_PREPEND: return client.prepend(key_of(work), value, done, options);
    default: return client.set(key_of(work), value, done, options);
    }
}

template <class Done>
[[gnu::always_inline]] inline std::error_code send_counter(lcb_t instance, const Work &work, const Done &done) {
    auto options = routed<CounterOptions>(instance, work);
    if (work.create) options.initial = work.initial;
    options.expiry = seconds(work);
    const auto delta = static_cast<std::uint64_t>(work.delta);
    if (work.delta < 0) return instance->client->decrement(key_of(work), 0 - delta, done, options);
    return instance->client->increment(key_of(work), delta, done, options);
}

template <class Done>
[[gnu::always_inline]] inline std::error_code send_unlock(lcb_t instance, const Work &work, const Done &done) {
    return instance->client->unlock(key_of(work), work.cas, done, routed<OperationOptions>(instance, work));
}

template <class Done>
[[gnu::always_inline]] inline std::error_code send_touch(lcb_t instance, const Work &work, const Done &done) {
    return instance->client->touch(key_of(work), seconds(work), done, routed<OperationOptions>(instance, work));
}

template <class Done>
[[gnu::always_inline]] inline std::error_code send_remove(lcb_t instance, const Work &work, const Done &done) {
    auto options = routed<RemoveOptions>(instance, work);
    options.cas = work.cas;
    return instance->client->remove(key_of(work), done, options);
}

template <lcb_CALLBACKTYPE type>
ItemDone<type> done(lcb_t instance, const void *cookie) {
    return {instance, cookie, start_time(instance)};
}

/// Schedules an operation that was checked.
[[gnu::always_inline]] inline std::error_code submit(lcb_t instance, const void *cookie, const Work &work) {
    switch (work.type) {
    case LCB_CALLBACK_GET: return send_get(instance, work, done<LCB_CALLBACK_GET>(instance, cookie));
    case LCB_CALLBACK_GETREPLICA: return send_replica(instance, work, done<LCB_CALLBACK_GETREPLICA>(instance, cookie));
    case LCB_CALLBACK_UNLOCK: return send_unlock(instance, work, done<LCB_CALLBACK_UNLOCK>(instance, cookie));
    case LCB_CALLBACK_TOUCH: return send_touch(instance, work, done<LCB_CALLBACK_TOUCH>(instance, cookie));
    case LCB_CALLBACK_STORE: return send_store(instance, work, done<LCB_CALLBACK_STORE>(instance, cookie));
    case LCB_CALLBACK_COUNTER: return send_counter(instance, work, done<LCB_CALLBACK_COUNTER>(instance, cookie));
    case LCB_CALLBACK_REMOVE: return send_remove(instance, work, done<LCB_CALLBACK_REMOVE>(instance, cookie));
    default: return submit_to_servers(instance, cookie, work);
    }
}

}  // namespace tenon::couchbase2
