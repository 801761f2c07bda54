// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace tenon::devcluster {

/// A node as clients are to see it.
struct NodeAddress {
    std::string host;  ///< IPv6 without brackets
    std::uint16_t management_port = 0;
    std::uint16_t data_port = 0;

    /// "127.0.0.1:8091", "[::1]:8091"
    std::string management() const { return with_port(management_port); }
    std::string data() const { return with_port(data_port); }

private:
    std::string with_port(std::uint16_t port) const {
        const bool v6 = host.find(':') != std::string::npos;
        return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
    }
};

}  // namespace tenon::devcluster
