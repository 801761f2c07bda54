// SPDX-License-Identifier: Apache-2.0
// Destroying, breaking out and waiting where programs do it: inside callbacks.
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"
#include "own_loopback.hpp"

using namespace tenon::test;

namespace {

constexpr int kPending = 100;

template <class T>
T &cookie_as(const void *cookie) {
    return *static_cast<T *>(const_cast<void *>(cookie));
}

/// Schedules gets of `count` different keys, all with one cookie.
void schedule_gets(lcb_t instance, const void *cookie, int count) {
    for (int i = 0; i < count; ++i) {
        const std::string key = "key " + std::to_string(i);
        lcb_get_cmd_t command{};
        command.v.v0.key = key.data();
        command.v.v0.nkey = key.size();
        const lcb_get_cmd_t *const commands[] = {&command};
        REQUIRE(lcb_get(instance, cookie, 1, commands) == LCB_SUCCESS);
    }
}

struct Calls {
    int good = 0, cancelled = 0;
    bool destroyed = false;
    lcb_error_t nested = LCB_SUCCESS;
};

}  // namespace

TEST_CASE("destroying an instance completes what is pending, once") {
    const DevclusterChild cluster({"--nodes", "2"});
    Instance instance(cluster.management());
    REQUIRE(instance.connect() == LCB_SUCCESS);
    Calls calls;
    lcb_set_get_callback(instance, [](lcb_t handle, const void *cookie, lcb_error_t error, const lcb_get_resp_t *response) {
        Calls &seen = cookie_as<Calls>(cookie);
        ++(error == LCB_ERROR ? seen.cancelled : seen.good);
        CHECK(response->v.v0.nkey >= 5);
        CHECK(response->v.v0.nbytes == 0);
        // The instance is still there to be asked, and takes nothing more.
        CHECK(lcb_get_cookie(handle) != nullptr);
        lcb_get_cmd_t command{};
        command.v.v0.key = "more";
        command.v.v0.nkey = 4;
        const lcb_get_cmd_t *const commands[] = {&command};
        CHECK(lcb_get(handle, cookie, 1, commands) == LCB_CLIENT_ETMPFAIL);
        CHECK(lcb_wait(handle) == LCB_CLIENT_ETMPFAIL);
        CHECK(lcb_get_num_nodes(handle) == -1);
        CHECK(lcb_get_num_replicas(handle) == -1);
        CHECK(lcb_get_node(handle, LCB_NODE_DATA, 0) == nullptr);
        lcb_destroy(handle);  // it is being destroyed already
    });
    schedule_gets(instance, &calls, kPending);
    CHECK(calls.cancelled == 0);
    lcb_destroy(instance.release());
    CHECK(calls.cancelled == kPending);
    CHECK(calls.good == 0);
}

TEST_CASE("destroying the instance in an operation's callback") {
    const DevclusterChild cluster({"--nodes", "2"});
    Instance instance(cluster.management());
    REQUIRE(instance.connect() == LCB_SUCCESS);
    Calls calls;
    lcb_set_get_callback(instance, [](lcb_t handle, const void *cookie, lcb_error_t error, const lcb_get_resp_t *) {
        Calls &seen = cookie_as<Calls>(cookie);
        ++(error == LCB_ERROR ? seen.cancelled : seen.good);
        if (!seen.destroyed) {
            seen.destroyed = true;
            lcb_destroy(handle);
        }
    });
    schedule_gets(instance, &calls, kPending);
    const lcb_t handle = instance.release();
    lcb_wait(handle);
    CHECK(calls.good == 1);
    CHECK(calls.cancelled == kPending - 1);
}

TEST_CASE("destroying the instance while it bootstraps, and in the callbacks of that") {
    const DevclusterChild cluster({});
    SUBCASE("before the outcome") {
        Instance instance(cluster.management());
        REQUIRE(lcb_connect(instance) == LCB_SUCCESS);
        lcb_destroy(instance.release());
    }
    SUBCASE("in the configuration callback") {
        Instance instance(cluster.management());
        lcb_set_configuration_callback(instance, [](lcb_t handle, lcb_configuration_t) { lcb_destroy(handle); });
        REQUIRE(lcb_connect(instance) == LCB_SUCCESS);
        lcb_wait(instance.release());
    }
    SUBCASE("in the error callback") {
        Instance instance(cluster.management(), "missing");
        lcb_set_error_callback(instance, [](lcb_t handle, lcb_error_t error, const char *) {
            CHECK(error == LCB_BUCKET_ENOENT);
            lcb_destroy(handle);
        });
        REQUIRE(lcb_connect(instance) == LCB_SUCCESS);
        lcb_wait(instance.release());
    }
}

TEST_CASE("destroying the instance among the replies of several servers") {
    const DevclusterChild cluster({"--nodes", "3"});
    Instance instance(cluster.management());
    REQUIRE(instance.connect() == LCB_SUCCESS);
    struct Seen {
        int servers = 0, ends = 0;
    } seen;
    lcb_set_version_callback(instance, [](lcb_t handle, const void *cookie, lcb_error_t, const lcb_server_version_resp_t *r) {
        Seen &so_far = cookie_as<Seen>(cookie);
        ++(r->v.v0.server_endpoint != nullptr ? so_far.servers : so_far.ends);
        if (so_far.servers == 1 && so_far.ends == 0) lcb_destroy(handle);
    });
    const lcb_server_version_cmd_t command{};
    const lcb_server_version_cmd_t *const commands[] = {&command};
    REQUIRE(lcb_server_versions(instance, &seen, 1, commands) == LCB_SUCCESS);
    lcb_wait(instance.release());
    CHECK(seen.servers >= 1);
    CHECK(seen.servers <= 3);
    CHECK(seen.ends == 1);
}

TEST_CASE("an operation on servers ends, also if its last reply, or a statistic, is what the instance is destroyed in") {
    const DevclusterChild cluster({});
    Instance instance(cluster.management());
    REQUIRE(instance.connect() == LCB_SUCCESS);
    struct Seen {
        int told = 0, ends = 0;
        lcb_error_t end_error = LCB_SUCCESS;
        void take(lcb_t handle, const char *server, lcb_error_t error) {
            ++(server != nullptr ? told : ends);
            if (server == nullptr) end_error = error;
            CHECK(lcb_wait(handle) == (server != nullptr ? LCB_BUSY : LCB_CLIENT_ETMPFAIL));
            if (told == 1) lcb_destroy(handle);
        }
    } seen;
    SUBCASE("version") {
        lcb_set_version_callback(
            instance, [](lcb_t handle, const void *cookie, lcb_error_t error, const lcb_server_version_resp_t *r) {
                cookie_as<Seen>(cookie).take(handle, r->v.v0.server_endpoint, error);
            });
        const lcb_server_version_cmd_t command{};
        const lcb_server_version_cmd_t *const commands[] = {&command};
        REQUIRE(lcb_server_versions(instance, &seen, 1, commands) == LCB_SUCCESS);
    }
    SUBCASE("statistics") {
        lcb_set_stat_callback(
            instance, [](lcb_t handle, const void *cookie, lcb_error_t error, const lcb_server_stat_resp_t *r) {
                cookie_as<Seen>(cookie).take(handle, r->v.v0.server_endpoint, error);
            });
        const lcb_server_stats_cmd_t command{};
        const lcb_server_stats_cmd_t *const commands[] = {&command};
        REQUIRE(lcb_server_stats(instance, &seen, 1, commands) == LCB_SUCCESS);
    }
    lcb_wait(instance.release());
    CHECK(seen.told == 1);
    CHECK(seen.ends == 1);
    CHECK(seen.end_error == LCB_ERROR);
}

TEST_CASE("lcb_breakout makes lcb_wait return early; what is left completes in the next one") {
    const DevclusterChild cluster({"--nodes", "2"});
    Instance instance(cluster.management());
    REQUIRE(instance.connect() == LCB_SUCCESS);
    Calls calls;
    lcb_set_get_callback(instance, [](lcb_t handle, const void *cookie, lcb_error_t, const lcb_get_resp_t *) {
        Calls &seen = cookie_as<Calls>(cookie);
        if (++seen.good == 1) {
            // In the first callback another operation is scheduled, so that something is left for sure.
            lcb_get_cmd_t command{};
            command.v.v0.key = "another";
            command.v.v0.nkey = 7;
            const lcb_get_cmd_t *const commands[] = {&command};
            CHECK(lcb_get(handle, cookie, 1, commands) == LCB_SUCCESS);
            seen.nested = lcb_wait(handle);
            lcb_breakout(handle);
        }
    });
    schedule_gets(instance, &calls, 1);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(calls.good == 1);
    CHECK(calls.nested == LCB_BUSY);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(calls.good == 2);
}

TEST_CASE("a chain of operations, each scheduled in the callback of the one before, is waited for") {
    const DevclusterChild cluster({"--nodes", "2"});
    Instance instance(cluster.management());
    REQUIRE(instance.connect() == LCB_SUCCESS);
    Calls calls;
    lcb_set_get_callback(instance, [](lcb_t handle, const void *cookie, lcb_error_t, const lcb_get_resp_t *) {
        Calls &seen = cookie_as<Calls>(cookie);
        if (++seen.good < kPending) {
            const int before = seen.good;
            schedule_gets(handle, cookie, 1);
            CHECK(seen.good == before);
        }
    });
    schedule_gets(instance, &calls, 1);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(calls.good == kPending);
}

TEST_CASE("an operation that gets no answer is timed out, without the error callback") {
    // On an address of this process: nobody else's cluster gets the ports of the one that dies.
    auto cluster = std::make_unique<DevclusterChild>(std::vector<std::string>{"--host", own_loopback()});
    Instance instance(cluster->management());
    REQUIRE(instance.connect() == LCB_SUCCESS);
    REQUIRE(instance.store(LCB_SET, "key", "value").error == LCB_SUCCESS);
    cluster.reset();
    lcb_set_timeout(instance, 200'000);
    Outcome outcome;
    REQUIRE(instance.get("key", outcome) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(outcome.calls == 1);
    CHECK_MESSAGE((LCB_EIFNET(outcome.error) != 0), lcb_strerror(nullptr, outcome.error));
    CHECK(outcome.key == "key");
    CHECK(instance.failure().calls == 0);
}
