// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <libcouchbase/error.h>

namespace tenon::couchbase2 {

/// Splits a list of management addresses, as lcb_create_st0::host has it (empty: localhost), into `hosts`.
/// LCB_INVALID_HOST_FORMAT for an entry that is none.
lcb_error_t parse_hosts(std::string_view list, std::vector<std::string> &hosts);

/// Takes a connection string apart, as lcb_create_st3::connstr has it. `bucket` stays as it is if none is named.
lcb_error_t parse_connection_string(std::string_view text, std::vector<std::string> &hosts, std::string &bucket);

}  // namespace tenon::couchbase2
