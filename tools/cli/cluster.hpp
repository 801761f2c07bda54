// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <CLI/CLI.hpp>
#include <tenon/tenon.hpp>

namespace tenon::cli {

/// The options by which every subcommand is told its cluster.
struct Cluster {
    Options options;
    double timeout = 2.5;  ///< seconds
    std::string io_name;

    void describe(CLI::App &command);
    /// The event loop asked for. Throws std::system_error.
    io load_io() const;
    /// What the client is made with.
    Options client_options() const;
};

/// Connects, and waits for it. False after a line on standard error that says why.
bool connect(Client &client);

}  // namespace tenon::cli
