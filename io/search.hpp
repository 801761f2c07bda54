// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace tenon::ops {

/// A shared object that was loaded, or why none was.
struct LoadedObject {
    void *handle = nullptr;  ///< dlopen's; never unloaded
    bool exists = false;     ///< a file was there, though it may not have loaded
    std::string file;        ///< what was loaded
    std::string story;       ///< every place tried with its reason, one sentence; empty when loaded
};

/// Loads exactly `file`: a path, or without a slash a name for the system's path. Null is the program's own image.
LoadedObject load_file(const char *file);

/// Loads `libtenon-io-NAME.so` from $TENON_PLUGIN_PATH, the folder of this library, or the system's path. The first
/// file that exists decides: one that does not load is an error, not a reason to look on.
LoadedObject search_plugin(const std::string &name);

}  // namespace tenon::ops
