// SPDX-License-Identifier: Apache-2.0
#include "schedule.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "weather.hpp"

namespace tenon::simulation {
namespace {

using devcluster::Faults;
using devcluster::Membership;

double chance(std::uint64_t millionths) { return static_cast<double>(millionths) / 1e6; }

std::vector<unsigned> members(std::uint64_t bits) {
    std::vector<unsigned> nodes;
    for (unsigned i = 0; i < kMostNodes; ++i)
        if ((bits >> i & 1) != 0) nodes.push_back(i);
    return nodes;
}

/// Whether a node misses, from then on, what is replicated before it is acknowledged.
bool is_away(const Event &event) { return event.deed == Deed::stop || event.deed == Deed::pause; }

}  // namespace

std::string node_host(unsigned node) { return fmt::format("10.0.1.{}", node + 1); }
std::string machine_host(unsigned machine) { return fmt::format("10.0.2.{}", machine + 1); }

Schedule::Schedule(sim::World &world, const Plan &plan, tenon_io_ops *cluster_table, devcluster::Cluster &cluster,
                   Workload &workload, Trace *trace)
    : world_(world),
      plan_(plan),
      cluster_table_(cluster_table),
      cluster_(cluster),
      workload_(workload),
      trace_(trace),
      replicas_may_lag_(plan.cluster.lag != 0 || std::any_of(plan.events.begin(), plan.events.end(), is_away)),
      faults_(kMostNodes) {
    set_weather(0, 0);
    observe();
    owners_.resize(plan.cluster.buckets * plan.cluster.parts());
    for (std::uint16_t i = 0; i < owners_.size(); ++i) note_owner(i, owner(i));
}

/// A vBucket's number among those of all buckets.
std::uint16_t Schedule::part(const devcluster::Bucket &bucket, unsigned vbucket) const {
    return static_cast<std::uint16_t>(bucket.index() * plan_.cluster.parts() + vbucket);
}

/// The node that owns it, as things are.
int Schedule::owner(std::uint16_t part) const {
    const unsigned parts = plan_.cluster.parts();
    if (plan_.cluster.kind != BucketKind::couchbase) return static_cast<int>(part % parts);
    return cluster_.buckets()[part / parts]->row(static_cast<std::uint16_t>(part % parts))[0];
}

void Schedule::note_owner(std::uint16_t part, int node) {
    owners_[part].push_back({world_.now(), node < 0 ? "" : cluster_.nodes()[static_cast<unsigned>(node)].data()});
}

void Schedule::start() {
    for (const Event &event : plan_.events)
        world_.after(event.at, [this, &event] {
            say(to_text(event));
            run(event);
        });
}

void Schedule::say(const std::string &what) const {
    if (trace_ != nullptr) trace_->line(world_.now(), "----", what);
}

void Schedule::note(Upheaval::Kind kind, std::uint16_t part, std::uint64_t lacking) {
    upheavals_.push_back({kind, part, world_.now(), lacking});
}

/// Whether all copies of a vBucket are of one line of changes, so that what one of them lacks are the latest. Where
/// some were undone before, one that was away may have kept them; and in a split cluster two nodes make their own.
bool Schedule::is_of_one_line(std::uint16_t part) const {
    return splits_.empty() && std::none_of(upheavals_.begin(), upheavals_.end(), [&](const Upheaval &one) {
        return one.vbucket == part && one.kind != Upheaval::Kind::moved;
    });
}

void Schedule::observe() {
    devcluster::Observer observer;
    using devcluster::Bucket;
    observer.vbucket_moved = [this](const Bucket &bucket, std::uint16_t vbucket, int from, int to) {
        say(fmt::format("vBucket {} of {} moves from {} to {}", vbucket, bucket.name(), from, to));
        const std::uint16_t number = part(bucket, vbucket);
        note(Upheaval::Kind::moved, number);
        note_owner(number, to);
        ++upsets_;
    };
    observer.vbucket_promoted = [this](const Bucket &bucket, std::uint16_t vbucket, int from, int to,
                                       std::uint64_t lacking) {
        say(fmt::format("vBucket {} of {} falls from {} to {}, which lacks {} changes", vbucket, bucket.name(), from, to,
                        lacking));
        const std::uint16_t number = part(bucket, vbucket);
        note(Upheaval::Kind::moved, number);
        note_owner(number, to);
        if (to < 0) note(Upheaval::Kind::emptied, number);
        else if (lacking != 0 && replicas_may_lag_)
            note(Upheaval::Kind::fell_back, number, is_of_one_line(number) ? lacking : Upheaval::kAny);
        ++upsets_;
    };
    observer.node_restarted = [this](unsigned node, bool kept) {
        say(fmt::format("node {} is there again {} its items", node, kept ? "with" : "without"));
        for (std::uint16_t number = 0; number < owners_.size(); ++number) {
            if (owner(number) != static_cast<int>(node)) continue;
            note(Upheaval::Kind::moved, number);
            if (!kept) note(Upheaval::Kind::emptied, number);
        }
        ++upsets_;
    };
    observer.rebalance_started = [this] {
        say("rebalance started");
        ++upsets_;
    };
    observer.rebalance_finished = [this](const Error &outcome) {
        ++upsets_;
        say("rebalance finished " + (outcome ? outcome.message : std::string("well")));
    };
    observer.failed_over = [this](unsigned node, bool graceful) {
        ++upsets_;
        say(fmt::format("node {} is failed over{}", node, graceful ? " gracefully" : ""));
    };
    observer.split = [this](bool split) {
        ++upsets_;
        if (!split) {
            if (!splits_.empty()) splits_.back().to = world_.now();
            return;
        }
        Split &now = splits_.emplace_back();
        now.from = world_.now();
        for (const std::vector<Ownership> &owners : owners_) now.owners.push_back(owners.back().server);
    };
    cluster_.observe(std::move(observer));
}

std::string Schedule::host(std::uint64_t number) const {
    return number >= kFirstClient ? machine_host(static_cast<unsigned>(number - kFirstClient))
                                  : node_host(static_cast<unsigned>(number));
}

void Schedule::set_weather(std::uint64_t seed, unsigned severity) {
    const sim::Network network = weather(seed, severity);
    longest_turn_ = std::max(longest_turn_, network.turn.most + (network.stall != 0 ? network.stall_time.most : 0));
    world_.set_network(network);
}

void Schedule::run(const Event &event) {
    if (event.deed <= Deed::stall) return on_network(event);
    if (event.deed == Deed::spoil_cache)
        return workload_.spoil_cache(static_cast<unsigned>(event.arguments[0]), event.arguments[1]);
    if (event.deed >= Deed::add) return on_cluster(event);
    if (event.arguments[0] < cluster_.nodes().size()) on_node(event);
}

void Schedule::on_network(const Event &event) {
    const auto &[a, b, c] = event.arguments;
    const auto ways = c != 0 ? sim::Ways::forth : sim::Ways::both;
    switch (event.deed) {
    case Deed::weather: return set_weather(a, static_cast<unsigned>(b));
    case Deed::reset: world_.reset(host(a), host(b)); return;
    case Deed::drop: world_.drop(host(a), host(b)); return;
    case Deed::partition: return world_.partition(host(a), host(b), ways);
    case Deed::heal: return world_.heal(host(a), host(b), c != 0 ? sim::Loss::reset : sim::Loss::silent);
    case Deed::slow: return world_.slow(host(a), static_cast<unsigned>(b));
    case Deed::hold: return world_.pause(host(a));
    case Deed::let_go: return world_.resume(host(a));
    case Deed::kill: return world_.kill(host(a), b != 0 ? sim::Loss::silent : sim::Loss::reset);
    case Deed::revive: return world_.revive(host(a));
    case Deed::refuse_connects: return world_.refuse_connects(host(a), b != 0);
    case Deed::ignore_connects: return world_.ignore_connects(host(a), b != 0);
    case Deed::stall: {
        if (a < kFirstClient) return world_.stall(cluster_table_, b);
        const auto machine = static_cast<unsigned>(a - kFirstClient);
        stalls_.push_back({machine, world_.now(), world_.now() + b});
        return world_.stall(workload_.table(machine), b);
    }
    default: return;
    }
}

void Schedule::on_node(const Event &event) {
    const auto &[a, b, c] = event.arguments;
    const auto node = static_cast<unsigned>(a);
    Faults &faults = faults_[node];
    switch (event.deed) {
    case Deed::delay: faults.delay = {b, c}; break;
    case Deed::drop_requests: faults.drop_requests = chance(b); break;
    case Deed::drop_replies: faults.drop_replies = chance(b); break;
    case Deed::wrong_vbucket: faults.not_my_vbucket = chance(b); break;
    case Deed::temporary_failure: faults.temporary_failure = chance(b); break;
    case Deed::busy: faults.busy = chance(b); break;
    case Deed::cut_reply:
        faults.cut_reply = static_cast<std::uint32_t>(b);
        faults.cut_at = c;
        break;
    case Deed::stale_maps: faults.stale_maps = true; break;
    case Deed::lie: faults.lie = static_cast<devcluster::Lie>(b); break;
    case Deed::half_open: faults.half_open = true; break;
    case Deed::faultless: faults = {}; break;
    case Deed::stop: cluster_.stop_node(node); return;
    case Deed::start: cluster_.restart_node(node, b == 0); return;
    case Deed::pause: cluster_.pause_node(node); return;
    case Deed::resume: cluster_.resume_node(node); return;
    default: return;
    }
    cluster_.set_faults(node, faults);
    if (event.deed == Deed::cut_reply) faults.cut_reply = 0;  // once is enough
}

void Schedule::on_cluster(const Event &event) {
    const auto &[a, b, c] = event.arguments;
    const auto node = static_cast<unsigned>(a);
    const bool is_node = a < cluster_.nodes().size();
    Error error;
    switch (event.deed) {
    case Deed::add:
        if (cluster_.nodes().size() < kMostNodes) error = cluster_.add_node();
        break;
    case Deed::rebalance: {
        std::vector<unsigned> eject = members(a);
        std::erase_if(eject, [&](unsigned one) { return one >= cluster_.nodes().size(); });
        error = cluster_.rebalance(eject);
        break;
    }
    case Deed::stop_rebalance: cluster_.stop_rebalance(); break;
    case Deed::fail_over:
        if (is_node) error = cluster_.fail_over(node);
        break;
    case Deed::fail_over_graceful:
        if (is_node) error = cluster_.fail_over_gracefully(node);
        break;
    case Deed::add_back:
        if (is_node) error = cluster_.re_add(node, static_cast<devcluster::Recovery>(b));
        break;
    case Deed::split: {
        std::vector<unsigned> half = members(a);
        std::erase_if(half, [&](unsigned one) { return one >= cluster_.nodes().size(); });
        error = cluster_.split(half);
        break;
    }
    case Deed::join: cluster_.heal(); break;
    default: break;
    }
    if (error) say("not done: " + error.message);
}

bool Schedule::stalled(unsigned machine) const {
    return std::any_of(stalls_.begin(), stalls_.end(), [&](const Stall &stall) {
        return stall.machine == machine && stall.from <= world_.now() && world_.now() <= stall.to;
    });
}

void Schedule::heal() {
    say("everything heals");
    set_weather(0, 0);
    world_.heal_all();
    for (unsigned i = 0; i < kMostNodes + plan_.machines; ++i) {
        const std::string name = i < kMostNodes ? node_host(i) : machine_host(i - kMostNodes);
        world_.slow(name, 1);
        world_.resume(name);
        world_.revive(name);
        world_.refuse_connects(name, false);
        world_.ignore_connects(name, false);
    }
    if (cluster_.is_split()) cluster_.heal();
    for (unsigned i = 0; i < cluster_.nodes().size(); ++i) {
        cluster_.set_faults(i, {});
        cluster_.resume_node(i);
        cluster_.restart_node(i);
    }
    cluster_.set_pace({.moves_at_once = 8, .step_usec = 1'000});
}

bool Schedule::mend() {
    if (cluster_.rebalancing()) return false;
    bool whole = true;
    for (unsigned i = 0; i < cluster_.nodes().size(); ++i) {
        if (cluster_.membership(i) == Membership::failed) cluster_.re_add(i);
        whole = whole && (cluster_.membership(i) == Membership::active || cluster_.membership(i) == Membership::out);
    }
    for (std::uint16_t number = 0; number < owners_.size(); ++number) whole = whole && owner(number) >= 0;
    if (whole) return true;
    if (const Error error = cluster_.rebalance()) {
        say("cannot rebalance: " + error.message);
        // Who came back for what is no longer there leaves instead.
        for (unsigned i = 0; i < cluster_.nodes().size(); ++i)
            if (cluster_.membership(i) == Membership::added) cluster_.eject(i);
    }
    return false;
}

}  // namespace tenon::simulation
