// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tenon/tenon.hpp>

#include "history.hpp"
#include "plan.hpp"
#include "sim/sim.hpp"
#include "trace.hpp"

namespace tenon::simulation {

/// The clients of a plan: makes them, has them do what they are to do, and notes what comes of it.
class Workload {
public:
    /// `members` gives the management addresses of the nodes that are in the cluster.
    Workload(sim::World &world, const Plan &plan, std::function<std::vector<std::string>()> members, Trace *trace);
    Workload(const Workload &) = delete;
    Workload &operator=(const Workload &) = delete;
    ~Workload();

    /// Schedules everything.
    void start();

    /// Every living client writes to every vBucket, with time enough, except those whose last round found all of them.
    /// (Who knows nobody that is still in the cluster is told of it anew: there is no other way to find it again.)
    void probe();
    /// Whether all probes of the last round succeeded; else `missing` says which did not.
    bool whole(std::string &missing) const;
    /// Reads every item once more.
    void read_all();
    /// Has all of it come back?
    bool idle() const;
    /// The end of all clients.
    void destroy_clients();

    const std::vector<Call> &calls() const { return calls_; }
    /// vBuckets of the keys, also of those that probes write to.
    const std::vector<std::uint16_t> &vbucket_of_key() const { return vbuckets_; }
    tenon_io_ops *table(unsigned machine) const { return tables_[machine]; }
    /// What is wrong before anything is judged: a callback after the last one, and the like.
    const std::vector<Violation> &violations() const { return violations_; }
    /// When each client ended, every time.
    const std::vector<std::vector<Time>> &ends() const { return ends_; }

private:
    struct Life {
        std::optional<Client> client;
        bool dying = false;           ///< at the next callback
        bool destroying = false;
        bool outdated = false;        ///< the hosts it was told of have left the cluster
        std::vector<std::string> told;  ///< of which hosts it knows
        bool healthy = false;         ///< the last round of probes came back with success
        unsigned probes_open = 0;
        std::vector<std::string> failed_probes;
        std::unordered_map<unsigned, std::uint64_t> seen;  ///< by key: the CAS it saw last
    };

    void be_born(unsigned client);
    void connect(unsigned client);
    void connect_again(unsigned client, std::error_code error);
    void die(unsigned client);
    void start_anew(unsigned client);
    bool is_stranded(unsigned client) const;
    void run(std::uint32_t operation);
    void issue(unsigned client, Call call, const OperationPlan &plan, std::uint32_t operation);
    std::error_code schedule(Client &client, const Call &call, const OperationPlan &plan, Callback done);
    void on_reply(std::uint32_t id, std::uint32_t operation, const Reply &reply);
    void note_probe(const Call &call);
    std::uint64_t cas_for(const Life &life, const OperationPlan &plan) const;
    void add_key(std::string key);

    sim::World &world_;
    const Plan &plan_;
    const std::function<std::vector<std::string>()> members_;
    const std::vector<std::string> addresses_;  // of the start
    Trace *const trace_;
    std::vector<tenon_io_ops *> tables_;
    std::vector<Life> lives_;
    std::vector<std::vector<Time>> ends_;
    std::vector<std::string> keys_;
    std::vector<std::uint16_t> vbuckets_;
    std::vector<std::vector<std::uint32_t>> chained_;  // by operation: those that follow it
    std::vector<Call> calls_;
    std::vector<Violation> violations_;
    std::size_t open_ = 0;
    bool over_ = false;  ///< no client is born any more
};

}  // namespace tenon::simulation
