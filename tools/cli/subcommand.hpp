// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace tenon::cli {

/// Each adds its subcommand, which runs while the command line is parsed and leaves the exit code in `status`.
void add_cat(CLI::App &app, int &status);

}  // namespace tenon::cli
