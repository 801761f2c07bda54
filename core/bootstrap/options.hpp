// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "base/log.hpp"

namespace tenon::bootstrap {

enum class Source : std::uint8_t {
    http,   ///< ask management ports: `hosts` are "host[:port]" (8091) or "http://…" where chasing starts
    fixed,  ///< no map: the hosts are plain memcached servers, "host[:port]" (11211)
};

enum class Agreement : std::uint8_t {
    majority,  ///< a map counts when more than half of the hosts agree, or all that answer
    first,     ///< the first map counts
};

enum class Watch : std::uint8_t {
    one,  ///< one stream, and the next host when it ends
    all,  ///< a stream to every host known, and a vote on each change
};

struct Options {
    Source source = Source::http;
    std::vector<std::string> hosts;
    std::string bucket = "default";
    std::string username;
    std::string password;
    /// For the first usable map, in all; reached with nothing: on_failed.
    std::uint64_t timeout_usec = 5'000'000;
    /// For one host's answer, unless it is the only one.
    std::uint64_t host_timeout_usec = 2'000'000;
    /// A stream that brings no news for so long after a node said that the map is outdated is left for the next host's: it may
    /// be dead, or its host cut off from the others.
    std::uint64_t stall_usec = 5'000'000;
    /// Take the bucket from /pools/default/saslBucketsStreaming instead of its own stream.
    bool sasl_buckets = false;
    /// Silence on a stream after which the system probes its host; 0: never.
    int keepalive_seconds = 30;
    /// Of hosts' addresses: AF_INET, AF_INET6, or AF_UNSPEC for all.
    int family = AF_UNSPEC;
    Agreement agreement = Agreement::majority;
    Watch watch = Watch::one;
    /// Where maps are kept from one run to the next (see map_cache.hpp); empty: nowhere.
    std::string cache;
    /// Seed of the jitter in back-offs.
    std::uint64_t seed = 0;
    Log log;
};

}  // namespace tenon::bootstrap
