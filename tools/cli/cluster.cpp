// SPDX-License-Identifier: Apache-2.0
#include "cluster.hpp"

#include <chrono>
#include <vector>

#include <fmt/format.h>

namespace tenon::cli {

void Cluster::describe(CLI::App &command) {
    command.set_help_flag("--help", "Print this help");
    command.add_option("-h,--host", options.hosts, "Management address of the cluster, HOST[:8091]; repeatable")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->default_val(std::vector<std::string>{"localhost:8091"});
    command.add_option("-b,--bucket", options.bucket, "Bucket")->capture_default_str();
    command.add_option("-u,--user", options.username, "User name, if it is not the bucket's name");
    command.add_option("-P,--password", options.password, "Password");
    command.add_option("--io", io_name, "Event loop: epoll, poll, libev, libuv, libevent, …");
    command.add_option("--timeout", timeout, "Seconds for one operation, and for finding the cluster")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
}

io Cluster::load_io() const { return io_name.empty() ? io::load() : io::load(io_name); }

Options Cluster::client_options() const {
    Options result = options;
    const std::chrono::duration<double> seconds(timeout);
    result.operation_timeout = std::chrono::duration_cast<std::chrono::microseconds>(seconds);
    result.bootstrap_timeout = result.operation_timeout;
    return result;
}

bool connect(Client &client) {
    std::error_code error = client.connect();
    if (!error) error = client.wait();
    if (!error) return true;
    fmt::print(stderr, "tenon: {}\n", client.error_message().empty() ? error.message() : client.error_message());
    return false;
}

}  // namespace tenon::cli
