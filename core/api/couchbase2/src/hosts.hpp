// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <libcouchbase/error.h>

namespace tenon::couchbase2 {

/// Splits a list of management addresses, as lcb_create_st0::host has it (empty: localhost), into `hosts`.
/// LCB_INVALID_HOST_FORMAT for an entry that is none.
lcb_error_t parse_hosts(std::string_view list, std::vector<std::string> &hosts);

/// The same for memcached servers, without URLs.
lcb_error_t parse_servers(std::string_view list, std::vector<std::string> &hosts);

/// What a connection string says, %-decoded.
struct ConnectionString {
    bool memcached = false;
    std::vector<std::string> hosts = {};
    std::string bucket = {};  // empty: none named
    std::vector<std::pair<std::string, std::string>> options = {};
};

/// Takes a connection string apart, as lcb_create_st3::connstr has it. On errors `why` says in words what is wrong.
lcb_error_t parse_connection_string(std::string_view text, ConnectionString &parsed, std::string &why);

/// "host" and "port" of an address or URL; `port` stays as it is where the address has none. A host in brackets keeps
/// them.
struct HostPort {
    std::string host, port;
};
HostPort split_address(std::string_view address, std::string_view default_port);

}  // namespace tenon::couchbase2
