// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace tenon {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, off };

/// Where an instance's log lines go. A value; copies write to the same place. One thread at a time.
class Log {
public:
    using Sink = void (*)(void *arg, LogLevel level, std::string_view line);

    /// Lines of $TENON_LOG's level (trace, debug, info, warn, error, off; unset: warn) and above, to standard error.
    static Log from_environment();

    Log() = default;
    Log(LogLevel level, Sink sink, void *arg) : level_(level), sink_(sink), arg_(arg) {}
    /// Goes where `other`, which outlives it, goes at the time.
    static Log following(const Log &other) {
        Log log;
        log.followed_ = &other;
        return log;
    }

    /// Ask before composing a line.
    bool wants(LogLevel level) const {
        return followed_ != nullptr ? followed_->wants(level) : level >= level_ && sink_ != nullptr;
    }
    void write(LogLevel level, std::string_view line) const {
        if (followed_ != nullptr) return followed_->write(level, line);
        if (wants(level)) sink_(arg_, level, line);
    }

private:
    LogLevel level_ = LogLevel::off;
    Sink sink_ = nullptr;
    void *arg_ = nullptr;
    const Log *followed_ = nullptr;
};

}  // namespace tenon
