// SPDX-License-Identifier: Apache-2.0
// Operations that go to every server: one callback a server, or a statistic, and one at the end.
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"

using namespace tenon::test;

namespace {

struct Connected {
    DevclusterChild cluster{{"--nodes", "3"}};
    Instance instance{cluster.management()};
    Replies replies;
    Connected() { REQUIRE(instance.connect() == LCB_SUCCESS); }

    void wait() {
        CHECK(replies.lines.empty());
        REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
        CHECK(replies.ends == 1);
        CHECK(replies.end_error == LCB_SUCCESS);
    }

    std::set<std::string> servers() const {
        std::set<std::string> names;
        for (const std::string &line : replies.lines) names.insert(line.substr(0, line.find(' ')));
        return names;
    }
};

}  // namespace

TEST_CASE_FIXTURE(Connected, "versions") {
    const lcb_server_version_cmd_t command{};
    const lcb_server_version_cmd_t *const commands[] = {&command};
    REQUIRE(lcb_server_versions(instance, &replies, 1, commands) == LCB_SUCCESS);
    wait();
    CHECK(replies.lines.size() == 3);
    CHECK(servers().size() == 3);
    for (const std::string &line : replies.lines) {
        CHECK(line.ends_with(" 0"));
        CHECK(line.find_first_of("0123456789", line.find(' ')) < line.size() - 1);
    }
}

TEST_CASE_FIXTURE(Connected, "statistics") {
    lcb_server_stats_cmd_t command{};
    const lcb_server_stats_cmd_t *const commands[] = {&command};
    REQUIRE(lcb_server_stats(instance, &replies, 1, commands) == LCB_SUCCESS);
    wait();
    CHECK(replies.lines.size() > 3);
    CHECK(servers().size() == 3);
    int uptimes = 0;
    for (const std::string &line : replies.lines) uptimes += line.find(" uptime ") != std::string::npos;
    CHECK(uptimes == 3);
}

TEST_CASE_FIXTURE(Connected, "a group of statistics that does not exist is each server's error, and ends") {
    lcb_server_stats_cmd_t command{};
    command.v.v0.name = "no such group";
    command.v.v0.nname = 13;
    const lcb_server_stats_cmd_t *const commands[] = {&command};
    REQUIRE(lcb_server_stats(instance, &replies, 1, commands) == LCB_SUCCESS);
    wait();
    CHECK(replies.lines.size() == 3);
    for (const std::string &line : replies.lines) CHECK(line.ends_with("   " + std::to_string(LCB_KEY_ENOENT)));
}

TEST_CASE_FIXTURE(Connected, "verbosity, of all servers and of one") {
    lcb_verbosity_cmd_t command{};
    command.v.v0.level = LCB_VERBOSITY_WARNING;
    const lcb_verbosity_cmd_t *const commands[] = {&command};
    SUBCASE("all") {
        REQUIRE(lcb_set_verbosity(instance, &replies, 1, commands) == LCB_SUCCESS);
        wait();
        CHECK(servers().size() == 3);
        CHECK(replies.lines.size() == 3);

        const std::string one = *servers().rbegin();
        command.v.v0.server = one.c_str();
        replies = {};
        REQUIRE(lcb_set_verbosity(instance, &replies, 1, commands) == LCB_SUCCESS);
        wait();
        REQUIRE(replies.lines.size() == 1);
        CHECK(replies.lines[0] == one + " verbosity 0");
    }
    SUBCASE("one, by its host alone") {
        command.v.v0.server = "127.0.0.1";
        REQUIRE(lcb_set_verbosity(instance, &replies, 1, commands) == LCB_SUCCESS);
        wait();
        CHECK(replies.lines.size() == 1);
    }
    SUBCASE("none of that name") {
        command.v.v0.server = "127.0.0.1:1";
        CHECK(lcb_set_verbosity(instance, &replies, 1, commands) == LCB_UNKNOWN_HOST);
    }
    SUBCASE("no such level") {
        command.v.v0.level = static_cast<lcb_verbosity_level_t>(4);
        CHECK(lcb_set_verbosity(instance, &replies, 1, commands) == LCB_EINVAL);
    }
}

TEST_CASE_FIXTURE(Connected, "flush removes everything") {
    for (int i = 0; i < 50; ++i) REQUIRE(instance.store(LCB_SET, "item " + std::to_string(i), "value").error == LCB_SUCCESS);
    const lcb_flush_cmd_t command{};
    const lcb_flush_cmd_t *const commands[] = {&command};
    REQUIRE(lcb_flush(instance, &replies, 1, commands) == LCB_SUCCESS);
    wait();
    CHECK(servers().size() == 3);
    for (int i = 0; i < 50; ++i) CHECK(instance.get("item " + std::to_string(i)).error == LCB_KEY_ENOENT);
}

TEST_CASE_FIXTURE(Connected, "before the first map, and with an unknown version, they are refused") {
    Instance fresh(cluster.management());
    lcb_flush_cmd_t flush{};
    const lcb_flush_cmd_t *const commands[] = {&flush};
    CHECK(lcb_flush(fresh, &replies, 1, commands) == LCB_CLIENT_ETMPFAIL);
    flush.version = 1;
    CHECK(lcb_flush(instance, &replies, 1, commands) == LCB_EINVAL);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(replies.ends == 0);
}
