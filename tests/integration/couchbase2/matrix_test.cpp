// SPDX-License-Identifier: Apache-2.0
// Every operation of the API, once, on the plugin of the environment: against a cluster, and against a real memcached
// where that knows the command. What each does in detail is the other tests' business.
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <libcouchbase/api3.h>
#include <libcouchbase/manage.h>
#include <libcouchbase/views.h>

#include "../proxy/servers.hpp"
#include "devcluster_child.hpp"
#include "fixture.hpp"
#include "view_server.hpp"

using namespace tenon::test;

namespace {

/// What an operation's callbacks were given.
struct Tally {
    int calls = 0, ends = 0;
    lcb_error_t worst = LCB_SUCCESS;  // the first that is no success
    lcb_cas_t cas = 0;
};

Tally &tally_of(const lcb_RESPBASE *response) { return *static_cast<Tally *>(response->cookie); }

void take(lcb_t, int, const lcb_RESPBASE *response) {
    Tally &tally = tally_of(response);
    CHECK(tally.ends == 0);
    ++tally.calls;
    if (tally.worst == LCB_SUCCESS) tally.worst = response->rc;
    if (response->cas != 0) tally.cas = response->cas;
    if ((response->rflags & LCB_RESP_F_FINAL) != 0) ++tally.ends;
}

void take_managed(lcb_t instance, lcb_MANAGEOPERATION, const lcb_RESPMANAGE *response) {
    take(instance, 0, reinterpret_cast<const lcb_RESPBASE *>(response));
}

void take_row(lcb_t instance, int type, const lcb_RESPVIEWQUERY *row) {
    take(instance, type, reinterpret_cast<const lcb_RESPBASE *>(row));
}

/// Runs operations on one instance, one after the other.
struct Run {
    lcb_t instance;

    Tally operator()(const std::function<lcb_error_t(Tally *)> &schedule) const {
        Tally tally;
        REQUIRE(schedule(&tally) == LCB_SUCCESS);
        CHECK(tally.calls == 0);
        CHECK(lcb_wait(instance) == LCB_SUCCESS);
        CHECK(tally.ends == 1);
        return tally;
    }

    /// One command of those with an array.
    template <class Command, class Function>
    Tally array(Function function, const Command &command) const {
        const Command *const commands[] = {&command};
        return (*this)([&](Tally *tally) { return function(instance, tally, 1, commands); });
    }

    /// What comes of one that is not even scheduled.
    template <class Command, class Function>
    lcb_error_t refused(Function function, const Command &command) const {
        const Command *const commands[] = {&command};
        return function(instance, nullptr, 1, commands);
    }

    /// One of version 3, on "key".
    template <class Command, class Function>
    Tally three(Function function, Command command = {}) const {
        LCB_CMD_SET_KEY(&command, "key", 3);
        return (*this)([&](Tally *tally) { return function(instance, tally, &command); });
    }

    Tally context(lcb_MULTICMD_CTX *context) const {
        REQUIRE(context != nullptr);
        lcb_CMDBASE command{};
        LCB_CMD_SET_KEY(&command, "key", 3);
        REQUIRE(context->addcmd(context, &command) == LCB_SUCCESS);
        return (*this)([&](Tally *tally) { return context->done(context, tally); });
    }
};

lcb_t made(lcb_create_st options) {
    lcb_t instance = nullptr;
    REQUIRE(lcb_create(&instance, &options) == LCB_SUCCESS);
    lcb_install_callback3(instance, LCB_CALLBACK_DEFAULT, take);
    REQUIRE(lcb_connect(instance) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    return instance;
}

lcb_CMDSTORE store_of(lcb_storage_t operation, std::string_view value) {
    lcb_CMDSTORE command{};
    command.operation = operation;
    LCB_CMD_SET_VALUE(&command, value.data(), value.size());
    return command;
}

/// Storing, reading, counting, touching, removing: what every server knows.
void run_on_items(const Run &run) {
    for (const lcb_storage_t operation : {LCB_SET, LCB_REPLACE, LCB_APPEND, LCB_PREPEND})
        CHECK(run.array(lcb_store, lcb_store_cmd_t(operation, "key", 3, "1", 1)).worst == LCB_SUCCESS);
    CHECK(run.array(lcb_store, lcb_store_cmd_t(LCB_ADD, "key", 3, "1", 1)).worst == LCB_KEY_EEXISTS);
    const Tally stored = run.three<lcb_CMDSTORE>(lcb_store3, store_of(LCB_SET, "10"));
    CHECK(stored.worst == LCB_SUCCESS);
    CHECK(stored.cas != 0);
    lcb_CMDSTORE under_cas = store_of(LCB_SET, "10");
    under_cas.cas = stored.cas;
    CHECK(run.three<lcb_CMDSTORE>(lcb_store3, under_cas).worst == LCB_SUCCESS);
    CHECK(run.three<lcb_CMDSTORE>(lcb_store3, under_cas).worst == LCB_KEY_EEXISTS);

    CHECK(run.array(lcb_get, lcb_get_cmd_t("key", 3)).worst == LCB_SUCCESS);
    CHECK(run.array(lcb_get, lcb_get_cmd_t("key", 3, 100)).worst == LCB_SUCCESS);  // and touch
    CHECK(run.three<lcb_CMDGET>(lcb_get3).worst == LCB_SUCCESS);
    CHECK(run.array(lcb_touch, lcb_touch_cmd_t("key", 3, 100)).worst == LCB_SUCCESS);
    CHECK(run.three<lcb_CMDTOUCH>(lcb_touch3).worst == LCB_SUCCESS);
    CHECK(run.array(lcb_arithmetic, lcb_arithmetic_cmd_t("key", 3, 5)).worst == LCB_SUCCESS);
    CHECK(run.array(lcb_arithmetic, lcb_arithmetic_cmd_t("counter", 7, -5, 1, 7)).worst == LCB_SUCCESS);
    lcb_CMDCOUNTER count{};
    count.delta = -3;
    CHECK(run.three<lcb_CMDCOUNTER>(lcb_counter3, count).worst == LCB_SUCCESS);
    CHECK(run.array(lcb_remove, lcb_remove_cmd_t("counter", 7)).worst == LCB_SUCCESS);
    CHECK(run.three<lcb_CMDREMOVE>(lcb_remove3).worst == LCB_SUCCESS);
    CHECK(run.three<lcb_CMDREMOVE>(lcb_remove3).worst == LCB_KEY_ENOENT);
}

/// What every server answers by itself.
void run_on_servers(const Run &run, int servers) {
    CHECK(run.array(lcb_server_stats, lcb_server_stats_cmd_t()).calls > servers);
    CHECK(run.three<lcb_CMDSTATS>([](lcb_t instance, const void *cookie, const lcb_CMDSTATS *) {
        const lcb_CMDSTATS general{};
        return lcb_stats3(instance, cookie, &general);
    }).worst == LCB_SUCCESS);
    const auto answered = [servers](const Tally &tally) {
        return tally.worst == LCB_SUCCESS && tally.calls == servers + 1;
    };
    CHECK(answered(run.array(lcb_server_versions, lcb_server_version_cmd_t())));
    CHECK(answered(run.three<lcb_CMDBASE>(lcb_server_versions3)));
    CHECK(answered(run.array(lcb_flush, lcb_flush_cmd_t())));
    CHECK(answered(run.three<lcb_CMDFLUSH>(lcb_flush3)));
}

Tally manage(const Run &run, lcb_MANAGEOPERATION operation) {
    lcb_CMDMANAGE command{};
    const std::string_view key = operation == LCB_MANAGE_SET_FLUSH_PARAM ? "mem_high_wat"
                                 : operation == LCB_MANAGE_SET_TAP_PARAM ? "tap_keepalive"
                                 : operation == LCB_MANAGE_EVICT_KEY     ? "key"
                                                                         : "";
    LCB_CMD_SET_KEY(&command, key.data(), key.size());
    command.operation = operation;
    command.value = {"75", 2};
    command.state = LCB_VBUCKET_STATE_DEAD;
    command.vbucket = 1;
    command.callback = take_managed;
    return run([&](Tally *tally) {
        return lcb_manage3(run.instance, tally, &command);
    });
}

}  // namespace

TEST_CASE("every operation against a cluster") {
    const DevclusterChild cluster({"--nodes", "2", "--replicas", "1"});
    const std::string host = cluster.management();
    const lcb_t instance = made(lcb_create_st(host.c_str()));
    const Run run{instance};
    run_on_items(run);

    // What Couchbase alone knows.
    CHECK(run.three<lcb_CMDSTORE>(lcb_store3, store_of(LCB_SET, "value")).worst == LCB_SUCCESS);
    CHECK(run.array(lcb_get_replica, lcb_get_replica_cmd_t("key", 3)).worst == LCB_SUCCESS);
    CHECK(run.array(lcb_get_replica, lcb_get_replica_cmd_t("key", 3, LCB_REPLICA_ALL)).worst == LCB_SUCCESS);
    CHECK(run.three<lcb_CMDGETREPLICA>(lcb_rget3).worst == LCB_SUCCESS);
    const Tally locked = run.array(lcb_get, lcb_get_cmd_t("key", 3, 10, 1));
    CHECK(locked.worst == LCB_SUCCESS);
    CHECK(run.array(lcb_unlock, lcb_unlock_cmd_t("key", 3, locked.cas)).worst == LCB_SUCCESS);
    lcb_CMDGET lock{};
    lock.lock = 1;
    lock.exptime = 10;
    lcb_CMDUNLOCK unlock{};
    unlock.cas = run.three<lcb_CMDGET>(lcb_get3, lock).cas;
    CHECK(run.three<lcb_CMDUNLOCK>(lcb_unlock3, unlock).worst == LCB_SUCCESS);
    CHECK(run.array(lcb_observe, lcb_observe_cmd_t("key", 3)).calls == 3);
    CHECK(run.context(lcb_observe3_ctxnew(instance)).worst == LCB_SUCCESS);
    lcb_durability_opts_t options{};
    options.v.v0.persist_to = 2;
    options.v.v0.replicate_to = 1;
    lcb_durability_cmd_t durable{};
    durable.v.v0.key = "key";
    durable.v.v0.nkey = 3;
    const lcb_durability_cmd_t *const durables[] = {&durable};
    CHECK(run([&](Tally *tally) {
        return lcb_durability_poll(instance, tally, &options, 1, durables);
    }).worst == LCB_SUCCESS);
    CHECK(run.context(lcb_endure3_ctxnew(instance, &options, nullptr)).worst == LCB_SUCCESS);

    for (const auto operation : {LCB_MANAGE_NOOP, LCB_MANAGE_STOP_PERSISTENCE, LCB_MANAGE_START_PERSISTENCE,
                                 LCB_MANAGE_SET_FLUSH_PARAM, LCB_MANAGE_STOP_REPLICATION, LCB_MANAGE_START_REPLICATION,
                                 LCB_MANAGE_SET_TAP_PARAM}) {
        CAPTURE(operation);
        CHECK(manage(run, operation).worst == LCB_SUCCESS);
    }
    const lcb_verbosity_cmd_t quiet(LCB_VERBOSITY_WARNING);
    CHECK(run.array(lcb_set_verbosity, quiet).calls == 3);
    CHECK(run.three<lcb_CMDVERBOSITY>(lcb_server_verbosity3).worst == LCB_SUCCESS);
    CHECK(manage(run, LCB_MANAGE_EVICT_KEY).worst == LCB_NOT_MY_VBUCKET);  // of the one that does not own it
    CHECK(manage(run, LCB_MANAGE_GET_VBUCKET).calls == 3);
    CHECK(manage(run, LCB_MANAGE_SET_VBUCKET).calls == 3);
    CHECK(manage(run, LCB_MANAGE_DELETE_VBUCKET).calls == 3);

    lcb_CMDHTTP http{};
    http.type = LCB_HTTP_TYPE_MANAGEMENT;
    LCB_CMD_SET_KEY(&http, "/pools", 6);
    CHECK(run([&](Tally *tally) { return lcb_http3(instance, tally, &http); }).worst == LCB_SUCCESS);
    const lcb_http_cmd_t asked("/pools", 6, nullptr, 0, LCB_HTTP_METHOD_GET, 0, nullptr);
    CHECK(run([&](Tally *tally) {
        return lcb_make_http_request(instance, tally, LCB_HTTP_TYPE_MANAGEMENT, &asked, nullptr);
    }).worst == LCB_SUCCESS);
    run_on_servers(run, 2);
    lcb_destroy(instance);
}

TEST_CASE("a view against a cluster") {
    const DevclusterChild cluster({});
    ViewServer views(cluster.management());
    views.answer("200 OK", {"{\"rows\":[{\"id\":\"key\",\"key\":1,", "\"value\":2}]}"});
    const std::string host = views.address();
    const lcb_t instance = made(lcb_create_st(host.c_str()));
    const Run run{instance};
    CHECK(run.array(lcb_store, lcb_store_cmd_t(LCB_SET, "key", 3, "1", 1)).worst == LCB_SUCCESS);
    lcb_CMDVIEWQUERY query;
    lcb_view_query_initcmd(&query, "d", "v", nullptr, take_row);
    query.cmdflags = LCB_CMDVIEWQUERY_F_INCLUDE_DOCS;
    const Tally rows = run([&](Tally *tally) { return lcb_view_query(instance, tally, &query); });
    CHECK(rows.calls == 2);
    CHECK(rows.worst == LCB_SUCCESS);
    lcb_destroy(instance);
}

TEST_CASE("every operation that a real memcached knows, against two of them; and refusals of the others") {
    const MemcachedChild first, second;
    const std::string servers = "memcached://" + first.address() + "," + second.address();
    lcb_create_st options;
    options.version = 3;
    options.v.v3 = {};
    options.v.v3.connstr = servers.c_str();
    const lcb_t instance = made(options);
    const Run run{instance};
    run_on_items(run);

    CHECK(run.three<lcb_CMDSTORE>(lcb_store3, store_of(LCB_SET, "value")).worst == LCB_SUCCESS);
    CHECK(manage(run, LCB_MANAGE_NOOP).worst == LCB_SUCCESS);
    CHECK(run.refused(lcb_get_replica, lcb_get_replica_cmd_t("key", 3)) == LCB_NO_MATCHING_SERVER);
    // Memcached would take the rest of such a command for the next one, so it is not sent.
    CHECK(run.refused(lcb_get, lcb_get_cmd_t("key", 3, 10, 1)) == LCB_NOT_SUPPORTED);
    CHECK(run.refused(lcb_unlock, lcb_unlock_cmd_t("key", 3, 1)) == LCB_NOT_SUPPORTED);
    CHECK(run.refused(lcb_observe, lcb_observe_cmd_t("key", 3)) == LCB_NOT_SUPPORTED);
    CHECK(run.refused(lcb_set_verbosity, lcb_verbosity_cmd_t(LCB_VERBOSITY_WARNING)) == LCB_NOT_SUPPORTED);
    for (const auto operation : {LCB_MANAGE_STOP_PERSISTENCE, LCB_MANAGE_START_REPLICATION}) {
        CAPTURE(operation);
        CHECK(manage(run, operation).worst == LCB_UNKNOWN_COMMAND);
    }
    run_on_servers(run, 2);
    lcb_destroy(instance);
}
