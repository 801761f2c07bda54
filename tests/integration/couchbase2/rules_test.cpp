// SPDX-License-Identifier: Apache-2.0
// The rules that programs rely on, for every function with an array of commands; those of waiting and of the end are in
// wait_test.cpp and lifetime_test.cpp.
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <libcouchbase/pktfwd.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"

using namespace tenon::test;

namespace {

/// Counts the callbacks of an instance, of any kind.
int calls;

template <class... Response>
void count(lcb_t, const void *, Response...) {
    ++calls;
}

void count_all(lcb_t instance) {
    calls = 0;
    lcb_set_get_callback(instance, count);
    lcb_set_store_callback(instance, count);
    lcb_set_touch_callback(instance, count);
    lcb_set_unlock_callback(instance, count);
    lcb_set_remove_callback(instance, count);
    lcb_set_arithmetic_callback(instance, count);
    lcb_set_stat_callback(instance, count);
    lcb_set_version_callback(instance, count);
    lcb_set_verbosity_callback(instance, count);
    lcb_set_flush_callback(instance, count);
}

/// One function, on commands of the version given, all good but for that.
struct Operation {
    const char *name;
    std::function<lcb_error_t(lcb_t, int version, lcb_size_t count)> schedule;
    bool on_item = true;
    int newest = 0;
};

template <class Command, class Schedule>
auto with(Command command, Schedule schedule) {
    return [command, schedule](lcb_t instance, int version, lcb_size_t count) {
        Command changed = command;
        changed.version = version;
        const std::vector<const Command *> commands(count, &changed);
        return schedule(instance, nullptr, count, commands.data());
    };
}

lcb_get_replica_cmd_t replica_command() {
    lcb_get_replica_cmd_t command("key", 3);
    command.version = 0;
    return command;
}

const std::vector<Operation> &operations() {
    static const std::vector<Operation> all{
        {"get", with(lcb_get_cmd_t("key"), lcb_get)},
        {"get_replica", with(replica_command(), lcb_get_replica), true, 1},
        {"unlock", with(lcb_unlock_cmd_t("key", 3, 1), lcb_unlock)},
        {"touch", with(lcb_touch_cmd_t("key"), lcb_touch)},
        {"store", with(lcb_store_cmd_t(LCB_SET, "key", 3, "value", 5), lcb_store)},
        {"arithmetic", with(lcb_arithmetic_cmd_t("key", 3, 1), lcb_arithmetic)},
        {"remove", with(lcb_remove_cmd_t("key"), lcb_remove)},
        {"stats", with(lcb_server_stats_cmd_t(), lcb_server_stats), false},
        {"versions", with(lcb_server_version_cmd_t(), lcb_server_versions), false},
        {"verbosity", with(lcb_verbosity_cmd_t(), lcb_set_verbosity), false},
        {"flush", with(lcb_flush_cmd_t(), lcb_flush), false},
    };
    return all;
}

struct Connected {
    DevclusterChild cluster{{"--nodes", "2", "--replicas", "1"}};
    Instance instance{cluster.management()};
    Connected() {
        REQUIRE(instance.connect() == LCB_SUCCESS);
        count_all(instance);
    }
};

}  // namespace

TEST_CASE_FIXTURE(Connected, "a call completes later, exactly once each, and never from inside") {
    for (const Operation &operation : operations()) {
        CAPTURE(operation.name);
        calls = 0;
        CHECK(operation.schedule(instance, 0, 3) == LCB_SUCCESS);
        CHECK(calls == 0);
        CHECK(lcb_wait(instance) == LCB_SUCCESS);
        if (operation.on_item)
            CHECK(calls == 3);
        else
            CHECK(calls >= 9);  // two servers and the end, three times; more of statistics
        const int before = calls;
        CHECK(lcb_wait(instance) == LCB_SUCCESS);
        CHECK(calls == before);
        CHECK(operation.schedule(instance, 0, 0) == LCB_SUCCESS);  // nothing to do
        CHECK(lcb_wait(instance) == LCB_SUCCESS);
        CHECK(calls == before);
    }
}

TEST_CASE_FIXTURE(Connected, "versions of structs that do not exist are LCB_EINVAL") {
    for (const Operation &operation : operations()) {
        CAPTURE(operation.name);
        for (const int version : {-1, operation.newest + 1, 1000})
            CHECK(operation.schedule(instance, version, 1) == LCB_EINVAL);
    }
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(calls == 0);
}

TEST_CASE("before the first map a call is LCB_CLIENT_ETMPFAIL, whatever it says") {
    const DevclusterChild cluster({});
    Instance instance(cluster.management());
    count_all(instance);
    for (const bool connecting : {false, true}) {
        if (connecting) REQUIRE(lcb_connect(instance) == LCB_SUCCESS);
        for (const Operation &operation : operations()) {
            CAPTURE(operation.name);
            CHECK(operation.schedule(instance, 0, 1) == LCB_CLIENT_ETMPFAIL);
            CHECK(operation.schedule(instance, 1000, 1) == LCB_CLIENT_ETMPFAIL);
        }
    }
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(calls == 0);
}

TEST_CASE_FIXTURE(Connected, "one bad command in an array: none is scheduled") {
    const lcb_store_cmd_t good(LCB_SET, "key", 3, "value", 5), bad(LCB_SET, "", 0, "value", 5);
    const lcb_store_cmd_t *const commands[] = {&good, &good, &bad};
    CHECK(lcb_store(instance, nullptr, 3, commands) == LCB_EMPTY_KEY);
    const lcb_store_cmd_t *const with_null[] = {&good, nullptr};
    CHECK(lcb_store(instance, nullptr, 2, with_null) == LCB_EINVAL);
    CHECK(lcb_store(instance, nullptr, 1, nullptr) == LCB_EINVAL);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(calls == 0);
    CHECK(lcb_store(instance, nullptr, 2, commands) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(calls == 2);
}

TEST_CASE_FIXTURE(Connected, "an expiry that the wire cannot carry is refused, not cut") {
    const auto store = [&](lcb_time_t expiry) {
        const lcb_store_cmd_t command(LCB_SET, "key", 3, "value", 5, 0, expiry);
        const lcb_store_cmd_t *const commands[] = {&command};
        return lcb_store(instance, nullptr, 1, commands);
    };
    CHECK(store(-1) == LCB_EINVAL);
    CHECK(store(lcb_time_t{1} << 32) == LCB_EINVAL);
    CHECK(store((lcb_time_t{1} << 32) - 1) == LCB_SUCCESS);
    const lcb_touch_cmd_t touch("key", 3, lcb_time_t{1} << 40);
    const lcb_touch_cmd_t *const touches[] = {&touch};
    CHECK(lcb_touch(instance, nullptr, 1, touches) == LCB_EINVAL);
    const lcb_get_cmd_t get("key", 3, lcb_time_t{1} << 33);
    const lcb_get_cmd_t *const gets[] = {&get};
    CHECK(lcb_get(instance, nullptr, 1, gets) == LCB_EINVAL);
    const lcb_arithmetic_cmd_t counter("key", 3, 1, 1, 0, lcb_time_t{1} << 33);
    const lcb_arithmetic_cmd_t *const counters[] = {&counter};
    CHECK(lcb_arithmetic(instance, nullptr, 1, counters) == LCB_EINVAL);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(calls == 1);
}

TEST_CASE_FIXTURE(Connected, "a status that the library does not know is the program's to name") {
    CHECK(lcb_errmap_default(instance, 0) == LCB_SUCCESS);
    CHECK(lcb_errmap_default(instance, 0x01) == LCB_KEY_ENOENT);
    CHECK(lcb_errmap_default(instance, 0x86) == LCB_ETMPFAIL);
    CHECK(lcb_errmap_default(instance, 0x7777) == LCB_UNKNOWN_MEMCACHED_ERROR);
    CHECK((lcb_set_errmap_callback(instance, lcb_errmap_default) == lcb_errmap_default));
    CHECK((lcb_set_errmap_callback(instance, nullptr) == lcb_errmap_default));
}

TEST_CASE("the program and the library agree on the structs") {
    CHECK(lcb_verify_compiler_setup());
    CHECK(lcb_verify_struct_size(LCB_S_C_ST_ID, LCB_S_C_ST_V, sizeof(lcb_store_cmd_t)) == LCB_SUCCESS);
    CHECK(lcb_verify_struct_size(LCB_S_C_ST_ID, LCB_S_C_ST_V + 1, sizeof(lcb_store_cmd_t)) == LCB_EINVAL);
    CHECK(lcb_verify_struct_size(LCB_S_C_ST_ID, LCB_S_C_ST_V, sizeof(lcb_store_cmd_t) + 8) == LCB_EINVAL);
    CHECK(lcb_verify_struct_size(LCB_ST_M + 1, 0, 0) == LCB_EINVAL);
}

TEST_CASE("what a setter returns may be called, also where nothing was set") {
    const DevclusterChild cluster({});
    const std::string host = cluster.management();
    lcb_create_st options(host.c_str());
    lcb_t instance = nullptr;
    REQUIRE(lcb_create(&instance, &options) == LCB_SUCCESS);
    lcb_set_get_callback(instance, count)(instance, nullptr, LCB_SUCCESS, nullptr);
    lcb_set_store_callback(instance, count)(instance, nullptr, LCB_SET, LCB_SUCCESS, nullptr);
    lcb_set_remove_callback(instance, count)(instance, nullptr, LCB_SUCCESS, nullptr);
    lcb_set_touch_callback(instance, count)(instance, nullptr, LCB_SUCCESS, nullptr);
    lcb_set_unlock_callback(instance, count)(instance, nullptr, LCB_SUCCESS, nullptr);
    lcb_set_arithmetic_callback(instance, count)(instance, nullptr, LCB_SUCCESS, nullptr);
    lcb_set_observe_callback(instance, count)(instance, nullptr, LCB_SUCCESS, nullptr);
    lcb_set_durability_callback(instance, count)(instance, nullptr, LCB_SUCCESS, nullptr);
    lcb_set_stat_callback(instance, count)(instance, nullptr, LCB_SUCCESS, nullptr);
    lcb_set_version_callback(instance, count)(instance, nullptr, LCB_SUCCESS, nullptr);
    lcb_set_verbosity_callback(instance, count)(instance, nullptr, LCB_SUCCESS, nullptr);
    lcb_set_flush_callback(instance, count)(instance, nullptr, LCB_SUCCESS, nullptr);
    lcb_set_http_data_callback(instance, nullptr)(nullptr, instance, nullptr, LCB_SUCCESS, nullptr);
    lcb_set_http_complete_callback(instance, nullptr)(nullptr, instance, nullptr, LCB_SUCCESS, nullptr);
    lcb_set_error_callback(instance, nullptr)(instance, LCB_ERROR, "why");
    lcb_set_configuration_callback(instance, nullptr)(instance, LCB_CONFIGURATION_NEW);
    lcb_set_bootstrap_callback(instance, nullptr)(instance, LCB_SUCCESS);
    lcb_set_destroy_callback(instance, nullptr)(nullptr);
    CHECK(lcb_set_errmap_callback(instance, nullptr)(instance, 1) == LCB_KEY_ENOENT);
    calls = 0;
    lcb_set_get_callback(instance, nullptr)(instance, nullptr, LCB_SUCCESS, nullptr);
    CHECK(calls == 1);  // that is the one set above
    lcb_destroy(instance);
}

TEST_CASE("packets are not forwarded, and say so") {
    Instance instance("127.0.0.1:1");
    const lcb_CMDPKTFWD packet{};
    CHECK(lcb_pktfwd3(instance, nullptr, &packet) == LCB_NOT_SUPPORTED);
    lcb_set_pktfwd_callback(instance, [](lcb_t, const void *, lcb_error_t, lcb_PKTFWDRESP *) {})(instance, nullptr,
                                                                                              LCB_ERROR, nullptr);
    lcb_set_pktflushed_callback(instance, nullptr)(instance, nullptr);
    const lcb_pktflushed_callback own = [](lcb_t, const void *) {};
    lcb_set_pktflushed_callback(instance, own);
    CHECK((lcb_set_pktflushed_callback(instance, nullptr) == own));
    lcb_backbuf_ref(nullptr);
    lcb_backbuf_unref(nullptr);
}
