// SPDX-License-Identifier: Apache-2.0
/// @file
/// What can be said of an operation beside its key: option structs, made to be written as `{.expiry = 60}`.
///
/// Fields that several of them have:
/// `timeout`: from scheduling to the callback; zero or less: Options::operation_timeout.
/// `route_key`, `vbucket`, `cancellation`: see tenon::Command.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include <tenon/cancellation.hpp>

namespace tenon {

/// Of operations on one item that have no others.
struct OperationOptions {
    std::chrono::microseconds timeout{0};
    std::string_view route_key = {};
    std::optional<std::uint16_t> vbucket = {};
    Cancellation *cancellation = nullptr;
};

/// Of set, add, replace, append and prepend.
struct StoreOptions {
    /// Store only if the item's CAS is this one (0: whatever it is).
    std::uint64_t cas = 0;
    /// The program's own, kept with the item. Not for append and prepend.
    std::uint32_t flags = 0;
    /// Seconds, up to 30 days; above that a Unix time; 0: never, whatever the item had. Not for append and
    /// prepend, which leave it as it is.
    std::uint32_t expiry = 0;
    /// What the value is: 0 bytes, 1 JSON (where the server was asked whether it knows that).
    std::uint8_t datatype = 0;
    std::chrono::microseconds timeout{0};
    std::string_view route_key = {};
    std::optional<std::uint16_t> vbucket = {};
    Cancellation *cancellation = nullptr;
};

/// Of increment and decrement.
struct CounterOptions {
    /// The value to create a missing counter with; none: a missing counter is errc::not_found.
    std::optional<std::uint64_t> initial = {};
    /// Of a counter that is created, in seconds as in StoreOptions.
    std::uint32_t expiry = 0;
    std::chrono::microseconds timeout{0};
    std::string_view route_key = {};
    std::optional<std::uint16_t> vbucket = {};
    Cancellation *cancellation = nullptr;
};

/// Of remove.
struct RemoveOptions {
    /// Remove only if the item's CAS is this one (0: whatever it is).
    std::uint64_t cas = 0;
    std::chrono::microseconds timeout{0};
    std::string_view route_key = {};
    std::optional<std::uint16_t> vbucket = {};
    Cancellation *cancellation = nullptr;
};

/// Of operations that go to servers.
struct ServerOptions {
    std::chrono::microseconds timeout{0};
    /// Only to this one, by Client::server()'s index; none: to all. errc::no_server at once if there is none of this
    /// index, or no map yet.
    std::optional<unsigned> server = {};
    Cancellation *cancellation = nullptr;
};

/// How durable an item has to be.
struct DurabilityOptions {
    /// Copies on disk, the active one counted. errc::too_few_copies if there are not so many, unless `capped`.
    unsigned persist_to = 0;
    /// Replicas that have it. errc::too_few_copies as well.
    unsigned replicate_to = 0;
    /// If there are fewer copies, all of them are enough.
    bool capped = false;
    /// The item as it was stored (Reply::cas): errc::exists if somebody has changed it since. 0: as it is.
    std::uint64_t cas = 0;
    /// That it is gone, instead: errc::exists if it is there again.
    bool removal = false;
    /// Until then, errc::timeout; zero: 5 s.
    std::chrono::microseconds timeout{0};
    /// From question to question; zero: 100 ms.
    std::chrono::microseconds interval{0};
    std::string_view route_key = {};
    std::optional<std::uint16_t> vbucket = {};
    Cancellation *cancellation = nullptr;
};

/// What a node is to a vBucket.
enum class VbucketState : std::uint32_t { active = 1, replica = 2, pending = 3, dead = 4 };

}  // namespace tenon
