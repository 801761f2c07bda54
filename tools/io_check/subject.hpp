// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "checks/suite.hpp"

namespace tenon::conformance {

/// A plugin as the command line names it.
struct Plugin {
    std::string name;    ///< as the loader finds it; else
    std::string file;    ///< a shared object, and
    std::string symbol;  ///< its creator
    bool adapt = false;  ///< of revision 0, seen through the engine's adapter
    bool hosted = false;  ///< on a loop of the host's, of
    std::string rig;      ///< this file or known loop; empty: the one known by the plugin's name, or in the plugin's file

    std::string description() const;
};

/// `plugin` has to outlive the subject.
Subject subject_of(const Plugin &plugin);

}  // namespace tenon::conformance
