// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <tenon/io_check.h>

namespace tenon::conformance {

/// The file of the rig that is built for a known event loop's name ("libuv"): beside this program in a build, in the
/// library folder when installed. Throws NoSubject, which says where it was looked for.
std::string known_rig(const std::string &loop);

/// Loads a rig from a shared object. Throws NoSubject.
const tenon_io_check_host *load_rig(const std::string &file);

}  // namespace tenon::conformance
