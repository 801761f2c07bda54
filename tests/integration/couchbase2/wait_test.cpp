// SPDX-License-Identifier: Apache-2.0
// What lcb_wait waits for, timers, the synchronous mode, and destroying later; on the plugin that
// $LIBCOUCHBASE_EVENT_PLUGIN_NAME names.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"

using namespace tenon::test;

namespace {

template <class T>
T &cookie_as(const void *cookie) {
    return *static_cast<T *>(const_cast<void *>(cookie));
}

struct Connected {
    DevclusterChild cluster{{"--nodes", "2"}};
    Instance instance{cluster.management()};
    Connected() { REQUIRE(instance.connect() == LCB_SUCCESS); }
};

/// What a timer's callback shall do, and how often it was called.
struct Ticks {
    int calls = 0;
    int stop_at = 1;  // destroys the timer
    lcb_timer_t timer = nullptr;
    lcb_error_t nested = LCB_SUCCESS;
    Outcome *get = nullptr;  // schedules a get into it, in the first call
};

void tick(lcb_timer_t timer, lcb_t instance, const void *cookie) {
    Ticks &ticks = cookie_as<Ticks>(cookie);
    CHECK(timer == ticks.timer);
    CHECK(lcb_is_waiting(instance) == 1);
    ++ticks.calls;
    ticks.nested = lcb_wait(instance);
    if (ticks.calls == 1 && ticks.get != nullptr) {
        const lcb_get_cmd_t command("key", 3);
        const lcb_get_cmd_t *const commands[] = {&command};
        CHECK(lcb_get(instance, ticks.get, 1, commands) == LCB_SUCCESS);
        CHECK(ticks.get->calls == 0);
    }
    if (ticks.calls == ticks.stop_at) CHECK(lcb_timer_destroy(instance, timer) == LCB_SUCCESS);
}

lcb_timer_t start(lcb_t instance, Ticks &ticks, lcb_uint32_t usec, bool periodic) {
    lcb_error_t error = LCB_ERROR;
    ticks.timer = lcb_timer_create(instance, &ticks, usec, periodic, tick, &error);
    CHECK(error == LCB_SUCCESS);
    REQUIRE(ticks.timer != nullptr);
    return ticks.timer;
}

}  // namespace

TEST_CASE_FIXTURE(Connected, "lcb_wait returns at once when nothing is pending") {
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    lcb_wait3(instance, LCB_WAIT_DEFAULT);
    lcb_wait3(instance, LCB_WAIT_NOCHECK);
    CHECK(lcb_is_waiting(instance) == 0);
    lcb_breakout(instance);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
}

TEST_CASE_FIXTURE(Connected, "a timer is waited for, is called once, and is gone then") {
    Ticks ticks{.stop_at = 0};
    const lcb_timer_t timer = start(instance, ticks, 1000, false);
    CHECK(ticks.calls == 0);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(ticks.calls == 1);
    CHECK(ticks.nested == LCB_BUSY);
    CHECK(lcb_timer_destroy(instance, timer) == LCB_SUCCESS);  // as programs do that do not know
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(ticks.calls == 1);
}

TEST_CASE_FIXTURE(Connected, "a periodic timer is waited for until its callback destroys it") {
    Ticks ticks{.stop_at = 5};
    start(instance, ticks, 1000, true);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(ticks.calls == 5);
}

TEST_CASE_FIXTURE(Connected, "a timer destroyed before it is due is never called") {
    Ticks ticks;
    CHECK(lcb_timer_destroy(instance, start(instance, ticks, 10'000'000, false)) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(ticks.calls == 0);
    lcb_error_t error = LCB_SUCCESS;
    CHECK(lcb_timer_create(instance, nullptr, 1, 0, nullptr, &error) == nullptr);
    CHECK(error == LCB_EINVAL);
}

TEST_CASE_FIXTURE(Connected, "timers and operations are waited for together, whoever schedules what") {
    Outcome direct, from_timer;
    Ticks ticks{.stop_at = 3, .get = &from_timer};
    start(instance, ticks, 1000, true);
    REQUIRE(instance.get("key", direct) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(direct.calls == 1);
    CHECK(from_timer.calls == 1);
    CHECK(ticks.calls == 3);
}

TEST_CASE_FIXTURE(Connected, "an operation that a one-shot timer schedules is waited for") {
    Outcome from_timer;
    Ticks ticks{.stop_at = 0, .get = &from_timer};
    start(instance, ticks, 0, false);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(from_timer.calls == 1);
}

TEST_CASE_FIXTURE(Connected, "lcb_breakout ends waiting for a timer; the next lcb_wait goes on") {
    struct Both {
        int calls = 0;
    } both;
    const auto on_tick = [](lcb_timer_t, lcb_t handle, const void *cookie) {
        if (++cookie_as<Both>(cookie).calls == 1) lcb_breakout(handle);
    };
    const lcb_timer_t timer = lcb_timer_create(instance, &both, 1000, 1, on_tick, nullptr);
    REQUIRE(timer != nullptr);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(both.calls == 1);
    const auto end_it = [](lcb_timer_t, lcb_t handle, const void *cookie) {
        lcb_timer_destroy(handle, static_cast<lcb_timer_t>(const_cast<void *>(cookie)));
    };
    REQUIRE(lcb_timer_create(instance, timer, 20'000, 0, end_it, nullptr) != nullptr);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(both.calls > 1);
}

TEST_CASE_FIXTURE(Connected, "the instance may be destroyed in a timer's callback, and with timers of its own") {
    Ticks never;
    start(instance, never, 10'000'000, true);
    const auto end_it = [](lcb_timer_t, lcb_t handle, const void *) { lcb_destroy(handle); };
    REQUIRE(lcb_timer_create(instance, nullptr, 1000, 1, end_it, nullptr) != nullptr);
    CHECK(lcb_wait(instance.release()) == LCB_ERROR);
    CHECK(never.calls == 0);
}

TEST_CASE_FIXTURE(Connected, "a timer that is gone is nobody, whatever was made since") {
    Ticks ended{.stop_at = 0}, newer{.stop_at = 0};
    const lcb_timer_t old = start(instance, ended, 0, false);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    start(instance, newer, 1000, false);
    CHECK(lcb_timer_destroy(instance, old) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(newer.calls == 1);

    // Destroyed in its callback, which makes another one.
    static int calls;
    calls = 0;
    const auto once_more = [](lcb_timer_t timer, lcb_t handle, const void *) {
        if (++calls == 3) return;
        lcb_timer_destroy(handle, timer);
        const auto again = [](lcb_timer_t, lcb_t, const void *) { ++calls; };
        CHECK(lcb_timer_create(handle, nullptr, 0, 0, again, nullptr) != nullptr);
    };
    REQUIRE(lcb_timer_create(instance, nullptr, 0, 1, once_more, nullptr) != nullptr);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(calls == 2);
}

TEST_CASE("destroying the instance in a timer's callback ends lcb_wait, also where others live on the table") {
    const DevclusterChild cluster({});
    lcb_io_opt_t io = nullptr;
    REQUIRE(lcb_create_io_ops(&io, nullptr) == LCB_SUCCESS);
    {
        Instance other(cluster.management(), "default", {}, io), instance(cluster.management(), "default", {}, io);
        REQUIRE(other.connect() == LCB_SUCCESS);
        REQUIRE(instance.connect() == LCB_SUCCESS);
        const auto end_it = [](lcb_timer_t, lcb_t handle, const void *) { lcb_destroy(handle); };
        REQUIRE(lcb_timer_create(instance, nullptr, 1000, 0, end_it, nullptr) != nullptr);
        CHECK(lcb_wait(instance.release()) == LCB_ERROR);
    }
    CHECK(lcb_destroy_io_ops(io) == LCB_SUCCESS);
}

TEST_CASE("timers run without a map too, and lcb_wait tells that there is none") {
    Instance instance("127.0.0.1:1");
    Ticks ticks{.stop_at = 2};
    start(instance, ticks, 1000, true);
    CHECK(lcb_wait(instance) == LCB_CLIENT_ETMPFAIL);
    CHECK(ticks.calls == 2);
    Ticks more{.stop_at = 2};
    start(instance, more, 1000, true);
    CHECK(instance.connect() == LCB_CONNECT_ERROR);
    CHECK(more.calls == 2);
    CHECK(instance.failure().calls == 1);
}

TEST_CASE_FIXTURE(Connected, "the synchronous mode waits, and returns what became of the operation") {
    CHECK(lcb_behavior_get_syncmode(instance) == LCB_ASYNCHRONOUS);
    lcb_behavior_set_syncmode(instance, LCB_SYNCHRONOUS);
    CHECK(lcb_behavior_get_syncmode(instance) == LCB_SYNCHRONOUS);
    Outcome missing, stored, got;
    CHECK(instance.get("key", missing) == LCB_KEY_ENOENT);
    CHECK(missing.calls == 1);
    CHECK(lcb_get_last_error(instance) == LCB_KEY_ENOENT);
    CHECK(instance.store(LCB_SET, "key", "value", stored) == LCB_SUCCESS);
    CHECK(stored.calls == 1);
    CHECK(instance.get("key", got) == LCB_SUCCESS);
    CHECK(got.value == "value");
    CHECK(lcb_get_last_error(instance) == LCB_SUCCESS);

    // Inside a callback nothing is waited for.
    struct Nested {
        lcb_error_t scheduled = LCB_ERROR;
        int calls = 0;
    } nested;
    lcb_set_get_callback(instance, [](lcb_t handle, const void *cookie, lcb_error_t, const lcb_get_resp_t *) {
        Nested &seen = cookie_as<Nested>(cookie);
        if (++seen.calls == 2) return;
        const lcb_get_cmd_t command("key", 3);
        const lcb_get_cmd_t *const commands[] = {&command};
        seen.scheduled = lcb_get(handle, cookie, 1, commands);
        CHECK(seen.calls == 1);
    });
    const lcb_get_cmd_t command("key", 3);
    const lcb_get_cmd_t *const commands[] = {&command};
    CHECK(lcb_get(instance, &nested, 1, commands) == LCB_SUCCESS);
    CHECK(nested.scheduled == LCB_SUCCESS);
    CHECK(nested.calls == 2);
}

TEST_CASE("connecting waits as well in the synchronous mode") {
    const DevclusterChild cluster({});
    Instance good(cluster.management()), bad("127.0.0.1:1");
    for (lcb_t instance : {static_cast<lcb_t>(good), static_cast<lcb_t>(bad)})
        lcb_behavior_set_syncmode(instance, LCB_SYNCHRONOUS);
    CHECK(lcb_connect(good) == LCB_SUCCESS);
    CHECK(lcb_get_bootstrap_status(good) == LCB_SUCCESS);
    CHECK(lcb_connect(bad) == LCB_CONNECT_ERROR);
    CHECK(lcb_get_bootstrap_status(bad) == LCB_CONNECT_ERROR);
}

TEST_CASE("the bootstrap callback comes once a bootstrap, with its outcome; the status tells it too") {
    const DevclusterChild cluster({});
    Instance good(cluster.management()), bad("127.0.0.1:1");
    static std::vector<lcb_error_t> outcomes;
    outcomes.clear();
    for (lcb_t instance : {static_cast<lcb_t>(good), static_cast<lcb_t>(bad)}) {
        CHECK(lcb_get_bootstrap_status(instance) == LCB_ERROR);
        const auto on_bootstrap = [](lcb_t, lcb_error_t error) { outcomes.push_back(error); };
        CHECK((lcb_set_bootstrap_callback(instance, on_bootstrap) != on_bootstrap));
    }
    CHECK(good.connect() == LCB_SUCCESS);
    CHECK(bad.connect() == LCB_CONNECT_ERROR);
    CHECK(bad.connect() == LCB_CONNECT_ERROR);
    CHECK(outcomes == std::vector{LCB_SUCCESS, LCB_CONNECT_ERROR, LCB_CONNECT_ERROR});
    lcb_refresh_config(good);
    lcb_flush_buffers(good, nullptr);
    CHECK(good.store(LCB_SET, "key", "value").error == LCB_SUCCESS);
}

TEST_CASE("connecting again inside the error callback, while lcb_wait runs") {
    Instance instance("127.0.0.1:1");
    static int failures;
    failures = 0;
    lcb_set_error_callback(instance, [](lcb_t handle, lcb_error_t, const char *) {
        if (++failures < 3) CHECK(lcb_connect(handle) == LCB_SUCCESS);
    });
    CHECK(instance.connect() == LCB_CONNECT_ERROR);
    CHECK(failures == 3);
}

TEST_CASE("the destroy callback is the last word, now or later") {
    const DevclusterChild cluster({});
    lcb_io_opt_t io = nullptr;
    REQUIRE(lcb_create_io_ops(&io, nullptr) == LCB_SUCCESS);
    static std::vector<std::string> said;
    said.clear();
    const auto on_destroyed = [](const void *cookie) {
        said.emplace_back(cookie != nullptr ? static_cast<const char *>(cookie) : "null");
    };
    const auto on_get = [](lcb_t, const void *, lcb_error_t error, const lcb_get_resp_t *) {
        CHECK(error == LCB_ERROR);
        said.emplace_back("get");
    };
    SUBCASE("lcb_destroy") {
        Instance instance(cluster.management(), "default", {}, io);
        REQUIRE(instance.connect() == LCB_SUCCESS);
        CHECK((lcb_set_destroy_callback(instance, on_destroyed) != on_destroyed));
        lcb_set_get_callback(instance, on_get);
        Outcome outcome;
        REQUIRE(instance.get("key", outcome) == LCB_SUCCESS);
        lcb_destroy(instance.release());
        CHECK(said == std::vector<std::string>{"get", "null"});
    }
    SUBCASE("lcb_destroy_async, while the program runs the loop") {
        Instance instance(cluster.management(), "default", {}, io);
        REQUIRE(instance.connect() == LCB_SUCCESS);
        lcb_set_destroy_callback(instance, on_destroyed);
        lcb_set_get_callback(instance, on_get);
        Outcome outcome;
        REQUIRE(instance.get("key", outcome) == LCB_SUCCESS);
        lcb_destroy_async(instance, "later");
        CHECK(said.empty());
        CHECK(instance.get("key", outcome) == LCB_CLIENT_ETMPFAIL);
        CHECK(lcb_wait(instance) == LCB_CLIENT_ETMPFAIL);
        (void)instance.release();
        io->v.v0.run_event_loop(io);  // until it has nothing to do
        REQUIRE(said.size() == 2);
        CHECK(said[1] == "later");
    }
    SUBCASE("lcb_destroy_async, never connected") {
        Instance instance(cluster.management(), "default", {}, io);
        lcb_set_destroy_callback(instance, on_destroyed);
        lcb_destroy_async(instance, "later");
        lcb_t left = instance.release();
        lcb_run_loop(left);
        CHECK(said == std::vector<std::string>{"later"});
    }
    CHECK(lcb_destroy_io_ops(io) == LCB_SUCCESS);
}

TEST_CASE_FIXTURE(Connected, "the loop can be run and stopped by itself") {
    const auto stop = [](lcb_timer_t, lcb_t handle, const void *) { lcb_stop_loop(handle); };
    REQUIRE(lcb_timer_create(instance, nullptr, 1000, 0, stop, nullptr) != nullptr);
    const lcb_U64 before = lcb_nstime();
    lcb_run_loop(instance);
    CHECK(lcb_nstime() > before);
}

TEST_CASE_FIXTURE(Connected, "timings are a histogram of what ended while it was enabled") {
    struct Bars {
        unsigned operations = 0, highest = 0;
        lcb_timeunit_t unit = LCB_TIMEUNIT_NSEC;
        lcb_uint32_t last = 0;
    } bars;
    const auto on_bar = [](lcb_t, const void *cookie, lcb_timeunit_t unit, lcb_uint32_t min, lcb_uint32_t max,
                           lcb_uint32_t total, lcb_uint32_t highest) {
        Bars &seen = cookie_as<Bars>(cookie);
        CHECK(min <= max);
        CHECK(unit >= seen.unit);
        if (unit == seen.unit) CHECK(min >= seen.last);
        CHECK(total > 0);
        CHECK(total <= highest);
        seen.unit = unit;
        seen.last = max;
        seen.operations += total;
        seen.highest = highest;
    };
    CHECK(lcb_get_timings(instance, &bars, on_bar) == LCB_KEY_ENOENT);
    CHECK(lcb_disable_timings(instance) == LCB_KEY_ENOENT);
    instance.get("before");
    CHECK(lcb_enable_timings(instance) == LCB_SUCCESS);
    CHECK(lcb_enable_timings(instance) == LCB_KEY_EEXISTS);
    CHECK(lcb_get_timings(instance, &bars, on_bar) == LCB_SUCCESS);
    CHECK(bars.operations == 0);
    for (int i = 0; i != 20; ++i) instance.get("key");
    Replies versions;
    const lcb_server_version_cmd_t command;
    const lcb_server_version_cmd_t *const commands[] = {&command};
    REQUIRE(lcb_server_versions(instance, &versions, 1, commands) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(lcb_get_timings(instance, &bars, on_bar) == LCB_SUCCESS);
    CHECK(bars.operations == 21);
    CHECK(bars.highest <= 21);
    CHECK(lcb_get_timings(instance, &bars, nullptr) == LCB_EINVAL);
    CHECK(lcb_disable_timings(instance) == LCB_SUCCESS);
    instance.get("after");
    CHECK(lcb_get_timings(instance, &bars, on_bar) == LCB_KEY_ENOENT);
}
