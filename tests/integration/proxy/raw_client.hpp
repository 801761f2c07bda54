// SPDX-License-Identifier: Apache-2.0
/// @file
/// A memcached client that sends whatever bytes a test wants, and blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/protocol.hpp"

namespace tenon::test {

/// A request to be encoded; the lengths may be made to lie.
struct RawRequest {
    wire::Opcode opcode{};
    std::string key = {};
    std::string extras = {};
    std::string value = {};
    std::uint32_t opaque = 0;
    std::uint64_t cas = 0;
    int magic = 0x80;
    long key_size = -1, extras_size = -1, body_size = -1;  ///< -1: the true ones

    std::string bytes() const;
};

/// Extras of commands.
std::string store_extras(std::uint32_t flags = 0, std::uint32_t expiry = 0);
std::string number_extras(std::uint32_t number);
std::string counter_extras(std::uint64_t delta, std::uint64_t initial, std::uint32_t expiry);

/// A reply, its parts copied.
struct RawReply {
    int magic = 0;
    wire::Opcode opcode{};
    wire::Status status{};
    std::uint32_t opaque = 0;
    std::uint64_t cas = 0;
    std::string extras, key, value;

    /// In one line, with the CAS as "set" or "none": what is the same on every server.
    std::string describe() const;
};

/// A connection to 127.0.0.1. Each call throws std::runtime_error if it cannot be done within some seconds.
class RawClient {
public:
    explicit RawClient(std::uint16_t port);
    RawClient(const RawClient &) = delete;
    RawClient &operator=(const RawClient &) = delete;
    ~RawClient();

    void send(std::string_view bytes);
    void send(const RawRequest &request) { send(request.bytes()); }
    /// Sends what can be sent until nothing was taken for `msec`; returns how many bytes that was.
    std::size_t send_until_stuck(std::string_view bytes, int msec);
    RawReply receive();
    RawReply call(const RawRequest &request);
    /// Whether the server has ended the connection and nothing is left to read.
    bool at_end();
    void shut_write();
    /// Closes with a reset.
    void reset();

private:
    bool fill();

    int sock_ = -1;
    std::string input_;
};

}  // namespace tenon::test
