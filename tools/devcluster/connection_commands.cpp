// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string_view>
#include <vector>

#include "devcluster/cluster.hpp"
#include "devcluster/commands.hpp"
#include "devcluster/version.hpp"

namespace tenon::devcluster::commands {
namespace {

using wire::Status;

/// Features a HELLO may ask for and gets.
enum class Feature : std::uint16_t { tcp_nodelay = 0x03, extended_errors = 0x07, select_bucket = 0x08 };

}  // namespace

void noop(Request &request) { request.answer({}); }

void version(Request &request) { request.answer({.value = wire::as_bytes(kServerVersion)}); }

void verbosity(Request &request) { request.answer({}); }

void quit(Request &request) {
    request.done();
    request.connection.leave();
}

void hello(Request &request) {
    const std::span<const std::byte> asked = request.frame.value;
    if (asked.size() % 2 != 0) return request.refuse(Status::invalid_arguments);
    std::vector<std::byte> granted;
    request.connection.set_extended_errors(false);
    for (std::size_t at = 0; at < asked.size(); at += 2) {
        const auto feature = static_cast<Feature>(wire::load<std::uint16_t>(asked.data() + at));
        if (feature != Feature::tcp_nodelay && feature != Feature::extended_errors && feature != Feature::select_bucket)
            continue;
        granted.push_back(asked[at]);
        granted.push_back(asked[at + 1]);
        if (feature == Feature::extended_errors) request.connection.set_extended_errors(true);
    }
    request.answer({.value = granted});
}

void sasl_list(Request &request) { request.answer({.value = wire::as_bytes("PLAIN")}); }

void sasl_auth(Request &request) {
    DataConnection &connection = request.connection;
    connection.authenticated_as(nullptr);
    connection.select(nullptr);
    if (request.frame.key != "PLAIN") return request.refuse(Status::auth_error);
    // authorization identity, 0, user, 0, password
    const std::string_view token = wire::as_text(request.frame.value);
    const std::size_t first = token.find('\0');
    const std::size_t second = first == token.npos ? token.npos : token.find('\0', first + 1);
    if (second == token.npos) return request.refuse(Status::auth_error);
    Bucket *const bucket = request.node().find_bucket(token.substr(first + 1, second - first - 1));
    if (bucket == nullptr || bucket->password() != token.substr(second + 1)) return request.refuse(Status::auth_error);
    connection.authenticated_as(bucket);
    connection.select(bucket);
    request.answer({.value = wire::as_bytes("Authenticated")});
}

/// PLAIN is done in one step.
void sasl_step(Request &request) { request.refuse(Status::auth_error); }

void select_bucket(Request &request) {
    Bucket *const bucket = request.node().find_bucket(request.frame.key);
    if (bucket == nullptr) return request.refuse(Status::not_found);
    if (!bucket->password().empty() && request.connection.user() != bucket) return request.refuse(Status::no_access);
    request.connection.select(bucket);
    request.answer({});
}

}  // namespace tenon::devcluster::commands
