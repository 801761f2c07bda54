// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/bytes.hpp"
#include "wire/protocol.hpp"

/// The layouts of extras. Each type has `encode`, which gives the wire's bytes, and `decode`, which gives nothing if
/// the length is not this layout's.
namespace tenon::wire {

/// set, add, replace and their quiet forms
struct StoreExtras {
    static constexpr std::size_t kSize = 8;
    std::uint32_t flags = 0;
    std::uint32_t expiry = 0;  ///< up to 30 days: seconds from now; above: Unix time; 0: never

    std::array<std::byte, kSize> encode() const {
        std::array<std::byte, kSize> out;
        put(put(out.data(), flags), expiry);
        return out;
    }
    static std::optional<StoreExtras> decode(std::span<const std::byte> bytes) {
        if (bytes.size() != kSize) return std::nullopt;
        return StoreExtras{load<std::uint32_t>(bytes.data()), load<std::uint32_t>(bytes.data() + 4)};
    }
    bool operator==(const StoreExtras &) const = default;
};

/// increment, decrement and their quiet forms
struct CounterExtras {
    static constexpr std::size_t kSize = 20;
    std::uint64_t delta = 1;
    std::uint64_t initial = 0;
    std::uint32_t expiry = kDoNotCreate;  ///< of an item to be created with `initial`

    std::array<std::byte, kSize> encode() const {
        std::array<std::byte, kSize> out;
        put(put(put(out.data(), delta), initial), expiry);
        return out;
    }
    static std::optional<CounterExtras> decode(std::span<const std::byte> bytes) {
        if (bytes.size() != kSize) return std::nullopt;
        return CounterExtras{load<std::uint64_t>(bytes.data()), load<std::uint64_t>(bytes.data() + 8),
                             load<std::uint32_t>(bytes.data() + 16)};
    }
    bool operator==(const CounterExtras &) const = default;
};

/// One 32-bit number: what most extras are.
struct Extras32 {
    static constexpr std::size_t kSize = 4;
    std::uint32_t number = 0;

    std::array<std::byte, kSize> encode() const {
        std::array<std::byte, kSize> out;
        put(out.data(), number);
        return out;
    }
    static std::optional<Extras32> decode(std::span<const std::byte> bytes) {
        if (bytes.size() != kSize) return std::nullopt;
        return Extras32{load<std::uint32_t>(bytes.data())};
    }
    bool operator==(const Extras32 &) const = default;
};
using ExpiryExtras = Extras32;     ///< touch, gat, gatk, flush (there: when; absent: now)
using VerbosityExtras = Extras32;  ///< verbosity
using FlagsExtras = Extras32;      ///< responses of get, gat, get-and-lock, get-replica
using LockExtras = Extras32;       ///< get-and-lock: seconds; absent: the server's default

enum class VbucketState : std::uint32_t { active = 1, replica = 2, pending = 3, dead = 4 };

/// The state that set-vbucket asks for or get-vbucket answers: four bytes in the extras or, if there are none, in the
/// value. Nothing if there is no known state.
inline std::optional<VbucketState> decode_vbucket_state(std::span<const std::byte> extras,
                                                        std::span<const std::byte> value) {
    const auto state = Extras32::decode(extras.empty() ? value : extras);
    if (!state || state->number < 1 || state->number > 4) return std::nullopt;
    return static_cast<VbucketState>(state->number);
}

/// Answers of get-collection-id and get-scope-id.
struct CollectionExtras {
    static constexpr std::size_t kSize = 12;
    std::uint64_t manifest = 0;
    std::uint32_t id = 0;

    std::array<std::byte, kSize> encode() const {
        std::array<std::byte, kSize> out;
        put(put(out.data(), manifest), id);
        return out;
    }
    static std::optional<CollectionExtras> decode(std::span<const std::byte> bytes) {
        if (bytes.size() != kSize) return std::nullopt;
        return CollectionExtras{load<std::uint64_t>(bytes.data()), load<std::uint32_t>(bytes.data() + 8)};
    }
    bool operator==(const CollectionExtras &) const = default;
};

/// The value of a counter's answer.
inline std::array<std::byte, 8> encode_counter(std::uint64_t value) {
    std::array<std::byte, 8> out;
    put(out.data(), value);
    return out;
}
inline std::optional<std::uint64_t> decode_counter(std::span<const std::byte> value) {
    if (value.size() != 8) return std::nullopt;
    return load<std::uint64_t>(value.data());
}

}  // namespace tenon::wire
