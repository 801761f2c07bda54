// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tenon::topology {
namespace detail {

/// Table n answers for a byte that n more bytes follow: eight bytes cost eight look-ups, none of which waits for another.
using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr CrcTables make_crc_tables() {
    CrcTables t{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xedb88320U & (0U - (crc & 1)));
        t[0][i] = crc;
    }
    for (std::size_t n = 1; n < t.size(); ++n)
        for (std::size_t i = 0; i < 256; ++i) t[n][i] = (t[n - 1][i] >> 8) ^ t[0][t[n - 1][i] & 0xff];
    return t;
}

inline constexpr CrcTables kCrcTables = make_crc_tables();

/// The first four bytes at `p` as the little-endian number they are to a reflected CRC.
inline std::uint32_t load_little(const char *p) {
    std::uint32_t v;
    std::memcpy(&v, p, sizeof v);
    if constexpr (std::endian::native == std::endian::big) v = __builtin_bswap32(v);
    return v;
}

/// The remainder of four bytes that nothing follows.
inline std::uint32_t reduce_word(std::uint32_t a) {
    const auto &t = kCrcTables;
    return t[3][a & 0xff] ^ t[2][a >> 8 & 0xff] ^ t[1][a >> 16 & 0xff] ^ t[0][a >> 24];
}

/// Of any length, by table.
inline std::uint32_t crc32_by_table(std::string_view bytes) {
    const auto &t = kCrcTables;
    const char *p = bytes.data();
    std::size_t left = bytes.size();
    std::uint32_t crc = 0xffffffff;
    for (; left >= 8; p += 8, left -= 8) {
        const std::uint32_t a = load_little(p) ^ crc;
        const std::uint32_t b = load_little(p + 4);
        crc = t[7][a & 0xff] ^ t[6][a >> 8 & 0xff] ^ t[5][a >> 16 & 0xff] ^ t[4][a >> 24] ^ reduce_word(b);
    }
    if (left >= 4) {
        crc = reduce_word(load_little(p) ^ crc);
        p += 4;
        left -= 4;
    }
    for (; left > 0; ++p, --left) crc = (crc >> 8) ^ t[0][(crc ^ static_cast<unsigned char>(*p)) & 0xff];
    return ~crc;
}

/// Whether the processor multiplies without carry.
extern const bool kFolds;
/// Of 16 bytes or more, where kFolds: by folding 16 at a time.
std::uint32_t crc32_by_folding(std::string_view bytes);

}  // namespace detail

/// CRC-32 with zlib's polynomial.
inline std::uint32_t crc32(std::string_view bytes) {
    if (bytes.size() >= 16 && detail::kFolds) return detail::crc32_by_folding(bytes);
    return detail::crc32_by_table(bytes);
}

/// What decides a key's vBucket: 15 bits, to be masked by the number of vBuckets minus one.
inline std::uint16_t hash_key(std::string_view key) { return static_cast<std::uint16_t>(crc32(key) >> 16 & 0x7fff); }

}  // namespace tenon::topology
