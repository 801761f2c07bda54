// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <tenon/callback.hpp>

#include "wire/protocol.hpp"

namespace tenon::session {

inline constexpr std::uint16_t kNoSession = 0xffff;

/// Operation::copy: the active one, the n-th replica as n + 1, or (from kToBecome on) what is to become other
/// operations, which takes a map.
inline constexpr std::uint8_t kActiveCopy = 0;
inline constexpr std::uint8_t kToBecome = 0x7b;
inline constexpr std::uint8_t kWatch = 0x7b;       ///< nothing is sent for it: it stands for others (DurabilityWatch)
inline constexpr std::uint8_t kExistence = 0x7c;   ///< is the active one there?
inline constexpr std::uint8_t kAnyReplica = 0x7d;
inline constexpr std::uint8_t kAllReplicas = 0x7e;
inline constexpr std::uint8_t kAllCopies = 0x7f;  ///< the active one, too
inline constexpr unsigned kMostReplicas = kToBecome - 1;

/// One request on its way from the caller to its callback. It stays where it is in memory (client::OperationPool) while
/// it moves from queue to queue and from node to node.
struct Operation {
    Callback callback;
    std::uint64_t deadline = 0;              ///< µs on the table's clock
    union {
        std::byte *frame = nullptr;          ///< the encoded request, in a Chunk
        Operation *next_free;                ///< while it is in the pool
    };
    std::uint32_t place = 0;                 ///< in its deadline queue
    std::uint16_t session = kNoSession;      ///< index of the session whose pipeline it is in
    std::uint8_t copy : 7 = kActiveCopy;     ///< which copy of the item it is for
    std::uint8_t detailed : 1 = 0;           ///< more is known of it, elsewhere (client::Details)
    std::uint8_t queue : 4 = 0;              ///< which deadline queue
    std::uint8_t pinned : 1 = 0;             ///< meant for this one node: never moved to another
    std::uint8_t answered : 1 = 0;           ///< a first reply of several was delivered
    std::uint8_t waiting : 1 = 0;            ///< parked at the instance: in no pipeline
    std::uint8_t refused : 1 = 0;            ///< some server refused its vBucket

    wire::Opcode opcode() const { return static_cast<wire::Opcode>(frame[1]); }
};
static_assert(sizeof(void *) != 8 || sizeof(Operation) == 72,
              "with its slots in two rings 88 bytes a pending operation, and what the rings have free");

}  // namespace tenon::session
