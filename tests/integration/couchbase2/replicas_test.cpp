// SPDX-License-Identifier: Apache-2.0
// Copies that replicas keep, and what the map tells of servers and replicas.
#include <set>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"

using namespace tenon::test;

namespace {

struct Connected {
    DevclusterChild cluster{{"--nodes", "3", "--replicas", "2", "--replication", "sync"}};
    Instance instance{cluster.management()};
    Connected() { REQUIRE(instance.connect() == LCB_SUCCESS); }

    lcb_error_t schedule(const lcb_get_replica_cmd_t &command, Outcome &outcome) {
        const lcb_get_replica_cmd_t *const commands[] = {&command};
        return lcb_get_replica(instance, &outcome, 1, commands);
    }
    Outcome ask(const lcb_get_replica_cmd_t &command) {
        Outcome outcome;
        REQUIRE(schedule(command, outcome) == LCB_SUCCESS);
        CHECK(outcome.calls == 0);
        REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
        return outcome;
    }
};

}  // namespace

TEST_CASE_FIXTURE(Connected, "the first replica that has the item, one by number, all of them") {
    REQUIRE(instance.store(LCB_SET, "key", "value", 0, 7).error == LCB_SUCCESS);
    const lcb_get_replica_cmd_t all("key", 3, LCB_REPLICA_ALL), second("key", 3, LCB_REPLICA_SELECT, 1), first("key", 3);
    lcb_get_replica_cmd_t version0 = first;
    version0.version = 0;
    for (const lcb_get_replica_cmd_t &command : {first, second, all, version0}) {
        const Outcome outcome = ask(command);
        CHECK(outcome.calls == (command.version == 1 && command.v.v1.strategy == LCB_REPLICA_ALL ? 2 : 1));
        CHECK(outcome.error == LCB_SUCCESS);
        CHECK(outcome.key == "key");
        CHECK(outcome.value == "value");
        CHECK(outcome.flags == 7);
    }
    CHECK(ask(lcb_get_replica_cmd_t("nothing", 7)).error == LCB_KEY_ENOENT);
}

TEST_CASE_FIXTURE(Connected, "replicas that the bucket does not have, and strategies that do not exist") {
    Outcome outcome;
    CHECK(schedule(lcb_get_replica_cmd_t("key", 3, LCB_REPLICA_SELECT, 2), outcome) == LCB_NO_MATCHING_SERVER);
    CHECK(schedule(lcb_get_replica_cmd_t("key", 3, LCB_REPLICA_SELECT, -1), outcome) == LCB_EINVAL);
    CHECK(schedule(lcb_get_replica_cmd_t("key", 3, static_cast<lcb_replica_t>(3)), outcome) == LCB_EINVAL);
    CHECK(schedule(lcb_get_replica_cmd_t("", 0), outcome) == LCB_EMPTY_KEY);
    lcb_get_replica_cmd_t newer("key", 3);
    newer.version = 2;
    CHECK(schedule(newer, outcome) == LCB_EINVAL);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(outcome.calls == 0);

    const DevclusterChild without({});
    Instance alone(without.management());
    REQUIRE(alone.connect() == LCB_SUCCESS);
    for (const lcb_replica_t strategy : {LCB_REPLICA_FIRST, LCB_REPLICA_ALL, LCB_REPLICA_SELECT}) {
        const lcb_get_replica_cmd_t command("key", 3, strategy);
        const lcb_get_replica_cmd_t *const commands[] = {&command};
        CHECK(lcb_get_replica(alone, &outcome, 1, commands) == LCB_NO_MATCHING_SERVER);
    }
}

TEST_CASE("numbers and addresses of servers") {
    const DevclusterChild cluster({"--nodes", "3", "--replicas", "2"});
    Instance instance(cluster.management() + ";http://127.99.99.99/pools;[::1]:9000");
    CHECK(lcb_get_num_nodes(instance) == -1);
    CHECK(lcb_get_num_replicas(instance) == -1);
    CHECK(lcb_get_node(instance, LCB_NODE_DATA, 0) == nullptr);
    CHECK(lcb_get_node(instance, LCB_NODE_HTCONFIG_CONNECTED, 0) == nullptr);
    const auto never_null = static_cast<lcb_GETNODETYPE>(LCB_NODE_DATA | LCB_NODE_NEVERNULL);
    CHECK(std::string(lcb_get_node(instance, never_null, 0)) == LCB_GETNODE_UNAVAILABLE);
    CHECK(std::string(lcb_get_node(instance, LCB_NODE_HTCONFIG, 0)) == cluster.management());
    REQUIRE(instance.connect() == LCB_SUCCESS);

    CHECK(lcb_get_num_nodes(instance) == 3);
    CHECK(lcb_get_num_replicas(instance) == 2);
    std::set<std::string> data;
    for (unsigned i = 0; i != 3; ++i) data.insert(lcb_get_node(instance, LCB_NODE_DATA, i));
    CHECK(data.size() == 3);
    CHECK(data.count(lcb_get_node(instance, never_null, 4)) == 1);  // counted round
    CHECK(lcb_get_node(instance, LCB_NODE_VIEWS, 0) == nullptr);
    CHECK(std::string(lcb_get_node(instance, LCB_NODE_HTCONFIG_CONNECTED, 0)) == cluster.management());

    const std::string &management = cluster.management();
    CHECK(lcb_get_host(instance) == management.substr(0, management.find(':')));
    CHECK(lcb_get_port(instance) == management.substr(management.find(':') + 1));
    const char *const *list = lcb_get_server_list(instance);
    CHECK(std::string(list[0]) == management);
    CHECK(std::string(list[1]) == "127.99.99.99:8091");  // where no cluster of the machine listens
    CHECK(std::string(list[2]) == "[::1]:9000");
    CHECK(list[3] == nullptr);
}

TEST_CASE("the dump says who is spoken to, and no password") {
    const DevclusterChild cluster({"--nodes", "2", "--bucket", "private:secret"});
    Instance instance(cluster.management(), "private", "secret");
    const auto dump = [&](lcb_U32 flags) {
        std::FILE *file = std::tmpfile();
        REQUIRE(file != nullptr);
        lcb_dump(instance, file, flags);
        std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
        std::rewind(file);
        CHECK(std::fread(text.data(), 1, text.size(), file) == text.size());
        std::fclose(file);
        return text;
    };
    CHECK(dump(LCB_DUMP_ALL).find(cluster.management()) != std::string::npos);
    REQUIRE(instance.connect() == LCB_SUCCESS);
    const std::string text = dump(LCB_DUMP_ALL);
    CHECK_MESSAGE(text.find(lcb_get_node(instance, LCB_NODE_DATA, 1)) != std::string::npos, text);
    CHECK_MESSAGE(text.find("private") != std::string::npos, text);
    CHECK_MESSAGE(text.find("secret") == std::string::npos, text);
}
