// SPDX-License-Identifier: Apache-2.0
// What clients are asked to do.
#include <algorithm>
#include <iterator>

#include "generator.hpp"

namespace tenon::simulation {
namespace {

struct Weight {
    Action action;
    unsigned weight;
};

constexpr Weight kOfItems[] = {
    {Action::get, 24},   {Action::set, 18},       {Action::add, 6},           {Action::replace, 5},
    {Action::append, 9}, {Action::prepend, 3},    {Action::remove, 5},        {Action::touch, 3},
    {Action::lock, 4},   {Action::unlock, 4},     {Action::get_and_touch, 3}, {Action::get_replica, 4},
    {Action::noop, 1},   {Action::version, 1},    {Action::stats, 1},         {Action::get_all_replicas, 2},
    {Action::increment, 1},
};
constexpr Weight kOfCounters[] = {
    {Action::increment, 30}, {Action::decrement, 15}, {Action::get, 12}, {Action::remove, 4},
    {Action::touch, 2},      {Action::get_replica, 2}, {Action::set, 1}, {Action::append, 1},
};

template <std::size_t N>
Action draw(const Weight (&weights)[N], sim::Random &random) {
    unsigned sum = 0;
    for (const Weight &w : weights) sum += w.weight;
    std::uint64_t at = random.below(sum);
    for (const Weight &w : weights) {
        if (at < w.weight) return w.action;
        at -= w.weight;
    }
    return weights[0].action;
}

bool stores(Action action) { return action == Action::set || action == Action::add || action == Action::replace; }
bool counts(Action action) { return action == Action::increment || action == Action::decrement; }
bool has_value(Action action) { return stores(action) || action == Action::append || action == Action::prepend; }

std::uint64_t draw_size(sim::Random &random) {
    const std::uint64_t kind = random.below(100);
    if (kind < 60) return random.below(20);
    if (kind < 95) return random.below(1'000);
    return random.below(30'000);
}

void fill_in(OperationPlan &operation, sim::Random &random) {
    const Action action = operation.action;
    if (has_value(action)) operation.size = draw_size(random);
    if (action == Action::get_replica) operation.size = random.below(3);
    if (counts(action)) {
        operation.delta = random.below(10);
        // So that values of different lives of a counter hardly meet.
        if (random.chance(600'000)) operation.initial = 1'000'000 * (1 + random.below(1'000'000));
    }
    if ((stores(action) || counts(action)) && random.chance(120'000))
        operation.seconds = static_cast<std::uint32_t>(1 + random.below(3));
    if (action == Action::touch || action == Action::get_and_touch)
        operation.seconds = static_cast<std::uint32_t>(random.below(4));
    if (action == Action::lock) operation.seconds = static_cast<std::uint32_t>(1 + random.below(4));
    const bool takes_cas = has_value(action) || action == Action::remove;
    if (takes_cas && action != Action::add && random.chance(250'000))
        operation.cas = random.chance(850'000) ? CasUse::seen : CasUse::wrong;
    if (action == Action::unlock) operation.cas = random.chance(850'000) ? CasUse::seen : CasUse::wrong;
    if (random.chance(150'000)) operation.timeout = 1'000 + random.below(random.chance(500'000) ? 50'000 : 3'000'000);
}

/// A client that lives at the time; most of the time one at least does.
unsigned someone(const Plan &plan, Time at, sim::Random &random) {
    for (unsigned tries = 0; tries < 8; ++tries) {
        const auto client = static_cast<unsigned>(random.below(plan.clients.size()));
        if (plan.clients[client].born <= at && at < plan.clients[client].dies) return client;
    }
    return static_cast<unsigned>(random.below(plan.clients.size()));
}

unsigned draw_key(const Plan &plan, sim::Random &random) {
    // A few keys get most of it.
    const std::uint64_t most = random.chance(600'000) ? std::min<std::uint64_t>(plan.keys, 3) : plan.keys;
    return static_cast<unsigned>((random.below(most) * 5) % plan.keys);
}

}  // namespace

void plan_workload(Plan &plan, sim::Random &random) {
    const std::size_t count = 40 + random.below(140);
    // Bursts: some moments with many operations at once.
    std::vector<Time> times;
    while (times.size() < count) {
        const Time at = 1'000 + random.below(plan.healed + 500'000);
        const std::size_t burst = random.chance(200'000) ? 1 + random.below(16) : 1;
        for (std::size_t i = 0; i < burst && times.size() < count; ++i) times.push_back(at);
    }
    std::sort(times.begin(), times.end());
    std::vector<std::uint32_t> last_of(plan.clients.size(), OperationPlan::kNone);
    for (const Time at : times) {
        OperationPlan operation;
        operation.at = at;
        operation.client = someone(plan, at, random);
        operation.key = draw_key(plan, random);
        operation.action = plan.is_counter(operation.key) ? draw(kOfCounters, random) : draw(kOfItems, random);
        fill_in(operation, random);
        std::uint32_t &last = last_of[operation.client];
        if (last != OperationPlan::kNone && random.chance(300'000)) {
            operation.after = last;
            operation.at = 0;
        }
        last = static_cast<std::uint32_t>(plan.operations.size());
        plan.operations.push_back(operation);
    }
}

}  // namespace tenon::simulation
