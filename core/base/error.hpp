// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <system_error>
#include <utility>

#include <tenon/errc.hpp>

namespace tenon {

/// A failure with its story: what failed, where (host, node, vBucket) and why (status, errno), in one sentence.
struct Error {
    std::error_code code;
    std::string message;

    Error() = default;
    Error(std::error_code c, std::string m) : code(c), message(std::move(m)) {}

    explicit operator bool() const { return static_cast<bool>(code); }
};

/// "connection refused (111)" for an errno value.
std::string describe_errno(int error);
/// Whether a read or write that failed with this errno value is to be tried again once the socket is ready.
bool would_block(int error);

}  // namespace tenon
