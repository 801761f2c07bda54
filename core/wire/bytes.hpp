// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace tenon::wire {

/// A number in network byte order; also its own inverse.
template <class T>
constexpr T big_endian(T value) {
    if constexpr (std::endian::native == std::endian::big || sizeof(T) == 1) return value;
    else if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
    else if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
    else return __builtin_bswap64(value);
}

/// Writes a number in network byte order to `at`, which has room for it. Returns the end.
template <class T>
std::byte *put(std::byte *at, T value) {
    value = big_endian(value);
    std::memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

/// Reads a number in network byte order from the sizeof(T) bytes at `at`.
template <class T>
T load(const std::byte *at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return big_endian(value);
}

inline std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}
inline std::span<const std::byte> as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::byte *>(text.data()), text.size()};
}

}  // namespace tenon::wire
