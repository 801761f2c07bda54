// SPDX-License-Identifier: Apache-2.0
#include "client/server_operations.hpp"

#include <optional>
#include <utility>

#include "client/instance.hpp"
#include "wire/request.hpp"

namespace tenon::client {

using wire::Opcode;

namespace {

namespace request = wire::request;

std::error_code send(Instance &instance, const wire::Request &request, Callback &&done, const ServerOptions &options,
                     std::optional<std::uint16_t> vbucket = {}) {
    const wire::Message message = request.message();
    Command command;
    command.opcode = static_cast<std::uint8_t>(request.opcode);
    command.target = options.server ? Target::server : Target::all;
    command.server = options.server.value_or(0);
    command.extras = message.extras;
    command.key = message.key;
    command.value = message.value;
    command.timeout = options.timeout;
    command.vbucket = vbucket;
    command.cancellation = options.cancellation;
    return instance.schedule(command, std::move(done));
}

}  // namespace

std::error_code to_servers(Instance &instance, Opcode opcode, Callback &&done, const ServerOptions &options) {
    return send(instance, request::control(opcode), std::move(done), options);
}

std::error_code verbosity(Instance &instance, std::uint32_t level, Callback &&done, const ServerOptions &options) {
    return send(instance, request::verbosity(level), std::move(done), options);
}

std::error_code stats(Instance &instance, std::string_view group, Callback &&done, const ServerOptions &options) {
    return send(instance, request::stat(group), std::move(done), options);
}

std::error_code flush(Instance &instance, std::uint32_t delay, Callback &&done, const ServerOptions &options) {
    return send(instance, delay == 0 ? request::flush() : request::flush_at(delay), std::move(done), options);
}

std::error_code set_parameter(Instance &instance, Opcode opcode, std::string_view name, std::string_view value,
                              Callback &&done, const ServerOptions &options) {
    if (name.empty()) return errc::invalid_arguments;  // a TAP parameter without a name would be an observe
    return send(instance, request::parameter(opcode, name, value), std::move(done), options);
}

std::error_code set_vbucket(Instance &instance, std::uint16_t vbucket, VbucketState state, Callback &&done,
                            const ServerOptions &options) {
    const auto wire_state = static_cast<wire::VbucketState>(state);
    return send(instance, request::set_vbucket(vbucket, wire_state), std::move(done), options, vbucket);
}

std::error_code about_vbucket(Instance &instance, Opcode opcode, std::uint16_t vbucket, Callback &&done,
                              const ServerOptions &options) {
    return send(instance, request::vbucket(opcode, vbucket), std::move(done), options, vbucket);
}

std::error_code evict_key(Instance &instance, std::string_view key, Callback &&done, const ServerOptions &options) {
    if (key.empty()) return errc::key_size;
    return send(instance, request::evict_key(key), std::move(done), options);
}

}  // namespace tenon::client
