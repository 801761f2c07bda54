// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/config_monitor.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/backoff.hpp"
#include "bootstrap/addresses.hpp"
#include "bootstrap/host.hpp"
#include "bootstrap/map_cache.hpp"
#include "topology/agreement.hpp"
#include "topology/compare.hpp"

namespace tenon::bootstrap {
namespace {

using topology::ClusterMap;
using topology::Outcome;

constexpr std::uint64_t kFirstPauseUsec = 50'000;
constexpr std::uint64_t kLongestPauseUsec = 10'000'000;
/// However many nodes say that the map is outdated, hosts are not asked more often than this.
constexpr std::uint64_t kRefreshGapUsec = 10'000;

/// What a map is to the one held.
enum class News : std::uint8_t {
    none,     // it says the same
    newer,    // takes its place
    older,    // is to be ignored
    another,  // cannot be compared: takes its place if the hosts agree
};

bool is_refusal(const std::error_code &code) { return code == errc::authentication || code == errc::bucket_not_found; }

/// Same servers in the same order, same owners now and when the rebalance is over.
bool says_the_same(const ClusterMap &a, const ClusterMap &b) {
    if (!topology::compare(a, b).equal()) return false;
    for (std::uint32_t i = 0; i < a.vbucket_count(); ++i)
        if (a.forward_owner(static_cast<std::uint16_t>(i)) != b.forward_owner(static_cast<std::uint16_t>(i))) return false;
    return true;
}

}  // namespace

struct ConfigMonitor::State {
    State(net::Reactor &r, Options o, Handlers h)
        : reactor(r),
          options(std::move(o)),
          handlers(h),
          backoff(options.seed, kFirstPauseUsec, kLongestPauseUsec),
          begin(r, this, [](void *self) { static_cast<State *>(self)->hand_out(); }),
          deadline(r, this, [](void *self) { static_cast<State *>(self)->on_deadline(); }),
          again(r, this, [](void *self) { static_cast<State *>(self)->call_vote(); }) {}
    State(const State &) = delete;
    State &operator=(const State &) = delete;

    // Beginning

    Error start() {
        if (options.hosts.empty()) return invalid("no host is given");
        if (options.source == Source::fixed) return start_fixed();
        if (options.bucket.empty()) return invalid("no bucket is given");
        std::vector<net::Url> urls;
        if (const Error error = given_addresses(options, urls)) return error;
        for (net::Url &url : urls) {
            given_names.push_back(url.at.to_string());
            hosts.push_back(make_host(std::move(url)));
        }
        given = voters = hosts.size();
        read_cache();
        ends_at = reactor.now() + options.timeout_usec;
        if (!held) deadline.arm(options.timeout_usec);
        for (std::size_t i = 0; i < given; ++i) {
            if (const Error error = hosts[i]->ask(budget())) {
                stop();
                return error;
            }
        }
        return {};
    }

    static Error invalid(std::string why) { return {make_error_code(errc::invalid_option), std::move(why)}; }

    Error start_fixed() {
        std::vector<topology::Server> servers;
        if (const Error error = fixed_servers(options, servers)) return error;
        ClusterMap::Parsed parsed = ClusterMap::of_servers(std::move(servers));
        if (parsed.error) return parsed.error;
        held = std::move(parsed.map);
        begin.arm(0);
        return {};
    }

    void read_cache() {
        if (options.cache.empty()) return;
        // There is no password in it, and nodes would be asked without one.
        if (options.sasl_buckets && options.password.empty()) return log(LogLevel::info, "map cache " + options.cache +
                                                                         " is ignored: the server has to tell the password");
        CachedMap cached = read_map_cache(options.cache, options.bucket, given_names);
        if (!cached.why.empty()) log(LogLevel::warn, cached.why);
        if (!cached.map) return;
        held = std::move(cached.map);
        unverified = true;
        learn();
        begin.arm(0);
    }

    void hand_out() { handlers.on_map(handlers.owner, held); }

    std::unique_ptr<Host> make_host(net::Url url) {
        // Hosts asked at the same time are not to be asked again at the same time.
        return std::make_unique<Host>(reactor, options, std::move(url), options.seed + ++hosts_made,
                                      Host::Handlers{this, on_host_map, on_host_failed});
    }

    /// For one host's answer; the only one has all the time there is for a first map.
    std::uint64_t budget() const {
        if (held) return options.host_timeout_usec;
        const std::uint64_t left = ends_at - std::min(ends_at, reactor.now());
        return given > 1 ? std::min(options.host_timeout_usec, left) : left;
    }

    // What hosts say

    static void on_host_map(void *self, Host &host) {
        State &s = *static_cast<State *>(self);
        if (s.options.agreement == Agreement::first) return s.believe(host);
        if (s.voting) return s.count();
        s.follow(host);
    }

    static void on_host_failed(void *self, Host &host) {
        State &s = *static_cast<State *>(self);
        const Error &why = host.why();
        const bool answered = is_refusal(why.code) || why.code == errc::bad_map || why.code == errc::http;
        if (!s.held) {
            s.log(answered && s.given > 1 ? LogLevel::warn : LogLevel::info, why.message);
            return s.count();
        }
        s.log(LogLevel::warn, (s.voting ? "no stream of maps: " : "no stream of maps, on to the next host: ") + why.message);
        if (s.listening_to_all) host.ask_later(s.budget());
        if (s.voting) return s.count();
        s.move_on(s.place_of(host));
    }

    /// What the one stream says that is kept, or the next host where that one has ended.
    void follow(Host &host) {
        switch (news_in(*host.map())) {
        case News::none:
            following = true;
            heard_at = reactor.now();
            return;
        case News::newer: following = true; return take(host);
        case News::older: return ignore_older(host);
        case News::another: return following && is_of_old(*host.map()) ? take(host) : call_vote();
        }
    }

    /// A server that tells no revisions: on one stream the last word is the newest.
    bool is_of_old(const ClusterMap &map) const {
        return map.uuid() == held->uuid() && topology::age(*held, map) == MapAge::not_comparable;
    }

    /// The host speaks for the side that won.
    void believe(Host &host) {
        deadline.cancel();
        backoff.reset();
        const News news = news_in(*host.map());
        if (options.watch == Watch::one) settle_on(host);
        if (news == News::older) following = false;
        if (news == News::newer || news == News::another) return take(host);
        if (news == News::older) ignore_older(host);
        else if (std::exchange(unverified, false)) log(LogLevel::info, "map cache " + options.cache + " is up to date");
        ask_idle_hosts();
    }

    void settle_on(Host &host) {
        voting = false;
        following = true;
        heard_at = reactor.now();
        current = place_of(host);
        for (std::size_t i = 0; i < hosts.size(); ++i)
            if (i != current) hosts[i]->stop();
    }

    void ignore_older(Host &host) {
        if (log_wants(LogLevel::info))
            log(LogLevel::info, host.name() + " says revision " + std::to_string(host.map()->rev()) + ", older than " +
                                    std::to_string(held->rev()) + ": ignored");
        // There are hosts that know more, or will; one that knew enough so far only lags behind.
        if (!voting && !following) move_on(place_of(host));
    }

    void take(Host &host) {
        const std::string name = host.name();
        deadline.cancel();
        begin.cancel();
        if (std::exchange(unverified, false)) log(LogLevel::info, "map cache " + options.cache + " is outdated");
        heard_at = reactor.now();
        held = host.map();
        learn();  // the host may be none any more
        write_cache();
        ask_idle_hosts();
        if (log_wants(LogLevel::info)) log(LogLevel::info, "new map from " + name);
        handlers.on_map(handlers.owner, held);
    }

    News news_in(const ClusterMap &map) const {
        if (!held) return News::newer;
        switch (topology::age(*held, map)) {
        case MapAge::older: return News::older;
        case MapAge::same: return topology::compare(*held, map).equivalent() ? News::none : News::another;
        case MapAge::newer: return News::newer;
        case MapAge::not_comparable: break;
        }
        if (map.uuid() != held->uuid() || map.bucket() != held->bucket()) return News::another;
        return says_the_same(*held, map) ? News::none : News::another;
    }

    // Votes

    /// Asks every voter that says nothing, and counts.
    void call_vote() {
        voting = true;
        voters = held ? hosts.size() : given;
        for (std::size_t i = 0; i < voters; ++i) {
            if (hosts[i]->map()) continue;
            hosts[i]->forget();
            hosts[i]->ask(budget());  // credentials that HTTP cannot carry have been refused by start()
        }
        count();
    }

    void count(bool time_is_up = false) {
        std::vector<topology::Voice> voices;
        std::vector<std::size_t> places;
        std::size_t open = 0;
        for (std::size_t i = 0; i < voters; ++i) {
            if (const auto &map = hosts[i]->map()) {
                voices.push_back({hosts[i]->name(), map});
                places.push_back(i);
            } else if (hosts[i]->asked() && !hosts[i]->why()) {
                ++open;
            }
        }
        if (!held && refused_by_most()) return;
        if (options.agreement == Agreement::first && !voices.empty()) return;  // they are believed as they speak
        const topology::Verdict verdict = topology::agree(voices, voters, open);
        report(verdict, voices);
        switch (verdict.outcome) {
        case Outcome::undecided: return;
        case Outcome::agreed: return believe(*hosts[places[verdict.sides.front().speaker]]);
        case Outcome::split: return on_split(describe(verdict.sides, voices));
        case Outcome::nothing: return on_nothing(time_is_up);
        }
    }

    /// Says who is outvoted, and that nobody is: once each, however often they say it.
    void report(const topology::Verdict &verdict, const std::vector<topology::Voice> &voices) {
        if (verdict.outcome == Outcome::undecided || verdict.outcome == Outcome::nothing) return;
        const Outcome before = std::exchange(reported, verdict.sides.size() > 1 ? verdict.outcome : Outcome::undecided);
        if (verdict.sides.size() < 2 || before == verdict.outcome) return;
        if (verdict.outcome == Outcome::agreed)
            log(LogLevel::warn, "outvoted: " + describe(std::span(verdict.sides).subspan(1), voices));
        else if (held)
            log(LogLevel::warn, "the hosts disagree (split brain), and the map held stays: " +
                                    describe(verdict.sides, voices));
    }

    void on_split(const std::string &sides) {
        if (!held)
            return fail({make_error_code(errc::split_brain), "no map of bucket \"" + options.bucket +
                                                                 "\": the hosts disagree (split brain): " + sides});
        if (options.watch == Watch::all) return ask_idle_hosts();
        // Whoever goes on from the map held is listened to.
        for (const auto &host : hosts) {
            if (!host->map()) continue;
            const News news = news_in(*host->map());
            if (news != News::none && news != News::newer) continue;
            settle_on(*host);
            return follow(*host);
        }
        vote_again();
    }

    void on_nothing(bool time_is_up) {
        if (held && options.watch == Watch::all) return ask_idle_hosts();
        if (held) {
            voting = false;
            return move_on(voters - 1);
        }
        const auto empty = [](const auto &host) { return host->saw_empty(); };
        if (time_is_up || std::none_of(hosts.begin(), hosts.end(), empty)) return fail_with_reasons();
        vote_again();  // the cluster is there, and about to be set up
    }

    void vote_again() {
        for (const auto &host : hosts) host->stop();
        following = false;
        again.arm(backoff.next());
    }

    /// Both refusals are answers: if most say so, the others need not be waited for.
    bool refused_by_most() {
        for (const errc code : {errc::authentication, errc::bucket_not_found}) {
            const auto refuses = [&](const auto &host) { return host->why().code == code; };
            const auto refusing = std::count_if(hosts.begin(), hosts.end(), refuses);
            if (static_cast<std::size_t>(refusing) * 2 <= given) continue;
            std::string all;
            for (const auto &host : hosts)
                if (refuses(host)) all += (all.empty() ? "" : "; ") + host->why().message;
            fail({make_error_code(code), all});
            return true;
        }
        return false;
    }

    // Failing

    void on_deadline() {
        for (const auto &host : hosts)
            if (!host->map()) host->give_up();
        again.cancel();
        count(true);
    }

    /// A refusal is the error if nobody says anything but that; else one kind of failure everywhere. Where hosts could not
    /// be reached, or differ, it is no_host.
    void fail_with_reasons() {
        std::string all;
        std::error_code common = hosts.front()->why().code, refusal;
        bool other_answers = false;
        for (const auto &host : hosts) {
            const std::error_code code = host->why().code;
            all += (all.empty() ? "" : "; ") + host->why().message;
            if (code != common) common = errc::no_host;
            if (is_refusal(code) && (!refusal || refusal == code)) refusal = code;
            else if (is_refusal(code) || code == errc::http || code == errc::bad_map) other_answers = true;
        }
        if (!common || common == errc::connect || common == errc::network) common = errc::no_host;
        if (refusal && !other_answers) common = refusal;
        fail({common, "no map of bucket \"" + options.bucket + "\": " + all});
    }

    void stop() {
        for (const auto &host : hosts) host->stop();
        deadline.cancel();
        again.cancel();
    }

    void fail(const Error &error) {
        stop();
        handlers.on_failed(handlers.owner, error);
    }

    // Whom to ask

    /// The hosts given, then the nodes of the map held. One that names no management ports takes none away.
    void learn() {
        std::vector<net::Url> urls = learned_addresses(options, *held);
        if (urls.empty()) return;
        const Host *const listened_to = hosts[current].get();
        std::vector<std::unique_ptr<Host>> known(std::make_move_iterator(hosts.begin()),
                                                 std::make_move_iterator(hosts.begin() + static_cast<std::ptrdiff_t>(given)));
        for (net::Url &url : urls) {
            const auto is_at = [&](const std::unique_ptr<Host> &host) { return host && host->at() == url.at; };
            if (std::any_of(known.begin(), known.end(), is_at)) continue;
            const auto found = std::find_if(hosts.begin(), hosts.end(), is_at);
            known.push_back(found != hosts.end() ? std::move(*found) : make_host(std::move(url)));
        }
        hosts = std::move(known);
        const auto at = std::find_if(hosts.begin(), hosts.end(), [&](const auto &host) { return host.get() == listened_to; });
        if (at != hosts.end()) current = static_cast<std::size_t>(at - hosts.begin());
        else if (!voting) move_on(hosts.size() - 1);
        else current = 0;
    }

    /// All are listened to that are not yet, if that is wanted.
    void ask_idle_hosts() {
        if (options.watch == Watch::one) return;
        voting = listening_to_all = true;
        voters = hosts.size();
        for (const auto &host : hosts) {
            if (host->asked() || host->waiting()) continue;
            if (host->why()) host->ask_later(budget());
            else host->ask(budget());
        }
    }

    /// To the one after this.
    void move_on(std::size_t from) {
        hosts[from]->stop();
        following = false;
        current = (from + 1) % hosts.size();
        hosts[current]->ask_later(budget());
    }

    std::size_t place_of(const Host &host) const {
        const auto is_it = [&](const auto &one) { return one.get() == &host; };
        return static_cast<std::size_t>(std::find_if(hosts.begin(), hosts.end(), is_it) - hosts.begin());
    }

    void hear(std::shared_ptr<const ClusterMap> map) {
        if (!held || hosts.empty() || topology::age(*held, *map) != MapAge::newer) return;
        held = std::move(map);
        learn();
        write_cache();
        ask_idle_hosts();
        if (!voting && following) leave_if_stalled(reactor.now());
    }

    void refresh() {
        const std::uint64_t now = reactor.now();
        if (!held || hosts.empty() || now - refreshed_at < kRefreshGapUsec) return;
        refreshed_at = now;
        const auto speaks = [](const auto &host) { return host->map() != nullptr; };
        if (std::any_of(hosts.begin(), hosts.end(), speaks)) return leave_if_stalled(now);
        for (const auto &host : hosts)
            if (host->waiting()) host->hurry();
        if (again.armed()) again.arm(0);
    }

    void leave_if_stalled(std::uint64_t now) {
        if (voting || !following || hosts.size() == 1 || held->rev() < 0) return;
        if (now - heard_at < options.stall_usec) return;
        log(LogLevel::info, hosts[current]->name() + " has said nothing new for long, on to the next host");
        move_on(current);
        hosts[current]->hurry();
    }

    bool log_wants(LogLevel level) const { return options.log.wants(level); }
    void log(LogLevel level, const std::string &line) const { options.log.write(level, "bootstrap: " + line); }

    void write_cache() {
        if (options.cache.empty()) return;
        if (const Error error = write_map_cache(options.cache, *held, options.bucket, given_names))
            log(LogLevel::warn, error.message);
    }

    net::Reactor &reactor;
    const Options options;
    const Handlers handlers;
    Backoff backoff;      // between votes that decide nothing
    net::Timer begin;     // hands out, from the loop, a map that was there from the start
    net::Timer deadline;  // until the first usable map
    net::Timer again;     // until the next vote
    std::uint64_t ends_at = 0;
    std::uint64_t refreshed_at = 0;
    std::uint64_t heard_at = 0;  // the stream that is followed brought the map held, or one that says the same

    std::vector<std::unique_ptr<Host>> hosts;  // those given, then those learned
    std::vector<std::string> given_names;
    std::size_t given = 0;
    std::uint64_t hosts_made = 0;

    std::shared_ptr<const ClusterMap> held;
    bool voting = true;  // what hosts say is counted; else one of them is followed
    std::size_t voters = 0;
    Outcome reported = Outcome::undecided;
    std::size_t current = 0;        // not voting: the host whose stream is kept, or is to be
    bool following = false;         // it brought the map held, or the same
    bool listening_to_all = false;  // Watch::all, and the first vote is over
    bool unverified = false;        // the map held is the cache's, and no host has said it yet
};

ConfigMonitor::ConfigMonitor(net::Reactor &reactor, Options options, Handlers handlers)
    : state_(std::make_unique<State>(reactor, std::move(options), handlers)) {}

ConfigMonitor::~ConfigMonitor() = default;

Error ConfigMonitor::start() { return state_->start(); }

void ConfigMonitor::hear(std::shared_ptr<const topology::ClusterMap> map) { state_->hear(std::move(map)); }

void ConfigMonitor::refresh() { state_->refresh(); }

}  // namespace tenon::bootstrap
