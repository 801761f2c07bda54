// SPDX-License-Identifier: Apache-2.0
/// @file
/// The programs these tests stand on: the proxy under test, memcached, and a node that answers nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "child_process.hpp"
#include "devcluster_child.hpp"

namespace tenon::test {

/// $TENON_PROXY on the IO plugin $TENON_TEST_IO, on a port of its own.
class ProxyChild {
public:
    /// `cluster` is its management address; `arguments` besides host, port and plugin.
    explicit ProxyChild(const std::string &cluster, const std::vector<std::string> &arguments = {});

    std::uint16_t port() const { return port_; }
    /// The memory it uses now, and the most it has used, in bytes; from the system's books.
    std::size_t memory() const;
    std::size_t most_memory() const;
    std::size_t descriptors() const;
    ChildProcess &process() { return process_; }

private:
    ChildProcess process_;
    std::uint16_t port_ = 0;
};

/// The command line of a proxy, its standard error on its standard output.
std::vector<std::string> proxy_command(const std::vector<std::string> &arguments);

/// A memcached from the distribution, on a port of its own.
class MemcachedChild {
public:
    MemcachedChild();
    MemcachedChild(const MemcachedChild &) = delete;
    MemcachedChild &operator=(const MemcachedChild &) = delete;
    ~MemcachedChild();

    std::uint16_t port() const { return port_; }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    /// Holds it, so that it answers nothing; lets it go on.
    void freeze() const;
    void thaw() const;

private:
    ChildProcess process_;
    std::uint16_t port_ = 0;
};

}  // namespace tenon::test
