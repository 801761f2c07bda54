// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <tenon/tenon.hpp>

#include "devcluster/cluster.hpp"
#include "net/listener.hpp"
#include "net/reactor.hpp"

/// Clusters, a client, and the loop they share: the default plugin's, which $TENON_IO_PLUGIN decides.
namespace tenon::test {

/// A data node that nobody must touch: it counts who comes.
class Bystander {
public:
    explicit Bystander(tenon_io_ops *io);

    devcluster::NodeAddress address() const;
    int visitors = 0;

private:
    net::ReactorRef reactor_;
    net::Listener listener_;
};

/// Runs the loop until something is so, 20 s at most; whether it is.
bool until(const io &io, const std::function<bool()> &so);
/// Runs the loop for so long.
void run_for(const io &io, std::uint64_t usec);

/// Starts a cluster, on an address that is this process's own.
void start(devcluster::Cluster &cluster);
devcluster::Options on_own_address(devcluster::Options options);

/// What a cluster's management ports are called, of these nodes.
std::vector<std::string> hosts_of(const devcluster::Cluster &cluster, const std::vector<unsigned> &nodes);

/// A client, and what it says.
struct Program {
    Program(const io &io, std::vector<std::string> hosts, const std::function<void(Options &)> &adapt = {});

    /// Connects; the outcome.
    std::error_code connect();
    /// Stores and reads `count` items under this prefix; how many of these operations failed.
    int failures(const std::string &prefix, int count = 100);
    /// How many lines of the log have this in them.
    int logged(const std::string &text) const;
    /// The revisions of the maps that were applied, oldest first.
    std::vector<int> revisions() const;
    bool has_applied(int revision) const { return !revisions().empty() && revisions().back() >= revision; }

    const io &loop;
    std::vector<std::string> lines;
    std::string message;  // of the bootstrap
    std::optional<Client> client;
};

}  // namespace tenon::test
