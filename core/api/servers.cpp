// SPDX-License-Identifier: Apache-2.0
// What goes to servers, whatever they own: questions about them, and what manages them.
#include <utility>

#include <tenon/tenon.hpp>

#include "client/instance.hpp"
#include "client/server_operations.hpp"

namespace tenon {

using wire::Opcode;

TENON_API std::error_code Client::noop(Callback done, const ServerOptions &options) {
    return client::to_servers(*instance_, Opcode::noop, std::move(done), options);
}
TENON_API std::error_code Client::version(Callback done, const ServerOptions &options) {
    return client::to_servers(*instance_, Opcode::version, std::move(done), options);
}
TENON_API std::error_code Client::verbosity(std::uint32_t level, Callback done, const ServerOptions &options) {
    return client::verbosity(*instance_, level, std::move(done), options);
}
TENON_API std::error_code Client::stats(std::string_view group, Callback done, const ServerOptions &options) {
    return client::stats(*instance_, group, std::move(done), options);
}
TENON_API std::error_code Client::flush(std::uint32_t delay, Callback done, const ServerOptions &options) {
    return client::flush(*instance_, delay, std::move(done), options);
}

TENON_API std::error_code Client::stop_persistence(Callback done, const ServerOptions &options) {
    return client::to_servers(*instance_, Opcode::stop_persistence, std::move(done), options);
}
TENON_API std::error_code Client::start_persistence(Callback done, const ServerOptions &options) {
    return client::to_servers(*instance_, Opcode::start_persistence, std::move(done), options);
}
TENON_API std::error_code Client::start_replication(Callback done, const ServerOptions &options) {
    return client::to_servers(*instance_, Opcode::start_replication, std::move(done), options);
}
TENON_API std::error_code Client::stop_replication(Callback done, const ServerOptions &options) {
    return client::to_servers(*instance_, Opcode::stop_replication, std::move(done), options);
}
TENON_API std::error_code Client::set_flush_param(std::string_view name, std::string_view value, Callback done,
                                                  const ServerOptions &options) {
    return client::set_parameter(*instance_, Opcode::set_param, name, value, std::move(done), options);
}
TENON_API std::error_code Client::set_tap_param(std::string_view name, std::string_view value, Callback done,
                                                const ServerOptions &options) {
    return client::set_parameter(*instance_, Opcode::set_tap_param, name, value, std::move(done), options);
}

TENON_API std::error_code Client::set_vbucket(std::uint16_t vbucket, VbucketState state, Callback done,
                                              const ServerOptions &options) {
    return client::set_vbucket(*instance_, vbucket, state, std::move(done), options);
}
TENON_API std::error_code Client::get_vbucket(std::uint16_t vbucket, Callback done, const ServerOptions &options) {
    return client::about_vbucket(*instance_, Opcode::get_vbucket, vbucket, std::move(done), options);
}
TENON_API std::error_code Client::delete_vbucket(std::uint16_t vbucket, Callback done, const ServerOptions &options) {
    return client::about_vbucket(*instance_, Opcode::del_vbucket, vbucket, std::move(done), options);
}
TENON_API std::error_code Client::evict_key(std::string_view key, Callback done, const ServerOptions &options) {
    return client::evict_key(*instance_, key, std::move(done), options);
}

}  // namespace tenon
