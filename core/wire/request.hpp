// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "wire/extras.hpp"
#include "wire/frame.hpp"

namespace tenon::wire {

/// A request: a Message whose extras it carries itself. Key and value stay the caller's. Set vbucket, opaque and CAS
/// in it as needed; `encode(request, out)` writes it.
struct Request {
    Opcode opcode{};
    std::uint16_t vbucket = 0;
    std::uint32_t opaque = 0;
    std::uint64_t cas = 0;  ///< the wire's bytes; 0: any
    std::uint8_t extras_size = 0;
    std::array<std::byte, 20> extras;
    std::string_view key;
    std::span<const std::byte> value;

    /// Views into this request.
    Message message() const & {
        return {Magic::request, opcode, 0, vbucket, opaque, cas, {extras.data(), extras_size}, key, value};
    }
    Message message() const && = delete;
};

inline std::size_t encoded_size(const Request &r) { return kHeaderSize + r.extras_size + r.key.size() + r.value.size(); }
inline std::byte *encode(const Request &r, std::byte *out) { return encode(r.message(), out); }

/// One builder a layout: the only place that knows what goes where. Where an opcode is asked for, any of its family is
/// taken, quiet forms included.
namespace request {

inline Request make(Opcode opcode, std::string_view key = {}, std::span<const std::byte> value = {}) {
    Request r;
    r.opcode = opcode;
    r.key = key;
    r.value = value;
    return r;
}

template <class Layout>
Request with_extras(Request r, const Layout &layout) {
    static_assert(Layout::kSize <= sizeof r.extras);
    const auto bytes = layout.encode();
    std::memcpy(r.extras.data(), bytes.data(), bytes.size());
    r.extras_size = Layout::kSize;
    return r;
}

/// get, getk, getq, getkq
inline Request get(std::string_view key, Opcode opcode = Opcode::get) { return make(opcode, key); }
/// gat, gatk, gatq, gatkq
inline Request get_and_touch(std::string_view key, std::uint32_t expiry, Opcode opcode = Opcode::gat) {
    return with_extras(make(opcode, key), ExpiryExtras{expiry});
}
/// set, add, replace
inline Request store(Opcode opcode, std::string_view key, std::span<const std::byte> value, std::uint32_t flags,
                     std::uint32_t expiry, std::uint64_t cas = 0) {
    Request r = with_extras(make(opcode, key, value), StoreExtras{flags, expiry});
    r.cas = cas;
    return r;
}
/// append, prepend
inline Request concatenate(Opcode opcode, std::string_view key, std::span<const std::byte> value,
                           std::uint64_t cas = 0) {
    Request r = make(opcode, key, value);
    r.cas = cas;
    return r;
}
/// increment, decrement
inline Request counter(Opcode opcode, std::string_view key, const CounterExtras &numbers, std::uint64_t cas = 0) {
    Request r = with_extras(make(opcode, key), numbers);
    r.cas = cas;
    return r;
}
inline Request remove(std::string_view key, std::uint64_t cas = 0, Opcode opcode = Opcode::remove) {
    Request r = make(opcode, key);
    r.cas = cas;
    return r;
}
inline Request touch(std::string_view key, std::uint32_t expiry) {
    return with_extras(make(Opcode::touch, key), ExpiryExtras{expiry});
}
inline Request noop() { return make(Opcode::noop); }
inline Request version() { return make(Opcode::version); }
inline Request quit(Opcode opcode = Opcode::quit) { return make(opcode); }
/// An empty group: the general statistics.
inline Request stat(std::string_view group = {}) { return make(Opcode::stat, group); }
inline Request verbosity(std::uint32_t level) {
    return with_extras(make(Opcode::verbosity), VerbosityExtras{level});
}
/// Everything goes at once.
inline Request flush(Opcode opcode = Opcode::flush) { return make(opcode); }
/// Everything goes at `when` (as an expiry).
inline Request flush_at(std::uint32_t when, Opcode opcode = Opcode::flush) {
    return with_extras(make(opcode), ExpiryExtras{when});
}

inline Request sasl_list() { return make(Opcode::sasl_list); }
inline Request sasl_auth(std::string_view mechanism, std::span<const std::byte> token) {
    return make(Opcode::sasl_auth, mechanism, token);
}
inline Request sasl_step(std::string_view mechanism, std::span<const std::byte> token) {
    return make(Opcode::sasl_step, mechanism, token);
}
/// `features`: 16-bit numbers in network byte order. Never wait for its answer alone (see "Seen on real programs").
inline Request hello(std::string_view agent, std::span<const std::byte> features) {
    return make(Opcode::hello, agent, features);
}
inline Request select_bucket(std::string_view bucket) { return make(Opcode::select_bucket, bucket); }
inline Request get_cluster_config() { return make(Opcode::get_cluster_config); }
/// `version`: two bytes, network byte order.
inline Request get_error_map(std::span<const std::byte> version) { return make(Opcode::get_error_map, {}, version); }
inline Request get_collections_manifest() { return make(Opcode::get_collections_manifest); }
/// `path`: "scope.collection"
inline Request get_collection_id(std::string_view path) {
    return make(Opcode::get_collection_id, {}, as_bytes(path));
}
inline Request get_scope_id(std::string_view scope) { return make(Opcode::get_scope_id, {}, as_bytes(scope)); }

inline Request get_replica(std::string_view key) { return make(Opcode::get_replica, key); }
/// Seconds; 0 leaves it to the server.
inline Request get_and_lock(std::string_view key, std::uint32_t seconds) {
    return with_extras(make(Opcode::get_and_lock, key), LockExtras{seconds});
}
inline Request unlock(std::string_view key, std::uint64_t cas) {
    Request r = make(Opcode::unlock, key);
    r.cas = cas;
    return r;
}
/// `keys`: ObserveKey items, encoded one behind the other.
inline Request observe(std::span<const std::byte> keys) { return make(Opcode::observe, {}, keys); }
inline Request evict_key(std::string_view key) { return make(Opcode::evict_key, key); }

inline Request set_vbucket(std::uint16_t vbucket, VbucketState state) {
    Request r = with_extras(make(Opcode::set_vbucket), Extras32{static_cast<std::uint32_t>(state)});
    r.vbucket = vbucket;
    return r;
}
/// get-vbucket, delete-vbucket
inline Request vbucket(Opcode opcode, std::uint16_t vbucket) {
    Request r = make(opcode);
    r.vbucket = vbucket;
    return r;
}
/// start-persistence, stop-persistence, start-replication, stop-replication: nothing but the command
inline Request control(Opcode opcode) { return make(opcode); }
/// set-param, set-tap-param: a name and its value, both text
inline Request parameter(Opcode opcode, std::string_view name, std::string_view value) {
    return make(opcode, name, as_bytes(value));
}

}  // namespace request
}  // namespace tenon::wire
