// SPDX-License-Identifier: Apache-2.0
/// @file
/// One instance a thread, each on a table of its own: whether an operation costs more when there are two.
#include <atomic>
#include <cstddef>
#include <exception>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "load.hpp"
#include "place.hpp"
#include "process.hpp"

namespace {

using namespace tenon;

void check(std::error_code error, const std::string &words) {
    if (error) throw std::system_error(error, words);
}

/// What the thread's own CPU time says of an operation, in nanoseconds. The threads begin together.
struct Lane {
    bench::Cpu each{};
    std::exception_ptr failed;

    void run(const std::string &host, unsigned simulated, const bench::LoadOptions &load_options,
             std::atomic<unsigned> &waiting) {
        try {
            const bench::Place place =
                simulated != 0 ? bench::Place::simulated(simulated) : bench::Place::sockets(host);
            Client client(place.table(), place.options());
            check(client.connect(), "connect");
            check(client.wait(), client.error_message());
            bench::Load load(client, load_options);
            check(load.prefill(), "prefill");
            check(load.run(), "run");
            --waiting;
            while (waiting != 0) std::this_thread::yield();
            const std::uint64_t done = load.operations();
            const bench::Cpu before = bench::Cpu::now(RUSAGE_THREAD);
            check(load.run(), "run");
            const bench::Cpu used = bench::Cpu::now(RUSAGE_THREAD) - before;
            const double nanoseconds = 1000 / static_cast<double>(load.operations() - done);
            each = {used.user * nanoseconds, used.system * nanoseconds};
            if (load.errors() != 0) throw std::runtime_error("operations failed");
        } catch (...) {
            failed = std::current_exception();
            waiting = 0;
        }
    }
};

}  // namespace

int main(int argc, char **argv) {
    std::string host;
    unsigned simulated = 0, threads = 2;
    bench::LoadOptions load;
    load.batch = 1000;
    CLI::App app("Runs one instance a thread, each on a table of its own, and tells CPU an operation by the threads'\n"
                 "clocks.");
    app.add_option("--host", host, "management address of the cluster, HOST:PORT");
    app.add_option("--simulated", simulated,
                   "instead: for each thread a devcluster of so many nodes on plugins/sim. No system call, and nothing\n"
                   "shared that the library does not share; a devcluster's work is counted too");
    app.add_option("--threads", threads, "how many")->capture_default_str();
    app.add_option("--batch", load.batch, "operations scheduled together")->capture_default_str();
    app.add_option("--cycles", load.cycles, "number of batches")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        std::atomic<unsigned> waiting = threads;
        std::vector<Lane> lanes(threads);
        {
            std::vector<std::jthread> running;
            for (Lane &lane : lanes) running.emplace_back([&] { lane.run(host, simulated, load, waiting); });
        }
        bench::Cpu sum{};
        for (const Lane &lane : lanes) {
            if (lane.failed) std::rethrow_exception(lane.failed);
            sum = {sum.user + lane.each.user, sum.system + lane.each.system};
        }
        fmt::print("{{\"threads\": {}, \"cpu_ns_per_op\": {:.1f}, \"user_ns_per_op\": {:.1f}, "
                   "\"sys_ns_per_op\": {:.1f}}}\n",
                   threads, sum.total() / threads, sum.user / threads, sum.system / threads);
    } catch (const std::exception &error) {
        fmt::print(stderr, "threads: {}\n", error.what());
        return 1;
    }
    return 0;
}
