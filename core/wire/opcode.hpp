// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "wire/protocol.hpp"

/// What is known of each command: its name, its quiet form, the shape of its frames, whether it may be sent twice.
namespace tenon::wire {

/// Whether a part of a frame's body is there.
enum class Part : std::uint8_t {
    none,      ///< has to be empty
    optional,  ///< may be there
    required,  ///< has to be there
};

/// What a frame's body consists of.
struct Shape {
    std::uint8_t extras = 0;   ///< length of the extras
    Part extras_part = Part::none;
    Part key = Part::none;
    Part value = Part::none;

    bool allows(std::size_t extras_size, std::size_t key_size, std::size_t value_size) const;
    bool operator==(const Shape &) const = default;
};

struct OpcodeInfo {
    const char *name = nullptr;  ///< "get", "get-and-lock", "addq"; null: not known
    Opcode loud{};               ///< the form that always answers; itself if this one does
    Opcode quiet{};              ///< the form that answers only what is worth telling; itself if there is none
    bool repeatable = false;     ///< sending it twice changes nothing: reads and questions
    bool memcached = false;      ///< memcached 1.6 knows it too
    Shape request{};             ///< what memcached 1.6 (for the rest: Couchbase) demands
    Shape response{};            ///< of a successful answer
};

/// Known or not: of an unknown opcode only `name` (null), `loud` and `quiet` (itself) say something.
const OpcodeInfo &info(Opcode opcode);

inline bool is_known(Opcode opcode) { return info(opcode).name != nullptr; }
/// "get-and-lock"; "unknown command" for one that is not known.
const char *name(Opcode opcode);
inline bool is_quiet(Opcode opcode) { return info(opcode).loud != opcode; }
/// The form of a command that always answers.
inline Opcode loud(Opcode opcode) { return info(opcode).loud; }
/// The quiet form of a command, or itself where there is none.
inline Opcode quiet(Opcode opcode) { return info(opcode).quiet; }
/// Whether a request that was sent and not answered may be sent again without asking anybody.
inline bool is_repeatable(Opcode opcode) { return info(opcode).repeatable; }

}  // namespace tenon::wire
