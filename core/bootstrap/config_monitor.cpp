// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/config_monitor.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/backoff.hpp"
#include "bootstrap/http_source.hpp"
#include "net/url.hpp"

namespace tenon::bootstrap {
namespace {

using topology::ClusterMap;

constexpr std::uint16_t kManagementPort = 8091;
constexpr std::uint16_t kMemcachedPort = 11211;
constexpr std::uint64_t kFirstPauseUsec = 50'000;
constexpr std::uint64_t kLongestPauseUsec = 10'000'000;
/// A stream that lived shorter than this, or brought no map, does not count as one that works.
constexpr std::uint64_t kSettledUsec = 1'000'000;
/// However many nodes say that the map is outdated, hosts are not asked more often than this.
constexpr std::uint64_t kRefreshGapUsec = 10'000;
constexpr const char *kChaseFrom = "/pools";
constexpr const char *kSaslBuckets = "/pools/default/saslBucketsStreaming";

}  // namespace

struct ConfigMonitor::State {
    State(net::Reactor &r, Options o, Handlers h)
        : reactor(r),
          options(std::move(o)),
          handlers(h),
          backoff(options.seed, kFirstPauseUsec, kLongestPauseUsec),
          begin(r, this, [](void *self) { static_cast<State *>(self)->hand_out_fixed(); }),
          deadline(r, this, [](void *self) { static_cast<State *>(self)->on_deadline(); }),
          host_timer(r, this, [](void *self) { static_cast<State *>(self)->on_host_timeout(); }),
          retry(r, this, [](void *self) { static_cast<State *>(self)->ask(); }) {}
    State(const State &) = delete;
    State &operator=(const State &) = delete;

    Error start() {
        if (options.hosts.empty()) return invalid("no host is given");
        if (options.source == Source::fixed) return start_fixed();
        if (options.bucket.empty()) return invalid("no bucket is given");
        for (const std::string &text : options.hosts) {
            net::Url url{{}, options.sasl_buckets ? kSaslBuckets : kChaseFrom};
            const Error error = net::is_url(text) ? net::parse_url(text, kManagementPort, url)
                                                  : net::parse_host_port(text, kManagementPort, url.at);
            if (error) return error;
            // A URL without a path names a host, not a document.
            if (url.target == "/") url.target = options.sasl_buckets ? kSaslBuckets : kChaseFrom;
            given.push_back(std::move(url));
        }
        hosts = given;
        reasons.assign(hosts.size(), Error());
        ends_at = reactor.now() + options.timeout_usec;
        deadline.arm(options.timeout_usec);
        const Error error = try_host();
        if (error) stop();
        return error;
    }

    static Error invalid(std::string why) { return {make_error_code(errc::invalid_option), std::move(why)}; }

    Error start_fixed() {
        std::vector<topology::Server> servers;
        for (const std::string &text : options.hosts) {
            net::HostPort at;
            if (const Error error = net::parse_host_port(text, kMemcachedPort, at)) return error;
            servers.push_back({at.host, at.port, 0});
        }
        ClusterMap::Parsed parsed = ClusterMap::of_servers(std::move(servers));
        if (parsed.error) return parsed.error;
        map = std::move(parsed.map);
        begin.arm(0);
        return {};
    }

    void hand_out_fixed() { handlers.on_map(handlers.owner, map); }

    /// Asks hosts[current]. Its time is up when others wait for their turn, else only with the whole time.
    Error try_host() {
        const net::Url &url = hosts[current];
        asked_at = reactor.now();
        saw_empty = fed = false;
        std::uint64_t budget = options.host_timeout_usec;
        if (!map) {
            const std::uint64_t left = ends_at - std::min(ends_at, asked_at);
            budget = current + 1 < hosts.size() ? std::min(budget, left) : left;
        }
        host_timer.arm(budget);
        // Until 4.x a bucket's user name is its own.
        const bool by_bucket = options.username.empty() && !options.password.empty();
        const std::string &username = by_bucket ? options.bucket : options.username;
        source.emplace(reactor, HttpSource::Access{options.bucket, username, options.password},
                       HttpSource::Handlers{this, on_source_map, on_source_end});
        log(LogLevel::debug, "asking " + url.at.to_string() + " for the map of bucket " + options.bucket);
        return source->start(url);
    }

    /// From the retry timer: the credentials have been accepted as such by then.
    void ask() {
        if (const Error error = try_host()) on_host_failed(error);
    }

    static void on_source_map(void *self, std::string_view json, const net::Url &from) {
        static_cast<State *>(self)->take(json, from);
    }

    void take(std::string_view json, const net::Url &from) {
        if (map && from.at == map_from && json == map_json) {
            fed = true;
            return host_timer.cancel();
        }
        ClusterMap::Parsed parsed = is_bucket_list(from)
                                        ? ClusterMap::parse_sasl_buckets(json, options.bucket, from.at.host)
                                        : ClusterMap::parse(json, from.at.host);
        if (parsed.error) {
            parsed.error.message = from.at.to_string() + " sent: " + parsed.error.message;
            // What is held stays in use, and the stream may bring a better one.
            if (map) return log(LogLevel::warn, "map refused: " + parsed.error.message);
            return on_host_failed(parsed.error);
        }
        // From now on the host has answered: silence is the stream's right.
        if (map) host_timer.cancel();
        fed = true;
        if (parsed.map->empty()) {
            saw_empty = true;
            return log(LogLevel::debug, from.at.to_string() + " sent a map that is empty yet");
        }
        deadline.cancel();
        host_timer.cancel();
        reasons.clear();
        map = std::move(parsed.map);
        map_json = json;
        map_from = from.at;
        learn_hosts();
        if (log_wants(LogLevel::info)) log(LogLevel::info, "new map from " + from.at.to_string());
        handlers.on_map(handlers.owner, map);
    }

    /// The hosts given, then the map's own nodes; the one being asked keeps its turn.
    void learn_hosts() {
        const net::Url asked = hosts[current];
        hosts = given;
        for (const topology::Server &node : map->nodes()) {
            net::Url url{{node.host, node.http_port}, options.sasl_buckets ? kSaslBuckets : kChaseFrom};
            const auto same = [&](const net::Url &other) { return other.at == url.at; };
            if (node.http_port != 0 && std::none_of(hosts.begin(), hosts.end(), same)) hosts.push_back(std::move(url));
        }
        const auto found = std::find(hosts.begin(), hosts.end(), asked);
        // A node that left has no turn any more: the next one is the first.
        current = found == hosts.end() ? hosts.size() - 1 : static_cast<std::size_t>(found - hosts.begin());
    }

    static void on_source_end(void *self, const Error &error) { static_cast<State *>(self)->on_host_failed(error); }

    void on_host_timeout() {
        on_host_failed(source->late(reactor.now() - asked_at));
    }

    void on_host_failed(const Error &why) {
        const Error error = why;  // may live in what goes now
        source.reset();
        host_timer.cancel();
        if (map) {
            log(LogLevel::warn, "no stream of maps, on to the next host: " + error.message);
            current = (current + 1) % hosts.size();
            if (fed && reactor.now() - asked_at >= kSettledUsec) backoff.reset();
            return retry.arm(backoff.next());
        }
        // Both are answers: another host would say the same.
        if (error.code == errc::authentication || error.code == errc::bucket_not_found) return fail(error);
        log(LogLevel::info, error.message);
        reasons[current] = error;
        some_empty = some_empty || saw_empty;
        if (++current < hosts.size()) return ask();
        current = 0;
        if (!some_empty) return fail_with_reasons();
        retry.arm(backoff.next());  // the cluster is there, and about to be set up
    }

    void on_deadline() {
        if (source) reasons[current] = source->late(reactor.now() - asked_at);
        fail_with_reasons();
    }

    /// One kind of failure everywhere is the error; where hosts could not be reached, or differ, it is no_host.
    void fail_with_reasons() {
        std::string all;
        std::error_code common = reasons.front().code;
        for (std::size_t i = 0; i < hosts.size(); ++i) {
            if (!all.empty()) all += "; ";
            all += reasons[i] ? reasons[i].message : hosts[i].at.to_string() + " was not asked";
            if (reasons[i].code != common) common = errc::no_host;
        }
        if (!common || common == errc::connect || common == errc::network) common = errc::no_host;
        fail(Error(common, "no map of bucket \"" + options.bucket + "\": " + all));
    }

    void stop() {
        source.reset();
        deadline.cancel();
        host_timer.cancel();
        retry.cancel();
    }

    void fail(const Error &error) {
        stop();
        handlers.on_failed(handlers.owner, error);
    }

    void refresh() {
        if (!retry.armed() || !map || reactor.now() - asked_at < kRefreshGapUsec) return;
        retry.arm(0);
    }

    bool log_wants(LogLevel level) const { return options.log.wants(level); }
    void log(LogLevel level, const std::string &line) const { options.log.write(level, "bootstrap: " + line); }

    net::Reactor &reactor;
    const Options options;
    const Handlers handlers;
    Backoff backoff;
    net::Timer begin;       // hands the fixed map out, from the loop
    net::Timer deadline;    // until the first usable map
    net::Timer host_timer;  // until the host being asked has sent a map
    net::Timer retry;       // until the next host is asked
    std::vector<net::Url> given;
    std::vector<net::Url> hosts;  // those to ask: given, and learned from the map
    std::vector<Error> reasons;   // of each, why it gave no map; until there is a map
    std::size_t current = 0;      // the host being asked, or about to be
    std::uint64_t ends_at = 0;
    std::uint64_t asked_at = 0;
    bool fed = false;         // the host being asked sent a map
    bool saw_empty = false;   // … an empty one
    bool some_empty = false;  // some host did
    std::optional<HttpSource> source;
    std::shared_ptr<const ClusterMap> map;
    std::string map_json;
    net::HostPort map_from;
};

ConfigMonitor::ConfigMonitor(net::Reactor &reactor, Options options, Handlers handlers)
    : state_(std::make_unique<State>(reactor, std::move(options), handlers)) {}

ConfigMonitor::~ConfigMonitor() = default;

Error ConfigMonitor::start() { return state_->start(); }

void ConfigMonitor::refresh() { state_->refresh(); }

}  // namespace tenon::bootstrap
