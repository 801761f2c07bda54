// SPDX-License-Identifier: Apache-2.0
#include "runner.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "devcluster/cluster.hpp"
#include "durable.hpp"
#include "item_model.hpp"
#include "judge.hpp"
#include "schedule.hpp"
#include "topology/hash.hpp"
#include "topology/ketama.hpp"
#include "workload.hpp"

namespace tenon::simulation {
namespace {

constexpr Time kSecond = 1'000'000;
/// When a world begins.
constexpr Time kStart = kSecond;
/// The cluster's own repairs, after everything healed.
constexpr Time kMendsWithin = 60 * kSecond;
/// Clients find their ways again so long after the cluster is whole.
constexpr Time kHealsWithin = 20 * kSecond;
/// Maps are told to everybody, and who left has closed its doors.
constexpr Time kSmoothWithin = 3 * kSecond;
/// Probes and reads take no longer; nor do connections that nobody uses any more.
constexpr Time kSettlesWithin = 4 * kSecond;

devcluster::Options cluster_options(const Plan &plan) {
    const ClusterPlan &p = plan.cluster;
    devcluster::Options options;
    options.nodes = p.nodes;
    options.replicas = p.replicas;
    options.vbuckets = p.vbuckets;
    for (unsigned i = 0; i < kMostNodes; ++i) options.hosts.push_back(node_host(i));
    options.host = node_host(0);
    options.port = 8091;
    if (p.lag != 0) options.replication_lag = devcluster::Range{0, p.lag};
    options.pace.step_usec = p.step;
    options.pace.takeover_usec = p.takeover;
    options.pace.map_interval_usec = p.map_interval;
    options.pace.fast_forward = p.fast_forward;
    options.warmup_usec = p.warmup;
    options.persistence_usec = p.persistence;
    options.buckets.clear();
    for (unsigned i = 0; i < p.buckets; ++i)
        options.buckets.push_back({bucket_name(i), p.passwords ? bucket_password(i) : std::string(),
                                   p.kind != BucketKind::couchbase});
    options.map_in_refusals = p.maps_in_refusals;
    options.rev_epoch = p.epochs ? 1 : 0;
    options.seed = plan.seed + 1;
    return options;
}

/// Whether replicas may have something else than their owner after that.
bool leaves_behind(const Event &event) {
    return (event.deed >= Deed::stop && event.deed <= Deed::resume) ||
           (event.deed >= Deed::add && event.deed <= Deed::join);
}

/// A plan while it runs.
class Run {
public:
    Run(const Plan &plan, Trace *trace) : plan_(plan), trace_(trace), world_(plan.seed) {
        if (trace_ == nullptr) return;
        for (unsigned i = 0; i < kMostNodes; ++i) trace_->name_host(0x0a000101 + i, fmt::format("node{}", i));
        for (unsigned i = 0; i < plan.machines; ++i) trace_->name_host(0x0a000201 + i, fmt::format("machine{}", i));
        world_.trace([this](const sim::Trace &event) { trace_->on_wire(event); });
    }

    Outcome go() {
        if (set_up()) {
            world_.run_for(plan_.healed);
            heal();
            finish();
        }
        tear_down();
        judge_all();
        return std::move(outcome_);
    }

private:
    bool set_up() {
        if (world_.create_table("10.0.0.1", &table_) != TENON_IO_OK) return complain("harness", "no table"), false;
        cluster_ = std::make_unique<devcluster::Cluster>(table_, cluster_options(plan_));
        if (const Error error = cluster_->start()) return complain("harness", error.message), false;
        if (plan_.cluster.kind != BucketKind::couchbase) ring_.emplace(servers(), topology::KetamaNames::host_port);
        workload_ = std::make_unique<Workload>(world_, plan_, insight(), trace_);
        schedule_ = std::make_unique<Schedule>(world_, plan_, table_, *cluster_, *workload_, trace_);
        schedule_->start();
        workload_->start();
        return true;
    }

    Insight insight() {
        return {.members = [this] { return members(); },
                .part_of = [this](std::string_view key) { return part_of(key); },
                .upsets = [this]() -> std::optional<std::uint64_t> {
                    if (cluster_->rebalancing()) return {};
                    return schedule_->upsets();
                },
                .durable = [this](auto... of) { return how_durable(*cluster_, world_.now(), of...); },
                .longest_turn = [this] { return schedule_->longest_turn(); },
                .stalled = [this](unsigned machine) { return schedule_->stalled(machine); }};
    }

    std::vector<std::string> members() const {
        std::vector<std::string> addresses;
        for (unsigned i = 0; i < cluster_->nodes().size(); ++i) {
            const devcluster::NodeAddress &node = cluster_->nodes()[i];
            if (cluster_->membership(i) == devcluster::Membership::active)
                addresses.push_back(plan_.cluster.kind == BucketKind::servers ? node.data() : node.management());
        }
        return addresses;
    }

    std::vector<topology::Server> servers() const {
        std::vector<topology::Server> all;
        for (const devcluster::NodeAddress &node : cluster_->nodes()) {
            topology::Server &server = all.emplace_back();
            server.host = node.host;
            server.data_port = node.data_port;
        }
        return all;
    }

    unsigned part_of(std::string_view key) const {
        if (ring_) return static_cast<unsigned>(ring_->server_of(key));
        return topology::hash_key(key) & (plan_.cluster.vbuckets - 1);
    }

    void complain(std::string rule, std::string what) {
        outcome_.violations.push_back({std::move(rule), std::move(what)});
    }

    /// Ends all trouble, lets the cluster repair itself, and sees that clients find to every vBucket again.
    void heal() {
        schedule_->heal();
        const Time mended_by = world_.now() + kMendsWithin;
        while (!schedule_->mend()) {
            if (world_.now() >= mended_by) return complain("harness", "the cluster does not become whole");
            world_.run_for(50'000);
        }
        const Time whole = world_.now();
        std::string missing = "not probed";
        // Where nothing went wrong everybody has the last map soon, and asks nobody else than it says.
        if (plan_.smooth()) world_.run_for(kSmoothWithin);
        const std::uint64_t refusals = plan_.smooth() ? refused() : 0;
        for (const Time at : {kSecond / 2, kHealsWithin / 4, kHealsWithin}) {
            world_.run_until(whole + at);
            workload_->probe();
            world_.run_until(world_.now() + kSettlesWithin, [this] { return workload_->idle(); });
            if (workload_->whole(missing)) break;
        }
        if (plan_.smooth() && refused() != refusals)
            complain("smooth", fmt::format("{} requests were refused long after the last map", refused() - refusals));
        if (!missing.empty())
            complain("heals",
                     fmt::format("{} s after the cluster is whole these fail:{}", kHealsWithin / kSecond, missing));
    }

    std::uint64_t refused() const {
        std::uint64_t sum = 0;
        for (unsigned i = 0; i < cluster_->nodes().size(); ++i) sum += cluster_->node(i).statistics().refused_vbuckets;
        return sum;
    }

    void finish() {
        workload_->read_all();
        world_.run_until(world_.now() + kSettlesWithin, [this] { return workload_->idle(); });
    }

    /// Everybody lets go, and what is under way gets there; then nothing may be left.
    void tear_down() {
        if (workload_) workload_->destroy_clients();
        world_.run_for(kSettlesWithin);
        cluster_.reset();
        world_.run_for(kSettlesWithin);
        count("the cluster", table_);
        for (unsigned i = 0; workload_ && i < plan_.machines; ++i)
            count(fmt::format("machine {}", i), workload_->table(i));
        if (world_.connections() != 0) complain("leak", fmt::format("{} connections are open", world_.connections()));
    }

    void count(const std::string &who, tenon_io_ops *table) {
        const sim::Census c = world_.census(table);
        if (c == sim::Census{}) return;
        complain("leak", fmt::format("{} has {} sockets, {} events, {} watches, {} timers, {} armed, {} queries, "
                                     "{} posted, {} bytes left",
                                     who, c.sockets, c.events, c.watches, c.timers, c.armed, c.queries, c.posted,
                                     c.in_flight));
    }

    void judge_all() {
        outcome_.virtual_time = world_.now();
        if (schedule_) {
            for (const Violation &one : workload_->violations()) outcome_.violations.push_back(one);
            const Opinion opinion = judge(history_of());
            for (const Violation &one : opinion.violations) outcome_.violations.push_back(one);
            outcome_.undecided = opinion.undecided;
            outcome_.states = opinion.states;
        }
        workload_.reset();
        if (table_ != nullptr) table_->destructor(table_);
        for (const std::string &one : world_.violations()) complain("contract", one);
        outcome_.digest = world_.digest();
        outcome_.events = world_.statistics().events;
    }

    std::vector<Death> deaths() const {
        const std::vector<Event> &events = plan_.events;
        const bool only_that = !events.empty() && events.size() <= 2 && events[0].deed == Deed::stop &&
                               (events.size() == 1 || events[1].deed == Deed::start);
        if (plan_.cluster.kind == BucketKind::couchbase || !only_that) return {};
        if (events[0].arguments[0] >= plan_.cluster.nodes) return {};
        const Time to = events.size() == 2 ? std::min(events[1].at, plan_.healed) : plan_.healed;
        return {{schedule_->owners()[events[0].arguments[0]].front().server, kStart + events[0].at, kStart + to}};
    }

    History history_of() {
        History history;
        history.calls = workload_->calls();
        history.vbucket_of_key = workload_->vbucket_of_key();
        history.bucket_of_key = workload_->bucket_of_key();
        for (const ClientPlan &client : plan_.clients) {
            history.machine_of_client.push_back(client.machine);
            history.bucket_of_client.push_back(client.bucket);
        }
        history.ends_of_client = workload_->ends();
        history.upheavals = schedule_->upheavals();
        history.splits = schedule_->splits();
        history.stalls = schedule_->stalls();
        history.longest_turn = schedule_->longest_turn();
        for (const Event &event : plan_.events)
            history.nodes_leave = history.nodes_leave || event.deed == Deed::rebalance;
        history.smooth = plan_.smooth();
        history.owners = schedule_->owners();
        history.deaths = deaths();
        history.takeover = plan_.cluster.takeover;
        history.replicas = plan_.cluster.replicas;
        history.replicas_follow =
            plan_.cluster.lag == 0 && std::none_of(plan_.events.begin(), plan_.events.end(), leaves_behind);
        mark_doubtful(history);
        outcome_.calls = history.calls.size();
        for (const Call &call : history.calls) {
            outcome_.succeeded += call.error == 0;
            outcome_.unknown += !outcome_known(call);
        }
        outcome_.upheavals = history.upheavals.size();
        return history;
    }

    const Plan &plan_;
    Trace *const trace_;
    Outcome outcome_;
    sim::World world_;
    tenon_io_ops *table_ = nullptr;
    std::unique_ptr<devcluster::Cluster> cluster_;
    std::optional<topology::Ketama> ring_;  // of buckets of memcached's type
    std::unique_ptr<Workload> workload_;
    std::unique_ptr<Schedule> schedule_;
};

}  // namespace

Outcome run(const Plan &plan, Trace *trace) { return Run(plan, trace).go(); }

}  // namespace tenon::simulation
