// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

/// What every target defines: takes one input, returns 0, aborts on what must not be.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace tenon::fuzz {

/// What has to hold whatever the input is.
inline void require(bool holds, const char *what) {
    if (holds) return;
    std::fprintf(stderr, "fuzz: %s\n", what);
    std::abort();
}

inline std::span<const std::byte> as_bytes(const std::uint8_t *data, std::size_t size) {
    return {reinterpret_cast<const std::byte *>(data), size};
}
inline std::string_view as_text(const std::uint8_t *data, std::size_t size) {
    return {reinterpret_cast<const char *>(data), size};
}

}  // namespace tenon::fuzz
