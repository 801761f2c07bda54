// SPDX-License-Identifier: Apache-2.0
#include "topology/hash.hpp"

#include <memory>
#include <random>
#include <string>

#include <doctest/doctest.h>

namespace tenon::topology {
namespace {

/// The definition, bit by bit.
std::uint32_t slow_crc32(std::string_view bytes) {
    std::uint32_t crc = 0xffffffff;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xedb88320U : crc >> 1;
    }
    return ~crc;
}

}  // namespace

TEST_CASE("CRC-32's published values") {
    CHECK(crc32("") == 0x00000000);
    CHECK(crc32("a") == 0xe8b7be43);
    CHECK(crc32("abc") == 0x352441c2);
    CHECK(crc32("123456789") == 0xcbf43926);
    CHECK(crc32("message digest") == 0x20159d7f);
    CHECK(crc32("abcdefghijklmnopqrstuvwxyz") == 0x4c2750bd);
    CHECK(crc32("The quick brown fox jumps over the lazy dog") == 0x414fa339);
    CHECK(crc32(std::string(32, '\0')) == 0x190a55ad);
    CHECK(crc32(std::string(32, '\xff')) == 0xff6cab0b);
}

TEST_CASE("every length and alignment gives what the definition gives") {
    std::mt19937 random(6);
    for (std::size_t size = 0; size <= 270; ++size) {
        for (std::size_t offset = 0; offset < 8; ++offset) {
            const std::unique_ptr<char[]> bytes(new char[size + offset]);
            for (std::size_t i = 0; i < size + offset; ++i) bytes[i] = static_cast<char>(random());
            const std::string_view key(bytes.get() + offset, size);
            REQUIRE(crc32(key) == slow_crc32(key));
            REQUIRE(detail::crc32_by_table(key) == slow_crc32(key));  // what processors without the instruction do
        }
    }
}

TEST_CASE("the vBucket is bits 16 to 30, masked") {
    CHECK(hash_key("123456789") == 0x4bf4);  // bit 31 is dropped
    CHECK((hash_key("123456789") & 1023) == 0x3f4);
    CHECK((hash_key("hello") & 1023) == 528);  // CRC-32 3610a686
    CHECK(hash_key("") == 0);
}

}  // namespace tenon::topology
