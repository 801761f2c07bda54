// SPDX-License-Identifier: Apache-2.0
/// @file
/// How an instance finds its cluster and behaves: `tenon::Options`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <tenon/trace.hpp>

namespace tenon {

/// Whose map of the cluster is believed, when several hosts are given.
enum class ConfigAgreement : std::uint8_t {
    /// What more than half of the hosts given say; or, once all have answered or failed, what all that answered say.
    /// Anything else is errc::split_brain, and no node is spoken to.
    majority,
    first,  ///< whoever answers first
};

/// How many hosts are listened to for changes of the map.
enum class ConfigWatch : std::uint8_t {
    one,  ///< one; when its stream ends, the next
    all,  ///< every host given and every node of the map: each change is put to the vote again
};

/// Which addresses of hosts and nodes are spoken to.
enum class AddressFamily : std::uint8_t {
    any,   ///< all of them, whichever answers first
    ipv4,  ///< a name without an IPv4 address is errc::unknown_host, and so is an IPv6 address
    ipv6,  ///< the contrary
};

/// How an instance finds its cluster and behaves. Every field has a usable default but `hosts`.
struct Options {
    /// Management addresses, "host", "host:port" (8091) or "http://…"; with `memcached`, data addresses (11211).
    std::vector<std::string> hosts = {};
    /// Its name. Plain memcached servers have no buckets.
    std::string bucket = "default";
    /// No bucket: the cluster is asked over HTTP only, at the management ports of `hosts`. Operations on items and on
    /// data nodes are errc::not_supported.
    bool cluster_only = false;
    /// Which addresses of hosts and nodes are spoken to.
    AddressFamily address_family = AddressFamily::any;
    /// Empty: the bucket's name, if there is a password.
    std::string username = {};
    /// Empty: none.
    std::string password = {};
    /// The hosts are plain memcached servers: there is no map to ask for. Keys are spread over several by ketama.
    bool memcached = false;
    /// Ketama names servers as libmemcached does (KETAMA_WEIGHTED), which leaves the default port ":11211" out, so that
    /// both find each other's items.
    bool libmemcached_names = false;
    /// Take the bucket, and its password if none is given, from /pools/default/saslBucketsStreaming.
    bool sasl_buckets = false;
    /// From scheduling an operation to its callback, at the latest.
    std::chrono::microseconds operation_timeout = std::chrono::milliseconds(2500);
    /// Hosts are asked all at once, 2 s each. Nodes that a map names are asked too, when those given fall silent.
    ConfigAgreement config_agreement = ConfigAgreement::majority;
    /// Who is listened to for changes of the map.
    ConfigWatch config_watch = ConfigWatch::one;
    /// A file to keep the map in, for a start without waiting: operations go by the map in it at once, while the hosts
    /// are asked behind their backs. Written (mode 0600, no passwords in it) whenever a map is taken. Empty: none.
    std::string config_cache = {};
    /// From connect() to the first map, at the latest; it ends before if all hosts fail, by refusing connections say.
    std::chrono::microseconds bootstrap_timeout = std::chrono::seconds(5);
    /// For opening and authenticating one connection to a node.
    std::chrono::microseconds connect_timeout = std::chrono::seconds(2);
    /// A connection on which nothing comes for so long is probed by the system, and given up if nobody is there; 0:
    /// never.
    std::chrono::seconds tcp_keepalive = std::chrono::seconds(30);
    /// Beyond this many, scheduling fails at once with errc::would_exceed_limits.
    std::size_t max_pending_operations = std::size_t{1} << 20;
    /// The same for the bytes of requests that are pending.
    std::size_t max_pending_bytes = std::size_t{1} << 30;
    /// For an HTTP request that says nothing else, to the end of its answer.
    std::chrono::microseconds http_timeout = std::chrono::seconds(75);
    /// The largest body of a frame, in either direction; a peer that announces more is cut off.
    std::uint32_t max_frame_body = 20U * 1024 * 1024 + 64 * 1024;
    /// Seed of everything random (jitter of back-offs); 0: a fresh one.
    std::uint64_t seed = 0;
    /// Gets log lines of `log_level` (0 trace … 4 error) and above; null: standard error, as $TENON_LOG says.
    std::function<void(int level, std::string_view line)> log = {};
    /// Of `log`: 0 trace, 1 debug, 2 information, 3 warnings, 4 errors.
    int log_level = 3;
    /// Told of each operation's way. Called where it happens, so it must not use the client; null: it costs nothing.
    std::function<void(const TraceEvent &event)> trace = {};
};

}  // namespace tenon
