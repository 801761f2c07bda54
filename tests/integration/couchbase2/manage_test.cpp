// SPDX-License-Identifier: Apache-2.0
// Managing nodes: one response a server, and the end.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <libcouchbase/manage.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"

using namespace tenon::test;

namespace {

struct Answers {
    std::vector<lcb_error_t> errors;
    std::vector<int> states;
    int ends = 0;
    lcb_error_t end_error = LCB_MAX_ERROR;
};

void on_answer(lcb_t, lcb_MANAGEOPERATION, const lcb_RESPMANAGE *response) {
    Answers &answers = *static_cast<Answers *>(response->cookie);
    CHECK(answers.ends == 0);
    CHECK(response->version == 0);
    if (response->server == nullptr) {
        CHECK((response->rflags & LCB_RESP_F_FINAL) != 0);
        ++answers.ends;
        answers.end_error = response->rc;
        return;
    }
    answers.errors.push_back(response->rc);
    answers.states.push_back(response->state);
}

lcb_CMDMANAGE command(lcb_MANAGEOPERATION operation, std::string_view key = {}, std::string_view value = {}) {
    lcb_CMDMANAGE made{};
    made.operation = operation;
    LCB_CMD_SET_KEY(&made, key.data(), key.size());
    made.value.bytes = value.data();
    made.value.nbytes = value.size();
    made.callback = on_answer;
    return made;
}

struct Connected {
    DevclusterChild cluster{{"--nodes", "2"}};
    Instance instance{cluster.management()};
    Connected() { REQUIRE(instance.connect() == LCB_SUCCESS); }

    Answers run(const lcb_CMDMANAGE &made) {
        Answers answers;
        REQUIRE(lcb_manage3(instance, &answers, &made) == LCB_SUCCESS);
        CHECK(answers.errors.empty());
        CHECK(lcb_wait(instance) == LCB_SUCCESS);
        CHECK(answers.ends == 1);
        CHECK(answers.end_error == LCB_SUCCESS);
        return answers;
    }
};

using Errors = std::vector<lcb_error_t>;

}  // namespace

TEST_CASE_FIXTURE(Connected, "each command of management, to all servers") {
    for (const lcb_MANAGEOPERATION operation :
         {LCB_MANAGE_NOOP, LCB_MANAGE_STOP_PERSISTENCE, LCB_MANAGE_START_PERSISTENCE, LCB_MANAGE_STOP_REPLICATION,
          LCB_MANAGE_START_REPLICATION}) {
        CAPTURE(operation);
        CHECK(run(command(operation)).errors == Errors{LCB_SUCCESS, LCB_SUCCESS});
    }
    CHECK(run(command(LCB_MANAGE_SET_FLUSH_PARAM, "mem_high_wat", "75")).errors == Errors{LCB_SUCCESS, LCB_SUCCESS});
    CHECK(run(command(LCB_MANAGE_SET_TAP_PARAM, "tap_keepalive", "300")).errors == Errors{LCB_SUCCESS, LCB_SUCCESS});

    // Of two nodes one owns the vBucket, and the key.
    auto state = command(LCB_MANAGE_GET_VBUCKET);
    state.vbucket = 5;
    const Answers states = run(state);
    CHECK(std::count(states.states.begin(), states.states.end(), LCB_VBUCKET_STATE_ACTIVE) == 1);
    REQUIRE(instance.store(LCB_SET, "key", "value").error == LCB_SUCCESS);
    const Answers evicted = run(command(LCB_MANAGE_EVICT_KEY, "key"));
    CHECK(std::count(evicted.errors.begin(), evicted.errors.end(), LCB_SUCCESS) == 1);
    CHECK(std::count(evicted.errors.begin(), evicted.errors.end(), LCB_NOT_MY_VBUCKET) == 1);
    CHECK(instance.get("key").value == "value");
}

TEST_CASE_FIXTURE(Connected, "a vBucket's state at one server") {
    const std::string server = lcb_get_node(instance, LCB_NODE_DATA, 0);
    auto made = command(LCB_MANAGE_SET_VBUCKET);
    made.server = server.c_str();
    made.vbucket = 5;
    made.state = LCB_VBUCKET_STATE_DEAD;
    CHECK(run(made).errors == Errors{LCB_SUCCESS});
    made.operation = LCB_MANAGE_GET_VBUCKET;
    CHECK(run(made).states == std::vector<int>{LCB_VBUCKET_STATE_DEAD});
    made.operation = LCB_MANAGE_DELETE_VBUCKET;
    CHECK(run(made).errors == Errors{LCB_SUCCESS});
}

TEST_CASE_FIXTURE(Connected, "commands of management that make no sense") {
    Answers answers;
    const auto refused = [&](const lcb_CMDMANAGE &made) { return lcb_manage3(instance, &answers, &made); };
    CHECK(refused(command(LCB_MANAGE_EVICT_KEY)) == LCB_EMPTY_KEY);
    CHECK(refused(command(static_cast<lcb_MANAGEOPERATION>(11))) == LCB_EINVAL);
    CHECK(refused(command(LCB_MANAGE_SET_VBUCKET)) == LCB_EINVAL);
    auto made = command(LCB_MANAGE_NOOP);
    made.server = "elsewhere:1";
    CHECK(refused(made) == LCB_UNKNOWN_HOST);
    made.server = nullptr;
    made.callback = nullptr;
    CHECK(refused(made) == LCB_EINVAL);
    CHECK(lcb_manage3(instance, &answers, nullptr) == LCB_EINVAL);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(answers.ends == 0);
    Instance unconnected("127.0.0.1:1");
    const auto good = command(LCB_MANAGE_NOOP);
    CHECK(lcb_manage3(unconnected, &answers, &good) == LCB_CLIENT_ETMPFAIL);
}
