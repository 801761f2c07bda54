// SPDX-License-Identifier: Apache-2.0
#include "judge.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <tenon/errc.hpp>

using namespace tenon::simulation;

namespace {

/// Key 0 is written by call 0, key 1 by call 1, and key 0 again by call 2, late; then it is read by call 3.
History history() {
    History h;
    h.vbucket_of_key = {0, 0};
    for (std::uint32_t id = 0; id < 4; ++id) {
        Call &call = h.calls.emplace_back();
        call.id = id;
        call.key = id == 1 ? 1 : 0;
        call.action = Action::set;
        call.invoked = 10 + id * 100;
        call.completed = call.invoked + 10;
        call.result_cas = id + 1;
    }
    h.calls[2].invoked = 1'000;
    h.calls[2].completed = 1'010;
    h.calls[3].result_cas = 0;
    return h;
}

std::vector<std::string> broken(const History &h) {
    std::vector<Violation> violations;
    check_values(h, violations);
    std::vector<std::string> rules;
    for (const Violation &one : violations) rules.push_back(one.rule);
    return rules;
}

using Rules = std::vector<std::string>;

}  // namespace

TEST_CASE("what is read was written to that item before, wherever it is read") {
    struct {
        const char *value;
        Rules rules;
    } const cases[] = {
        {"w0;", {}},
        {"4711", {}},
        {"w1;", {"never written"}},        // to the other item
        {"w2;", {"never written"}},        // later
        {"w9;", {"never written"}},        // by nobody
        {"w0;w0;", {"written twice"}},
        {"?garbage", {"never written"}},
        {"", {"never written"}},           // none is empty
    };
    for (const auto &[value, rules] : cases) {
        CAPTURE(value);
        for (const Action action : {Action::get, Action::get_replica, Action::lock, Action::get_and_touch}) {
            History h = history();
            h.calls[3].action = action;
            h.calls[3].result = value;
            CHECK(broken(h) == rules);
        }
        History h = history();
        h.calls[3].action = Action::get_all_replicas;
        h.calls[3].copies = {"w0;", value};
        CHECK(broken(h) == rules);
    }
}

TEST_CASE("what was refused at once wrote nothing, and who failed was told no value") {
    History h = history();
    h.calls[3].action = Action::get_replica;
    h.calls[3].result = "w0;";
    h.calls[0].refused = true;
    CHECK(broken(h) == Rules{"never written"});
    h = history();
    h.calls[3].action = Action::get_replica;
    h.calls[3].error = static_cast<int>(tenon::errc::not_found);
    CHECK(broken(h).empty());
}

TEST_CASE("no CAS is given to two changes") {
    History h = history();
    h.calls[1].result_cas = h.calls[0].result_cas;
    CHECK(broken(h) == Rules{"one CAS for two changes"});
}
