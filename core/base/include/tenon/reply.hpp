// SPDX-License-Identifier: Apache-2.0
/// @file
/// What an operation is and what it gives: `tenon::Command` and `tenon::Reply`.
#pragma once

#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include <tenon/cancellation.hpp>
#include <tenon/errc.hpp>

namespace tenon {

/// A view of bytes.
using Bytes = std::span<const std::byte>;

/// A text's bytes. A view: nothing is copied.
inline Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }
/// Bytes as text. A view: nothing is copied.
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char *>(bytes.data()), bytes.size()}; }

/// What an item is to be made of: text or bytes, as they are. A view, made in the call that takes it.
class Value {
public:
    /// No bytes.
    Value() = default;

    /// Bytes, or a range that is one as well: std::vector<std::byte>, std::array, std::span.
    template <class T>
        requires std::convertible_to<const T &, Bytes>
    Value(const T &bytes) : bytes_(bytes) {}  // NOLINT(google-explicit-constructor)
    /// Text: a literal (up to its end), std::string, std::string_view.
    template <class T>
        requires std::convertible_to<const T &, std::string_view>
    Value(const T &text) : bytes_(as_bytes(text)) {}  // NOLINT(google-explicit-constructor)
    /// Refused: it is neither.
    template <class T>
        requires(!std::convertible_to<const T &, Bytes> && !std::convertible_to<const T &, std::string_view>)
    Value(const T &) {  // NOLINT(google-explicit-constructor)
        static_assert(std::convertible_to<const T &, Bytes>, "a value is text, or bytes: std::span<const std::byte>");
    }

    /// What the item gets.
    operator Bytes() const { return bytes_; }  // NOLINT(google-explicit-constructor)

private:
    Bytes bytes_;
};

/// The outcome of an operation, handed to its callback. Everything it points to is valid until the callback returns.
struct Reply {
    /// Zero: done. An `errc` of 0x01 to 0xff is the server's status, another one the client's reason.
    std::error_code error = kNoError;
    /// The eight CAS bytes as they stand on the wire, to be given back unchanged; 0 if none came.
    std::uint64_t cas = 0;
    /// The request's key; for statistics the statistic's name.
    std::string_view key;
    /// The item's value, or what the request asked for.
    Bytes value;
    /// The reply's extras as they came: flags(), counter() and the results of results.hpp read them.
    Bytes extras;
    /// The node, "host:port"; empty if none was asked.
    std::string_view server;
    /// Why, in words, for reasons of the client's own ("127.0.0.1:11210: connection reset by peer (104)"); else empty.
    std::string_view detail;
    /// The request's opcode.
    std::uint8_t opcode = 0;
    /// What the value is: 0 bytes, 1 JSON.
    std::uint8_t datatype = 0;
    /// The request's vBucket.
    std::uint16_t vbucket = 0;
    /// The server's status as it came; 0 also when none came.
    std::uint16_t status = 0;
    /// Which copy of the item it is about: 0 the active one, n the replica number n - 1.
    std::uint8_t copy = 0;
    /// How often the request was sent, or would have been: 1 unless it was refused or lost on the way, also of what was
    /// never sent; 0 of an awaited operation that could not be scheduled.
    std::uint16_t attempts = 1;
    /// From scheduling to the answer, or to the end without one. Requests that were scheduled in one turn of the loop
    /// count from the same moment; zero where more than 15 different timeouts are in use at once.
    std::chrono::microseconds elapsed{0};
    /// Nothing more follows for this callback. False between the replies of statistics and of operations that go to
    /// every server or replica.
    bool last = true;

    /// No error.
    explicit operator bool() const { return !error; }
    /// The value as text.
    std::string_view text() const { return as_text(value); }
    /// The item's flags, of a get's reply; 0 if there are none.
    std::uint32_t flags() const { return extras.size() >= 4 ? number<std::uint32_t>(extras.data()) : 0; }
    /// The value after incr or decr.
    std::uint64_t counter() const { return value.size() == 8 ? number<std::uint64_t>(value.data()) : 0; }

private:
    template <class Number>
    static Number number(const std::byte *big_endian) {
        Number n;
        std::memcpy(&n, big_endian, sizeof n);
        if constexpr (std::endian::native == std::endian::big) return n;
        else if constexpr (sizeof n == 4) return __builtin_bswap32(n);
        else return __builtin_bswap64(n);
    }
};

/// Where a command goes.
enum class Target : std::uint8_t {
    owner,         ///< to the server that owns the key
    all,           ///< to every server of the map; one reply (or more) from each, the very last one marked `last`
    server,        ///< to the server with index `Command::server`
    replica,       ///< to the server that holds the key's replica number `Command::server`, counted from 0
    any_replica,   ///< to all replicas of the key; the first success is the one reply
    all_replicas,  ///< to all replicas of the key; one reply from each, the very last one marked `last`
    all_copies     ///< to the active copy and to all replicas; one reply from each, the very last one marked `last`
};

/// Any command of the memcached binary protocol, for what has no function of its own. Copied when scheduled.
struct Command {
    std::uint8_t opcode = 0;        ///< the command
    std::uint8_t datatype = 0;      ///< what `value` is: 0 bytes, 1 JSON
    Target target = Target::owner;  ///< whom it goes to
    unsigned server = 0;            ///< number of a server or replica, where `target` asks for one
    std::uint64_t cas = 0;          ///< as the command has it; 0: none
    Bytes extras{};                 ///< as the command has them, in network order
    std::string_view key{};         ///< at most 250 bytes
    Bytes value{};                  ///< as the command has it
    /// From scheduling to the callback, at the latest; zero: the instance's operation_timeout.
    std::chrono::microseconds timeout{0};
    /// Routed as if this were the item's key; empty: by `key`. Items with one `route_key` are on one server.
    std::string_view route_key{};
    /// The vBucket, instead of a key's; it stands in the request and, unless `target` says where to, decides who gets
    /// it. Plain memcached servers know no vBuckets and are chosen by key.
    std::optional<std::uint16_t> vbucket{};
    /// Ends it early, with errc::cancelled. Null: nothing does.
    Cancellation *cancellation = nullptr;
};

}  // namespace tenon
