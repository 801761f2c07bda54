// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace tenon::simulation {

/// Has a crash of the process (an assert, a wild pointer) say on standard error what the thread was at that crashed, and
/// then be what it was. Signals that somebody else handles (a sanitizer) are left to them.
void name_crashes();

/// What this thread is at from here on: cut to 200 bytes.
void now_at(std::string_view label);

}  // namespace tenon::simulation
