// SPDX-License-Identifier: Apache-2.0
/// @file
/// Operations that go to servers, whatever they own, as commands of an instance: what tenon::Client documents under the
/// same names.
#pragma once

#include <cstdint>
#include <string_view>

#include <tenon/callback.hpp>
#include <tenon/operations.hpp>

#include "wire/opcode.hpp"

namespace tenon::client {

class Instance;

/// noop, version, and what begins or ends persistence and replication: nothing but the command.
std::error_code to_servers(Instance &instance, wire::Opcode opcode, Callback &&done, const ServerOptions &options);
std::error_code verbosity(Instance &instance, std::uint32_t level, Callback &&done, const ServerOptions &options);
std::error_code stats(Instance &instance, std::string_view group, Callback &&done, const ServerOptions &options);
std::error_code flush(Instance &instance, std::uint32_t delay, Callback &&done, const ServerOptions &options);
/// set-flush-param, set-tap-param
std::error_code set_parameter(Instance &instance, wire::Opcode opcode, std::string_view name, std::string_view value,
                              Callback &&done, const ServerOptions &options);
std::error_code set_vbucket(Instance &instance, std::uint16_t vbucket, VbucketState state, Callback &&done,
                            const ServerOptions &options);
/// get-vbucket, delete-vbucket
std::error_code about_vbucket(Instance &instance, wire::Opcode opcode, std::uint16_t vbucket, Callback &&done,
                              const ServerOptions &options);
std::error_code evict_key(Instance &instance, std::string_view key, Callback &&done, const ServerOptions &options);

}  // namespace tenon::client
