// SPDX-License-Identifier: Apache-2.0
/// @file
/// Many instances on one table: what each costs while it is idle, and what an operation costs among so many.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "place.hpp"
#include "process.hpp"

namespace {

using namespace tenon;

/// An instance looks whether it is idle when its first deadline comes.
constexpr std::chrono::milliseconds kTimeout{1500};
constexpr std::uint32_t kIdle = 1'700'000;

void check(std::error_code error, const std::string &words) {
    if (error) throw std::system_error(error, words);
}

class Crowd {
public:
    Crowd(const bench::Place &place, std::size_t batch) : place_(place) {
        for (std::size_t i = 0; i < batch; ++i) keys_.push_back(fmt::format("key-{:012}", i));
    }

    /// So many more instances, connected to every node of the cluster.
    void grow(std::size_t count) {
        constexpr std::size_t kTogether = 100;  // a server's queue of new connections is not endless
        while (count != 0) {
            const std::size_t first = clients_.size();
            Options options = place_.options();
            options.operation_timeout = kTimeout;
            for (; count != 0 && clients_.size() < first + kTogether; --count)
                clients_.push_back(std::make_unique<Client>(place_.table(), options));
            for (std::size_t i = first; i < clients_.size(); ++i) check(clients_[i]->connect(), "connect");
            for (std::size_t i = first; i < clients_.size(); ++i)
                check(clients_[i]->wait(), clients_[i]->error_message());
            for (std::size_t i = first; i < clients_.size(); ++i) get_batch(*clients_[i]);
            for (std::size_t i = first; i < clients_.size(); ++i) check(clients_[i]->wait(), "wait");
        }
    }

    /// A batch of gets by each instance, all under way together. A function of its own, for callgrind to count in.
    [[gnu::noinline]] void round() {
        for (const auto &client : clients_) get_batch(*client);
        for (const auto &client : clients_) check(client->wait(), "wait");
    }

    std::size_t size() const { return clients_.size(); }
    std::uint64_t operations() const { return operations_; }
    std::uint64_t failures() const { return failures_; }

private:
    void get_batch(Client &client) {
        const Batch together(client);
        for (const std::string &key : keys_) {
            check(client.get(key, [this](const Reply &reply) {
                ++operations_;
                if (reply.error != errc::not_found) ++failures_;
            }), "get");
        }
    }

    const bench::Place &place_;
    std::vector<std::string> keys_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::uint64_t operations_ = 0, failures_ = 0;
};

void measure(const bench::Place &place, std::size_t count, std::size_t batch, std::size_t operations) {
    Crowd crowd(place, batch);
    crowd.grow(1);  // what the table has once
    place.pass(kIdle);
    const bench::Memory before = bench::Memory::now();
    crowd.grow(count - 1);
    place.pass(kIdle);
    const bench::Memory more = bench::Memory::now() - before;
    const double others = count > 1 ? static_cast<double>(count - 1) : 1;

    crowd.round();
    const std::uint64_t done = crowd.operations();
    const bench::Cpu cpu_before = bench::Cpu::now();
    while (crowd.operations() - done < operations) crowd.round();
    const bench::Cpu cpu = bench::Cpu::now() - cpu_before;
    const double each = 1000 / static_cast<double>(crowd.operations() - done);
    fmt::print("{{\"instances\": {}, \"heap_bytes_each\": {:.0f}, \"resident_bytes_each\": {:.0f}, "
               "\"cpu_ns_per_op\": {:.1f}, \"user_ns_per_op\": {:.1f}, \"sys_ns_per_op\": {:.1f}, \"errors\": {}}}\n",
               count, more.heap / others, more.resident / others, cpu.total() * each, cpu.user * each,
               cpu.system * each, crowd.failures());
}

}  // namespace

int main(int argc, char **argv) {
    std::string host;
    std::size_t count = 500, batch = 100, operations = 500'000;
    unsigned simulated = 0;
    CLI::App app("Measures many instances on one IO table: memory of an idle one that is connected to every node, and\n"
                 "CPU an operation when each of them has a batch of gets under way.");
    app.add_option("--host", host, "management address of the cluster, HOST:PORT");
    app.add_option("--simulated", simulated, "instead: a devcluster of so many nodes on plugins/sim, in this process");
    app.add_option("--count", count, "instances")->capture_default_str();
    app.add_option("--batch", batch, "operations that each has under way")->capture_default_str();
    app.add_option("--operations", operations, "of all, at least")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        measure(simulated != 0 ? bench::Place::simulated(simulated) : bench::Place::sockets(host), count, batch,
                operations);
    } catch (const std::exception &error) {
        fmt::print(stderr, "instances: {}\n", error.what());
        return 1;
    }
    return 0;
}
