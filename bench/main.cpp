// SPDX-License-Identifier: Apache-2.0
/// @file
/// tenon-bench: what an operation costs its client. Fills a bucket, then runs batches of gets and sets over it.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <tenon/tenon.hpp>

#include "c_load.hpp"
#include "load.hpp"
#include "process.hpp"

namespace {

using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t interrupted = 0;

struct Figures {
    double operations;
    double per_second;
    double user_ns;
    double system_ns;
};

/// An error of either face ends the program.
void check(std::error_code error, const char *doing, const std::string &words = {}) {
    if (error) throw std::system_error(error, words.empty() ? doing : words);
}
void check(lcb_error_t error, const char *doing) {
    if (error != LCB_SUCCESS) throw std::runtime_error(std::string(doing) + ": " + lcb_strerror(nullptr, error));
}

template <class Load>
Figures measure(Load &load) {
    const auto cpu_before = tenon::bench::Cpu::now();
    const auto before = Clock::now();
    check(load.run(), "run");
    const double seconds = std::chrono::duration<double>(Clock::now() - before).count();
    const auto cpu = tenon::bench::Cpu::now() - cpu_before;
    const auto operations = static_cast<double>(load.generator().operations());
    const double each = operations > 0 ? 1000 / operations : 0;
    return {operations, seconds > 0 ? operations / seconds : 0, cpu.user * each, cpu.system * each};
}

std::string timeline_json(const tenon::bench::Timeline &timeline) {
    if (timeline.interval().count() == 0) return {};
    std::string intervals;
    for (const auto &interval : timeline.intervals())
        intervals += fmt::format("{}{}", intervals.empty() ? "" : ", ", interval.operations);
    return fmt::format(", \"interval_ms\": {}, \"longest_slow_ms\": {}, \"intervals\": [{}]",
                       timeline.interval().count(), timeline.longest_slow().count(), intervals);
}

void print_timeline(const tenon::bench::Timeline &timeline) {
    if (timeline.interval().count() == 0) return;
    for (std::size_t i = 0; i < timeline.intervals().size(); ++i)
        fmt::print("{:>8} ms {:>10} operations {:>6} errors\n", static_cast<long>(i) * timeline.interval().count(),
                   timeline.intervals()[i].operations, timeline.intervals()[i].errors);
    fmt::print("throughput  median {} in {} ms; below half of that for {} ms at most\n", timeline.median(),
               timeline.interval().count(), timeline.longest_slow().count());
}

void print(const tenon::bench::Generator &load, const Figures &figures, bool json) {
    const auto microseconds = [&](double percent) {
        return static_cast<double>(load.latency().percentile(percent)) / 1000;
    };
    const double max = static_cast<double>(load.latency().max()) / 1000;
    const double cpu = figures.user_ns + figures.system_ns;
    if (json) {
        fmt::print("{{\"ops\": {:.0f}, \"ops_per_s\": {:.0f}, \"cpu_ns_per_op\": {:.1f}, \"user_ns_per_op\": {:.1f}, "
                   "\"sys_ns_per_op\": {:.1f}, \"p50_us\": {:.1f}, \"p99_us\": {:.1f}, \"p999_us\": {:.1f}, "
                   "\"max_us\": {:.1f}, \"errors\": {}{}}}\n",
                   figures.operations, figures.per_second, cpu, figures.user_ns, figures.system_ns, microseconds(50),
                   microseconds(99), microseconds(99.9), max, load.errors(), timeline_json(load.timeline()));
        return;
    }
    fmt::print("operations  {:.0f}, {:.0f} a second, {} errors\n", figures.operations, figures.per_second,
               load.errors());
    fmt::print("client CPU  {:.0f} ns an operation (user {:.0f}, system {:.0f})\n", cpu, figures.user_ns,
               figures.system_ns);
    fmt::print("latency us  p50 {:.1f}, p99 {:.1f}, p99.9 {:.1f}, max {:.1f}\n", microseconds(50), microseconds(99),
               microseconds(99.9), max);
    print_timeline(load.timeline());
}

void print_failures(const tenon::bench::Generator &load) {
    for (const auto &[kind, failure] : load.failures())
        fmt::print(stderr, "tenon-bench: {} x {}{}{}\n", failure.count, kind, failure.first.empty() ? "" : ": ",
                   failure.first);
}

/// `load` is on a connected client.
template <class Load>
int bench(Load &load, bool json) {
    check(load.prefill(), "prefill");
    if (load.generator().errors() != 0) {
        print_failures(load.generator());
        throw std::runtime_error("the items could not be stored");
    }
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { interrupted = 1; });
    print(load.generator(), measure(load), json);
    print_failures(load.generator());
    return load.generator().errors() == 0 ? 0 : 1;
}

int bench_cpp(const tenon::io &io, const tenon::Options &options, const tenon::bench::LoadOptions &load_options,
              bool json) {
    tenon::Client client(io, options);
    check(client.connect(), "connect");
    check(client.wait(), "connect", client.error_message());
    tenon::bench::Load load(client, load_options);
    return bench(load, json);
}

int bench_c(const tenon::io &io, const tenon::Options &options, const tenon::bench::LoadOptions &load_options,
            bool json) {
    const lcb_create_st how(options.hosts.front().c_str(),
                            options.username.empty() ? nullptr : options.username.c_str(),
                            options.password.empty() ? nullptr : options.password.c_str(),
                            options.bucket.c_str(), io.get());
    lcb_t instance = nullptr;
    check(lcb_create(&instance, &how), "create");
    const std::unique_ptr<std::remove_pointer_t<lcb_t>, decltype(&lcb_destroy)> owner(instance, lcb_destroy);
    check(lcb_connect(instance), "connect");
    check(lcb_wait(instance), "connect");
    tenon::bench::CLoad load(instance, load_options);
    return bench(load, json);
}

}  // namespace

int main(int argc, char **argv) {
    std::string host;
    std::string plugin, face = "c++";
    tenon::Options options;
    tenon::bench::LoadOptions load;
    bool json = false;
    unsigned seconds = 0, interval = 0, timeout = 2500;

    CLI::App app("Measures what an operation costs a tenon client: fills a bucket, then runs batches of gets and\n"
                 "sets. Ends with 0 if every operation succeeded.");
    app.add_option("--host", host, "management address of the cluster, HOST:PORT")->required();
    app.add_option("--bucket", options.bucket, "the bucket")->capture_default_str();
    app.add_option("--user", options.username, "user name; default: the bucket's name");
    app.add_option("--password", options.password, "password");
    app.add_option("--io", plugin, "IO plugin by name; default: $TENON_IO_PLUGIN, else epoll");
    app.add_option("--face", face, "through which API: c++ or c (libcouchbase 2's)")
        ->check(CLI::IsMember({"c++", "c"}))
        ->capture_default_str();
    app.add_option("--items", load.items, "number of documents")->capture_default_str();
    app.add_option("--batch", load.batch, "operations scheduled together")->capture_default_str();
    app.add_option("--cycles", load.cycles, "number of batches")->capture_default_str();
    app.add_option("--key-size", load.key_size, "bytes of a key")->capture_default_str();
    app.add_option("--value-size", load.value_size, "bytes of a value")->capture_default_str();
    app.add_option("--set-percent", load.set_percent, "per cent of the operations that store")->capture_default_str();
    app.add_option("--seconds", seconds, "run for so long, whatever --cycles says; SIGINT and SIGTERM end a run early");
    app.add_option("--interval", interval, "also tell how many operations completed in each so many milliseconds");
    app.add_option("--timeout", timeout, "milliseconds that an operation may take (C++ face)")->capture_default_str();
    app.add_flag("--json", json, "print one JSON object");
    CLI11_PARSE(app, argc, argv);
    load.duration = std::chrono::seconds(seconds);
    load.interval = std::chrono::milliseconds(interval);
    load.stop = &interrupted;

    options.hosts = {host};
    options.operation_timeout = std::chrono::milliseconds(timeout);
    options.max_pending_operations = std::max(options.max_pending_operations, load.batch);
    options.max_pending_bytes = std::numeric_limits<std::size_t>::max();
    try {
        const tenon::io io = plugin.empty() ? tenon::io::load() : tenon::io::load(plugin);
        return face == "c" ? bench_c(io, options, load, json) : bench_cpp(io, options, load, json);
    } catch (const std::exception &error) {
        fmt::print(stderr, "tenon-bench: {}\n", error.what());
        return 1;
    }
}
