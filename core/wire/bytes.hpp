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

/// As memcpy, without a call for what is short, as most keys are. Returns the end.
inline std::byte *copy(std::byte *to, const void *from, std::size_t size) {
    const auto *bytes = static_cast<const std::byte *>(from);
    // The first and the last so many bytes: they overlap, or meet.
    const auto both_ends = [&]<std::size_t kHalf>() {
        std::byte head[kHalf], tail[kHalf];
        std::memcpy(head, bytes, kHalf);
        std::memcpy(tail, bytes + size - kHalf, kHalf);
        std::memcpy(to, head, kHalf);
        std::memcpy(to + size - kHalf, tail, kHalf);
    };
    if (size > 32) std::memcpy(to, from, size);
    else if (size >= 16) both_ends.template operator()<16>();
    else if (size >= 8) both_ends.template operator()<8>();
    else if (size >= 4) both_ends.template operator()<4>();
    else for (std::size_t i = 0; i < size; ++i) to[i] = bytes[i];
    return to + size;
}

inline std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}
inline std::span<const std::byte> as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::byte *>(text.data()), text.size()};
}

}  // namespace tenon::wire
