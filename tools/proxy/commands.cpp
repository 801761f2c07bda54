// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include "wire/bytes.hpp"
#include "wire/opcode.hpp"

namespace tenon::proxy {
namespace {

using wire::Opcode;
using wire::Status;

bool reads(Opcode opcode) {
    switch (wire::loud(opcode)) {
    case Opcode::get:
    case Opcode::getk:
    case Opcode::gat:
    case Opcode::gatk: return true;
    default: return false;
    }
}

bool stores(Opcode opcode) {
    switch (wire::loud(opcode)) {
    case Opcode::set:
    case Opcode::add:
    case Opcode::replace:
    case Opcode::append:
    case Opcode::prepend: return true;
    default: return false;
    }
}

bool is_sasl(Opcode opcode) {
    return opcode == Opcode::sasl_list || opcode == Opcode::sasl_auth || opcode == Opcode::sasl_step;
}

}  // namespace

Header read_header(std::span<const std::byte> bytes) {
    const std::byte *p = bytes.data();
    return {
        .magic = static_cast<wire::Magic>(p[0]),
        .opcode = static_cast<Opcode>(p[1]),
        .key_size = wire::load<std::uint16_t>(p + 2),
        .extras_size = static_cast<std::uint8_t>(p[4]),
        .body_size = wire::load<std::uint32_t>(p + 8),
        .opaque = wire::load<std::uint32_t>(p + 12),
    };
}

Verdict judge(const Header &header, std::size_t max_value) {
    using enum Verdict::Action;
    if (header.magic != wire::Magic::request) return {hang_up};
    const std::size_t before_value = std::size_t{header.key_size} + header.extras_size;
    if (before_value > header.body_size) return {refuse_and_close, Status::unknown_command};
    if (header.key_size > wire::kMaxKeyLength) return {refuse_and_close, Status::invalid_arguments};

    const wire::OpcodeInfo &info = wire::info(header.opcode);
    if (!info.memcached) return {refuse, Status::unknown_command};
    const std::size_t value = header.body_size - before_value;
    const bool may_have_value = stores(header.opcode) || is_sasl(header.opcode);
    if (!info.request.allows(header.extras_size, header.key_size, value) || (value != 0 && !may_have_value))
        return {refuse_and_close, Status::invalid_arguments};
    if (is_sasl(header.opcode)) return {refuse, Status::unknown_command};  // as memcached without -S
    if (value > max_value) return {refuse, Status::too_big};
    return {run};
}

Route route(Opcode opcode) {
    switch (wire::loud(opcode)) {
    case Opcode::noop:
    case Opcode::quit: return Route::here;
    case Opcode::flush: return Route::flush;
    case Opcode::stat: return Route::stat;
    case Opcode::version: return Route::version;
    default: return Route::owner;
    }
}

Opcode forwarded(Opcode opcode) {
    const Opcode loud = wire::loud(opcode);
    if (loud == Opcode::getk) return Opcode::get;
    if (loud == Opcode::gatk) return Opcode::gat;
    return loud;
}

bool answers_with_key(Opcode opcode) {
    const Opcode loud = wire::loud(opcode);
    return loud == Opcode::getk || loud == Opcode::gatk;
}

bool is_silent(Opcode opcode, Status status) {
    return wire::is_quiet(opcode) && status == (reads(opcode) ? Status::not_found : Status::ok);
}

}  // namespace tenon::proxy
