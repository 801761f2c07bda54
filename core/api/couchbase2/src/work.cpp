// SPDX-License-Identifier: Apache-2.0
#include "work.hpp"

#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <system_error>

#include "deliver.hpp"
#include "error.hpp"
#include "instance.hpp"

namespace tenon::couchbase2 {
namespace {

constexpr std::uint8_t kGetAndLock = 0x94;
constexpr std::uint8_t kUnlock = 0x95;
constexpr std::uint8_t kVerbosity = 0x1b;

/// Extras of a store besides the key and the value.
constexpr std::size_t kStoreExtras = 8;

/// An expiry as the wire has it; it was checked.
std::uint32_t seconds(const Work &work) { return static_cast<std::uint32_t>(work.exptime); }

std::array<std::byte, 4> big_endian(std::uint32_t number) {
    return {std::byte(number >> 24), std::byte(number >> 16), std::byte(number >> 8), std::byte(number)};
}

/// The index of the server named "host:port", or "host" for the first one there.
std::optional<unsigned> find_server(const Client &client, std::string_view name) {
    for (std::size_t i = 0; i != client.server_count(); ++i) {
        const std::string server = client.server(i);
        if (server == name || std::string_view(server).substr(0, server.rfind(':')) == name)
            return static_cast<unsigned>(i);
    }
    return std::nullopt;
}

/// The level of memcached's own that the C API's stands for.
std::uint32_t wire_level(unsigned level) { return static_cast<std::uint32_t>(LCB_VERBOSITY_WARNING) - level; }

// Errors ------------------------------------------------------------------------------------------------------------------

lcb_error_t check_key(const Work &work) {
    if (work.key.data() == nullptr || work.key.empty()) return LCB_EMPTY_KEY;
    return work.key.size() <= kMaxKey ? LCB_SUCCESS : LCB_E2BIG;
}

lcb_error_t check_store(lcb_t instance, const Work &work) {
    if (work.choice < LCB_ADD || work.choice > LCB_PREPEND) return LCB_EINVAL;
    if (work.value.data() == nullptr && !work.value.empty()) return LCB_EINVAL;
    return work.value.size() <= instance->settings.options.max_frame_body - kMaxKey - kStoreExtras ? LCB_SUCCESS
                                                                                                  : LCB_E2BIG;
}

lcb_error_t check_replica(lcb_t instance, const Work &work) {
    if (work.choice > LCB_REPLICA_SELECT) return LCB_EINVAL;
    const unsigned replicas = instance->client->replica_count();
    const bool selected = work.choice == LCB_REPLICA_SELECT;
    if (selected && work.index < 0) return LCB_EINVAL;
    return (selected ? static_cast<unsigned>(work.index) : 0U) < replicas ? LCB_SUCCESS : LCB_NO_MATCHING_SERVER;
}

lcb_error_t check_fields(lcb_t instance, const Work &work) {
    switch (work.type) {
    case LCB_CALLBACK_STORE: return check_store(instance, work);
    case LCB_CALLBACK_GETREPLICA: return check_replica(instance, work);
    case LCB_CALLBACK_VERBOSITY:
        if (work.choice > LCB_VERBOSITY_WARNING) return LCB_EINVAL;
        return work.server.empty() || find_server(*instance->client, work.server) ? LCB_SUCCESS : LCB_UNKNOWN_HOST;
    default: return LCB_SUCCESS;
    }
}

// Sending -----------------------------------------------------------------------------------------------------------------

std::error_code send_get(lcb_t instance, const Work &work, Callback &&done, Microseconds timeout) {
    Client &client = *instance->client;
    if (work.lock) {
        const auto extras = big_endian(seconds(work));
        Command command;
        command.opcode = kGetAndLock;
        command.key = work.key;
        command.extras = extras;
        command.timeout = timeout;
        return client.request(command, std::move(done));
    }
    if (work.exptime != 0) return client.get_and_touch(work.key, seconds(work), std::move(done), {timeout});
    return client.get(work.key, std::move(done), {timeout});
}

std::error_code send_replica(lcb_t instance, const Work &work, Callback &&done, Microseconds timeout) {
    Client &client = *instance->client;
    switch (work.choice) {
    case LCB_REPLICA_FIRST: return client.get_any_replica(work.key, std::move(done), {timeout});
    case LCB_REPLICA_ALL: return client.get_all_replicas(work.key, std::move(done), {timeout});
    default: return client.get_replica(work.key, static_cast<unsigned>(work.index), std::move(done), {timeout});
    }
}

std::error_code send_unlock(lcb_t instance, const Work &work, Callback &&done, Microseconds timeout) {
    Command command;
    command.opcode = kUnlock;
    command.key = work.key;
    command.cas = work.cas;
    command.timeout = timeout;
    return instance->client->request(command, std::move(done));
}

std::error_code send_store(lcb_t instance, const Work &work, Callback &&done, Microseconds timeout) {
    Client &client = *instance->client;
    const Bytes value = as_bytes(work.value);
    const StoreOptions options{.cas = work.cas,
                               .flags = work.flags,
                               .expiry = seconds(work),
                               .datatype = work.datatype,
                               .timeout = timeout};
    switch (work.choice) {
    case LCB_ADD: return client.add(work.key, value, std::move(done), options);
    case LCB_REPLACE: return client.replace(work.key, value, std::move(done), options);
    case LCB_APPEND: return client.append(work.key, value, std::move(done), options);
    case LCB_PREPEND: return client.prepend(work.key, value, std::move(done), options);
    default: return client.set(work.key, value, std::move(done), options);
    }
}

std::error_code send_counter(lcb_t instance, const Work &work, Callback &&done, Microseconds timeout) {
    CounterOptions options;
    if (work.create) options.initial = work.initial;
    options.expiry = seconds(work);
    options.timeout = timeout;
    const auto delta = static_cast<std::uint64_t>(work.delta);
    if (work.delta < 0) return instance->client->decrement(work.key, 0 - delta, std::move(done), options);
    return instance->client->increment(work.key, delta, std::move(done), options);
}

std::error_code send_verbosity(lcb_t instance, const Work &work, Callback &&done, Microseconds timeout) {
    const std::uint32_t level = wire_level(work.choice);
    if (work.server.empty()) return instance->client->verbosity(level, std::move(done), {timeout});
    const auto server = find_server(*instance->client, work.server);
    if (!server) return errc::unknown_host;
    const auto extras = big_endian(level);
    Command command;
    command.opcode = kVerbosity;
    command.target = Target::server;
    command.server = *server;
    command.extras = extras;
    command.timeout = timeout;
    return instance->client->request(command, std::move(done));
}

bool goes_to_servers(const Work &work) { return work.type >= LCB_CALLBACK_STATS && work.type <= LCB_CALLBACK_FLUSH; }

std::error_code send(lcb_t instance, const void *cookie, const Work &work) {
    const Microseconds timeout = instance->settings.operation_timeout;
    Callback done = completion(instance, cookie, work);
    Client &client = *instance->client;
    switch (work.type) {
    case LCB_CALLBACK_GET: return send_get(instance, work, std::move(done), timeout);
    case LCB_CALLBACK_GETREPLICA: return send_replica(instance, work, std::move(done), timeout);
    case LCB_CALLBACK_UNLOCK: return send_unlock(instance, work, std::move(done), timeout);
    case LCB_CALLBACK_TOUCH: return client.touch(work.key, seconds(work), std::move(done), {timeout});
    case LCB_CALLBACK_STORE: return send_store(instance, work, std::move(done), timeout);
    case LCB_CALLBACK_COUNTER: return send_counter(instance, work, std::move(done), timeout);
    case LCB_CALLBACK_REMOVE:
        return client.remove(work.key, std::move(done), {.cas = work.cas, .timeout = timeout});
    case LCB_CALLBACK_STATS: return client.stats(work.key, std::move(done), {timeout});
    case LCB_CALLBACK_VERSIONS: return client.version(std::move(done), {timeout});
    case LCB_CALLBACK_VERBOSITY: return send_verbosity(instance, work, std::move(done), timeout);
    case LCB_CALLBACK_FLUSH: return client.flush(0, std::move(done), {timeout});
    default: return errc::invalid_arguments;
    }
}

}  // namespace

HeldWork::HeldWork(const Work &with_views, const void *with) : work(with_views), cookie(with) {
    std::string_view *const views[] = {&work.key, &work.hashkey, &work.value, &work.server};
    for (const std::string_view *view : views) bytes_ += *view;
    const char *begin = bytes_.data();
    for (std::string_view *view : views) {
        *view = {begin, view->size()};
        begin += view->size();
    }
}

Callback completion(lcb_t instance, const void *cookie, const Work &work) {
    if (goes_to_servers(work))
        return ServersDone{instance, cookie, start_time(instance), std::make_shared<bool>(false), work.type};
    const auto operation = work.type == LCB_CALLBACK_STORE ? static_cast<lcb_storage_t>(work.choice) : LCB_SET;
    return ItemDone{instance, cookie, start_time(instance), work.type, operation};
}

lcb_error_t check(lcb_t instance, const Work &work) {
    if (goes_to_servers(work)) {
        if (work.key.data() == nullptr && !work.key.empty()) return LCB_EINVAL;
        if (work.key.size() > kMaxKey) return LCB_E2BIG;
    } else {
        if (!work.hashkey.empty()) return LCB_NOT_SUPPORTED;
        if (const lcb_error_t error = check_key(work); error != LCB_SUCCESS) return error;
    }
    if (work.exptime < 0 || work.exptime > lcb_time_t{std::numeric_limits<std::uint32_t>::max()}) return LCB_EINVAL;
    return check_fields(instance, work);
}

std::error_code submit(lcb_t instance, const void *cookie, const Work &work) {
    if (!instance->held) return send(instance, cookie, work);
    instance->held->emplace_back(work, cookie);
    return {};
}

}  // namespace tenon::couchbase2
