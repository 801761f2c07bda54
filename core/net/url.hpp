// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace tenon::net {

struct HostPort {
    std::string host;  ///< name or numeric address, IPv6 without brackets
    std::uint16_t port = 0;

    /// "host:8091", "[::1]:8091"
    std::string to_string() const;
    bool operator==(const HostPort &) const = default;
};

/// "host", "host:port", "[::1]", "[::1]:port" or "::1". Without a port it is `default_port`.
/// errc::invalid_option, which names the text (but for what is in front of an @), if it is none of these.
Error parse_host_port(std::string_view text, std::uint16_t default_port, HostPort &result);

struct Url {
    HostPort at;
    std::string target = "/";  ///< path and query, as a request line has it

    bool operator==(const Url &) const = default;
};

/// "http://host[:port][/path][?query]"; a fragment is dropped. Other schemes and user names in the URL are refused:
/// errc::invalid_option, which names the text but for them.
Error parse_url(std::string_view text, std::uint16_t default_port, Url &result);

/// Whether the text is meant as a URL: it has a scheme.
bool is_url(std::string_view text);

}  // namespace tenon::net
