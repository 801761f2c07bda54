// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tenon/tenon.hpp>

#include "history.hpp"
#include "map_files.hpp"
#include "plan.hpp"
#include "sim/sim.hpp"
#include "trace.hpp"

namespace tenon::simulation {

/// What the cluster says of itself, past every client.
struct Insight {
    /// Addresses of the nodes that are in it, as clients of its kind are told them.
    std::function<std::vector<std::string>()> members;
    /// Which part of its bucket a key goes to: see ClusterPlan::parts.
    std::function<unsigned(std::string_view key)> part_of;
    /// Counts what happened to the topology; none while something does.
    std::function<std::optional<std::uint64_t>()> upsets;
    /// On how many disks and replicas the item of this CAS may have been at some time since `since`, at most.
    std::function<std::pair<unsigned, unsigned>(unsigned bucket, std::uint16_t part, std::string_view key,
                                                std::uint64_t cas, Time since)> durable;
    /// The longest that a loop may be held up; and whether a machine's stands still.
    std::function<Time()> longest_turn;
    std::function<bool(unsigned machine)> stalled;
};

/// What the plan's buckets are called and what they take.
const char *bucket_name(unsigned bucket);
std::string bucket_password(unsigned bucket);

/// The clients of a plan: makes them, has them do what they are to do, and notes what comes of it.
class Workload {
public:
    Workload(sim::World &world, const Plan &plan, Insight insight, Trace *trace);
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
    /// Damages a file that clients keep their map in.
    void spoil_cache(unsigned file, std::uint64_t how);

    const std::vector<Call> &calls() const { return calls_; }
    /// vBuckets of the keys, also of those that probes write to, among those of all buckets.
    const std::vector<std::uint16_t> &vbucket_of_key() const { return parts_; }
    const std::vector<unsigned> &bucket_of_key() const { return bucket_of_key_; }
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
        bool ignored_cache = false;   ///< it says so
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
    std::error_code schedule(Client &client, const Call &call, const OperationPlan &plan, Cancellation *cancellation,
                             Callback done);
    void on_reply(std::uint32_t id, std::uint32_t operation, const Reply &reply);
    void note_probe(const Call &call);
    void check_durable(const Call &call, std::uint64_t upsets);
    std::uint64_t cas_for(const Life &life, const OperationPlan &plan) const;
    void add_key(unsigned bucket, std::string key, std::string route);
    Options options_of(unsigned client);
    void check_cache(unsigned client, MapFiles::State found);
    bool barred(unsigned client) const { return plan_.cluster.passwords && plan_.clients[client].password == 1; }
    unsigned items() const { return plan_.cluster.buckets * plan_.keys; }

    sim::World &world_;
    const Plan &plan_;
    const Insight insight_;
    const std::vector<std::string> addresses_;  // of the start
    Trace *const trace_;
    std::vector<tenon_io_ops *> tables_;
    std::vector<Life> lives_;
    std::vector<std::vector<Time>> ends_;
    std::vector<std::string> keys_, routes_;  // the items of each bucket in turn, then what probes write to
    std::vector<unsigned> bucket_of_key_;
    std::vector<std::uint16_t> parts_;
    MapFiles files_;
    std::deque<Cancellation> cancellations_;
    std::vector<std::vector<std::uint32_t>> chained_;  // by operation: those that follow it
    std::vector<Call> calls_;
    std::vector<Violation> violations_;
    std::size_t open_ = 0;
    bool over_ = false;  ///< no client is born any more
};

}  // namespace tenon::simulation
