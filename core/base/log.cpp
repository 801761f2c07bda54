// SPDX-License-Identifier: Apache-2.0
#include "base/log.hpp"

#include <cstdio>
#include <cstdlib>
#include <iterator>

namespace tenon {
namespace {

constexpr std::string_view kNames[] = {"trace", "debug", "info", "warn", "error", "off"};

void to_stderr(void *, LogLevel level, std::string_view line) {
    const std::string_view name = kNames[static_cast<int>(level)];
    std::fprintf(stderr, "tenon %.*s: %.*s\n", static_cast<int>(name.size()), name.data(),
                 static_cast<int>(line.size()), line.data());
}

}  // namespace

Log Log::from_environment() {
    LogLevel level = LogLevel::warn;
    if (const char *wanted = std::getenv("TENON_LOG")) {
        for (std::size_t i = 0; i < std::size(kNames); ++i)
            if (kNames[i] == wanted) level = static_cast<LogLevel>(i);
    }
    return {level, to_stderr, nullptr};
}

}  // namespace tenon
