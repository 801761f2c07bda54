// SPDX-License-Identifier: Apache-2.0
// What a real memcached knows, and what it says of what it does not know.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "../proxy/servers.hpp"
#include "rig.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;

/// Two servers and a client of them.
struct Memcached {
    MemcachedChild first, second;
    tenon::io io = io::load();
    std::unique_ptr<Client> client = memcached_client(io, {first.address(), second.address()});

    Outcome run(const std::function<std::error_code(Callback)> &start) const {
        Outcome outcome;
        REQUIRE_FALSE(start([&](const Reply &reply) { outcome = Outcome(reply); }));
        REQUIRE_FALSE(client->wait());
        return outcome;
    }
};

TEST_CASE("items on a real memcached, routed by another key") {
    const Memcached m;
    Client &client = *m.client;
    for (int i = 0; i < 20; ++i) {
        const std::string route = "route-" + std::to_string(i), key = "key-" + std::to_string(i);
        const Outcome stored = m.run([&](Callback done) {
            return client.set(key, as_bytes("1"), std::move(done), {.flags = 7, .route_key = route});
        });
        CHECK_FALSE(stored.error);
        const Outcome read = m.run([&](Callback done) { return client.get(key, std::move(done), {.route_key = route}); });
        CHECK(read.value == "1");
        CHECK(read.flags == 7);
        CHECK(read.server == stored.server);
        const Outcome there = m.run([&](Callback done) { return client.exists(key, std::move(done), {.route_key = route}); });
        CHECK_FALSE(there.error);
        CHECK(there.cas == read.cas);
        CHECK(there.value.empty());
        CHECK(m.run([&](Callback done) {
            return client.increment(key, 41, std::move(done), {.route_key = route});
        }).counter == 42);
        CHECK_FALSE(m.run([&](Callback done) { return client.touch(key, 100, std::move(done), {.route_key = route}); }).error);
        CHECK_FALSE(m.run([&](Callback done) { return client.remove(key, std::move(done), {.route_key = route}); }).error);
        CHECK(m.run([&](Callback done) { return client.exists(key, std::move(done), {.route_key = route}); }).error ==
              errc::not_found);
    }
}

TEST_CASE("one real memcached, or all, are asked how they are") {
    const Memcached m;
    Client &client = *m.client;
    for (unsigned server = 0; server < 2; ++server) {
        const ServerOptions there{.server = server};
        CHECK(m.run([&](Callback done) { return client.noop(std::move(done), there); }).server == client.server(server));
        CHECK(m.run([&](Callback done) { return client.version(std::move(done), there); }).value.starts_with("1."));
        std::vector<std::string> names;
        REQUIRE_FALSE(client.stats({}, [&](const Reply &reply) { names.emplace_back(reply.key); }, there));
        REQUIRE_FALSE(client.wait());
        REQUIRE_FALSE(names.empty());
        CHECK(names.back().empty());
        CHECK(std::count(names.begin(), names.end(), "uptime") == 1);
    }
    CHECK_FALSE(m.run([&](Callback done) { return client.set("k", as_bytes("v"), std::move(done)); }).error);
    int flushed = 0;
    REQUIRE_FALSE(client.flush(0, [&](const Reply &reply) { flushed += reply.error ? 0 : 1; }));
    REQUIRE_FALSE(client.wait());
    CHECK(flushed == 2);
    CHECK(m.run([&](Callback done) { return client.get("k", std::move(done)); }).error == errc::not_found);
}

TEST_CASE("a real memcached refuses what only Couchbase knows, and goes on") {
    const Memcached m;
    Client &client = *m.client;
    const ServerOptions there{.server = 0U};
    std::vector<std::error_code> outcomes;
    const auto note = [&](const Reply &reply) { outcomes.push_back(reply.error); };
    REQUIRE_FALSE(client.stop_persistence(note, there));
    REQUIRE_FALSE(client.start_replication(note, there));
    REQUIRE_FALSE(client.get_vbucket(0, note, there));
    REQUIRE_FALSE(client.delete_vbucket(0, note, there));
    REQUIRE_FALSE(client.wait());
    CHECK(outcomes.size() == 4);
    for (const std::error_code &outcome : outcomes) CHECK(outcome == errc::unknown_command);
    // What has a key or extras would take the next requests with it, and the connection: it is not sent.
    CHECK(client.set_flush_param("mem_high_wat", "75", note, there) == errc::not_supported);
    CHECK(client.evict_key("k", note, there) == errc::not_supported);
    CHECK(client.verbosity(0, note, there) == errc::not_supported);
    CHECK(client.set_vbucket(0, VbucketState::dead, note, there) == errc::not_supported);
    CHECK(client.get_and_lock("k", 1, note) == errc::not_supported);
    CHECK(client.unlock("k", 1, note) == errc::not_supported);
    CHECK(client.observe("k", note) == errc::not_supported);
    CHECK(outcomes.size() == 4);
    CHECK_FALSE(m.run([&](Callback done) { return client.noop(std::move(done), there); }).error);
}

}  // namespace
