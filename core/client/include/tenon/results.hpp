// SPDX-License-Identifier: Apache-2.0
/// @file
/// Replies read as what they are: a callback may take one of these instead of `const Reply &`.
///
/// They are views, as Reply is: what they point to is valid until the callback returns, or until the next co_await.
/// `own()` keeps it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include <tenon/operations.hpp>
#include <tenon/reply.hpp>

namespace tenon {

/// Of increment and decrement.
struct CounterResult : Reply {
    /// Reads a reply, as the results below do.
    CounterResult(const Reply &reply) : Reply(reply), number(reply.counter()) {}  // NOLINT(google-explicit-constructor)
    std::uint64_t number;  ///< the new value; 0 on an error
};

/// What became of one copy of an item, as its node says.
enum class CopyState : std::uint8_t {
    in_memory = 0x00,  ///< there, not on disk yet
    on_disk = 0x01,
    not_found = 0x80,  ///< neither in memory nor on disk
    deleted = 0x81,    ///< not in memory any more, still on disk
};

/// Of observe: one copy.
struct TENON_API ObserveResult : Reply {
    /// Reads a reply.
    ObserveResult(const Reply &reply);  // NOLINT(google-explicit-constructor)
    /// A server may know others than those named. Of no meaning on an error.
    CopyState state = CopyState::not_found;
    /// Of this copy; `cas` is the same.
    std::uint64_t item_cas = 0;
    /// It is the owner's copy, not a replica.
    bool active() const { return copy == 0; }
    /// The item is there, in memory or on disk.
    bool exists() const { return !error && (static_cast<std::uint8_t>(state) & 0x80) == 0; }
    std::uint32_t persistence_ms = 0;  ///< milliseconds that changes take at present to get to disk, as the node says
    std::uint32_t replication_ms = 0;  ///< and to replicas
};

/// Of get_vbucket.
struct TENON_API VbucketResult : Reply {
    /// Reads a reply.
    VbucketResult(const Reply &reply);  // NOLINT(google-explicit-constructor)
    /// None on an error, or if the node names none that is known here.
    std::optional<VbucketState> state;
};

/// What a durability wait has found.
struct DurabilityCounts {
    unsigned persisted = 0;   ///< copies on disk, the active one counted
    unsigned replicated = 0;  ///< replicas that have it
    unsigned answers = 0;     ///< of nodes, in all
    bool active_persisted = false;  ///< the owner's copy is on disk
    std::uint64_t cas = 0;    ///< of the active copy; 0: not heard of
};

/// Of durability.
struct TENON_API DurabilityResult : Reply {
    /// Reads a reply.
    DurabilityResult(const Reply &reply);  // NOLINT(google-explicit-constructor)
    /// Also on errc::timeout: what there was by then.
    DurabilityCounts counts;
};

/// A result that keeps what it points to, with one allocation. Move-only.
template <class Result = Reply>
class Owned : public Result {
public:
    /// Copies what `result` points to.
    explicit Owned(const Result &result) : Result(result) {
        const std::size_t size = result.key.size() + result.value.size() + result.extras.size() + result.server.size() +
                                 result.detail.size();
        if (size == 0) return;
        bytes_ = std::make_unique_for_overwrite<char[]>(size);
        char *end = bytes_.get();
        const auto keep = [&end](const void *from, std::size_t length) {
            if (length != 0) std::memcpy(end, from, length);
            end += length;
            return end - length;
        };
        this->key = {keep(result.key.data(), result.key.size()), result.key.size()};
        this->server = {keep(result.server.data(), result.server.size()), result.server.size()};
        this->detail = {keep(result.detail.data(), result.detail.size()), result.detail.size()};
        this->extras = as_bytes({keep(result.extras.data(), result.extras.size()), result.extras.size()});
        this->value = as_bytes({keep(result.value.data(), result.value.size()), result.value.size()});
    }

private:
    std::unique_ptr<char[]> bytes_;
};

/// Keeps what a result points to: `auto item = tenon::own(reply);`
template <class Result>
Owned<Result> own(const Result &result) {
    return Owned<Result>(result);
}

/// A reply's story in one line, for a log: "get \"k\" (vBucket 12) at 10.0.0.1:11210: timeout: connection refused (111)
/// (3 attempts, 2500.1 ms)". Keys are shown as far as they can be printed.
TENON_API std::string describe(const Reply &reply);

}  // namespace tenon
