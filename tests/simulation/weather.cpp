// SPDX-License-Identifier: Apache-2.0
#include "weather.hpp"

namespace tenon::simulation {
namespace {

void make_awkward(sim::Network &network, sim::Random &random) {
    if (random.chance(30'000)) {
        network = sim::Network::one_byte();
        // A byte a turn is what this is about; a second a kilobyte is not.
        network.latency = {20, 100};
        return;
    }
    if (random.chance(500'000)) network.latency = {50, 1'000 + random.below(30'000)};
    if (random.chance(200'000)) network.bandwidth = 20'000 + random.below(2'000'000);
    if (random.chance(300'000)) network.send_buffer = static_cast<std::uint32_t>(200 + random.below(8'000));
    if (random.chance(300'000)) network.receive_buffer = static_cast<std::uint32_t>(200 + random.below(8'000));
    if (random.chance(500'000)) network.split = static_cast<std::uint32_t>(random.below(300'000));
    if (random.chance(500'000)) network.partial_write = static_cast<std::uint32_t>(random.below(300'000));
    if (random.chance(500'000)) network.partial_read = static_cast<std::uint32_t>(random.below(300'000));
    if (random.chance(300'000)) network.empty_read = static_cast<std::uint32_t>(random.below(200'000));
    if (random.chance(300'000)) network.turn = {1, 20 + random.below(2'000)};
    if (random.chance(300'000)) network.stall = static_cast<std::uint32_t>(random.below(5'000));
}

void make_bad(sim::Network &network, sim::Random &random, std::uint32_t most) {
    if (random.chance(700'000)) network.reset = static_cast<std::uint32_t>(random.below(most));
    if (random.chance(400'000)) network.drop = static_cast<std::uint32_t>(random.below(most / 2));
    if (random.chance(500'000)) network.refuse_connect = static_cast<std::uint32_t>(random.below(10 * most));
    if (random.chance(300'000)) network.lose_connect = static_cast<std::uint32_t>(random.below(5 * most));
    if (random.chance(300'000)) network.connect_delay = {0, random.below(300'000)};
}

}  // namespace

sim::Network weather(std::uint64_t seed, unsigned severity) {
    sim::Network network;
    sim::Random random(seed);
    if (severity >= 1) make_awkward(network, random);
    if (severity >= 2) make_bad(network, random, severity >= 3 ? 60'000 : 10'000);
    return network;
}

}  // namespace tenon::simulation
