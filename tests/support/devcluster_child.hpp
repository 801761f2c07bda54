// SPDX-License-Identifier: Apache-2.0
/// @file
/// A tenon-devcluster of a test's own.
#pragma once

#include <string>
#include <vector>

#include "child_process.hpp"

namespace tenon::test {

/// Runs $TENON_DEVCLUSTER (the program's path, set by meson) on free ports until destroyed. Throws if it does not
/// start.
class DevclusterChild {
public:
    /// `arguments` besides the port, as on the command line.
    explicit DevclusterChild(std::vector<std::string> arguments);

    /// Its (first) management address, "127.0.0.1:port".
    const std::string &management() const { return management_; }

private:
    ChildProcess process_;
    std::string management_;
};

}  // namespace tenon::test
