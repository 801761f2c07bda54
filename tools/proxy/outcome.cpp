// SPDX-License-Identifier: Apache-2.0
#include "outcome.hpp"

#include "wire/status.hpp"

namespace tenon::proxy {
namespace {

using wire::Status;

Status status_for(errc reason) {
    switch (reason) {
    case errc::would_exceed_limits: return Status::out_of_memory;
    case errc::value_size: return Status::too_big;
    case errc::key_size: return Status::invalid_arguments;
    case errc::timeout:
    case errc::network:
    case errc::cancelled:
    case errc::no_server:
    case errc::connect:
    case errc::unknown_host:
    case errc::not_connected: return Status::temporary_failure;
    default: return Status::internal_error;
    }
}

/// Phrases for the reasons a client may meet, so that no text is composed while the proxy is in trouble.
std::string_view phrase(errc reason) {
    switch (reason) {
    case errc::would_exceed_limits: return "Too much is pending";
    case errc::timeout: return "No answer from the cluster in time";
    case errc::network: return "The connection to the server was lost";
    case errc::no_server: return "No server owns this key yet";
    case errc::value_size: return memcached_text(Status::too_big);
    case errc::key_size: return memcached_text(Status::invalid_arguments);
    default: return "The cluster cannot be asked";
    }
}

}  // namespace

std::string_view memcached_text(Status status) {
    switch (status) {
    case Status::not_found: return "Not found";
    case Status::exists: return "Data exists for key.";
    case Status::too_big: return "Too large.";
    case Status::invalid_arguments: return "Invalid arguments";
    case Status::not_stored: return "Not stored.";
    case Status::delta_bad_value: return "Non-numeric server-side value for incr or decr";
    case Status::auth_error: return "Auth failure.";
    case Status::unknown_command: return "Unknown command";
    case Status::out_of_memory: return "Out of memory";
    default: return {};
    }
}

Outcome outcome_of(std::error_code error) {
    if (!error) return {};
    const errc reason = static_cast<errc>(error.value());
    return {status_for(reason), phrase(reason)};
}

Outcome outcome_of(const Reply &reply) {
    if (!reply.error) return {};
    const auto status = static_cast<Status>(reply.status);
    if (status == Status::not_my_vbucket) return {Status::temporary_failure, "The key is moving between servers"};
    if (status == Status::ok) {  // none came
        Outcome outcome = outcome_of(reply.error);
        if (!reply.detail.empty()) outcome.text = reply.detail;
        return outcome;
    }
    if (const std::string_view known = memcached_text(status); !known.empty()) return {status, known};
    if (!reply.value.empty()) return {status, reply.text()};
    const char *name = wire::name(status);
    return {status, name != nullptr ? name : "Unknown status"};
}

}  // namespace tenon::proxy
