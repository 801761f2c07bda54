// SPDX-License-Identifier: Apache-2.0
/// @file
/// A burst of operations: what each takes while it is pending, and what of the memory stays when all is quiet again.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "place.hpp"
#include "process.hpp"

namespace {

using namespace tenon;

constexpr std::chrono::seconds kTimeout{10};  // an instance looks whether it is idle when its first deadline comes
constexpr std::size_t kValueSize = 100;
constexpr std::size_t kFrame = 24 + 8 + 16 + kValueSize;  // header, flags and expiry, key, value

void check(std::error_code error, const std::string &words) {
    if (error) throw std::system_error(error, words);
}

void measure(const bench::Place &place, std::size_t pending) {
    Options options = place.options();
    options.max_pending_operations = std::max(options.max_pending_operations, pending);
    options.max_pending_bytes = std::numeric_limits<std::size_t>::max();
    options.operation_timeout = kTimeout;
    Client client(place.table(), options);
    check(client.connect(), "connect");
    check(client.wait(), client.error_message());

    const std::vector<std::byte> value(kValueSize, std::byte{'x'});
    std::uint64_t failures = 0;
    const auto burst = [&](std::size_t count) {
        bench::Memory all_pending{};
        {
            const Batch together(client);  // nothing leaves before all are scheduled
            for (std::size_t i = 0; i < count; ++i) {
                const std::string key = fmt::format("key-{:012}", i % 100'000);
                check(client.set(key, value, [&](const Reply &reply) { failures += reply.error ? 1 : 0; }), "set");
            }
            all_pending = bench::Memory::now();
        }
        check(client.wait(), "wait");
        return all_pending;
    };
    const auto become_idle = [&] {
        place.pass(static_cast<std::uint32_t>(std::chrono::microseconds(kTimeout).count()) + 500'000);
        return bench::Memory::now();
    };

    burst(1000);
    const bench::Memory before = become_idle();
    const bench::Memory during = burst(pending) - before;
    const bench::Memory left = become_idle() - before;
    malloc_trim(0);  // what malloc has back and keeps for the next one is the system's from here on
    const bench::Memory trimmed = bench::Memory::now() - before;
    fmt::print("{{\"pending\": {}, \"heap_bytes_each_beyond_its_own\": {:.1f}, \"heap_during\": {:.0f}, "
               "\"resident_during\": {:.0f}, \"heap_left\": {:.0f}, \"resident_left\": {:.0f}, "
               "\"resident_trimmed\": {:.0f}, \"errors\": {}}}\n",
               pending, during.heap / static_cast<double>(pending) - static_cast<double>(kFrame), during.heap,
               during.resident, left.heap, left.resident, trimmed.resident, failures);
}

}  // namespace

int main(int argc, char **argv) {
    std::string host;
    std::size_t pending = 1'000'000;
    CLI::App app("Measures a burst of sets (16-byte keys, 100-byte values): the memory that each takes while all are\n"
                 "pending, beyond the bytes of its own request, and what is left of it when the client is idle again.");
    app.add_option("--host", host, "management address of the cluster, HOST:PORT")->required();
    app.add_option("--pending", pending, "operations")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        measure(bench::Place::sockets(host), pending);
    } catch (const std::exception &error) {
        fmt::print(stderr, "burst: {}\n", error.what());
        return 1;
    }
    return 0;
}
