// SPDX-License-Identifier: Apache-2.0
#include "work.hpp"

#include <limits>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "deliver.hpp"
#include "enumerators.hpp"
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

}  // namespace

lcb_error_t check_for_servers(lcb_t instance, Work work) {
    if (is_missing(work.key.data(), work.key.size())) return LCB_EINVAL;
    if (work.key.size() > kMaxKey) return LCB_E2BIG;
    if (!work.server.empty() && !find_server(*instance->client, work.server)) return LCB_UNKNOWN_HOST;
    if (!has_expiry(work)) return LCB_EINVAL;
    return work.type != LCB_CALLBACK_VERBOSITY || work.choice <= LCB_VERBOSITY_WARNING ? LCB_SUCCESS : LCB_EINVAL;
}

std::error_code submit_to_servers(lcb_t instance, const void *cookie, Work work) {
    ServersDone done{instance, cookie, start_time(instance), std::make_shared<bool>(false), work.type};
    const ServerOptions options = to_servers(instance, work);
    Client &client = *instance->client;
    switch (work.type) {
    case LCB_CALLBACK_STATS: return client.stats(work.key, std::move(done), options);
    case LCB_CALLBACK_VERSIONS: return client.version(std::move(done), options);
    case LCB_CALLBACK_VERBOSITY: return client.verbosity(wire_level(work.choice), std::move(done), options);
    case LCB_CALLBACK_FLUSH: return client.flush(0, std::move(done), options);
    default: return errc::invalid_arguments;  // of items: never
    }
}

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

}  // namespace tenon::couchbase2
