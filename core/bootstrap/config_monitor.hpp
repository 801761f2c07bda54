// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "net/reactor.hpp"
#include "topology/cluster_map.hpp"

namespace tenon::bootstrap {

enum class Source : std::uint8_t {
    http,   ///< ask management ports: `hosts` are "host[:port]" (8091) or "http://…" where chasing starts
    fixed,  ///< no map: the one host is a plain memcached server, "host[:port]" (11211)
};

struct Options {
    Source source = Source::http;
    std::vector<std::string> hosts;
    std::string bucket = "default";
    std::string username;
    std::string password;
    /// For the first usable map, in all; reached with nothing: on_failed.
    std::uint64_t timeout_usec = 5'000'000;
    /// For one host's answer while others are left to ask.
    std::uint64_t host_timeout_usec = 2'000'000;
    /// Take the bucket from /pools/default/saslBucketsStreaming instead of its own stream.
    bool sasl_buckets = false;
    /// Seed of the jitter in back-offs.
    std::uint64_t seed = 0;
    Log log;
};

/// Runs the sources of cluster maps and hands out one current map.
class ConfigMonitor {
public:
    struct Handlers {
        void *owner = nullptr;
        /// A usable map to be used from now on: the first one, and each that replaces it.
        void (*on_map)(void *owner, std::shared_ptr<const topology::ClusterMap> map) = nullptr;
        /// No first map was to be had; the monitor has stopped. A refused password (errc::authentication) and a missing
        /// bucket (errc::bucket_not_found) are answers and end it at once. Else every host was asked, and the message
        /// lists each with its reason: if all failed in one way, that is the code (errc::timeout: they accept and say
        /// nothing, or no usable map; errc::http: something else than management ports; errc::unknown_host;
        /// errc::bad_map), else, or where no connection was to be had, errc::no_host.
        void (*on_failed)(void *owner, const Error &error) = nullptr;
    };

    ConfigMonitor(net::Reactor &reactor, Options options, Handlers handlers);
    ConfigMonitor(const ConfigMonitor &) = delete;
    ConfigMonitor &operator=(const ConfigMonitor &) = delete;
    ~ConfigMonitor();

    /// Begins; handlers are called from the loop only, and may destroy the monitor. An option that makes no sense
    /// (no hosts, a malformed one) comes back at once.
    Error start();

    /// A node said that the map is outdated: ask again now if no stream is alive.
    void refresh();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tenon::bootstrap
