// SPDX-License-Identifier: Apache-2.0
// Operations on items, on the plugin that $LIBCOUCHBASE_EVENT_PLUGIN_NAME names.
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"

using namespace tenon::test;

namespace {

struct Connected {
    DevclusterChild cluster{{"--nodes", "3", "--replicas", "1"}};
    Instance instance{cluster.management()};
    Connected() { REQUIRE(instance.connect() == LCB_SUCCESS); }
};

Outcome count(Instance &instance, std::string_view key, lcb_int64_t delta, bool create = false, lcb_uint64_t initial = 0) {
    lcb_arithmetic_cmd_t command{};
    command.v.v0.key = key.data();
    command.v.v0.nkey = key.size();
    command.v.v0.delta = delta;
    command.v.v0.create = create;
    command.v.v0.initial = initial;
    const lcb_arithmetic_cmd_t *const commands[] = {&command};
    Outcome outcome;
    REQUIRE(lcb_arithmetic(instance, &outcome, 1, commands) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(outcome.calls == 1);
    return outcome;
}

}  // namespace

TEST_CASE_FIXTURE(Connected, "what is stored is read back: key, value, flags, CAS") {
    const Outcome stored = instance.store(LCB_SET, "key", "value", 0, 0xdeadbeef);
    CHECK(stored.error == LCB_SUCCESS);
    CHECK(stored.key == "key");
    CHECK(stored.cas != 0);
    const Outcome got = instance.get("key");
    CHECK(got.error == LCB_SUCCESS);
    CHECK(got.key == "key");
    CHECK(got.value == "value");
    CHECK(got.flags == 0xdeadbeef);
    CHECK(got.cas == stored.cas);
}

TEST_CASE_FIXTURE(Connected, "an item that is not there") {
    const Outcome got = instance.get("nothing");
    CHECK(got.error == LCB_KEY_ENOENT);
    CHECK(got.key == "nothing");
    CHECK(got.value.empty());
    CHECK(got.cas == 0);
}

TEST_CASE_FIXTURE(Connected, "each way to store") {
    CHECK(instance.store(LCB_REPLACE, "key", "x").error == LCB_KEY_ENOENT);
    CHECK(instance.store(LCB_APPEND, "key", "x").error == LCB_NOT_STORED);
    CHECK(instance.store(LCB_PREPEND, "key", "x").error == LCB_NOT_STORED);
    CHECK(instance.store(LCB_ADD, "key", "b").error == LCB_SUCCESS);
    CHECK(instance.store(LCB_ADD, "key", "x").error == LCB_KEY_EEXISTS);
    CHECK(instance.store(LCB_APPEND, "key", "c").error == LCB_SUCCESS);
    CHECK(instance.store(LCB_PREPEND, "key", "a").error == LCB_SUCCESS);
    CHECK(instance.get("key").value == "abc");
    CHECK(instance.store(LCB_REPLACE, "key", "new").error == LCB_SUCCESS);
    CHECK(instance.get("key").value == "new");
    CHECK(instance.store(LCB_SET, "key", "").error == LCB_SUCCESS);
    const Outcome empty = instance.get("key");
    CHECK(empty.error == LCB_SUCCESS);
    CHECK(empty.value.empty());
}

TEST_CASE_FIXTURE(Connected, "the CAS decides") {
    const lcb_cas_t first = instance.store(LCB_SET, "key", "1").cas;
    const lcb_cas_t second = instance.store(LCB_SET, "key", "2", first).cas;
    CHECK(second != first);
    const Outcome late = instance.store(LCB_SET, "key", "3", first);
    CHECK(late.error == LCB_KEY_EEXISTS);
    CHECK(late.cas == 0);
    CHECK(instance.get("key").value == "2");

    Outcome outcome;
    REQUIRE(instance.remove("key", first, outcome) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(outcome.error == LCB_KEY_EEXISTS);
    REQUIRE(instance.remove("key", second, outcome) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(outcome.error == LCB_SUCCESS);
    REQUIRE(instance.remove("key", 0, outcome) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(outcome.error == LCB_KEY_ENOENT);
    CHECK(outcome.calls == 3);
    CHECK(outcome.key == "key");
}

TEST_CASE_FIXTURE(Connected, "touching and getting set an expiry; a past one removes") {
    instance.store(LCB_SET, "key", "value");
    Outcome outcome;
    REQUIRE(instance.touch("key", 1000, outcome) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(outcome.error == LCB_SUCCESS);
    CHECK(outcome.key == "key");

    Outcome got;
    REQUIRE(instance.get("key", got, 1000) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(got.error == LCB_SUCCESS);
    CHECK(got.value == "value");

    const lcb_time_t long_ago = 1'000'000'000;
    REQUIRE(instance.touch("key", long_ago, outcome) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(instance.get("key").error == LCB_KEY_ENOENT);
    REQUIRE(instance.touch("key", 0, outcome) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(outcome.error == LCB_KEY_ENOENT);
    CHECK(outcome.calls == 3);

    Outcome stored;
    REQUIRE(instance.store(LCB_SET, "short", "value", stored, 0, 0, long_ago) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(stored.error == LCB_SUCCESS);
    CHECK(instance.get("short").error == LCB_KEY_ENOENT);
}

TEST_CASE_FIXTURE(Connected, "a locked item changes only under its CAS") {
    instance.store(LCB_SET, "key", "value");
    Outcome locked;
    REQUIRE(instance.get("key", locked, 15, true) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    REQUIRE(locked.error == LCB_SUCCESS);
    CHECK(locked.value == "value");
    CHECK(locked.cas != 0);

    Outcome again;
    REQUIRE(instance.get("key", again, 15, true) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(again.error == LCB_ETMPFAIL);
    CHECK(instance.store(LCB_SET, "key", "other").error == LCB_KEY_EEXISTS);

    Outcome unlocked;
    REQUIRE(instance.unlock("key", locked.cas + 1, unlocked) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(unlocked.error == LCB_ETMPFAIL);
    REQUIRE(instance.unlock("key", locked.cas, unlocked) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(unlocked.error == LCB_SUCCESS);
    CHECK(unlocked.key == "key");
    CHECK(instance.store(LCB_SET, "key", "other").error == LCB_SUCCESS);
}

TEST_CASE_FIXTURE(Connected, "counters") {
    CHECK(count(instance, "counter", 1).error == LCB_KEY_ENOENT);
    const Outcome created = count(instance, "counter", 1, true, 40);
    CHECK(created.error == LCB_SUCCESS);
    CHECK(created.counter == 40);
    CHECK(created.cas != 0);
    CHECK(count(instance, "counter", 2).counter == 42);
    CHECK(count(instance, "counter", -40).counter == 2);
    CHECK(count(instance, "counter", -40).counter == 0);
    CHECK(count(instance, "counter", 7, true, 1000).counter == 7);
    CHECK(instance.get("counter").value == "7");
    instance.store(LCB_SET, "text", "no number");
    CHECK(count(instance, "text", 1).error == LCB_DELTA_BADVAL);
    CHECK(count(instance, "huge", 0, true, UINT64_MAX).counter == UINT64_MAX);
    CHECK(count(instance, "huge", INT64_MIN).counter == UINT64_MAX - (std::uint64_t{1} << 63));
}

TEST_CASE_FIXTURE(Connected, "an array of commands goes to every node, each with its outcome") {
    constexpr int kItems = 300;
    std::vector<std::string> keys;
    std::vector<lcb_store_cmd_t> stores(kItems);
    std::vector<const lcb_store_cmd_t *> store_list;
    std::vector<lcb_get_cmd_t> gets(kItems);
    std::vector<const lcb_get_cmd_t *> get_list;
    for (int i = 0; i < kItems; ++i) keys.push_back("item " + std::to_string(i));
    for (int i = 0; i < kItems; ++i) {
        auto &store = stores[i].v.v0;
        store.key = keys[i].data();
        store.nkey = keys[i].size();
        store.bytes = keys[i].data();
        store.nbytes = keys[i].size();
        store.operation = LCB_SET;
        store_list.push_back(&stores[i]);
        gets[i].v.v0.key = keys[i].data();
        gets[i].v.v0.nkey = keys[i].size();
        get_list.push_back(&gets[i]);
    }
    Outcome stored;
    REQUIRE(lcb_store(instance, &stored, kItems, store_list.data()) == LCB_SUCCESS);
    stores.assign(kItems, {});  // what was given is copied
    CHECK(stored.calls == 0);   // and nothing is called back inside the call
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(stored.calls == kItems);
    CHECK(stored.error == LCB_SUCCESS);

    struct Tally {
        int good = 0, bad = 0;
    } tally;
    lcb_set_get_callback(instance, [](lcb_t, const void *cookie, lcb_error_t error, const lcb_get_resp_t *response) {
        auto &seen = *static_cast<Tally *>(const_cast<void *>(cookie));
        const std::string key(static_cast<const char *>(response->v.v0.key), response->v.v0.nkey);
        const std::string value(static_cast<const char *>(response->v.v0.bytes), response->v.v0.nbytes);
        ++(error == LCB_SUCCESS && key == value ? seen.good : seen.bad);
    });
    REQUIRE(lcb_get(instance, &tally, kItems, get_list.data()) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(tally.good == kItems);
    CHECK(tally.bad == 0);
    CHECK(lcb_get(instance, nullptr, 0, nullptr) == LCB_SUCCESS);
}

TEST_CASE_FIXTURE(Connected, "large and binary values") {
    std::string value(3'000'000, '\0');
    for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(i * 7 + i / 256);
    CHECK(instance.store(LCB_SET, "large", value).error == LCB_SUCCESS);
    CHECK(instance.get("large").value == value);
    const std::string key("with\0nul\xff", 9);
    CHECK(instance.store(LCB_SET, key, "value").error == LCB_SUCCESS);
    CHECK(instance.get(key).key == key);
}

TEST_CASE_FIXTURE(Connected, "wrong arguments are refused at once, before anything of the array is scheduled") {
    Outcome outcome;
    CHECK(instance.get("", outcome) == LCB_EMPTY_KEY);
    CHECK(instance.get(std::string(251, 'k'), outcome) == LCB_E2BIG);
    CHECK(instance.store(LCB_SET, "", "value", outcome) == LCB_EMPTY_KEY);
    CHECK(instance.store(static_cast<lcb_storage_t>(0), "key", "value", outcome) == LCB_EINVAL);
    CHECK(instance.store(static_cast<lcb_storage_t>(6), "key", "value", outcome) == LCB_EINVAL);
    CHECK(instance.remove("", 0, outcome) == LCB_EMPTY_KEY);
    CHECK(instance.touch("", 0, outcome) == LCB_EMPTY_KEY);
    CHECK(instance.unlock("", 0, outcome) == LCB_EMPTY_KEY);
    const std::string huge(22 * 1024 * 1024, 'x');
    CHECK(instance.store(LCB_SET, "key", huge, outcome) == LCB_E2BIG);

    lcb_store_cmd_t good{}, bad{};
    good.v.v0.key = bad.v.v0.key = "key";
    good.v.v0.nkey = bad.v.v0.nkey = 3;
    good.v.v0.operation = bad.v.v0.operation = LCB_SET;
    const std::array<const lcb_store_cmd_t *, 2> commands = {&good, &bad};
    SUBCASE("version") {
        bad.version = 1;
        CHECK(lcb_store(instance, &outcome, 2, commands.data()) == LCB_EINVAL);
    }
    SUBCASE("value") {
        bad.v.v0.nbytes = 1;
        CHECK(lcb_store(instance, &outcome, 2, commands.data()) == LCB_EINVAL);
    }
    SUBCASE("no array") { CHECK(lcb_store(instance, &outcome, 2, nullptr) == LCB_EINVAL); }
    SUBCASE("a null command") {
        const std::array<const lcb_store_cmd_t *, 2> with_null = {&good, nullptr};
        CHECK(lcb_store(instance, &outcome, 2, with_null.data()) == LCB_EINVAL);
    }
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(outcome.calls == 0);
    CHECK(instance.get("key").error == LCB_KEY_ENOENT);
}

TEST_CASE_FIXTURE(Connected, "operations are refused before the first map") {
    Instance fresh(cluster.management());
    Outcome outcome;
    CHECK(fresh.get("key", outcome) == LCB_CLIENT_ETMPFAIL);
    CHECK(fresh.store(LCB_SET, "key", "value", outcome) == LCB_CLIENT_ETMPFAIL);
    REQUIRE(lcb_connect(fresh) == LCB_SUCCESS);
    CHECK(fresh.get("key", outcome) == LCB_CLIENT_ETMPFAIL);
    REQUIRE(lcb_wait(fresh) == LCB_SUCCESS);
    CHECK(fresh.get("key", outcome) == LCB_SUCCESS);
    REQUIRE(lcb_wait(fresh) == LCB_SUCCESS);
    CHECK(outcome.calls == 1);
}

TEST_CASE_FIXTURE(Connected, "what nobody set a callback for completes all the same") {
    lcb_t bare = nullptr;
    lcb_create_st options{};
    options.v.v0.host = cluster.management().c_str();
    REQUIRE(lcb_create(&bare, &options) == LCB_SUCCESS);
    REQUIRE(lcb_connect(bare) == LCB_SUCCESS);
    REQUIRE(lcb_wait(bare) == LCB_SUCCESS);
    lcb_store_cmd_t command{};
    command.v.v0.key = "bare";
    command.v.v0.nkey = 4;
    command.v.v0.operation = LCB_SET;
    const lcb_store_cmd_t *const commands[] = {&command};
    CHECK(lcb_store(bare, nullptr, 1, commands) == LCB_SUCCESS);
    CHECK(lcb_wait(bare) == LCB_SUCCESS);
    lcb_destroy(bare);
    CHECK(instance.get("bare").error == LCB_SUCCESS);
}

namespace {

template <class Function>
void check_setter(lcb_t instance, Function (*set)(lcb_t, Function), Function other) {
    const Function before = set(instance, nullptr);
    CHECK((set(instance, other) == before));
    CHECK((set(instance, nullptr) == other));
    CHECK((set(instance, nullptr) == other));
}

}  // namespace

TEST_CASE_FIXTURE(Connected, "setters return what was set before; null only asks") {
    CHECK((lcb_set_get_callback(instance, nullptr) != nullptr));
    check_setter<lcb_get_callback>(instance, lcb_set_get_callback, [](lcb_t, const void *, lcb_error_t, const lcb_get_resp_t *) {});
    check_setter<lcb_observe_callback>(instance, lcb_set_observe_callback,
                                       [](lcb_t, const void *, lcb_error_t, const lcb_observe_resp_t *) {});
    check_setter<lcb_durability_callback>(instance, lcb_set_durability_callback,
                                          [](lcb_t, const void *, lcb_error_t, const lcb_durability_resp_t *) {});
    const lcb_http_res_callback on_http = [](lcb_http_request_t, lcb_t, const void *, lcb_error_t, const lcb_http_resp_t *) {};
    check_setter<lcb_http_data_callback>(instance, lcb_set_http_data_callback, on_http);
    check_setter<lcb_http_complete_callback>(instance, lcb_set_http_complete_callback, on_http);
}
