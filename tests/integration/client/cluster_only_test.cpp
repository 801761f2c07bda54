// SPDX-License-Identifier: Apache-2.0
// A client without a bucket: HTTP to the management, and nothing else.
#include <doctest/doctest.h>

#include <string>

#include "rig.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;

struct ClusterOnly : Rig {
    explicit ClusterOnly(std::function<void(Options &)> adapt = {}, devcluster::Options options = {.nodes = 2})
        : Rig(std::move(options)) {
        Options own = client_options();
        own.cluster_only = true;
        own.bucket.clear();
        if (adapt) adapt(own);
        client.emplace(io, own);
    }
    std::error_code connect() {
        REQUIRE_FALSE(client->connect([this](std::error_code error, std::string_view message) {
            ++told;
            CHECK((error == std::error_code()) == message.empty());
        }));
        return client->wait();
    }
    int told = 0;
};

TEST_CASE("the management is asked once it has let the user in") {
    ClusterOnly c;
    CHECK(c.client->http({.path = "/pools"}, {}) == errc::not_connected);
    CHECK_FALSE(c.connect());
    CHECK(c.told == 1);
    CHECK(c.client->connected());
    CHECK(c.client->server_count() == 0);
    CHECK(c.client->map().empty());
    unsigned status = 0;
    REQUIRE_FALSE(c.client->http({.path = "/pools/default"}, [&](const HttpReply &reply) { status = reply.status; }));
    CHECK_FALSE(c.client->wait());
    CHECK(status == 200);
    CHECK(c.client->http({.service = HttpService::views, .path = "/x"}, {}) == errc::no_server);
}

TEST_CASE("there are no operations on items or data nodes") {
    ClusterOnly c;
    CHECK_FALSE(c.connect());
    bool called = false;
    const auto done = [&](const Reply &) { called = true; };
    CHECK(c.client->get("k", done) == errc::not_supported);
    CHECK(c.client->version(done) == errc::not_supported);
    CHECK(c.client->exists("k", done) == errc::not_supported);
    CHECK(c.client->durability("k", done, {.persist_to = 1}) == errc::not_supported);
    CHECK(c.client->server_of("k") == ClusterMap::kNoServer);
    CHECK_FALSE(c.client->wait());
    CHECK_FALSE(called);
}

TEST_CASE("a wrong password, and nobody there") {
    ClusterOnly refused([](Options &options) { options.username = "somebody", options.password = "wrong"; });
    CHECK(refused.connect() == errc::authentication);
    CHECK(refused.told == 1);
    CHECK_FALSE(refused.client->connected());
    CHECK(refused.connect() == errc::authentication);  // once more

    ClusterOnly nobody([](Options &options) { options.hosts = {"127.0.0.1:1"}; });
    CHECK(nobody.connect() == errc::connect);
    ClusterOnly second([](Options &options) { options.hosts.insert(options.hosts.begin(), "127.0.0.1:1"); });
    CHECK_FALSE(second.connect());

    ClusterOnly memcached([](Options &options) { options.memcached = true; });
    CHECK(memcached.client->connect() == errc::invalid_option);
    ClusterOnly hostless([](Options &options) { options.hosts.clear(); });
    CHECK(hostless.client->connect() == errc::invalid_option);
}

TEST_CASE("a client may go while the management is being asked") {
    ClusterOnly c;
    REQUIRE_FALSE(c.client->connect([](std::error_code, std::string_view) { FAIL("it is gone"); }));
    c.client.reset();
    run_for(c.io, 20'000);
}

}  // namespace
