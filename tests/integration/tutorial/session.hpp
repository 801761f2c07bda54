// SPDX-License-Identifier: Apache-2.0
/// @file
/// One end of a conversation with a server on loopback, as a person at telnet has it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tenon::test {

/// A connection to 127.0.0.1. What does not happen within twenty seconds throws std::runtime_error.
class Session {
public:
    explicit Session(std::uint16_t port);
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;
    ~Session();

    void send(std::string_view bytes);
    std::string receive(std::size_t size);
    /// Up to the newline, which is not part of the result.
    std::string receive_line();

private:
    int sock_;
};

/// A port that nobody listens on just now.
std::uint16_t free_port();

}  // namespace tenon::test
