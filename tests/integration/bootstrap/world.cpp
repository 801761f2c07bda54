// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include <cstdlib>
#include <utility>

#include <doctest/doctest.h>

#include "own_loopback.hpp"

namespace tenon::test {

using namespace std::chrono_literals;

Bystander::Bystander(tenon_io_ops *io)
    : reactor_(io), listener_(*reactor_, this, [](void *self, int sock) {
          Bystander &bystander = *static_cast<Bystander *>(self);
          ++bystander.visitors;
          bystander.reactor_->io()->close(bystander.reactor_->io(), sock);
      }) {
    const Error error = listener_.listen(own_loopback().c_str(), 0);
    REQUIRE_MESSAGE(!error, error.message);
}

devcluster::NodeAddress Bystander::address() const {
    devcluster::NodeAddress address;
    address.host = own_loopback();
    address.data_port = listener_.port();
    return address;
}

void run_for(const io &io, std::uint64_t usec) {
    net::ReactorRef reactor(io.get());
    net::Timer timer(*reactor, io.get(), [](void *table) {
        auto *ops = static_cast<tenon_io_ops *>(table);
        ops->stop_event_loop(ops);
    });
    timer.arm(usec);
    io.get()->run_event_loop(io.get());
}

bool until(const io &io, const std::function<bool()> &so) {
    for (int i = 0; i < 4000 && !so(); ++i) run_for(io, 5'000);
    return so();
}

devcluster::Options on_own_address(devcluster::Options options) {
    options.host = own_loopback();
    return options;
}

void start(devcluster::Cluster &cluster) {
    const Error error = cluster.start();
    REQUIRE_MESSAGE(!error, error.message);
}

std::vector<std::string> hosts_of(const devcluster::Cluster &cluster, const std::vector<unsigned> &nodes) {
    std::vector<std::string> hosts;
    for (const unsigned node : nodes)
        hosts.push_back(cluster.options().host + ":" + std::to_string(cluster.management_port(node)));
    return hosts;
}

Program::Program(const io &io, std::vector<std::string> hosts, const std::function<void(Options &)> &adapt) : loop(io) {
    Options options;
    options.hosts = std::move(hosts);
    options.operation_timeout = 10s;
    options.bootstrap_timeout = 20s;
    options.connect_timeout = 10s;
    options.seed = 1;
    options.log_level = 2;
    options.log = [this](int, std::string_view line) { lines.emplace_back(line); };
    if (adapt) adapt(options);
    client.emplace(io, options);
}

std::error_code Program::connect() {
    std::error_code outcome;
    int calls = 0;
    REQUIRE_FALSE(client->connect([&](std::error_code error, std::string_view text) {
        outcome = error;
        message = text;
        ++calls;
    }));
    CHECK(client->wait() == outcome);
    CHECK(calls == 1);
    return outcome;
}

int Program::failures(const std::string &prefix, int count) {
    int failed = 0, answers = 0;
    for (int i = 0; i < count; ++i) {
        const std::string key = prefix + std::to_string(i);
        const auto stored = [&, key](const Reply &reply) {
            ++answers;
            failed += reply.error ? 1 : 0;
            if (reply.error) MESSAGE("set of " << key << ": " << reply.error.message() << ": " << reply.detail);
        };
        const auto read = [&, key](const Reply &reply) {
            ++answers;
            failed += reply.error || reply.text() != key ? 1 : 0;
        };
        REQUIRE_FALSE(client->set(key, as_bytes(key), stored));
        REQUIRE_FALSE(client->get(key, read));
    }
    REQUIRE_FALSE(client->wait());
    CHECK(answers == 2 * count);
    return failed;
}

int Program::logged(const std::string &text) const {
    int count = 0;
    for (const std::string &line : lines) count += line.find(text) != std::string::npos ? 1 : 0;
    return count;
}

std::vector<int> Program::revisions() const {
    std::vector<int> all;
    for (const std::string &line : lines) {
        const std::size_t at = line.find("servers, revision ");
        if (at != std::string::npos) all.push_back(std::atoi(line.c_str() + at + 18));
    }
    return all;
}

}  // namespace tenon::test
