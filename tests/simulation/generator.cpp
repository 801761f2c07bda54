// SPDX-License-Identifier: Apache-2.0
#include "generator.hpp"

#include <algorithm>

namespace tenon::simulation {
namespace {

constexpr Time kSecond = 1'000'000;

ClusterPlan plan_cluster(sim::Random &random) {
    ClusterPlan cluster;
    cluster.nodes = static_cast<unsigned>(2 + random.below(4));
    cluster.vbuckets = 8U << random.below(4);
    cluster.replicas = static_cast<unsigned>(random.below(std::min(3U, cluster.nodes)));
    if (cluster.replicas != 0 && random.chance(500'000))
        cluster.lag = 100 + random.below(random.chance(500'000) ? 5'000 : 200'000);
    cluster.epochs = random.chance(300'000);
    cluster.maps_in_refusals = random.chance(600'000);
    cluster.fast_forward = random.chance(600'000);
    cluster.step = 200 + random.below(random.chance(500'000) ? 2'000 : 100'000);
    if (random.chance(300'000)) cluster.takeover = random.below(100'000);
    const std::uint64_t maps = random.below(3);
    if (maps != 0) cluster.map_interval = maps == 1 ? random.below(500'000) : kNever;  // the last: first and final only
    if (random.chance(300'000)) cluster.warmup = random.below(1'000'000);
    return cluster;
}

std::uint64_t some_of(unsigned count, sim::Random &random) {
    const std::uint64_t all = (std::uint64_t{1} << count) - 1;
    if (random.chance(500'000)) return all;
    const std::uint64_t some = random.next() & all;
    return some != 0 ? some : std::uint64_t{1} << random.below(count);
}

void plan_clients(Plan &plan, sim::Random &random) {
    plan.machines = static_cast<unsigned>(1 + random.below(3));
    const std::size_t clients = plan.machines + random.below(2);
    for (std::size_t i = 0; i < clients; ++i) {
        ClientPlan client;
        client.machine = static_cast<unsigned>(i % plan.machines);
        client.born = random.chance(700'000) ? random.below(50'000) : random.below(plan.healed);
        client.hosts = some_of(plan.cluster.nodes, random);
        static constexpr std::uint64_t kTimeouts[] = {2'500'000, 2'500'000, 1'000'000, 300'000, 60'000};
        client.timeout = kTimeouts[random.below(std::size(kTimeouts))];
        client.connect_timeout = random.chance(500'000) ? 2'000'000 : 100'000 + random.below(1'000'000);
        client.agreement = random.chance(500'000) ? 1 : 0;
        client.watch = random.chance(300'000) ? 1 : 0;
        const bool dies = random.chance(300'000);
        if (dies) {
            client.dies = std::min(client.born + random.below(plan.healed), plan.healed);
            client.dies_in_callback = random.chance(500'000);
        }
        plan.clients.push_back(client);
        if (dies && random.chance(800'000)) {  // and is started again
            client.born = client.dies + random.below(kSecond);
            client.dies = kNever;
            plan.clients.push_back(client);
        }
    }
    // Somebody has to be there in the end.
    if (std::none_of(plan.clients.begin(), plan.clients.end(), [](const ClientPlan &c) { return c.dies == kNever; }))
        plan.clients.front().dies = kNever;
}

}  // namespace

Plan generate(std::uint64_t seed, unsigned version) {
    sim::Random random(seed ^ 0x7e401);
    Plan plan;
    plan.seed = seed;
    plan.healed = kSecond + 200'000 + random.below(7 * kSecond);
    plan.keys = static_cast<unsigned>(3 + random.below(14));
    plan.cluster = plan_cluster(random);
    plan_clients(plan, random);
    plan_workload(plan, random);
    plan_trouble(plan, random);
    if (version >= 2) {
        sim::Random more(seed ^ 0x7e402);
        plan_more(plan, more);
    }
    return plan;
}

}  // namespace tenon::simulation
