// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tenon::ops {

/// A variable of the environment; null if it is not set, is empty, or the program runs with more rights than its user.
const char *environment(const char *name);

}  // namespace tenon::ops
