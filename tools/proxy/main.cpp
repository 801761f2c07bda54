// SPDX-License-Identifier: Apache-2.0
//
// tenon-proxy: lets any program that speaks memcached's binary protocol use a cluster.

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <tenon/tenon.hpp>

#include "common/stop_signals.hpp"
#include "net/url.hpp"
#include "proxy.hpp"

namespace {

/// How long clients are given to take their answers when the proxy is told to end.
constexpr std::uint64_t kGraceUsec = 1'000'000;

struct Settings {
    tenon::Options cluster;
    tenon::proxy::ProxyOptions proxy;
    std::string io;
};

void describe(CLI::App &app, Settings &settings) {
    app.set_help_flag("--help", "Print this help");
    app.set_version_flag("--version", TENON_VERSION);
    app.add_option("-p,--port", settings.proxy.port, "Port to listen on; 0 lets the system choose")->default_val(1987);
    app.add_option("--listen", settings.proxy.listen, "Numeric address to listen on")->capture_default_str();
    app.add_option("-h,--host", settings.cluster.hosts, "Management address of the cluster, HOST[:8091]; repeatable")
        ->default_val(std::vector<std::string>{"localhost:8091"});
    app.add_option("-b,--bucket", settings.cluster.bucket, "Bucket")->capture_default_str();
    app.add_option("-u,--user", settings.cluster.username, "User name, if it is not the bucket's name");
    app.add_option("-P,--password", settings.cluster.password, "Password");
    app.add_option("--io", settings.io, "Event loop: epoll, poll, libev, libuv, libevent, …");
    app.add_option("--max-value", settings.proxy.max_value, "Longest value taken, in bytes")->capture_default_str();
}

int fail(std::string_view why) {
    fmt::print(stderr, "tenon-proxy: {}\n", why);
    return 1;
}

int run(const tenon::io &table, const Settings &settings) {
    const tenon::net::ReactorRef reactor(table.get());
    tenon_io_ops *const io = reactor->io();
    if (io->run_event_loop == nullptr) return fail("this IO plugin has no loop of its own");
    const tenon::tools::StopSignals signals(*reactor);
    if (!signals) return fail("cannot watch for signals");

    tenon::Client client(table, settings.cluster);
    std::optional<tenon::proxy::Proxy> proxy;
    std::string failure;
    const auto on_connected = [&](std::error_code error, std::string_view message) {
        if (error) {
            failure = message.empty() ? error.message() : message;
            return io->stop_event_loop(io);
        }
        proxy.emplace(client, *reactor, settings.proxy);
        if (const tenon::Error refused = proxy->start()) {
            failure = refused.message;
            return io->stop_event_loop(io);
        }
        const tenon::net::HostPort at{settings.proxy.listen, proxy->port()};
        fmt::print("tenon-proxy: listening on {}, bucket \"{}\" at {}\n", at.to_string(), settings.cluster.bucket,
                   fmt::join(settings.cluster.hosts, ", "));
        std::fflush(stdout);
    };
    if (const std::error_code error = client.connect(on_connected))
        return fail(client.error_message().empty() ? error.message() : client.error_message());

    io->run_event_loop(io);  // until a signal, or a failure
    if (!failure.empty()) return fail(failure);
    if (proxy) {
        proxy->stop(kGraceUsec, [io] { io->stop_event_loop(io); });
        io->run_event_loop(io);
    }
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app{"Lets any program that speaks memcached's binary protocol use a cluster.", "tenon-proxy"};
    Settings settings;
    describe(app, settings);
    CLI11_PARSE(app, argc, argv);
    try {
        const tenon::io io = settings.io.empty() ? tenon::io::load() : tenon::io::load(settings.io);
        return run(io, settings);
    } catch (const std::system_error &error) {
        return fail(error.what());
    }
}
