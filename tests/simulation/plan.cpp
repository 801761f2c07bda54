// SPDX-License-Identifier: Apache-2.0
#include "plan.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

namespace tenon::simulation {
namespace {

struct DeedInfo {
    const char *name;
    unsigned arguments;
};

constexpr DeedInfo kInfo[kDeeds] = {
    {"weather", 2},       {"reset", 2},         {"drop", 2},         {"partition", 3},
    {"heal", 3},          {"slow", 2},          {"hold", 1},         {"let-go", 1},
    {"kill", 2},          {"revive", 1},        {"refuse-connects", 2}, {"ignore-connects", 2},
    {"stall", 2},         {"delay", 3},         {"drop-requests", 2}, {"drop-replies", 2},
    {"wrong-vbucket", 2}, {"temporary-failure", 2}, {"busy", 2},     {"cut-reply", 3},
    {"stale-maps", 1},    {"lie", 2},           {"half-open", 1},    {"faultless", 1},
    {"stop", 1},          {"start", 2},         {"pause", 1},        {"resume", 1},
    {"add", 0},           {"rebalance", 1},     {"stop-rebalance", 0}, {"fail-over", 1},
    {"fail-over-gracefully", 1}, {"add-back", 2}, {"split", 1},      {"join", 0},
    {"spoil-cache", 2},
};

constexpr const char *kCasNames[] = {"none", "seen", "wrong"};

/// The words of a line: "verb", then "name=value" or plain ones.
class Words {
public:
    explicit Words(std::string_view line) : line_(line), rest_(line) {}

    bool empty() {
        while (rest_.starts_with(' ')) rest_.remove_prefix(1);
        return rest_.empty();
    }
    std::string_view next() {
        if (empty()) fail();
        const std::string_view word = rest_.substr(0, rest_.find(' '));
        rest_.remove_prefix(word.size());
        return word;
    }
    std::uint64_t number() { return number(next()); }
    std::uint64_t number(std::string_view word) const {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
        if (error != std::errc() || end != word.data() + word.size()) fail();
        return value;
    }
    /// The next word's number, which has this name.
    /// The same, if there is one more word; else what it is where it is not said.
    std::uint64_t named(std::string_view name, std::uint64_t otherwise) { return empty() ? otherwise : named(name); }
    std::uint64_t named(std::string_view name) {
        const std::string_view word = next();
        if (!word.starts_with(name) || word.substr(name.size(), 1) != "=") fail();
        return number(word.substr(name.size() + 1));
    }
    [[noreturn]] void fail() const { throw std::runtime_error(fmt::format("not a part of a plan: \"{}\"", line_)); }

private:
    std::string_view line_;
    std::string_view rest_;
};

std::string to_text(const ClusterPlan &c) {
    return fmt::format(
        "cluster nodes={} vbuckets={} replicas={} lag={} epochs={} maps-in-refusals={} fast-forward={} step={} "
        "takeover={} map-interval={} warmup={} kind={} buckets={} passwords={} persistence={}\n",
        c.nodes, c.vbuckets, c.replicas, c.lag, int{c.epochs}, int{c.maps_in_refusals}, int{c.fast_forward}, c.step,
        c.takeover, c.map_interval, c.warmup, static_cast<unsigned>(c.kind), c.buckets, int{c.passwords},
        c.persistence);
}

ClusterPlan parse_cluster(Words &words) {
    ClusterPlan c;
    c.nodes = static_cast<unsigned>(words.named("nodes"));
    c.vbuckets = static_cast<unsigned>(words.named("vbuckets"));
    c.replicas = static_cast<unsigned>(words.named("replicas"));
    c.lag = words.named("lag");
    c.epochs = words.named("epochs") != 0;
    c.maps_in_refusals = words.named("maps-in-refusals") != 0;
    c.fast_forward = words.named("fast-forward") != 0;
    c.step = words.named("step");
    c.takeover = words.named("takeover");
    c.map_interval = words.named("map-interval");
    c.warmup = words.named("warmup");
    c.kind = static_cast<BucketKind>(words.named("kind", 0) % 3);
    c.buckets = static_cast<unsigned>(words.named("buckets", 1));
    c.passwords = words.named("passwords", 0) != 0;
    c.persistence = words.named("persistence", 0);
    return c;
}

std::string to_text(const ClientPlan &c) {
    return fmt::format(
        "client machine={} born={} dies={} in-callback={} hosts={} timeout={} connect-timeout={} agreement={} "
        "watch={} bucket={} password={} cache={}\n",
        c.machine, c.born, c.dies, int{c.dies_in_callback}, c.hosts, c.timeout, c.connect_timeout, c.agreement,
        c.watch, c.bucket, c.password, c.cache);
}

ClientPlan parse_client(Words &words) {
    ClientPlan c;
    c.machine = static_cast<unsigned>(words.named("machine"));
    c.born = words.named("born");
    c.dies = words.named("dies");
    c.dies_in_callback = words.named("in-callback") != 0;
    c.hosts = words.named("hosts");
    c.timeout = words.named("timeout");
    c.connect_timeout = words.named("connect-timeout");
    c.agreement = static_cast<unsigned>(words.named("agreement"));
    c.watch = static_cast<unsigned>(words.named("watch"));
    c.bucket = static_cast<unsigned>(words.named("bucket", 0));
    c.password = static_cast<unsigned>(words.named("password", 0));
    c.cache = static_cast<unsigned>(words.named("cache", 0));
    return c;
}

OperationPlan parse_operation(Words &words, std::string_view verb) {
    OperationPlan o;
    if (verb == "then") o.after = static_cast<std::uint32_t>(words.number());
    else o.at = words.number();
    o.client = static_cast<unsigned>(words.named("client"));
    const std::string_view action = words.next();
    unsigned i = 0;
    while (i < kActions && action != name(static_cast<Action>(i))) ++i;
    if (i == kActions) words.fail();
    o.action = static_cast<Action>(i);
    o.key = static_cast<unsigned>(words.named("key"));
    const std::string_view cas = words.next();
    for (i = 0; i < 3 && cas != fmt::format("cas={}", kCasNames[i]); ++i) {}
    if (i == 3) words.fail();
    o.cas = static_cast<CasUse>(i);
    o.size = words.named("size");
    o.delta = words.named("delta");
    o.initial = words.named("initial");
    o.seconds = static_cast<std::uint32_t>(words.named("seconds"));
    o.timeout = words.named("timeout");
    o.cancel = words.named("cancel", 0);
    return o;
}

Event parse_event(Words &words) {
    Event event;
    event.at = words.number();
    const std::string_view deed = words.next();
    unsigned i = 0;
    while (i < kDeeds && deed != kInfo[i].name) ++i;
    if (i == kDeeds) words.fail();
    event.deed = static_cast<Deed>(i);
    for (unsigned a = 0; a < kInfo[i].arguments; ++a) event.arguments[a] = words.number();
    return event;
}

}  // namespace

const char *name(Deed deed) { return kInfo[static_cast<unsigned>(deed)].name; }

bool Plan::smooth() const {
    return std::all_of(events.begin(), events.end(), [](const Event &event) {
        return event.deed == Deed::add || event.deed == Deed::rebalance || event.deed == Deed::stop_rebalance ||
               event.deed == Deed::fail_over_graceful || event.deed == Deed::add_back ||
               event.deed == Deed::spoil_cache;
    });
}

std::string to_text(const Event &event) {
    std::string text = fmt::format("do {} {}", event.at, name(event.deed));
    for (unsigned i = 0; i < kInfo[static_cast<unsigned>(event.deed)].arguments; ++i)
        text += fmt::format(" {}", event.arguments[i]);
    return text;
}

std::string to_text(const OperationPlan &o) {
    const bool chained = o.after != OperationPlan::kNone;
    return fmt::format("{} {} client={} {} key={} cas={} size={} delta={} initial={} seconds={} timeout={} cancel={}",
                       chained ? "then" : "call", chained ? o.after : o.at, o.client, name(o.action), o.key,
                       kCasNames[static_cast<unsigned>(o.cas)], o.size, o.delta, o.initial, o.seconds, o.timeout,
                       o.cancel);
}

std::string to_text(const Plan &plan) {
    std::string text = fmt::format("plan seed={} machines={} keys={} healed={} routed={}\n", plan.seed, plan.machines,
                                   plan.keys, plan.healed, int{plan.routed});
    text += to_text(plan.cluster);
    for (const ClientPlan &client : plan.clients) text += to_text(client);
    for (const OperationPlan &operation : plan.operations) text += to_text(operation) + '\n';
    for (const Event &event : plan.events) text += to_text(event) + '\n';
    return text;
}

Plan parse_plan(std::string_view text) {
    Plan plan;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        Words words(line);
        if (words.empty() || line.starts_with('#')) continue;
        const std::string_view verb = words.next();
        if (verb == "plan") {
            plan.seed = words.named("seed");
            plan.machines = static_cast<unsigned>(words.named("machines"));
            plan.keys = static_cast<unsigned>(words.named("keys"));
            plan.healed = words.named("healed");
            plan.routed = words.named("routed", 0) != 0;
        } else if (verb == "cluster") {
            plan.cluster = parse_cluster(words);
        } else if (verb == "client") {
            plan.clients.push_back(parse_client(words));
        } else if (verb == "call" || verb == "then") {
            plan.operations.push_back(parse_operation(words, verb));
        } else if (verb == "do") {
            plan.events.push_back(parse_event(words));
        } else {
            words.fail();
        }
        if (!words.empty()) words.fail();
    }
    return plan;
}

}  // namespace tenon::simulation
