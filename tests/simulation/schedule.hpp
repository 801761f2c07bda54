// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <tenon/io.h>

#include "devcluster/cluster.hpp"
#include "history.hpp"
#include "plan.hpp"
#include "sim/sim.hpp"
#include "trace.hpp"
#include "workload.hpp"

namespace tenon::simulation {

inline constexpr unsigned kMostNodes = 8;

std::string node_host(unsigned node);
std::string machine_host(unsigned machine);

/// What a plan does to the network, the nodes and the topology, and what the checker has to know of it.
class Schedule {
public:
    Schedule(sim::World &world, const Plan &plan, tenon_io_ops *cluster_table, devcluster::Cluster &cluster,
             Workload &workload, Trace *trace);
    Schedule(const Schedule &) = delete;
    Schedule &operator=(const Schedule &) = delete;

    /// Has everything done when it is due.
    void start();
    /// Ends all trouble: the network is calm, all nodes run without faults. What is left is to bring back who was
    /// failed over, and to give every vBucket to somebody: mend() is to be called until it says that this is done.
    void heal();
    bool mend();

    const std::vector<Upheaval> &upheavals() const { return upheavals_; }
    const std::vector<Stall> &stalls() const { return stalls_; }
    /// The longest that the network's weather ever held up a loop.
    Time longest_turn() const { return longest_turn_; }
    const std::vector<std::vector<Ownership>> &owners() const { return owners_; }
    /// Whether a machine's loop stands still.
    bool stalled(unsigned machine) const;
    /// Counts what happened to the topology.
    std::uint64_t upsets() const { return upsets_; }
    /// Times when the cluster's halves went their own ways, and which node was right about each vBucket then.
    const std::vector<Split> &splits() const { return splits_; }

private:
    void run(const Event &event);
    void on_network(const Event &event);
    void on_node(const Event &event);
    void on_cluster(const Event &event);
    void set_weather(std::uint64_t seed, unsigned severity);
    std::string host(std::uint64_t number) const;
    void observe();
    void note(Upheaval::Kind kind, std::uint16_t part, std::uint64_t lacking = Upheaval::kAny);
    void note_owner(std::uint16_t part, int node);
    bool is_of_one_line(std::uint16_t part) const;
    std::uint16_t part(const devcluster::Bucket &bucket, unsigned vbucket) const;
    int owner(std::uint16_t part) const;
    void say(const std::string &what) const;

    sim::World &world_;
    const Plan &plan_;
    tenon_io_ops *const cluster_table_;
    devcluster::Cluster &cluster_;
    Workload &workload_;
    Trace *const trace_;
    const bool replicas_may_lag_;  // else a failover is no excuse for a lost write
    std::vector<devcluster::Faults> faults_;  // by node
    std::vector<Upheaval> upheavals_;
    std::vector<std::vector<Ownership>> owners_;  // by part
    std::uint64_t upsets_ = 0;
    std::vector<Stall> stalls_;
    std::vector<Split> splits_;
    Time longest_turn_ = 0;
};

}  // namespace tenon::simulation
