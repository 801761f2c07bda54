// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tenon::devcluster {

/// What the nodes say they are.
inline constexpr const char *kServerVersion = "2.5.0-tenon-devcluster";

}  // namespace tenon::devcluster
