// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "wire/bytes.hpp"

/// The body of observe: keys asked about, and what became of each.
namespace tenon::wire {

struct ObserveKey {
    std::uint16_t vbucket = 0;
    std::string_view key;
};

enum class ObserveState : std::uint8_t {
    in_memory = 0x00,
    on_disk = 0x01,
    not_found = 0x80,
    deleted = 0x81,  ///< but not yet on disk
};

inline bool is_there(std::uint8_t state) { return (state & 0x80) == 0; }

/// The server's word on one key.
struct ObserveEntry {
    std::uint16_t vbucket = 0;
    std::string_view key;
    std::uint8_t state = 0;  ///< an ObserveState, unless the server knows more
    std::uint64_t cas = 0;   ///< the wire's bytes, as in Frame
};

inline std::size_t encoded_size(const ObserveKey &k) { return 4 + k.key.size(); }
inline std::size_t encoded_size(const ObserveEntry &e) { return 13 + e.key.size(); }

/// Writes one item of the body to `out`, which has room for its encoded_size. Returns the end. Keys up to 65535 bytes.
inline std::byte *encode(const ObserveKey &k, std::byte *out) {
    out = put(put(out, k.vbucket), static_cast<std::uint16_t>(k.key.size()));
    if (!k.key.empty()) std::memcpy(out, k.key.data(), k.key.size());
    return out + k.key.size();
}
inline std::byte *encode(const ObserveEntry &e, std::byte *out) {
    out = put(encode(ObserveKey{e.vbucket, e.key}, out), e.state);
    std::memcpy(out, &e.cas, sizeof e.cas);
    return out + sizeof e.cas;
}

/// Takes the first item off the front of `body`; false (and `body` untouched) if there is no whole one. A body that is not
/// empty when this says false was cut or lies.
inline bool decode_next(std::span<const std::byte> &body, ObserveKey &out) {
    if (body.size() < 4) return false;
    const std::size_t size = load<std::uint16_t>(body.data() + 2);
    if (body.size() - 4 < size) return false;
    out = {load<std::uint16_t>(body.data()), as_text(body.subspan(4, size))};
    body = body.subspan(4 + size);
    return true;
}
inline bool decode_next(std::span<const std::byte> &body, ObserveEntry &out) {
    std::span<const std::byte> rest = body;
    ObserveKey key;
    if (!decode_next(rest, key) || rest.size() < 9) return false;
    out = {key.vbucket, key.key, load<std::uint8_t>(rest.data()), 0};
    std::memcpy(&out.cas, rest.data() + 1, sizeof out.cas);
    body = rest.subspan(9);
    return true;
}

}  // namespace tenon::wire
