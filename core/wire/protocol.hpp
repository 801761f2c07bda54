// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// The memcached binary protocol with Couchbase's additions: names and numbers.
namespace tenon::wire {

inline constexpr std::size_t kHeaderSize = 24;
inline constexpr std::size_t kMaxKeyLength = 250;
/// The largest body a peer may announce unless an option says otherwise: 20 MiB of value and room for the rest.
inline constexpr std::uint32_t kDefaultMaxBody = 20U * 1024 * 1024 + 64 * 1024;
/// The expiry of incr and decr that means "do not create the item".
inline constexpr std::uint32_t kDoNotCreate = 0xffffffff;

enum class Magic : std::uint8_t {
    request = 0x80,
    response = 0x81,
    request_with_framing = 0x08,
    response_with_framing = 0x18,
    server_request = 0x82,
    server_response = 0x83,
};

enum class Opcode : std::uint8_t {
    get = 0x00,
    set = 0x01,
    add = 0x02,
    replace = 0x03,
    remove = 0x04,
    increment = 0x05,
    decrement = 0x06,
    quit = 0x07,
    flush = 0x08,
    getq = 0x09,
    noop = 0x0a,
    version = 0x0b,
    getk = 0x0c,
    getkq = 0x0d,
    append = 0x0e,
    prepend = 0x0f,
    stat = 0x10,
    setq = 0x11,
    addq = 0x12,
    replaceq = 0x13,
    removeq = 0x14,
    incrementq = 0x15,
    decrementq = 0x16,
    quitq = 0x17,
    flushq = 0x18,
    appendq = 0x19,
    prependq = 0x1a,
    verbosity = 0x1b,
    touch = 0x1c,
    gat = 0x1d,
    gatq = 0x1e,
    hello = 0x1f,
    sasl_list = 0x20,
    sasl_auth = 0x21,
    sasl_step = 0x22,
    gatk = 0x23,
    gatkq = 0x24,
    set_vbucket = 0x3d,
    get_vbucket = 0x3e,
    del_vbucket = 0x3f,
    stop_persistence = 0x80,
    start_persistence = 0x81,
    set_param = 0x82,
    get_replica = 0x83,
    select_bucket = 0x89,
    start_replication = 0x90,
    stop_replication = 0x91,  // observe-seqno on servers that have it: then the body is not empty
    set_tap_param = 0x92,     // with a key; without one it is observe
    observe = 0x92,
    evict_key = 0x93,
    get_and_lock = 0x94,
    unlock = 0x95,
    get_cluster_config = 0xb5,
    get_collections_manifest = 0xba,
    get_collection_id = 0xbb,
    get_scope_id = 0xbc,
    get_error_map = 0xfe,
};

enum class Status : std::uint16_t {
    ok = 0x00,
    not_found = 0x01,
    exists = 0x02,
    too_big = 0x03,
    invalid_arguments = 0x04,
    not_stored = 0x05,
    delta_bad_value = 0x06,
    not_my_vbucket = 0x07,
    no_bucket = 0x08,
    locked = 0x09,
    auth_stale = 0x1f,
    auth_error = 0x20,
    auth_continue = 0x21,
    out_of_range = 0x22,
    no_access = 0x24,
    unknown_command = 0x81,
    out_of_memory = 0x82,
    not_supported = 0x83,
    internal_error = 0x84,
    busy = 0x85,
    temporary_failure = 0x86,
};

}  // namespace tenon::wire
