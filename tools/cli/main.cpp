// SPDX-License-Identifier: Apache-2.0
//
// tenon: the command line. One file a subcommand; this one only lists them.

#include <system_error>

#include <fmt/format.h>

#include "subcommand.hpp"

int main(int argc, char **argv) {
    CLI::App app{"Works with the documents of a cluster.", "tenon"};
    app.set_help_flag("--help", "Print this help");
    app.set_version_flag("--version", TENON_VERSION);
    app.require_subcommand(1);

    int status = 0;
    for (const auto &add : {tenon::cli::add_cat}) add(app, status);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error);
    } catch (const std::system_error &error) {  // the event loop could not be loaded
        fmt::print(stderr, "tenon: {}\n", error.what());
        return 1;
    }
    return status;
}
