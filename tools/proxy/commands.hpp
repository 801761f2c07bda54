// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/protocol.hpp"

/// What memcached 1.6 makes of each command, before and after it is carried out.
namespace tenon::proxy {

/// The header of a request, read before anything in it is believed.
struct Header {
    wire::Magic magic{};
    wire::Opcode opcode{};
    std::uint16_t key_size = 0;
    std::uint8_t extras_size = 0;
    std::uint32_t body_size = 0;
    std::uint32_t opaque = 0;
};

/// `bytes` holds at least wire::kHeaderSize of them.
Header read_header(std::span<const std::byte> bytes);

struct Verdict {
    enum class Action : std::uint8_t {
        run,               ///< carry it out
        refuse,            ///< answer with `status`, pass over the body, go on
        refuse_and_close,  ///< answer with `status`, then end the connection: nothing behind it can be trusted
        hang_up,           ///< no answer
    };
    Action action = Action::run;
    wire::Status status = wire::Status::ok;
};

/// What is to be done with a request, as memcached 1.6 decides it from the header alone. It is stricter in two places
/// where memcached takes bytes of one request for the next one: a value behind touch, get-and-touch or stat is refused.
/// (Verbosity is unknown to memcached 1.6 in this protocol, and were it sent on to one, the connection would break.)
Verdict judge(const Header &header, std::size_t max_value);

/// Who carries a command out.
enum class Route : std::uint8_t {
    here,       ///< noop and quit: order is all they are about
    owner,      ///< the server that owns the key
    flush,      ///< every server, as the rest
    stat,
    version,
};

/// Only for commands that `judge` lets run.
Route route(wire::Opcode opcode);

/// The form of a key's command that goes to the server: it always answers, and without the key, which is known here.
wire::Opcode forwarded(wire::Opcode opcode);

/// Whether the answer carries the key (getk and its like).
bool answers_with_key(wire::Opcode opcode);

/// Whether a command of this form says nothing when it ends with `status`.
bool is_silent(wire::Opcode opcode, wire::Status status);

}  // namespace tenon::proxy
