// SPDX-License-Identifier: Apache-2.0
/// @file
/// Whether one node's slowness reaches operations on the others: latencies of both, side by side.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <tenon/tenon.hpp>

#include "histogram.hpp"

namespace {

using namespace tenon;
using Clock = std::chrono::steady_clock;

void check(std::error_code error, const std::string &words) {
    if (error) throw std::system_error(error, words);
}

/// Keeps one get under way for each of its keys, for a while.
class Stream {
public:
    Stream(Client &client, std::vector<std::string> keys, Clock::time_point end)
        : client_(client), keys_(std::move(keys)), end_(end) {}

    void begin() {
        for (const std::string &key : keys_) get(key);
    }
    std::uint64_t failures() const { return failures_; }
    double microseconds(double percent) const { return static_cast<double>(latency_.percentile(percent)) / 1000; }
    std::uint64_t operations() const { return operations_; }

private:
    void get(const std::string &key) {
        const Clock::time_point start = Clock::now();
        if (start >= end_) return;
        check(client_.get(key, [this, &key, start](const Reply &reply) {
            if (reply.error != errc::not_found) ++failures_;
            ++operations_;
            latency_.record(static_cast<std::uint64_t>((Clock::now() - start).count()));
            get(key);
        }), "get");
    }

    Client &client_;
    const std::vector<std::string> keys_;
    const Clock::time_point end_;
    bench::Histogram latency_;
    std::uint64_t operations_ = 0, failures_ = 0;
};

/// So many keys of each node, by its name.
std::map<std::string, std::vector<std::string>> keys_by_node(Client &client, std::size_t each) {
    std::map<std::string, std::vector<std::string>> keys;
    for (std::size_t i = 0; i < 64 * each * client.server_count(); ++i) {
        const std::string key = fmt::format("key-{:012}", i);
        const auto done = [&keys, key](const Reply &reply) { keys[std::string(reply.server)].push_back(key); };
        check(client.get(key, done), "get");
        check(client.wait(), "wait");
        bool enough = keys.size() == client.server_count();
        for (auto &[node, list] : keys) {
            if (list.size() > each) list.resize(each);
            enough = enough && list.size() == each;
        }
        if (enough) return keys;
    }
    throw std::runtime_error("not every node has keys");
}

void measure(const std::string &host, const std::string &slow, std::size_t each, unsigned seconds) {
    const io table = io::load();
    Options options;
    options.hosts = {host};
    Client client(table, options);
    check(client.connect(), "connect");
    check(client.wait(), client.error_message());

    std::vector<std::string> of_slow, of_others;
    for (const auto &[node, keys] : keys_by_node(client, each)) {
        std::vector<std::string> &to = node == slow ? of_slow : of_others;
        to.insert(to.end(), keys.begin(), keys.end());
    }
    const Clock::time_point end = Clock::now() + std::chrono::seconds(seconds);
    Stream slow_stream(client, of_slow, end), stream(client, of_others, end);
    {
        const Batch together(client);
        slow_stream.begin();
        stream.begin();
    }
    check(client.wait(), "wait");
    fmt::print("{{\"ops\": {}, \"p50_us\": {:.1f}, \"p99_us\": {:.1f}, \"slow_ops\": {}, \"slow_p50_us\": {:.1f}, "
               "\"slow_p99_us\": {:.1f}, \"errors\": {}}}\n",
               stream.operations(), stream.microseconds(50), stream.microseconds(99), slow_stream.operations(),
               slow_stream.microseconds(50), slow_stream.microseconds(99), stream.failures() + slow_stream.failures());
}

}  // namespace

int main(int argc, char **argv) {
    std::string host, slow;
    std::size_t each = 4;
    unsigned seconds = 2;
    CLI::App app("Keeps a few gets under way on every node of a cluster, and tells latencies of those on one node and of\n"
                 "the others.");
    app.add_option("--host", host, "management address of the cluster, HOST:PORT")->required();
    app.add_option("--slow", slow, "data address of the one node, HOST:PORT")->required();
    app.add_option("--each", each, "gets under way on each node")->capture_default_str();
    app.add_option("--seconds", seconds, "how long")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        measure(host, slow, each, seconds);
    } catch (const std::exception &error) {
        fmt::print(stderr, "slow_node: {}\n", error.what());
        return 1;
    }
    return 0;
}
