// SPDX-License-Identifier: Apache-2.0
#include "net/resolver.hpp"

#include <algorithm>
#include <memory>
#include <netdb.h>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "name_server.hpp"
#include "net/ares_channel.hpp"
#include "test_loop.hpp"

using tenon::Error;
using tenon::errc;
using tenon::net::Resolver;
using tenon::test::NameServer;
using tenon::test::TestLoop;

namespace {

/// Collects results; stops the loop with the last one awaited.
struct Answers {
    TestLoop &loop;
    std::size_t awaited = 1;
    std::vector<Resolver::Result> results;

    static void take(void *self, Resolver::Result result) {
        Answers &answers = *static_cast<Answers *>(self);
        answers.results.push_back(std::move(result));
        if (answers.results.size() == answers.awaited) answers.loop.stop();
    }
    std::set<std::string> addresses(std::size_t i = 0) const {
        std::set<std::string> all;
        for (const auto &address : results.at(i).addresses) all.insert(address.to_string());
        return all;
    }
};

Resolver::Result look_up(TestLoop &loop, const std::string &host, std::uint16_t port) {
    Answers answers{loop, 1, {}};
    loop.reactor().resolver().resolve(host, port, &answers, Answers::take);
    CHECK(answers.results.empty());  // never inside the call
    CHECK(loop.run());
    REQUIRE(answers.results.size() == 1);
    return answers.results[0];
}

/// What a plugin's own `resolve` was asked, and answers from a timer.
struct PluginQuery {
    static inline int cancelled = 0;
    void *cb_data;
    tenon_io_resolve_handler handler;
    tenon::net::Timer timer;

    PluginQuery(TestLoop &loop, void *data, tenon_io_resolve_handler h)
        : cb_data(data), handler(h), timer(loop.reactor(), this, fire) {
        timer.arm(0);
    }
    static void fire(void *self) {
        const std::unique_ptr<PluginQuery> query(static_cast<PluginQuery *>(self));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(0x7f000009);
        const sockaddr *list[] = {reinterpret_cast<sockaddr *>(&address)};
        query->handler(query->cb_data, 0, list, 1);
    }
};

TestLoop *plugin_loop = nullptr;

void *plugin_resolve(tenon_io_ops *io, const char *host, int, void *cb_data, tenon_io_resolve_handler handler) {
    if (std::string_view(host) == "refused") {
        io->error = EMFILE;
        return nullptr;
    }
    return std::make_unique<PluginQuery>(*plugin_loop, cb_data, handler).release();
}

void plugin_cancel(tenon_io_ops *, void *query) {
    ++PluginQuery::cancelled;
    const std::unique_ptr<PluginQuery> owned(static_cast<PluginQuery *>(query));
}

// Every socket the table gave out and took back.
int sockets_opened = 0, sockets_closed = 0;
int (*real_socket)(tenon_io_ops *, int, int, int) = nullptr;
void (*real_close)(tenon_io_ops *, int) = nullptr;

void count_sockets(tenon_io_ops *io) {
    sockets_opened = sockets_closed = 0;
    real_socket = io->socket;
    real_close = io->close;
    io->socket = [](tenon_io_ops *table, int domain, int type, int protocol) {
        ++sockets_opened;
        return real_socket(table, domain, type, protocol);
    };
    io->close = [](tenon_io_ops *table, int sock) {
        ++sockets_closed;
        real_close(table, sock);
    };
}

}  // namespace

TEST_CASE("numeric hosts are answered from the loop, with their port") {
    TestLoop loop;
    auto result = look_up(loop, "127.0.0.1", 11210);
    CHECK_FALSE(result.error);
    REQUIRE(result.addresses.size() == 1);
    CHECK(result.addresses[0].to_string() == "127.0.0.1:11210");

    result = look_up(loop, "2001:db8::7", 8091);
    CHECK_FALSE(result.error);
    REQUIRE(result.addresses.size() == 1);
    CHECK(result.addresses[0].to_string() == "[2001:db8::7]:8091");
}

TEST_CASE("names of /etc/hosts need no name server") {
    TestLoop loop;
    loop.reactor().resolver().use_servers("127.0.0.1:1");
    const auto result = look_up(loop, "localhost", 80);
    CHECK_FALSE(result.error);
    CHECK(std::any_of(result.addresses.begin(), result.addresses.end(),
                      [](const auto &address) { return address.to_string() == "127.0.0.1:80"; }));
}

TEST_CASE("names are asked for through the table, both families") {
    TestLoop loop;
    NameServer server(loop.reactor());
    count_sockets(loop.io());
    loop.reactor().resolver().use_servers(server.address());

    const auto both = look_up(loop, "both.example.", 11210);
    std::set<std::string> addresses;
    for (const auto &address : both.addresses) addresses.insert(address.to_string());
    CHECK(addresses == std::set<std::string>{"127.0.0.1:11210", "127.0.0.2:11210", "[::1]:11210"});
    CHECK(look_up(loop, "v4.example.", 1).addresses.size() == 2);
    CHECK(look_up(loop, "v6.example.", 1).addresses.size() == 1);
    CHECK(server.queries() >= 6);
    CHECK(sockets_opened > 0);
    CHECK(sockets_opened == sockets_closed);  // the channel goes when nobody asks
}

TEST_CASE("addresses of one family only, whoever resolves the name") {
    TestLoop loop;
    NameServer server(loop.reactor());
    loop.reactor().resolver().use_servers(server.address());
    const auto of = [&](const char *host, int family) {
        Answers answers{loop, 1, {}};
        loop.reactor().resolver().resolve(host, 1, &answers, Answers::take, family);
        CHECK(loop.run());
        REQUIRE(answers.results.size() == 1);
        return answers.results[0];
    };
    CHECK(of("both.example.", AF_INET).addresses.size() == 2);
    CHECK(of("both.example.", AF_INET6).addresses.size() == 1);
    CHECK(of("v4.example.", AF_INET6).error.code == errc::unknown_host);
    CHECK(of("127.0.0.1", AF_INET).addresses.size() == 1);
    const auto other = of("127.0.0.1", AF_INET6);
    CHECK(other.error.code == errc::unknown_host);
    CHECK_MESSAGE(other.error.message.find("no IPv6 address") != std::string::npos, other.error.message);
    CHECK(of("::1", AF_INET).error.code == errc::unknown_host);

    plugin_loop = &loop;
    loop.io()->resolve = plugin_resolve;
    loop.io()->cancel_resolve = plugin_cancel;
    CHECK(of("some.example", AF_INET6).error.code == errc::unknown_host);  // it tells IPv4's whatever it is asked
}

TEST_CASE("several queries at once each get their own answer") {
    TestLoop loop;
    NameServer server(loop.reactor());
    loop.reactor().resolver().use_servers(server.address());
    Answers v4{loop, 99, {}}, v6{loop, 99, {}}, numeric{loop, 99, {}}, missing{loop, 99, {}};
    Resolver &resolver = loop.reactor().resolver();
    resolver.resolve("v4.example.", 4, &v4, Answers::take);
    resolver.resolve("v6.example.", 6, &v6, Answers::take);
    resolver.resolve("127.0.0.3", 3, &numeric, Answers::take);
    resolver.resolve("nosuch.example.", 5, &missing, Answers::take);
    for (int i = 0; i < 100 && (v4.results.empty() || v6.results.empty() || missing.results.empty()); ++i)
        loop.run_for(20'000);
    REQUIRE(v4.results.size() == 1);
    REQUIRE(v6.results.size() == 1);
    REQUIRE(numeric.results.size() == 1);
    REQUIRE(missing.results.size() == 1);
    CHECK(v4.addresses() == std::set<std::string>{"127.0.0.1:4", "127.0.0.2:4"});
    CHECK(v6.addresses() == std::set<std::string>{"[::1]:6"});
    CHECK(numeric.addresses() == std::set<std::string>{"127.0.0.3:3"});
    CHECK(missing.results[0].error.code == errc::unknown_host);
}

TEST_CASE("what cannot be resolved says which name and why") {
    TestLoop loop;
    NameServer server(loop.reactor());
    loop.reactor().resolver().use_servers(server.address());
    auto result = look_up(loop, "nosuch.example.", 80);
    CHECK(result.error.code == errc::unknown_host);
    CHECK(result.addresses.empty());
    CHECK(result.error.message.find("cannot resolve nosuch.example.: ") == 0);
    CHECK(result.error.message.size() > std::string("cannot resolve nosuch.example.: ").size());

    result = look_up(loop, "", 80);
    CHECK(result.error.code == errc::unknown_host);
    CHECK(result.error.message.find("the name is empty") != std::string::npos);
}

TEST_CASE("a cancelled query is never answered and keeps no loop running") {
    TestLoop loop;
    Resolver &resolver = loop.reactor().resolver();
    {
        NameServer server(loop.reactor());
        resolver.use_servers(server.address());
        Answers answers{loop, 1, {}};
        const auto numeric = resolver.resolve("127.0.0.1", 1, &answers, Answers::take);
        const auto name = resolver.resolve("silent.example.", 1, &answers, Answers::take);
        loop.run_for(1000);
        REQUIRE(answers.results.size() == 1);  // the numeric one
        resolver.cancel(numeric);
        resolver.cancel(name);
        resolver.cancel(name);
        resolver.cancel(12345);
        const auto again = resolver.resolve("127.0.0.1", 1, &answers, Answers::take);
        resolver.cancel(again);
        loop.run_for(20'000);
        CHECK(answers.results.size() == 1);
    }
    // Nothing is left: the table's own run ends by itself.
    loop.io()->run_event_loop(loop.io());
}

TEST_CASE("a resolver may go with queries under way, and in its own callback") {
    TestLoop loop;
    NameServer server(loop.reactor());
    struct Owner {
        TestLoop &loop;
        std::unique_ptr<Resolver> resolver;
        int answers = 0;
    } owner{loop, std::make_unique<Resolver>(loop.reactor())};
    owner.resolver->use_servers(server.address());
    const auto destroy = [](void *self, Resolver::Result) {
        Owner &o = *static_cast<Owner *>(self);
        ++o.answers;
        o.resolver.reset();
        o.loop.stop();
    };
    owner.resolver->resolve("both.example.", 1, &owner, destroy);
    owner.resolver->resolve("silent.example.", 1, &owner, destroy);
    owner.resolver->resolve("127.0.0.1", 1, &owner, destroy);
    owner.resolver->resolve("127.0.0.2", 1, &owner, destroy);
    CHECK(loop.run());
    loop.run_for(20'000);
    CHECK(owner.answers == 1);
}

TEST_CASE("a channel that goes while one family is answered and the other is not reports nothing") {
    TestLoop loop;
    NameServer server(loop.reactor());
    int results = 0;
    {
        tenon::net::AresChannel channel(
            loop.reactor(), server.address(), &results,
            [](void *count, std::uint64_t, std::vector<tenon::net::Address>, const char *) { ++*static_cast<int *>(count); });
        channel.lookup(1, "half.example.");
        for (int i = 0; i < 100 && server.queries() < 2; ++i) loop.run_for(10'000);
        loop.run_for(50'000);  // for the answer; the question not answered is asked again for three seconds
        CHECK(results == 0);
    }
    CHECK(results == 0);
}

TEST_CASE("a plugin's own resolve is used where there is one") {
    TestLoop loop;
    plugin_loop = &loop;
    loop.io()->resolve = plugin_resolve;
    loop.io()->cancel_resolve = plugin_cancel;
    auto result = look_up(loop, "some.example", 99);
    CHECK_FALSE(result.error);
    REQUIRE(result.addresses.size() == 1);
    CHECK(result.addresses[0].to_string() == "127.0.0.9:99");

    result = look_up(loop, "refused", 99);
    CHECK(result.error.code == errc::unknown_host);
    CHECK(result.error.message.find(tenon::describe_errno(EMFILE)) != std::string::npos);

    PluginQuery::cancelled = 0;
    Answers answers{loop, 1, {}};
    const auto query = loop.reactor().resolver().resolve("some.example", 1, &answers, Answers::take);
    loop.reactor().resolver().cancel(query);
    CHECK(PluginQuery::cancelled == 1);
    {
        Resolver resolver(loop.reactor());
        resolver.resolve("some.example", 1, &answers, Answers::take);
    }
    CHECK(PluginQuery::cancelled == 2);
    loop.run_for(10'000);
    CHECK(answers.results.empty());
}
