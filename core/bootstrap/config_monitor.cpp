// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/config_monitor.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/backoff.hpp"
#include "bootstrap/addresses.hpp"
#include "bootstrap/failure.hpp"
#include "bootstrap/hosts.hpp"
#include "bootstrap/map_cache.hpp"
#include "bootstrap/news.hpp"
#include "topology/agreement.hpp"
#include "topology/compare.hpp"

namespace tenon::bootstrap {
namespace {

using topology::ClusterMap;
using topology::Outcome;

constexpr std::uint64_t kFirstPauseUsec = 50'000;
constexpr std::uint64_t kLongestPauseUsec = 10'000'000;
/// However many nodes say that the map is outdated, hosts are not asked more often than this: less and less often while no
/// new map comes of it.
constexpr std::uint64_t kShortestRefreshGapUsec = 10'000;
constexpr std::uint64_t kLongestRefreshGapUsec = 640'000;

}  // namespace

struct ConfigMonitor::State {
    State(net::Reactor &r, Options o, Handlers h)
        : reactor(r),
          options(std::move(o)),
          handlers(h),
          backoff(options.seed, kFirstPauseUsec, kLongestPauseUsec),
          begin(r, this, [](void *self) { static_cast<State *>(self)->hand_out(); }),
          deadline(r, this, [](void *self) { static_cast<State *>(self)->on_deadline(); }),
          again(r, this, [](void *self) { static_cast<State *>(self)->call_vote(); }),
          stalled(r, this, [](void *self) { static_cast<State *>(self)->on_stalled(); }),
          put_off(r, this, [](void *self) { static_cast<State *>(self)->refresh(); }),
          hosts(r, options, {this, on_host_map, on_host_failed}) {}
    State(const State &) = delete;
    State &operator=(const State &) = delete;

    // Beginning

    Error start() {
        if (options.hosts.empty()) return invalid("no host is given");
        if (options.source == Source::fixed) return start_fixed();
        if (options.bucket.empty()) return invalid("no bucket is given");
        std::vector<net::Url> urls;
        if (const Error error = given_addresses(options, urls)) return error;
        for (const net::Url &url : urls) given_names.push_back(url.at.to_string());
        hosts.give(std::move(urls));
        voters = hosts.given();
        read_cache();
        ends_at = reactor.now() + options.timeout_usec;
        if (!held) deadline.arm(options.timeout_usec);
        for (std::size_t i = 0; i < hosts.given(); ++i) {
            if (const Error error = hosts[i].ask(budget())) {
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

    /// For one host's answer; the only one has all the time there is for a first map.
    std::uint64_t budget() const {
        if (held) return options.host_timeout_usec;
        const std::uint64_t left = ends_at - std::min(ends_at, reactor.now());
        return hosts.given() > 1 ? std::min(options.host_timeout_usec, left) : left;
    }

    // What hosts say

    static void on_host_map(void *self, Host &host) {
        State &s = *static_cast<State *>(self);
        if (!s.voting) return s.follow(host);
        if (s.options.agreement == Agreement::first) return s.believe(host);
        s.count();
    }

    static void on_host_failed(void *self, Host &host) {
        State &s = *static_cast<State *>(self);
        const Error &why = host.why();
        if (!s.held) {
            s.log(is_answer(why.code) && s.hosts.given() > 1 ? LogLevel::warn : LogLevel::info, why.message);
            return s.count();
        }
        s.log(LogLevel::warn, (s.voting ? "no stream of maps: " : "no stream of maps, on to the next host: ") + why.message);
        if (s.listening_to_all) host.ask_later(s.budget());
        if (s.voting) return s.count();
        s.move_on(s.hosts.place_of(&host));
    }

    /// What the one stream says that is kept, or the next host where that one has ended.
    void follow(Host &host) {
        switch (news_in(held.get(), *host.map())) {
        case News::none: following = true; return confirm();
        case News::newer: following = true; return take(host);
        case News::older: return ignore_older(host);
        case News::another:
            if (options.agreement == Agreement::majority && !(following && is_of_old(*host.map()))) return call_vote();
            following = true;
            return take(host);
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
        const News news = news_in(held.get(), *host.map());
        if (options.watch == Watch::one) settle_on(host);
        if (news == News::newer || news == News::another) return take(host);
        following = news == News::none;
        if (following) confirm();
        else ignore_older(host);
        ask_idle_hosts();
    }

    /// The map held has been said again.
    void confirm() {
        // Where all are listened to, what is counted may be the last word of a stream that died.
        if (!listening_to_all) stalled.cancel();
        if (std::exchange(unverified, false)) log(LogLevel::info, "map cache " + options.cache + " is up to date");
    }

    void settle_on(Host &host) {
        voting = false;
        following = true;
        current = hosts.place_of(&host);
        hosts.each([&](Host &other) {
            if (&other != &host) other.stop();
        });
    }

    void ignore_older(Host &host) {
        if (log_wants(LogLevel::info))
            log(LogLevel::info, host.name() + " says revision " + std::to_string(host.map()->rev()) + ", older than " +
                                    std::to_string(held->rev()) + ": ignored");
        // There are hosts that know more, or will; one that knew enough so far only lags behind.
        if (!voting && !following) move_on(hosts.place_of(&host));
    }

    void take(Host &host) {
        const std::string name = host.name();
        deadline.cancel();
        begin.cancel();
        stalled.cancel();
        if (std::exchange(unverified, false)) log(LogLevel::info, "map cache " + options.cache + " is outdated");
        refresh_gap = kShortestRefreshGapUsec;
        put_off.cancel();
        held = host.map();
        learn();  // the host may be none any more
        write_cache();
        ask_idle_hosts();
        if (log_wants(LogLevel::info)) log(LogLevel::info, "new map from " + name);
        handlers.on_map(handlers.owner, held);
    }

    // Votes

    /// Asks every voter that says nothing, and counts.
    void call_vote() {
        voting = true;
        voters = held ? hosts.size() : hosts.given();
        for (std::size_t i = 0; i < voters; ++i) {
            if (hosts[i].map()) continue;
            hosts[i].forget();
            if (!hosts[i].asked()) hosts[i].ask(budget());  // credentials that HTTP cannot carry have been refused by start()
        }
        count();
    }

    void count(bool time_is_up = false) {
        std::vector<topology::Voice> voices;
        std::vector<std::size_t> places;
        std::size_t open = 0;
        for (std::size_t i = 0; i < voters; ++i) {
            if (const auto &map = hosts[i].map()) {
                voices.push_back({hosts[i].name(), map});
                places.push_back(i);
            } else if (hosts[i].asked() && !hosts[i].why()) {
                ++open;
            }
        }
        // If most refuse, the others need not be waited for.
        if (const Error refusal = held ? Error() : refused_by_most(reasons())) return fail(refusal);
        if (options.agreement == Agreement::first && !voices.empty()) return;  // they are believed as they speak
        const topology::Verdict verdict = topology::agree(voices, voters, open);
        report(verdict, voices);
        switch (verdict.outcome) {
        case Outcome::undecided: return;
        case Outcome::agreed: return believe(hosts[places[verdict.sides.front().speaker]]);
        case Outcome::split: return held ? go_on_in_split(verdict, places) : fail(split_brain(verdict, voices));
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

    Error split_brain(const topology::Verdict &verdict, const std::vector<topology::Voice> &voices) const {
        return {make_error_code(errc::split_brain), "no map of bucket \"" + options.bucket +
                                                        "\": the hosts disagree (split brain): " +
                                                        describe(verdict.sides, voices)};
    }

    /// The side that goes on from the map held is stayed with: the one that says it, else the only one with a newer revision.
    void go_on_in_split(const topology::Verdict &verdict, const std::vector<std::size_t> &places) {
        Host *same = nullptr, *newer = nullptr;
        bool ambiguous = false;
        for (const topology::Side &side : verdict.sides) {
            Host &speaker = hosts[places[side.speaker]];
            const News news = news_in(held.get(), *speaker.map());
            if (news == News::none) same = &speaker;
            if (news != News::newer) continue;
            ambiguous = newer != nullptr;
            newer = &speaker;
        }
        if (same != nullptr) return believe(*same);
        if (newer != nullptr && !ambiguous) return believe(*newer);
        if (options.watch == Watch::all) return ask_idle_hosts();
        vote_again();
    }

    void on_nothing(bool time_is_up) {
        if (held && options.watch == Watch::all) return ask_idle_hosts();
        if (held) {
            voting = false;
            return move_on(voters - 1);
        }
        const bool being_set_up = hosts.any([](const Host &host) { return host.saw_empty(); });
        if (time_is_up || !being_set_up) return fail(no_map(options.bucket, reasons()));
        vote_again();
    }

    void vote_again() {
        hosts.each([](Host &host) { host.stop(); });
        following = false;
        again.arm(backoff.next());
    }

    // Failing

    void on_deadline() {
        hosts.each([](Host &host) {
            if (!host.map()) host.give_up();
        });
        again.cancel();
        count(true);
    }

    std::vector<Error> reasons() {
        std::vector<Error> all;
        hosts.each([&](const Host &host) { all.push_back(host.why()); });
        return all;
    }

    void stop() {
        hosts.each([](Host &host) { host.stop(); });
        begin.cancel();
        deadline.cancel();
        again.cancel();
        put_off.cancel();
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
        const Host *const listened_to = &hosts[current];
        const bool lost = hosts.learn(std::move(urls));
        voters = std::min(voters, hosts.size());
        current = hosts.place_of(listened_to);
        const bool dropped = current == hosts.size();
        if (dropped) current = 0;
        if (voting) {
            // It may be the one that the others waited for. (Who listens to all asks those that are idle anyway.)
            if (lost && options.watch == Watch::one && !again.armed()) again.arm(0);
        } else if (dropped) {
            move_on(hosts.size() - 1);
        }
    }

    /// All are listened to that are not yet, if that is wanted.
    void ask_idle_hosts() {
        if (options.watch == Watch::one) return;
        voting = listening_to_all = true;
        voters = hosts.size();
        hosts.each([&](Host &host) {
            if (host.asked() || host.waiting()) return;
            if (host.why()) host.ask_later(budget());
            else host.ask(budget());
        });
    }

    /// To the one after this.
    void move_on(std::size_t from) {
        hosts[from].stop();
        stalled.cancel();
        following = false;
        current = (from + 1) % hosts.size();
        hosts[current].ask_later(budget());
    }

    // What nodes say

    void hear(std::shared_ptr<const ClusterMap> map) {
        if (!held || hosts.empty() || topology::age(*held, *map) != MapAge::newer) return;
        unverified = false;
        refresh_gap = kShortestRefreshGapUsec;
        put_off.cancel();
        held = std::move(map);
        learn();
        write_cache();
        ask_idle_hosts();
        expect_news();
    }

    void refresh() {
        const std::uint64_t now = reactor.now();
        if (!held || hosts.empty()) return;
        if (now - refreshed_at < refresh_gap) {
            if (!put_off.armed()) put_off.arm(refreshed_at + refresh_gap - now);
            return;
        }
        refresh_gap = now - refreshed_at > 2 * kLongestRefreshGapUsec ? kShortestRefreshGapUsec
                                                                      : std::min(refresh_gap * 2, kLongestRefreshGapUsec);
        refreshed_at = now;
        if (hosts.any([](const Host &host) { return host.map() != nullptr; })) return expect_news();
        hosts.each([](Host &host) {
            if (host.waiting()) host.hurry();
        });
        if (again.armed()) again.arm(0);
    }

    /// What is listened to should bring a newer map. (Servers without revisions may not until a rebalance is over.)
    void expect_news() {
        const bool listening = listening_to_all || (!voting && following);
        if (listening && held->rev() >= 0 && !stalled.armed()) stalled.arm(options.stall_usec);
    }

    void on_stalled() {
        if (listening_to_all) return ask_anew();
        if (voting || !following) return;
        log(LogLevel::info, hosts[current].name() + " brings no news, on to the next host");
        move_on(current);
        hosts[current].hurry();
    }

    /// Any stream may have died without a word: all that should have said something are opened again.
    void ask_anew() {
        log(LogLevel::info, "no stream brings news: all hosts are asked anew");
        hosts.each([&](Host &host) {
            if (!host.map()) return;
            host.stop();
            host.ask(budget());
        });
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
    net::Timer stalled;   // until the stream that is followed is given up
    net::Timer put_off;   // until hosts may be asked again
    std::uint64_t ends_at = 0;
    std::uint64_t refreshed_at = 0;
    std::uint64_t refresh_gap = kShortestRefreshGapUsec;  // from then on

    Hosts hosts;
    std::vector<std::string> given_names;

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
