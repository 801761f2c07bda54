// SPDX-License-Identifier: Apache-2.0
/// @file
/// Where clients that are measured stand: on sockets, before a server of somebody else's; or with a cluster on a
/// simulated network, in this process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <tenon/tenon.hpp>

#include "devcluster/cluster.hpp"
#include "sim/sim.hpp"

namespace tenon::bench {

class Place {
public:
    /// On the plugin that $TENON_IO_PLUGIN names, or epoll.
    static Place sockets(std::string management) { return Place(std::move(management)); }
    /// On plugins/sim, calm, with a devcluster of so many nodes. Throws if it does not start.
    static Place simulated(unsigned nodes);

    const io &table() const { return *table_; }
    Options options() const {
        Options options;
        options.hosts = {management_};
        return options;
    }
    /// Lets the loop run for so long, whatever it has to do.
    void pass(std::uint32_t microseconds) const;

private:
    explicit Place(std::string management)
        : table_(std::make_unique<io>(io::load())), management_(std::move(management)) {}
    Place() = default;

    std::unique_ptr<sim::World> world_;
    std::unique_ptr<io> server_table_;
    std::unique_ptr<devcluster::Cluster> cluster_;
    std::unique_ptr<io> table_;
    std::string management_;
};

}  // namespace tenon::bench
