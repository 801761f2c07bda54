// SPDX-License-Identifier: Apache-2.0
#include "work.hpp"

#include <limits>
#include <memory>
#include <optional>
#include <system_error>

#include "deliver.hpp"
#include "enumerators.hpp"
#include "error.hpp"
#include "instance.hpp"

namespace tenon::couchbase2 {
namespace {

/// In front of a key of the kind LCB_KV_HEADER_AND_KEY.
constexpr std::size_t kHeader = 24;

std::string_view bytes_of(const lcb_KEYBUF &key) {
    const std::string_view all = couchbase2::bytes_of(key.contig.bytes, key.contig.nbytes);
    if (number_of(key.type) != LCB_KV_HEADER_AND_KEY || all.size() < kHeader) return all;
    return all.substr(kHeader);
}

/// Extras of a store besides the key and the value.
constexpr std::size_t kStoreExtras = 8;

/// An expiry as the wire has it; it was checked.
std::uint32_t seconds(const Work &work) { return static_cast<std::uint32_t>(work.exptime); }

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

// Errors
// ---------------------------------------------------------------------------------------------------------------------

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
    case LCB_CALLBACK_VERBOSITY: return work.choice <= LCB_VERBOSITY_WARNING ? LCB_SUCCESS : LCB_EINVAL;
    default: return LCB_SUCCESS;
    }
}

// Sending
// ---------------------------------------------------------------------------------------------------------------------

/// The fields that the option structs of all operations on items have.
template <class Options>
Options routed(lcb_t instance, const Work &work) {
    Options options;
    options.timeout = instance->settings.operation_timeout;
    options.route_key = work.hashkey;
    options.vbucket = work.vbucket;
    options.cancellation = instance->scheduled ? &*instance->scheduled : nullptr;
    return options;
}

std::error_code send_get(lcb_t instance, const Work &work, Callback &&done) {
    Client &client = *instance->client;
    const auto options = routed<OperationOptions>(instance, work);
    if (work.lock) return client.get_and_lock(work.key, seconds(work), std::move(done), options);
    if (work.exptime != 0) return client.get_and_touch(work.key, seconds(work), std::move(done), options);
    return client.get(work.key, std::move(done), options);
}

std::error_code send_replica(lcb_t instance, const Work &work, Callback &&done) {
    Client &client = *instance->client;
    const auto options = routed<OperationOptions>(instance, work);
    switch (work.choice) {
    case LCB_REPLICA_FIRST: return client.get_any_replica(work.key, std::move(done), options);
    case LCB_REPLICA_ALL: return client.get_all_replicas(work.key, std::move(done), options);
    default: return client.get_replica(work.key, static_cast<unsigned>(work.index), std::move(done), options);
    }
}

std::error_code send_store(lcb_t instance, const Work &work, Callback &&done) {
    Client &client = *instance->client;
    const Bytes value = as_bytes(work.value);
    auto options = routed<StoreOptions>(instance, work);
    options.cas = work.cas;
    options.flags = work.flags;
    options.expiry = seconds(work);
    options.datatype = work.datatype;
    switch (work.choice) {
    case LCB_ADD: return client.add(work.key, value, std::move(done), options);
    case LCB_REPLACE: return client.replace(work.key, value, std::move(done), options);
    case LCB_APPEND: return client.append(work.key, value, std::move(done), options);
    case LCB_PREPEND: return client.prepend(work.key, value, std::move(done), options);
    default: return client.set(work.key, value, std::move(done), options);
    }
}

std::error_code send_counter(lcb_t instance, const Work &work, Callback &&done) {
    auto options = routed<CounterOptions>(instance, work);
    if (work.create) options.initial = work.initial;
    options.expiry = seconds(work);
    const auto delta = static_cast<std::uint64_t>(work.delta);
    if (work.delta < 0) return instance->client->decrement(work.key, 0 - delta, std::move(done), options);
    return instance->client->increment(work.key, delta, std::move(done), options);
}

std::error_code send_remove(lcb_t instance, const Work &work, Callback &&done) {
    auto options = routed<RemoveOptions>(instance, work);
    options.cas = work.cas;
    return instance->client->remove(work.key, std::move(done), options);
}

bool goes_to_servers(const Work &work) { return work.type >= LCB_CALLBACK_STATS && work.type <= LCB_CALLBACK_FLUSH; }

Callback completion(lcb_t instance, const void *cookie, const Work &work) {
    if (goes_to_servers(work))
        return ServersDone{instance, cookie, start_time(instance), std::make_shared<bool>(false), work.type};
    const auto operation = work.type == LCB_CALLBACK_STORE ? static_cast<lcb_storage_t>(work.choice) : LCB_SET;
    return ItemDone{instance, cookie, start_time(instance), work.type, operation};
}

}  // namespace

ServerOptions to_servers(lcb_t instance, const Work &work) {
    ServerOptions options;
    options.timeout = instance->settings.operation_timeout;
    if (!work.server.empty()) options.server = find_server(*instance->client, work.server);
    options.cancellation = instance->scheduled ? &*instance->scheduled : nullptr;
    return options;
}

lcb_error_t describe_base(const lcb_CMDBASE &command, Work &work) {
    work.key = bytes_of(command.key);
    if (number_of(command._hashkey.type) == LCB_KV_VBID) {
        const lcb_size_t vbucket = command._hashkey.contig.nbytes;
        if (vbucket > std::numeric_limits<std::uint16_t>::max()) return LCB_EINVAL;
        work.vbucket = static_cast<std::uint16_t>(vbucket);
    } else {
        work.hashkey = bytes_of(command._hashkey);
    }
    work.exptime = command.exptime;
    work.cas = command.cas;
    return LCB_SUCCESS;
}

lcb_error_t check(lcb_t instance, const Work &work) {
    if (goes_to_servers(work)) {
        if (work.key.data() == nullptr && !work.key.empty()) return LCB_EINVAL;
        if (work.key.size() > kMaxKey) return LCB_E2BIG;
        if (!work.server.empty() && !find_server(*instance->client, work.server)) return LCB_UNKNOWN_HOST;
    } else {
        if (work.hashkey.data() == nullptr && !work.hashkey.empty()) return LCB_EINVAL;
        if (const lcb_error_t error = check_key(work); error != LCB_SUCCESS) return error;
    }
    if (work.exptime < 0 || work.exptime > lcb_time_t{std::numeric_limits<std::uint32_t>::max()}) return LCB_EINVAL;
    return check_fields(instance, work);
}

std::error_code submit(lcb_t instance, const void *cookie, const Work &work) {
    Callback done = completion(instance, cookie, work);
    Client &client = *instance->client;
    switch (work.type) {
    case LCB_CALLBACK_GET: return send_get(instance, work, std::move(done));
    case LCB_CALLBACK_GETREPLICA: return send_replica(instance, work, std::move(done));
    case LCB_CALLBACK_UNLOCK:
        return client.unlock(work.key, work.cas, std::move(done), routed<OperationOptions>(instance, work));
    case LCB_CALLBACK_TOUCH:
        return client.touch(work.key, seconds(work), std::move(done), routed<OperationOptions>(instance, work));
    case LCB_CALLBACK_STORE: return send_store(instance, work, std::move(done));
    case LCB_CALLBACK_COUNTER: return send_counter(instance, work, std::move(done));
    case LCB_CALLBACK_REMOVE: return send_remove(instance, work, std::move(done));
    case LCB_CALLBACK_STATS: return client.stats(work.key, std::move(done), to_servers(instance, work));
    case LCB_CALLBACK_VERSIONS: return client.version(std::move(done), to_servers(instance, work));
    case LCB_CALLBACK_VERBOSITY:
        return client.verbosity(wire_level(work.choice), std::move(done), to_servers(instance, work));
    case LCB_CALLBACK_FLUSH: return client.flush(0, std::move(done), to_servers(instance, work));
    default: return errc::invalid_arguments;
    }
}

}  // namespace tenon::couchbase2
