// SPDX-License-Identifier: Apache-2.0
// The version-3 commands: scheduling, every kind of response, and which callback gets it; on the plugin that
// $LIBCOUCHBASE_EVENT_PLUGIN_NAME names.
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

/// What a callback was given, as text.
struct Seen {
    std::vector<std::string> lines;
    int finals = 0;
};

template <class Response>
const Response &as(const lcb_RESPBASE *response) {
    return *reinterpret_cast<const Response *>(response);
}

std::string text(const void *data, std::size_t size) { return {static_cast<const char *>(data), size}; }

std::string value_of(int type, const lcb_RESPBASE *response) {
    switch (type) {
    case LCB_CALLBACK_GET:
    case LCB_CALLBACK_GETREPLICA: {
        const auto &get = as<lcb_RESPGET>(response);
        CHECK(get.bufh == nullptr);
        return text(get.value, get.nvalue) + " flags " + std::to_string(get.itmflags);
    }
    case LCB_CALLBACK_STORE: return "operation " + std::to_string(as<lcb_RESPSTORE>(response).op);
    case LCB_CALLBACK_COUNTER: return std::to_string(as<lcb_RESPCOUNTER>(response).value);
    case LCB_CALLBACK_STATS: return as<lcb_RESPSTATS>(response).server == nullptr ? "end" : "of a server";
    case LCB_CALLBACK_VERSIONS: {
        const auto &version = as<lcb_RESPMCVERSION>(response);
        if (version.server == nullptr) return "end";
        CHECK(version.nversion > 0);
        return "of a server";
    }
    case LCB_CALLBACK_VERBOSITY:
    case LCB_CALLBACK_FLUSH: return as<lcb_RESPSERVERBASE>(response).server == nullptr ? "end" : "of a server";
    default: return "";
    }
}

void on_response(lcb_t, int type, const lcb_RESPBASE *response) {
    Seen &seen = *static_cast<Seen *>(response->cookie);
    CHECK(response->version == 0);
    CHECK((response->rflags & LCB_RESP_F_CLIENTGEN) == 0);
    seen.lines.push_back(std::to_string(type) + " " + text(response->key, response->nkey) + " " +
                         std::to_string(response->rc) + " " + value_of(type, response));
    seen.finals += (response->rflags & LCB_RESP_F_FINAL) != 0;
}

template <class Command>
Command on(std::string_view key) {
    Command command{};
    LCB_CMD_SET_KEY(&command, key.data(), key.size());
    return command;
}

lcb_CMDSTORE store(lcb_storage_t operation, std::string_view key, std::string_view value) {
    auto command = on<lcb_CMDSTORE>(key);
    LCB_CMD_SET_VALUE(&command, value.data(), value.size());
    command.operation = operation;
    return command;
}

struct Connected {
    DevclusterChild cluster{{"--nodes", "2", "--replicas", "1", "--replication", "sync"}};
    Instance instance{cluster.management()};
    Seen seen;
    Connected() {
        REQUIRE(instance.connect() == LCB_SUCCESS);
        CHECK((lcb_install_callback3(instance, LCB_CALLBACK_DEFAULT, on_response) == nullptr));
        CHECK((lcb_get_callback3(instance, LCB_CALLBACK_DEFAULT) == on_response));
    }

    /// The lines of what was scheduled, once it is complete.
    std::vector<std::string> wait() {
        CHECK(seen.lines.empty());
        CHECK(lcb_wait(instance) == LCB_SUCCESS);
        return std::exchange(seen.lines, {});
    }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(Connected, "every command on items, one after the other") {
    auto stored = store(LCB_SET, "key", "value");
    stored.flags = 7;
    CHECK(lcb_store3(instance, &seen, &stored) == LCB_SUCCESS);
    CHECK(wait() == Lines{"2 key 0 operation 3"});
    auto get = on<lcb_CMDGET>("key");
    CHECK(lcb_get3(instance, &seen, &get) == LCB_SUCCESS);
    CHECK(wait() == Lines{"1 key 0 value flags 7"});
    auto touch = on<lcb_CMDTOUCH>("key");
    touch.exptime = 60;
    CHECK(lcb_touch3(instance, &seen, &touch) == LCB_SUCCESS);
    CHECK(wait() == Lines{"4 key 0 "});
    auto replica = on<lcb_CMDGETREPLICA>("key");
    replica.strategy = LCB_REPLICA_ALL;
    CHECK(lcb_rget3(instance, &seen, &replica) == LCB_SUCCESS);
    CHECK(wait() == Lines{"12 key 0 value flags 7"});
    auto counter = on<lcb_CMDCOUNTER>("counter");
    counter.create = 1;
    counter.initial = 40;
    CHECK(lcb_counter3(instance, &seen, &counter) == LCB_SUCCESS);
    CHECK(wait() == Lines{"3 counter 0 40"});
    counter.delta = 2;
    CHECK(lcb_counter3(instance, &seen, &counter) == LCB_SUCCESS);
    CHECK(wait() == Lines{"3 counter 0 42"});
    auto remove = on<lcb_CMDREMOVE>("key");
    remove.cas = 1;
    CHECK(lcb_remove3(instance, &seen, &remove) == LCB_SUCCESS);
    CHECK(wait() == Lines{"5 key " + std::to_string(LCB_KEY_EEXISTS) + " "});
    remove.cas = 0;
    CHECK(lcb_remove3(instance, &seen, &remove) == LCB_SUCCESS);
    CHECK(wait() == Lines{"5 key 0 "});
    CHECK(lcb_get3(instance, &seen, &get) == LCB_SUCCESS);
    CHECK(wait() == Lines{"1 key " + std::to_string(LCB_KEY_ENOENT) + "  flags 0"});
    CHECK(seen.finals == 9);
}

TEST_CASE_FIXTURE(Connected, "locking and unlocking") {
    static lcb_cas_t cas;
    const auto stored = store(LCB_SET, "key", "value");
    CHECK(lcb_store3(instance, &seen, &stored) == LCB_SUCCESS);
    wait();
    lcb_install_callback3(instance, LCB_CALLBACK_GET, [](lcb_t handle, int type, const lcb_RESPBASE *response) {
        cas = response->cas;
        on_response(handle, type, response);
    });
    auto get = on<lcb_CMDGET>("key");
    get.lock = 1;
    get.exptime = 10;
    CHECK(lcb_get3(instance, &seen, &get) == LCB_SUCCESS);
    CHECK(wait() == Lines{"1 key 0 value flags 0"});
    auto unlock = on<lcb_CMDUNLOCK>("key");
    unlock.cas = cas;
    CHECK(lcb_unlock3(instance, &seen, &unlock) == LCB_SUCCESS);
    CHECK(wait() == Lines{"6 key 0 "});
}

TEST_CASE_FIXTURE(Connected, "every command on servers: a response each, and the end") {
    const lcb_CMDBASE nothing{};
    lcb_CMDVERBOSITY verbosity{};
    verbosity.level = LCB_VERBOSITY_INFO;
    CHECK(lcb_server_versions3(instance, &seen, &nothing) == LCB_SUCCESS);
    CHECK(wait() == Lines{"8  0 of a server", "8  0 of a server", "8  0 end"});
    CHECK(lcb_server_verbosity3(instance, &seen, &verbosity) == LCB_SUCCESS);
    CHECK(wait() == Lines{"9  0 of a server", "9  0 of a server", "9  0 end"});
    const std::string server = lcb_get_node(instance, LCB_NODE_DATA, 1);
    verbosity.server = server.c_str();
    CHECK(lcb_server_verbosity3(instance, &seen, &verbosity) == LCB_SUCCESS);
    CHECK(wait() == Lines{"9  0 of a server", "9  0 end"});
    verbosity.server = "elsewhere:1";
    CHECK(lcb_server_verbosity3(instance, &seen, &verbosity) == LCB_UNKNOWN_HOST);
    CHECK(lcb_flush3(instance, &seen, &nothing) == LCB_SUCCESS);
    CHECK(wait() == Lines{"10  0 of a server", "10  0 of a server", "10  0 end"});
    CHECK(lcb_stats3(instance, &seen, &nothing) == LCB_SUCCESS);
    const Lines stats = wait();
    CHECK(stats.size() > 10);
    CHECK(stats.back() == "7  0 end");
    CHECK(seen.finals == 5);
}

TEST_CASE_FIXTURE(Connected, "what is scheduled between enter and leave goes in order, with copies of what it points to") {
    lcb_sched_enter(instance);
    lcb_sched_enter(instance);  // nothing more
    std::string key = "key", value = "first";
    auto first = store(LCB_SET, key, value);
    CHECK(lcb_store3(instance, &seen, &first) == LCB_SUCCESS);
    key = "xxx";
    value = "xxxxx";
    const auto second = store(LCB_APPEND, "key", " second");
    CHECK(lcb_store3(instance, &seen, &second) == LCB_SUCCESS);
    const lcb_get_cmd_t get("key");  // with an array, in between
    const lcb_get_cmd_t *const gets[] = {&get};
    CHECK(lcb_get(instance, &seen, 1, gets) == LCB_SUCCESS);
    const auto last = on<lcb_CMDREMOVE>("key");
    CHECK(lcb_remove3(instance, &seen, &last) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_BUSY);
    CHECK(seen.lines.empty());
    lcb_sched_leave(instance);
    lcb_sched_flush(instance);
    CHECK(wait() == Lines{"2 key 0 operation 3", "2 key 0 operation 4", "1 key 0 first second flags 0", "5 key 0 "});
    lcb_sched_leave(instance);
    CHECK(wait().empty());
}

TEST_CASE_FIXTURE(Connected, "lcb_sched_fail forgets, without a callback") {
    lcb_sched_enter(instance);
    const auto stored = store(LCB_SET, "key", "value");
    CHECK(lcb_store3(instance, &seen, &stored) == LCB_SUCCESS);
    lcb_sched_fail(instance);
    CHECK(wait().empty());
    lcb_sched_leave(instance);
    CHECK(wait().empty());
    const auto get = on<lcb_CMDGET>("key");
    CHECK(lcb_get3(instance, &seen, &get) == LCB_SUCCESS);
    CHECK(wait() == Lines{"1 key " + std::to_string(LCB_KEY_ENOENT) + "  flags 0"});
}

TEST_CASE_FIXTURE(Connected, "lcb_sched_fail takes back its own commands only") {
    const auto kept = store(LCB_SET, "kept", "value"), dropped = store(LCB_SET, "dropped", "value");
    const lcb_CMDBASE nothing{};
    lcb_sched_enter(instance);
    CHECK(lcb_store3(instance, &seen, &kept) == LCB_SUCCESS);
    lcb_sched_leave(instance);
    lcb_sched_enter(instance);
    CHECK(lcb_store3(instance, &seen, &dropped) == LCB_SUCCESS);
    CHECK(lcb_server_versions3(instance, &seen, &nothing) == LCB_SUCCESS);
    lcb_sched_fail(instance);
    CHECK(wait() == Lines{"2 kept 0 operation 3"});
}

TEST_CASE("what is out of bounds is refused at once, and the rest can be taken back") {
    const DevclusterChild cluster({});
    Instance instance(cluster.management());
    CHECK(lcb_cntl_string(instance, "max_pending_operations", "2") == LCB_SUCCESS);
    lcb_sched_enter(instance);  // before lcb_connect: nothing
    REQUIRE(instance.connect() == LCB_SUCCESS);
    static int outcomes;
    outcomes = 0;
    lcb_install_callback3(instance, LCB_CALLBACK_STORE, [](lcb_t, int, const lcb_RESPBASE *) { ++outcomes; });
    const auto command = store(LCB_SET, "key", "value");
    lcb_sched_enter(instance);
    CHECK(lcb_store3(instance, nullptr, &command) == LCB_SUCCESS);
    CHECK(lcb_store3(instance, nullptr, &command) == LCB_SUCCESS);
    CHECK(lcb_store3(instance, nullptr, &command) == LCB_CLIENT_ETMPFAIL);
    lcb_sched_fail(instance);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(outcomes == 0);
    CHECK(lcb_store3(instance, nullptr, &command) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(outcomes == 1);
}

TEST_CASE_FIXTURE(Connected, "values in pieces") {
    char one[] = "one ", two[] = "two";
    lcb_IOV pieces[] = {{one, 4}, {nullptr, 0}, {two, 3}};
    auto command = on<lcb_CMDSTORE>("key");
    command.operation = LCB_SET;
    command.value.vtype = LCB_KV_IOV;
    command.value.u_buf.multi.iov = pieces;
    command.value.u_buf.multi.niov = 3;
    CHECK(lcb_store3(instance, &seen, &command) == LCB_SUCCESS);
    one[0] = 'x';
    wait();
    const auto get = on<lcb_CMDGET>("key");
    CHECK(lcb_get3(instance, &seen, &get) == LCB_SUCCESS);
    CHECK(wait() == Lines{"1 key 0 one two flags 0"});
    command.value.u_buf.multi.total_length = 8;
    CHECK(lcb_store3(instance, &seen, &command) == LCB_EINVAL);
    command.value.vtype = static_cast<lcb_KVBUFTYPE>(3);
    CHECK(lcb_store3(instance, &seen, &command) == LCB_EINVAL);
}

TEST_CASE_FIXTURE(Connected, "fields that a command has no use for are conflicts") {
    auto get = on<lcb_CMDGET>("key");
    get.cas = 1;
    CHECK(lcb_get3(instance, &seen, &get) == LCB_OPTIONS_CONFLICT);
    auto counter = on<lcb_CMDCOUNTER>("key");
    counter.exptime = 1;
    CHECK(lcb_counter3(instance, &seen, &counter) == LCB_OPTIONS_CONFLICT);
    counter.exptime = 0;
    counter.cas = 1;
    CHECK(lcb_counter3(instance, &seen, &counter) == LCB_OPTIONS_CONFLICT);
    auto add = store(LCB_ADD, "key", "value");
    add.cas = 1;
    CHECK(lcb_store3(instance, &seen, &add) == LCB_OPTIONS_CONFLICT);
    for (const lcb_storage_t operation : {LCB_APPEND, LCB_PREPEND}) {
        auto more = store(operation, "key", "value");
        more.flags = 1;
        CHECK(lcb_store3(instance, &seen, &more) == LCB_OPTIONS_CONFLICT);
        more.flags = 0;
        more.exptime = 1;
        CHECK(lcb_store3(instance, &seen, &more) == LCB_OPTIONS_CONFLICT);
    }
    auto nothing = on<lcb_CMDGET>("");
    CHECK(lcb_get3(instance, &seen, &nothing) == LCB_EMPTY_KEY);
    CHECK(lcb_get3(instance, &seen, nullptr) == LCB_EINVAL);
    CHECK(lcb_store3(instance, &seen, nullptr) == LCB_EINVAL);
    const std::string long_key(251, 'k');
    auto too_long = on<lcb_CMDREMOVE>(long_key);
    CHECK(lcb_remove3(instance, &seen, &too_long) == LCB_E2BIG);
    CHECK(wait().empty());
}

TEST_CASE_FIXTURE(Connected, "which callback is called: the type's, the default one, the older one") {
    Outcome old;
    lcb_t handle = instance;
    const auto schedule = [&](void *cookie) {
        const lcb_get_cmd_t command("key");
        const lcb_get_cmd_t *const commands[] = {&command};
        REQUIRE(lcb_get(handle, cookie, 1, commands) == LCB_SUCCESS);
        REQUIRE(lcb_wait(handle) == LCB_SUCCESS);
    };
    schedule(&seen);
    CHECK(seen.lines.size() == 1);
    static int own;
    own = 0;
    const auto count = [](lcb_t, int type, const lcb_RESPBASE *) {
        CHECK(type == LCB_CALLBACK_GET);
        ++own;
    };
    CHECK((lcb_install_callback3(handle, LCB_CALLBACK_GET, count) == nullptr));
    schedule(&seen);
    CHECK(own == 1);
    CHECK(seen.lines.size() == 1);
    CHECK((lcb_install_callback3(handle, LCB_CALLBACK_GET, nullptr) != nullptr));  // none: the default one again
    schedule(&seen);
    CHECK(own == 1);
    CHECK(seen.lines.size() == 2);
    for (const int none : {-1, static_cast<int>(LCB_CALLBACK__MAX), 1000}) {
        CHECK((lcb_install_callback3(handle, none, count) == nullptr));
        CHECK((lcb_get_callback3(handle, none) == nullptr));
    }
    Instance other(cluster.management());
    REQUIRE(other.connect() == LCB_SUCCESS);
    handle = other;
    schedule(&old);
    CHECK(old.calls == 1);
    CHECK(old.error == LCB_KEY_ENOENT);
}

TEST_CASE("before the first map nothing is taken") {
    Instance instance("127.0.0.1:1");
    const auto get = on<lcb_CMDGET>("key");
    const lcb_CMDBASE nothing{};
    CHECK(lcb_get3(instance, nullptr, &get) == LCB_CLIENT_ETMPFAIL);
    CHECK(lcb_server_versions3(instance, nullptr, &nothing) == LCB_CLIENT_ETMPFAIL);
}
