// SPDX-License-Identifier: Apache-2.0
#include "servers.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <stdexcept>
#include <thread>

#include <pwd.h>
#include <unistd.h>

namespace tenon::test {
namespace {

std::string required(const char *variable) {
    const char *value = std::getenv(variable);
    if (value == nullptr) throw std::runtime_error(std::string(variable) + " is not set");
    return value;
}

/// A figure in kB from /proc/PID/status, in bytes.
std::size_t figure(pid_t pid, const std::string &name) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; status >> word;) {
        std::size_t kilobytes = 0;
        if (word == name + ":" && status >> kilobytes) return kilobytes * 1024;
    }
    throw std::runtime_error("no " + name);
}

/// memcached tells the port it was given only in a file, which appears whole.
std::string port_file() { return "/tmp/tenon-memcached-" + std::to_string(getpid()) + ".port"; }

std::vector<std::string> memcached_command() {
    const passwd *user = getpwuid(getuid());
    const std::string user_name = user != nullptr ? user->pw_name : "nobody";
    return {"/usr/bin/env", "MEMCACHED_PORT_FILENAME=" + port_file(), "memcached", "-l", "127.0.0.1",
            "-p", "-1", "-U", "0", "-u", user_name};
}

}  // namespace

std::vector<std::string> proxy_command(const std::vector<std::string> &arguments) {
    std::vector<std::string> command = {"/bin/sh", "-c", "exec \"$@\" 2>&1", "sh", required("TENON_PROXY")};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
}

ProxyChild::ProxyChild(const std::string &cluster, const std::vector<std::string> &arguments)
    : process_([&] {
          std::vector<std::string> all = {"-p", "0", "-h", cluster, "--io", required("TENON_TEST_IO")};
          all.insert(all.end(), arguments.begin(), arguments.end());
          return proxy_command(all);
      }()) {
    const std::string line = process_.read_line();
    std::smatch match;
    if (!std::regex_search(line, match, std::regex("listening on 127\\.0\\.0\\.1:([0-9]+)")))
        throw std::runtime_error("no port in: " + line);
    port_ = static_cast<std::uint16_t>(std::stoul(match[1].str()));
}

std::size_t ProxyChild::memory() const { return figure(process_.pid(), "VmRSS"); }
std::size_t ProxyChild::most_memory() const { return figure(process_.pid(), "VmHWM"); }
std::size_t ProxyChild::descriptors() const {
    using std::filesystem::directory_iterator;
    return static_cast<std::size_t>(
        std::distance(directory_iterator("/proc/" + std::to_string(process_.pid()) + "/fd"), directory_iterator()));
}

MemcachedChild::MemcachedChild() : process_((std::remove(port_file().c_str()), memcached_command())) {
    for (int i = 0; i < 1000 && port_ == 0; ++i) {
        std::ifstream file(port_file());
        std::string line;
        if (std::getline(file, line) && line.starts_with("TCP INET: "))
            port_ = static_cast<std::uint16_t>(std::stoul(line.substr(10)));
        else
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    std::remove(port_file().c_str());
    if (port_ == 0) throw std::runtime_error("memcached does not start");
}

MemcachedChild::~MemcachedChild() { process_.end(SIGKILL); }  // it may be frozen, and ends slowly if asked

void MemcachedChild::freeze() const {
    kill(process_.pid(), SIGSTOP);
    // The signal is sent, each thread stops in its own time: until then one of them may still answer.
    const std::filesystem::path tasks = "/proc/" + std::to_string(process_.pid()) + "/task";
    const auto stopped = [](const std::filesystem::directory_entry &task) {
        std::ifstream file(task.path() / "stat");
        const std::string stat{std::istreambuf_iterator<char>(file), {}};
        const std::size_t name_end = stat.rfind(") ");
        return name_end == std::string::npos || stat[name_end + 2] == 'T';
    };
    for (int i = 0; i < 1000; ++i) {
        const std::filesystem::directory_iterator all(tasks);
        if (std::all_of(begin(all), end(all), stopped)) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}
void MemcachedChild::thaw() const { kill(process_.pid(), SIGCONT); }

}  // namespace tenon::test
