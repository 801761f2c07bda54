// SPDX-License-Identifier: Apache-2.0
#include "net/resolver.hpp"

#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>

#include "net/ares_channel.hpp"
#include "net/reactor.hpp"
#include "ops.hpp"

namespace tenon::net {
namespace {

void set_port(Address &address, std::uint16_t port) {
    if (address.storage.ss_family == AF_INET)
        reinterpret_cast<sockaddr_in *>(&address.storage)->sin_port = htons(port);
    else
        reinterpret_cast<sockaddr_in6 *>(&address.storage)->sin6_port = htons(port);
}

bool is_internet(const sockaddr *address) {
    return address->sa_family == AF_INET || address->sa_family == AF_INET6;
}

std::optional<Address> from_sockaddr(const sockaddr *from) {
    if (!is_internet(from)) return std::nullopt;
    Address address;
    address.length = from->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    std::memcpy(&address.storage, from, address.length);
    return address;
}

/// Never asks anybody.
std::optional<Address> parse_numeric(const std::string &host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo *info = nullptr;
    if (getaddrinfo(host.c_str(), nullptr, &hints, &info) != 0) return std::nullopt;
    const std::optional<Address> address = from_sockaddr(info->ai_addr);
    freeaddrinfo(info);
    return address;
}

bool fits(const Address &address, int family) { return family == AF_UNSPEC || address.storage.ss_family == family; }

std::string lacks(int family) {
    if (family == AF_UNSPEC) return "it has no address";
    return family == AF_INET ? "it has no IPv4 address" : "it has no IPv6 address";
}

}  // namespace

std::string Address::to_string() const {
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (getnameinfo(get(), length, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return "(no internet address)";
    return storage.ss_family == AF_INET6 ? std::string("[") + host + "]:" + port : std::string(host) + ":" + port;
}

struct Resolver::State {
    struct Query {
        State *state;
        std::uint64_t id;
        std::string host;
        std::uint16_t port;
        int family;
        void *owner;
        OnResult on_result;
        void *plugin_query = nullptr;
        bool at_ares = false;
        Result result;
    };

    explicit State(Reactor &r) : reactor(r), io(r.io()), deliver(r, this, on_deliver) {}
    State(const State &) = delete;
    State &operator=(const State &) = delete;
    ~State() {
        for (auto &[id, query] : queries)
            if (query.plugin_query != nullptr) io->cancel_resolve(io, query.plugin_query);
    }

    void begin(Query &query) {
        if (query.host.empty()) return fail(query, "the name is empty");
        if (const std::optional<Address> numeric = parse_numeric(query.host)) return answer(query, {*numeric});
        if (ops::has_optional_calls(io) && io->resolve != nullptr) {
            query.plugin_query = io->resolve(io, query.host.c_str(), query.family, &query, on_plugin_result);
            if (query.plugin_query == nullptr) fail(query, describe_errno(io->error));
            return;
        }
        if (!channel) channel.emplace(reactor, servers, this, on_ares_result);
        query.at_ares = true;
        ++at_ares;
        channel->lookup(query.id, query.host, query.family);
    }

    /// What is known of the name now, of which the other family's addresses do not count.
    void answer(Query &query, std::vector<Address> addresses) {
        std::erase_if(addresses, [&query](const Address &address) { return !fits(address, query.family); });
        if (addresses.empty()) return fail(query, lacks(query.family));
        for (Address &address : addresses) set_port(address, query.port);
        query.result.addresses = std::move(addresses);
        ready.push_back(query.id);
        deliver.arm(0);
    }

    void fail(Query &query, const std::string &reason) {
        query.result.error = Error(make_error_code(errc::unknown_host), "cannot resolve " + query.host + ": " + reason);
        ready.push_back(query.id);
        deliver.arm(0);
    }

    static void on_plugin_result(void *arg, int error, const sockaddr *const *list, unsigned count) {
        Query &query = *static_cast<Query *>(arg);
        query.plugin_query = nullptr;
        std::vector<Address> addresses;
        for (unsigned i = 0; error == 0 && i < count; ++i)
            if (const std::optional<Address> address = from_sockaddr(list[i])) addresses.push_back(*address);
        if (error == 0) query.state->answer(query, std::move(addresses));
        else query.state->fail(query, gai_strerror(error));
    }

    static void on_ares_result(void *self, std::uint64_t id, std::vector<Address> addresses, const char *reason) {
        State &state = *static_cast<State *>(self);
        const auto found = state.queries.find(id);
        if (found == state.queries.end()) return;
        Query &query = found->second;
        query.at_ares = false;
        --state.at_ares;
        if (reason == nullptr) state.answer(query, std::move(addresses));
        else state.fail(query, reason);
    }

    /// One result a turn: nothing of the Resolver is touched after its callback, which may have destroyed it.
    static void on_deliver(void *self) {
        State &state = *static_cast<State *>(self);
        state.drop_idle_channel();
        while (!state.ready.empty()) {
            const auto found = state.queries.find(state.ready.front());
            state.ready.pop_front();
            if (found == state.queries.end()) continue;
            const Query query = std::move(found->second);
            state.queries.erase(found);
            if (!state.ready.empty()) state.deliver.arm(0);
            return query.on_result(query.owner, query.result);
        }
    }

    /// A channel lives while it is asked, so that a changed resolv.conf is seen, and a query nobody waits for any more
    /// keeps no loop running.
    void drop_idle_channel() {
        if (at_ares == 0) channel.reset();
    }

    Reactor &reactor;
    tenon_io_ops *const io;
    Timer deliver;
    std::string servers;
    std::optional<AresChannel> channel;
    std::map<std::uint64_t, Query> queries;
    std::deque<std::uint64_t> ready;
    std::uint64_t last_id = 0;
    std::size_t at_ares = 0;  // queries that c-ares has and somebody waits for
};

Resolver::Resolver(Reactor &reactor) : state_(std::make_unique<State>(reactor)) {}

Resolver::~Resolver() = default;

std::uint64_t Resolver::resolve(const std::string &host, std::uint16_t port, void *owner, OnResult on_result,
                                int family) {
    State &s = *state_;
    const std::uint64_t id = ++s.last_id;
    State::Query query{&s, id, host, port, family, owner, on_result, nullptr, false, {}};
    s.begin(s.queries.emplace(id, std::move(query)).first->second);
    return id;
}

void Resolver::cancel(std::uint64_t id) {
    State &s = *state_;
    const auto found = s.queries.find(id);
    if (found == s.queries.end()) return;
    if (found->second.plugin_query != nullptr) s.io->cancel_resolve(s.io, found->second.plugin_query);
    if (found->second.at_ares) --s.at_ares;
    s.queries.erase(found);
    // Not inside c-ares: results are delivered from a timer, so nobody's code runs in its callbacks.
    s.drop_idle_channel();
}

void Resolver::use_servers(std::string servers) {
    state_->servers = std::move(servers);
    state_->drop_idle_channel();
}

}  // namespace tenon::net
