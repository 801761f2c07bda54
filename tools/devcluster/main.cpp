// SPDX-License-Identifier: Apache-2.0
// tenon-devcluster: Couchbase-compatible nodes in one process, for programs and people to talk to.
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <tenon/io.h>

#include "devcluster/cluster.hpp"
#include "devcluster/form.hpp"
#include "common/stop_signals.hpp"

namespace {

using namespace tenon::devcluster;

struct Destroy {
    void operator()(tenon_io_ops *io) const { tenon_destroy_io_ops(io); }
};
using Table = std::unique_ptr<tenon_io_ops, Destroy>;

int fail(std::string_view message) {
    fmt::print(stderr, "tenon-devcluster: {}\n", message);
    return 1;
}

/// "HOST:PORT", IPv6 in brackets.
std::optional<NodeAddress> parse_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos || colon == 0) return {};
    std::string_view host = text.substr(0, colon);
    const std::string port(text.substr(colon + 1));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    else if (host.find(':') != host.npos) return {};
    if (host.empty() || port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos) return {};
    const unsigned long number = std::stoul(port);
    if (number == 0 || number > 65535) return {};
    return NodeAddress{std::string(host), 0, static_cast<std::uint16_t>(number)};
}

/// "NAME" or "NAME:PASSWORD".
BucketOptions parse_bucket(const std::string &text) {
    const std::size_t colon = text.find(':');
    if (colon == text.npos) return {.name = text};
    return {.name = text.substr(0, colon), .password = text.substr(colon + 1)};
}

std::string ready_line(const Cluster &cluster) {
    std::vector<std::string> management, data;
    if (cluster.options().nodes == 0)
        management.push_back(NodeAddress{cluster.options().host, cluster.management_port(), 0}.management());
    for (unsigned i = 0; i < cluster.options().nodes; ++i) management.push_back(cluster.nodes()[i].management());
    for (const NodeAddress &node : cluster.nodes()) data.push_back(node.data());
    return fmt::format("tenon-devcluster ready: management {} data {}\n", fmt::join(management, ","),
                       fmt::join(data, ","));
}

int run(const Options &options, const std::string &plugin) {
    tenon_io_options request{};
    if (!plugin.empty()) {
        request.find = TENON_IO_NAME;
        request.name = plugin.c_str();
    }
    tenon_io_ops *io = nullptr;
    if (tenon_create_io_ops(&io, &request) != TENON_IO_OK) return fail(tenon_io_error_message());
    const Table table(io);
    if (io->run_event_loop == nullptr) return fail("this IO plugin has no loop of its own");

    Cluster cluster(io, options);
    if (const tenon::Error error = cluster.start()) return fail(error.message);
    const tenon::tools::StopSignals signals(cluster.reactor());
    if (!signals) return fail("cannot watch for signals");
    fmt::print("{}", ready_line(cluster));
    std::fflush(stdout);
    cluster.reactor().io()->run_event_loop(cluster.reactor().io());
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app("Runs Couchbase-compatible nodes in one process, on loopback, in memory.\n"
                 "With N nodes and --port P, management is on P to P+N-1 and data on P+N to P+2N-1. When all are\n"
                 "open one line names them; SIGTERM or SIGINT ends. Nodes are added, rebalanced, failed over and made\n"
                 "to misbehave through the management ports: see docs/devcluster.md.");
    Options options;
    std::string plugin, admin, replication = "sync";
    std::vector<std::string> buckets, memcached_buckets, data_nodes;
    options.port = 8091;
    auto *const nodes = app.add_option("--nodes", options.nodes, "nodes to run (1; 0 with --data-node)");
    app.add_option("--replicas", options.replicas, "copies of each vBucket, 0 to 3 (0)");
    app.add_option("--vbuckets", options.vbuckets, "a power of two up to 32768 (1024)");
    app.add_option("--port", options.port, "the first port (8091); 0: the system chooses all");
    app.add_option("--bucket", buckets, "NAME[:PASSWORD], repeatable (default)")->expected(1)->take_all();
    app.add_option("--memcached-bucket", memcached_buckets, "the same, of memcached's type")->expected(1)->take_all();
    app.add_option("--data-node", data_nodes, "HOST:PORT of a data node run elsewhere, repeatable")
        ->expected(1)
        ->take_all();
    app.add_option("--host", options.hosts, "numeric address, repeatable: of each node in turn (127.0.0.1)")
        ->expected(1)
        ->take_all();
    app.add_option("--admin", admin, "NAME:PASSWORD that managing the cluster takes (everybody may)");
    app.add_option("--replication", replication,
                   "sync: before a change is acknowledged; FROM-TO: so many microseconds after it (sync)");
    app.add_option("--persistence-us", options.persistence_usec,
                   "microseconds after which a change counts as on disk (0)");
    app.add_option("--moves-at-once", options.pace.moves_at_once, "vBuckets that a rebalance moves together (1)");
    app.add_option("--items-per-step", options.pace.items_per_step, "items of each that are moved in a step (1000)");
    app.add_option("--step-us", options.pace.step_usec, "microseconds from step to step (1000)");
    app.add_option("--takeover-us", options.pace.takeover_usec, "microseconds that a moved vBucket has no owner (0)");
    app.add_option("--map-interval-us", options.pace.map_interval_usec,
                   "microseconds from map to map while vBuckets move, at least (0)");
    app.add_option("--fast-forward", options.pace.fast_forward, "whether these maps tell the final owners (true)");
    app.add_option("--io", plugin, "the IO plugin to run on");
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp &help) {
        return app.exit(help);
    } catch (const CLI::ParseError &error) {
        fail(error.what());
        return 2;
    }
    if (!data_nodes.empty() && nodes->count() == 0) options.nodes = 0;
    for (const std::string &text : data_nodes) {
        const std::optional<NodeAddress> address = parse_address(text);
        if (!address) return fail(fmt::format("--data-node {}: HOST:PORT is expected", text));
        options.data_nodes.push_back(*address);
    }
    if (!buckets.empty() || !memcached_buckets.empty()) options.buckets.clear();
    options.replication_lag = parse_range(replication);
    if (replication != "sync" && !options.replication_lag)
        return fail(fmt::format("--replication {}: sync or FROM-TO is expected", replication));
    if (!admin.empty()) {
        const BucketOptions named = parse_bucket(admin);  // of the same form
        options.admin_name = named.name;
        options.admin_password = named.password;
    }
    for (const std::string &text : buckets) options.buckets.push_back(parse_bucket(text));
    for (const std::string &text : memcached_buckets) {
        options.buckets.push_back(parse_bucket(text));
        options.buckets.back().memcached = true;
    }
    options.unix_time = static_cast<std::uint64_t>(std::time(nullptr));
    return run(options, plugin);
}
