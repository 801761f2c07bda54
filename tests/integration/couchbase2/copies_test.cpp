// SPDX-License-Identifier: Apache-2.0
// Where an item's copies are and how far they got: hash keys, observe, durability.
#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <libcouchbase/api3.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"

using namespace tenon::test;

namespace {

template <class T>
T &cookie_as(const void *cookie) {
    return *static_cast<T *>(const_cast<void *>(cookie));
}

std::string text(const void *data, std::size_t size) { return {static_cast<const char *>(data), size}; }

/// What an operation on several items, or several copies, gave.
struct Answers {
    std::vector<std::string> lines;  // "key from_master status", or "key error copies"
    int ends = 0;
    lcb_error_t end_error = LCB_MAX_ERROR;
    lcb_cas_t cas = 0;
};

void on_observe(lcb_t, const void *cookie, lcb_error_t error, const lcb_observe_resp_t *response) {
    Answers &answers = cookie_as<Answers>(cookie);
    CHECK(response->version == 0);
    CHECK(answers.ends == 0);
    const auto &fields = response->v.v0;
    if (fields.key == nullptr) {
        ++answers.ends;
        answers.end_error = error;
        return;
    }
    CHECK(error == LCB_SUCCESS);
    if (fields.from_master && fields.cas != 0) answers.cas = fields.cas;
    answers.lines.push_back(text(fields.key, fields.nkey) + (fields.from_master ? " master " : " replica ") +
                            std::to_string(fields.status));
}

void on_durable(lcb_t, const void *cookie, lcb_error_t error, const lcb_durability_resp_t *response) {
    Answers &answers = cookie_as<Answers>(cookie);
    const auto &fields = response->v.v0;
    CHECK(response->version == 0);
    CHECK(fields.err == error);
    answers.cas = fields.cas;
    answers.lines.push_back(text(fields.key, fields.nkey) + " " + std::to_string(error) + " " +
                            std::to_string(fields.npersisted) + " " + std::to_string(fields.nreplicated));
}

using Lines = std::vector<std::string>;

Lines sorted(Lines lines) {
    std::sort(lines.begin(), lines.end());
    return lines;
}

struct Connected {
    DevclusterChild cluster;
    Instance instance;
    Answers answers;

    explicit Connected(std::vector<std::string> more = {})
        : cluster([&] {
              std::vector<std::string> arguments{"--nodes", "3", "--replicas", "2", "--replication", "sync"};
              arguments.insert(arguments.end(), more.begin(), more.end());
              return arguments;
          }()),
          instance(cluster.management()) {
        REQUIRE(instance.connect() == LCB_SUCCESS);
        lcb_set_observe_callback(instance, on_observe);
        lcb_set_durability_callback(instance, on_durable);
    }

    lcb_error_t poll(const lcb_durability_opts_t &options, const std::vector<lcb_durability_cmd_t> &commands) {
        std::vector<const lcb_durability_cmd_t *> pointers;
        for (const auto &command : commands) pointers.push_back(&command);
        return lcb_durability_poll(instance, &answers, &options, pointers.size(), pointers.data());
    }
};

lcb_durability_cmd_t durable(std::string_view key, lcb_cas_t cas = 0) {
    lcb_durability_cmd_t command{};
    command.v.v0.key = key.data();
    command.v.v0.nkey = key.size();
    command.v.v0.cas = cas;
    return command;
}

lcb_durability_opts_t wish(lcb_uint16_t persist_to, lcb_uint16_t replicate_to) {
    lcb_durability_opts_t options{};
    options.v.v0.persist_to = persist_to;
    options.v.v0.replicate_to = replicate_to;
    options.v.v0.interval = 1000;
    return options;
}

}  // namespace

TEST_CASE_FIXTURE(Connected, "observe: each copy of each key, and the end") {
    const Outcome stored = instance.store(LCB_SET, "one", "value");
    REQUIRE(stored.error == LCB_SUCCESS);
    lcb_observe_cmd_t one("one", 3), none("none", 4), master("one", 3);
    master.version = 1;
    master.v.v1.options = LCB_OBSERVE_MASTER_ONLY;
    const lcb_observe_cmd_t *const commands[] = {&one, &none};
    CHECK(lcb_observe(instance, &answers, 2, commands) == LCB_SUCCESS);
    CHECK(answers.lines.empty());
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(sorted(answers.lines) == Lines{"none master 128", "none replica 128", "none replica 128", "one master 1",
                                         "one replica 1", "one replica 1"});
    CHECK(answers.ends == 1);
    CHECK(answers.end_error == LCB_SUCCESS);
    CHECK(answers.cas == stored.cas);

    answers = {};
    const lcb_observe_cmd_t *const only[] = {&master};
    CHECK(lcb_observe(instance, &answers, 1, only) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(answers.lines == Lines{"one master 1"});
    CHECK(answers.ends == 1);

    master.version = 2;
    CHECK(lcb_observe(instance, &answers, 1, only) == LCB_EINVAL);
    master.version = 1;
    master.v.v1.nkey = 0;
    CHECK(lcb_observe(instance, &answers, 1, only) == LCB_EMPTY_KEY);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(answers.ends == 1);
}

TEST_CASE_FIXTURE(Connected, "observe by a context: keys are copied, and `fail` forgets") {
    lcb_MULTICMD_CTX *context = lcb_observe3_ctxnew(instance);
    REQUIRE(context != nullptr);
    std::string key = "one";
    lcb_CMDOBSERVE command{};
    LCB_CMD_SET_KEY(&command, key.data(), key.size());
    CHECK(context->addcmd(context, &command) == LCB_SUCCESS);
    key = "two";
    command.cmdflags = LCB_CMDOBSERVE_F_MASTER_ONLY;
    CHECK(context->addcmd(context, &command) == LCB_SUCCESS);
    command.key.contig.nbytes = 0;
    CHECK(context->addcmd(context, &command) == LCB_EMPTY_KEY);
    CHECK(context->addcmd(context, nullptr) == LCB_EINVAL);
    CHECK(context->done(context, &answers) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(sorted(answers.lines) == Lines{"one master 128", "one replica 128", "one replica 128", "two master 128"});
    CHECK(answers.ends == 1);

    context = lcb_observe3_ctxnew(instance);
    REQUIRE(context != nullptr);
    command.key.contig.nbytes = 3;
    CHECK(context->addcmd(context, &command) == LCB_SUCCESS);
    context->fail(context);
    context = lcb_observe3_ctxnew(instance);
    REQUIRE(context != nullptr);
    CHECK(context->done(context, &answers) == LCB_EINVAL);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(answers.ends == 1);

    Instance unconnected("127.0.0.1:1");
    CHECK(lcb_observe3_ctxnew(unconnected) == nullptr);
}

TEST_CASE_FIXTURE(Connected, "the instance may be destroyed among the answers of observe: the end is told") {
    lcb_set_observe_callback(instance, [](lcb_t handle, const void *cookie, lcb_error_t error,
                                          const lcb_observe_resp_t *response) {
        Answers &seen = cookie_as<Answers>(cookie);
        if (response->v.v0.key == nullptr) {
            ++seen.ends;
            seen.end_error = error;
        } else {
            seen.lines.emplace_back("answer");
            lcb_destroy(handle);
        }
    });
    const lcb_observe_cmd_t command("key", 3);
    const lcb_observe_cmd_t *const commands[] = {&command};
    REQUIRE(lcb_observe(instance, &answers, 1, commands) == LCB_SUCCESS);
    lcb_wait(instance.release());
    CHECK(answers.lines.size() == 1);
    CHECK(answers.ends == 1);
    CHECK(answers.end_error == LCB_ERROR);
}

TEST_CASE_FIXTURE(Connected, "durability: as many copies as asked for, each item by itself") {
    const lcb_cas_t cas = instance.store(LCB_SET, "one", "value").cas;
    instance.store(LCB_SET, "two", "value");
    CHECK(poll(wish(3, 2), {durable("one", cas), durable("two")}) == LCB_SUCCESS);
    CHECK(answers.lines.empty());
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(sorted(answers.lines) == Lines{"one 0 3 2", "two 0 3 2"});
    answers = {};
    CHECK(poll(wish(1, 0), {durable("one", cas + 1)}) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    REQUIRE(answers.lines.size() == 1);
    CHECK(answers.lines[0].starts_with("one " + std::to_string(LCB_KEY_EEXISTS)));
    answers = {};
    auto removal = wish(1, 1);
    removal.v.v0.check_delete = 1;
    Outcome removed;
    CHECK(instance.remove("two", 0, removed) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(poll(removal, {durable("two")}) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    REQUIRE(answers.lines.size() == 1);
    CHECK(answers.lines[0].starts_with("two 0 "));
}

TEST_CASE("durability that does not come in time is LCB_ETIMEDOUT, with what there was") {
    Connected connected({"--persistence-us", "60000000"});
    Instance &instance = connected.instance;
    instance.store(LCB_SET, "key", "value");
    auto options = wish(1, 2);
    SUBCASE("a time of its own") { options.v.v0.timeout = 50'000; }
    SUBCASE("the instance's") { CHECK(lcb_cntl_setu32(instance, LCB_CNTL_DURABILITY_TIMEOUT, 50'000) == LCB_SUCCESS); }
    CHECK(connected.poll(options, {durable("key")}) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(connected.answers.lines == Lines{"key " + std::to_string(LCB_ETIMEDOUT) + " 0 2"});
}

TEST_CASE_FIXTURE(Connected, "durability that makes no sense is refused at once") {
    CHECK(poll(wish(4, 0), {durable("key")}) == LCB_DURABILITY_ETOOMANY);
    CHECK(poll(wish(0, 3), {durable("key")}) == LCB_DURABILITY_ETOOMANY);
    CHECK(poll(wish(0, 0), {durable("key")}) == LCB_EINVAL);
    CHECK(poll(wish(1, 0), {}) == LCB_EINVAL);
    CHECK(poll(wish(1, 0), {durable("")}) == LCB_EMPTY_KEY);
    CHECK(poll(wish(1, 0), {durable("key"), durable("other"), durable("key")}) == LCB_DUPLICATE_COMMANDS);
    auto options = wish(1, 0);
    options.version = 1;
    CHECK(poll(options, {durable("key")}) == LCB_EINVAL);
    auto command = durable("key");
    command.version = 1;
    CHECK(poll(wish(1, 0), {command}) == LCB_EINVAL);
    CHECK(lcb_durability_poll(instance, nullptr, nullptr, 0, nullptr) == LCB_EINVAL);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(answers.lines.empty());

    instance.store(LCB_SET, "key", "value");
    options = wish(9, 9);
    options.v.v0.cap_max = 1;
    CHECK(poll(options, {durable("key")}) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(answers.lines == Lines{"key 0 3 2"});
}

TEST_CASE_FIXTURE(Connected, "durability by a context") {
    const auto options = wish(2, 1);
    lcb_error_t error = LCB_ERROR;
    lcb_MULTICMD_CTX *context = lcb_endure3_ctxnew(instance, &options, &error);
    REQUIRE(context != nullptr);
    CHECK(error == LCB_SUCCESS);
    lcb_CMDENDURE command{};
    for (const std::string_view key : {"one", "two"}) {
        instance.store(LCB_SET, key, "value");
        LCB_CMD_SET_KEY(&command, key.data(), key.size());
        CHECK(context->addcmd(context, &command) == LCB_SUCCESS);
    }
    static std::map<std::string, std::pair<int, int>> seen;
    seen.clear();
    lcb_install_callback3(instance, LCB_CALLBACK_ENDURE, [](lcb_t, int, const lcb_RESPBASE *base) {
        const auto &response = *reinterpret_cast<const lcb_RESPENDURE *>(base);
        CHECK(response.rc == LCB_SUCCESS);
        CHECK((response.rflags & LCB_RESP_F_FINAL) != 0);
        CHECK(response.exists_master == 1);
        CHECK(response.nresponses >= 2);
        seen[text(response.key, response.nkey)] = {response.npersisted, response.nreplicated};
    });
    CHECK(context->done(context, &answers) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    REQUIRE(seen.size() == 2);
    for (const auto &[key, counts] : seen) {
        CHECK(counts.first >= 2);
        CHECK(counts.second >= 1);
    }
    context = lcb_endure3_ctxnew(instance, &options, nullptr);
    REQUIRE(context != nullptr);
    CHECK(context->addcmd(context, &command) == LCB_SUCCESS);
    CHECK(context->addcmd(context, &command) == LCB_SUCCESS);
    CHECK(context->done(context, &answers) == LCB_DUPLICATE_COMMANDS);
    const auto too_many = wish(9, 0);
    CHECK(lcb_endure3_ctxnew(instance, &too_many, &error) == nullptr);
    CHECK(error == LCB_DURABILITY_ETOOMANY);
}

TEST_CASE_FIXTURE(Connected, "items with one hash key are where that key would be") {
    // Some keys that live elsewhere than the hash key: there, only who routes by it finds them.
    int elsewhere = 0;
    for (int i = 0; i != 20; ++i) {
        const std::string key = "item " + std::to_string(i);
        lcb_store_cmd_t store(LCB_SET, key.data(), key.size(), "value", 5);
        store.v.v0.hashkey = "family";
        store.v.v0.nhashkey = 6;
        const lcb_store_cmd_t *const stores[] = {&store};
        Outcome stored, got;
        REQUIRE(lcb_store(instance, &stored, 1, stores) == LCB_SUCCESS);
        REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
        CHECK(stored.error == LCB_SUCCESS);
        CHECK(stored.key == key);
        lcb_get_cmd_t get(key.data(), key.size());
        get.v.v0.hashkey = "family";
        get.v.v0.nhashkey = 6;
        const lcb_get_cmd_t *const gets[] = {&get};
        REQUIRE(lcb_get(instance, &got, 1, gets) == LCB_SUCCESS);
        REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
        CHECK(got.value == "value");
        elsewhere += instance.get(key).error == LCB_KEY_ENOENT;
    }
    CHECK(elsewhere > 10);

    static lcb_error_t outcome;
    lcb_install_callback3(instance, LCB_CALLBACK_DEFAULT, [](lcb_t, int, const lcb_RESPBASE *base) { outcome = base->rc; });
    lcb_CMDGET get{};
    LCB_CMD_SET_KEY(&get, "item 1", 6);
    LCB_KREQ_SIMPLE(&get._hashkey, "family", 6);
    CHECK(lcb_get3(instance, nullptr, &get) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(outcome == LCB_SUCCESS);
    // And a vBucket by hand: all of them have the item, or not.
    lcb_CMDSTORE store{};
    LCB_CMD_SET_KEY(&store, "by hand", 7);
    LCB_CMD_SET_VALUE(&store, "value", 5);
    store.operation = LCB_SET;
    store._hashkey.type = LCB_KV_VBID;
    store._hashkey.contig.nbytes = 17;
    CHECK(lcb_store3(instance, nullptr, &store) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(outcome == LCB_SUCCESS);
    LCB_CMD_SET_KEY(&get, "by hand", 7);
    for (const lcb_SIZE vbucket : {16U, 17U}) {
        get._hashkey.type = LCB_KV_VBID;
        get._hashkey.contig.nbytes = vbucket;
        CHECK(lcb_get3(instance, nullptr, &get) == LCB_SUCCESS);
        CHECK(lcb_wait(instance) == LCB_SUCCESS);
        CHECK(outcome == (vbucket == 17 ? LCB_SUCCESS : LCB_KEY_ENOENT));
    }
    get._hashkey.contig.nbytes = 17 + 0x10000;
    CHECK(lcb_get3(instance, nullptr, &get) == LCB_EINVAL);
    lcb_MULTICMD_CTX *const several = lcb_observe3_ctxnew(instance);
    REQUIRE(several != nullptr);
    lcb_CMDOBSERVE observe{};
    LCB_CMD_SET_KEY(&observe, "by hand", 7);
    observe._hashkey = get._hashkey;
    CHECK(several->addcmd(several, reinterpret_cast<const lcb_CMDBASE *>(&observe)) == LCB_EINVAL);
    several->fail(several);
}
