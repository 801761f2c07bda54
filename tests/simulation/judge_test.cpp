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
    h.bucket_of_key = {0, 0};
    h.machine_of_client = {0};
    h.bucket_of_client = {0};
    h.ends_of_client = {{}};
    h.owners = {{{0, "a:1"}}};
    h.replicas = 1;
    for (std::uint32_t id = 0; id < 4; ++id) {
        Call &call = h.calls.emplace_back();
        call.id = id;
        call.key = id == 1 ? 1 : 0;
        call.action = Action::set;
        call.invoked = 10 + id * 100;
        call.completed = call.invoked + 10;
        call.result_cas = id + 1;
        call.value = "w" + std::to_string(id) + ";";
        call.server = "a:1";
        call.callbacks = call.lasts = 1;
        call.deadline = call.completed;
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

TEST_CASE("what a server refused was not written") {
    History h = history();
    h.calls[3].action = Action::get_replica;
    h.calls[3].result = "w0;";
    h.calls[0].error = static_cast<int>(tenon::errc::exists);
    CHECK(broken(h) == Rules{"refused, yet read"});
    h.calls[0].error = static_cast<int>(tenon::errc::network);  // nobody knows
    CHECK(broken(h).empty());
}

TEST_CASE("a copy's CAS was given to a change of that item before") {
    for (const std::uint64_t cas : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{99}}) {
        CAPTURE(cas);
        const Rules expected = cas == 2 || cas == 3 ? Rules{"never given"} : Rules{};  // the other item's; later
        History h = history();
        h.calls[3].action = Action::observe;
        h.calls[3].told = {{0, true, cas}};
        CHECK(broken(h) == expected);
        h.calls[3].action = Action::exists;
        h.calls[3].told.clear();
        h.calls[3].result_cas = cas;
        CHECK(broken(h) == expected);
    }
}

namespace {

std::vector<std::string> broken_by_calls(const History &h) {
    std::vector<Violation> violations;
    check_calls(h, violations);
    std::vector<std::string> rules;
    for (const Violation &one : violations) rules.push_back(one.rule);
    return rules;
}

}  // namespace

TEST_CASE("each copy is heard of once") {
    History h = history();
    CHECK(broken_by_calls(h).empty());
    Call &observe = h.calls[3];
    observe.action = Action::observe;
    observe.callbacks = 2;
    observe.told = {{1, true, 1}, {0, true, 1}};
    CHECK(broken_by_calls(h).empty());
    SUBCASE("not twice") { observe.told[1].copy = 1; }
    SUBCASE("none is forgotten") { h.replicas = 2; }
    SUBCASE("and there are no others") { observe.told[1].copy = 2; }
    CHECK(broken_by_calls(h) == Rules{"one answer a copy"});
}

TEST_CASE("what is taken back ends then, and a wrong password opens nothing") {
    History h = history();
    SUBCASE("at once") {
        h.calls[2].cancelled = h.calls[2].completed;
        h.calls[2].error = static_cast<int>(tenon::errc::cancelled);
        CHECK(broken_by_calls(h).empty());
    }
    SUBCASE("not later") {
        h.calls[2].deadline = h.calls[2].completed = 1'000'000;
        h.calls[2].cancelled = 2'000;
        CHECK(broken_by_calls(h) == Rules{"taken back"});
    }
    SUBCASE("not without being asked to") {
        h.calls[2].error = static_cast<int>(tenon::errc::cancelled);
        CHECK(broken_by_calls(h) == Rules{"outcome"});
    }
    SUBCASE("a wrong password") {
        h.calls[2].barred = true;
        CHECK(broken_by_calls(h) == Rules{"password"});
        h.calls[2].error = static_cast<int>(tenon::errc::authentication);
        CHECK(broken_by_calls(h).empty());
    }
}

TEST_CASE("a dead memcached server's keys fail at once") {
    History h = history();
    Call &late = h.calls[2];
    late.invoked = 1'000'000;
    late.completed = late.deadline = 2'000'000;
    late.error = static_cast<int>(tenon::errc::timeout);
    CHECK(broken_by_calls(h).empty());
    h.deaths = {{"a:1", 500'000, 5'000'000}};
    CHECK(broken_by_calls(h) == Rules{"fails fast"});
    h.deaths = {{"b:1", 500'000, 5'000'000}};
    CHECK(broken_by_calls(h).empty());
}

TEST_CASE("a flush removes what its server's vBuckets had, if their owner did it") {
    History h = history();
    Call &flush = h.calls[1];
    flush.action = Action::flush;
    flush.result_cas = 0;
    flush.invoked = 300;
    flush.completed = flush.deadline = 310;
    flush.reached = {"a:1"};
    Call &read = h.calls[3];
    read.action = Action::get;
    read.result = "w0;";
    read.result_cas = 1;
    read.invoked = 500;
    read.completed = read.deadline = 510;
    h.calls[2].refused = true;
    h.calls[2].callbacks = 0;
    const auto violated = [&] { return !judge(h).violations.empty(); };
    CHECK(violated());
    SUBCASE("what is gone is gone") { read.error = static_cast<int>(tenon::errc::not_found), read.result = ""; }
    SUBCASE("another server did it") { flush.reached = {"b:1"}; }
    SUBCASE("nobody did") { flush.reached = {}; }
    SUBCASE("the owner was another one just then") { h.owners[0].push_back({305, "b:1"}); }
    SUBCASE("or is soon") { h.owners[0].push_back({900'000, "b:1"}); }
    SUBCASE("nodes disagreed") { h.splits = {{200, 400, {"a:1"}}}; }
    SUBCASE("of another bucket") { h.bucket_of_client = {1}; }
    CHECK_FALSE(violated());
}

TEST_CASE("whether an item exists is asked of its owner, or proves nothing") {
    History h = history();
    Call &exists = h.calls[3];
    exists.action = Action::exists;
    exists.error = static_cast<int>(tenon::errc::not_found);
    exists.invoked = 500;
    exists.completed = exists.deadline = 510;
    mark_doubtful(h);
    CHECK_FALSE(exists.in_doubt);
    CHECK(judge(h).violations.size() == 1);  // call 0 wrote it
    h.owners[0].push_back({505, "b:1"});
    mark_doubtful(h);
    CHECK(exists.in_doubt);
    CHECK(judge(h).violations.empty());
}

TEST_CASE("replicas that follow at once answer as the owner does") {
    History h = history();
    Call &read = h.calls[3];
    read.action = Action::get_replica;
    read.error = static_cast<int>(tenon::errc::not_found);
    read.invoked = 500;
    read.completed = read.deadline = 510;
    CHECK(judge(h).violations.empty());
    h.replicas_follow = true;
    CHECK(judge(h).violations.size() == 1);
    read.error = 0;
    read.result = "w0;";
    read.result_cas = 1;
    CHECK(judge(h).violations.empty());
}
