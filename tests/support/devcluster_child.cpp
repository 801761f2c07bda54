// SPDX-License-Identifier: Apache-2.0
#include "devcluster_child.hpp"

#include <cstdlib>
#include <regex>
#include <stdexcept>
#include <utility>

namespace tenon::test {

namespace {

std::vector<std::string> command_line(std::vector<std::string> arguments) {
    const char *program = std::getenv("TENON_DEVCLUSTER");
    if (program == nullptr) throw std::runtime_error("TENON_DEVCLUSTER is not set");
    arguments.insert(arguments.begin(), {program, "--port", "0"});
    return arguments;
}

}  // namespace

DevclusterChild::DevclusterChild(std::vector<std::string> arguments) : process_(command_line(std::move(arguments))) {
    const std::string ready = process_.read_line();
    std::smatch address;
    if (!std::regex_search(ready, address, std::regex("127\\.[0-9.]+:[0-9]+")))
        throw std::runtime_error("no address in: " + ready);
    management_ = address.str();
}

}  // namespace tenon::test
