// SPDX-License-Identifier: Apache-2.0
// CRC-32 by carry-less multiplication. A block of 16 bytes is a polynomial over GF(2), its first bit the highest power.
// In front of n more bits it counts x^n times as much, and x^n may be taken modulo the CRC's polynomial: that folds a
// block into the one behind it (Intel's white paper "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ").
#include "topology/hash.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

namespace tenon::topology::detail {
namespace {

/// x^n modulo the polynomial, as a factor. The product of two reflected numbers counts x too much: x^(n - 1), then.
consteval long long power(unsigned n) {
    std::uint32_t remainder = 0x80000000;  // 1
    for (unsigned i = 1; i < n; ++i) remainder = (remainder >> 1) ^ (0xedb88320U & (0U - (remainder & 1)));
    return static_cast<long long>(std::uint64_t{remainder} << 32);
}

/// Indices that move the bytes of a block: from `+ n` up by 16 - n places, from `+ 16 + n` down by n; 0x80 gives zero.
alignas(16) constexpr std::uint8_t kMoves[48] = {
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,  //
    0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,   12,   13,   14,   15,    //
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};

inline __m128i load(const void *p) { return _mm_loadu_si128(static_cast<const __m128i *>(p)); }

}  // namespace

const bool kFolds = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");

__attribute__((target("pclmul,sse4.1"))) std::uint32_t crc32_by_folding(std::string_view bytes) {
    const char *p = bytes.data();
    const char *const last = p + bytes.size() - 16;
    const __m128i behind_block = _mm_set_epi64x(power(128), power(128 + 64));
    const auto fold = [&](__m128i block, __m128i next) __attribute__((target("pclmul,sse4.1"))) {
        return _mm_xor_si128(next, _mm_xor_si128(_mm_clmulepi64_si128(block, behind_block, 0x00),
                                                 _mm_clmulepi64_si128(block, behind_block, 0x11)));
    };
    __m128i block = _mm_xor_si128(load(p), _mm_cvtsi32_si128(-1));
    for (p += 16; p <= last; p += 16) block = fold(block, load(p));
    if (const std::ptrdiff_t left = last + 16 - p; left != 0) {
        const __m128i up = load(kMoves + left), down = load(kMoves + 16 + left);
        block = fold(_mm_shuffle_epi8(block, up), _mm_blendv_epi8(load(last), _mm_shuffle_epi8(block, down), up));
    }
    // The CRC is what remains of the block in front of 32 bits of zero: from 160 bits to 96, to 64, to 32.
    const __m128i last_half = _mm_slli_si128(_mm_srli_si128(block, 8), 4);
    block = _mm_xor_si128(_mm_clmulepi64_si128(block, _mm_set_epi64x(0, power(64 + 32)), 0x00), last_half);
    block = _mm_xor_si128(_mm_clmulepi64_si128(block, _mm_set_epi64x(0, power(64)), 0x00), block);
    const auto rest = static_cast<std::uint64_t>(_mm_extract_epi64(block, 1));
    return ~(reduce_word(static_cast<std::uint32_t>(rest)) ^ static_cast<std::uint32_t>(rest >> 32));
}

}  // namespace tenon::topology::detail

#else

namespace tenon::topology::detail {

const bool kFolds = false;
std::uint32_t crc32_by_folding(std::string_view bytes) { return crc32_by_table(bytes); }

}  // namespace tenon::topology::detail

#endif
