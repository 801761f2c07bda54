// SPDX-License-Identifier: Apache-2.0
// What goes to servers, whatever they own: questions about them, and what manages them.
#include <utility>

#include <tenon/tenon.hpp>

#include "client/instance.hpp"
#include "wire/opcode.hpp"
#include "wire/request.hpp"

namespace tenon {
namespace {

std::error_code send(client::Instance &instance, const wire::Request &request, Callback &&done,
                     const ServerOptions &options, std::optional<std::uint16_t> vbucket = {}) {
    const wire::Message message = request.message();
    Command c;
    c.opcode = static_cast<std::uint8_t>(request.opcode);
    c.target = options.server ? Target::server : Target::all;
    c.server = options.server.value_or(0);
    c.extras = message.extras;
    c.key = message.key;
    c.value = message.value;
    c.timeout = options.timeout;
    c.vbucket = vbucket;
    c.cancellation = options.cancellation;
    return instance.schedule(c, std::move(done));
}

}  // namespace

namespace request = wire::request;
using wire::Opcode;

TENON_API std::error_code Client::noop(Callback done, const ServerOptions &options) {
    return send(*instance_, request::noop(), std::move(done), options);
}
TENON_API std::error_code Client::version(Callback done, const ServerOptions &options) {
    return send(*instance_, request::version(), std::move(done), options);
}
TENON_API std::error_code Client::verbosity(std::uint32_t level, Callback done, const ServerOptions &options) {
    return send(*instance_, request::verbosity(level), std::move(done), options);
}
TENON_API std::error_code Client::stats(std::string_view group, Callback done, const ServerOptions &options) {
    return send(*instance_, request::stat(group), std::move(done), options);
}
TENON_API std::error_code Client::flush(std::uint32_t delay, Callback done, const ServerOptions &options) {
    return send(*instance_, delay == 0 ? request::flush() : request::flush_at(delay), std::move(done), options);
}

TENON_API std::error_code Client::stop_persistence(Callback done, const ServerOptions &options) {
    return send(*instance_, request::control(Opcode::stop_persistence), std::move(done), options);
}
TENON_API std::error_code Client::start_persistence(Callback done, const ServerOptions &options) {
    return send(*instance_, request::control(Opcode::start_persistence), std::move(done), options);
}
TENON_API std::error_code Client::start_replication(Callback done, const ServerOptions &options) {
    return send(*instance_, request::control(Opcode::start_replication), std::move(done), options);
}
TENON_API std::error_code Client::stop_replication(Callback done, const ServerOptions &options) {
    return send(*instance_, request::control(Opcode::stop_replication), std::move(done), options);
}
TENON_API std::error_code Client::set_flush_param(std::string_view name, std::string_view value, Callback done,
                                                  const ServerOptions &options) {
    if (name.empty()) return errc::invalid_arguments;
    return send(*instance_, request::parameter(Opcode::set_param, name, value), std::move(done), options);
}
TENON_API std::error_code Client::set_tap_param(std::string_view name, std::string_view value, Callback done,
                                                const ServerOptions &options) {
    if (name.empty()) return errc::invalid_arguments;  // it would be an observe
    return send(*instance_, request::parameter(Opcode::set_tap_param, name, value), std::move(done), options);
}

TENON_API std::error_code Client::set_vbucket(std::uint16_t vbucket, VbucketState state, Callback done,
                                              const ServerOptions &options) {
    const auto wire_state = static_cast<wire::VbucketState>(state);
    return send(*instance_, request::set_vbucket(vbucket, wire_state), std::move(done), options, vbucket);
}
TENON_API std::error_code Client::get_vbucket(std::uint16_t vbucket, Callback done, const ServerOptions &options) {
    return send(*instance_, request::vbucket(Opcode::get_vbucket, vbucket), std::move(done), options, vbucket);
}
TENON_API std::error_code Client::delete_vbucket(std::uint16_t vbucket, Callback done, const ServerOptions &options) {
    return send(*instance_, request::vbucket(Opcode::del_vbucket, vbucket), std::move(done), options, vbucket);
}
TENON_API std::error_code Client::evict_key(std::string_view key, Callback done, const ServerOptions &options) {
    if (key.empty()) return errc::key_size;
    return send(*instance_, request::evict_key(key), std::move(done), options);
}

}  // namespace tenon
