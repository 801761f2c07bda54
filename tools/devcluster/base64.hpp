// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tenon::devcluster {

/// RFC 4648 section 4, padding required; none for anything else.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace tenon::devcluster
