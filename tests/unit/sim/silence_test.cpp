// SPDX-License-Identifier: Apache-2.0
//
// When a client gives up a connection on which nothing is heard, by a clock that says it exactly.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>

#include <tenon/tenon.hpp>

#include "../../integration/client/rig.hpp"
#include "rig.hpp"

namespace tenon::sim::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kTimeout = 1'000'000;  // the client's own
constexpr std::uint64_t kShort = 100'000;
/// A few turns of the loop.
constexpr std::uint64_t kMoment = 1'000;

/// A client that is connected to a node which has just stopped to answer.
struct Silence {
    World world{1};
    Machine server{world, "10.0.0.1"}, machine{world, "10.1.0.1"};
    bool answers = true;
    tenon::test::ScriptedNode node{server.io, [this](auto &connection, const wire::Frame &request) {
                                       if (answers) connection.reply(request);
                                   }};
    Client client{machine.io, options()};

    Silence() {
        REQUIRE_FALSE(client.connect());
        REQUIRE_FALSE(client.wait());
        REQUIRE_FALSE(client.get("k", {}));
        REQUIRE_FALSE(client.wait());
        world.run_for(10 * kTimeout);
        answers = false;
    }
    ~Silence() {
        for (const std::string &violation : world.violations()) FAIL_CHECK(violation);
    }

    Options options() const {
        Options made;
        made.hosts = {node.address()};
        made.memcached = true;
        made.operation_timeout = std::chrono::microseconds(kTimeout);
        made.seed = 1;
        return made;
    }
    /// Asks, and tells when.
    std::uint64_t ask(std::chrono::microseconds timeout = {}) {
        REQUIRE_FALSE(client.get("k", {}, {.timeout = timeout}));
        return world.now();
    }
    /// Asks with short timeouts, each question when the one before it is over.
    void ask_for_ever() {
        REQUIRE_FALSE(client.get("k", [this](const Reply &reply) {
            if (reply.error == errc::timeout) ask_for_ever();
        }, {.timeout = std::chrono::microseconds(kShort)}));
    }
    bool given_up() const { return client.metrics().nodes.at(0).failures != 0; }
    /// The connection is kept up to `when`, and given up then.
    void check_given_up(std::uint64_t when) {
        world.run_until(when - kMoment);
        CHECK_FALSE(given_up());
        world.run_until(when + kMoment);
        CHECK(given_up());
    }
};

}  // namespace

TEST_CASE_FIXTURE(Silence, "a silent node is given up when one operation has waited for the client's timeout") {
    const std::uint64_t first = ask();
    world.run_for(kTimeout / 2);
    ask();
    check_given_up(first + kTimeout);
}

TEST_CASE_FIXTURE(Silence, "short timeouts give a node up no earlier than the client's, and no later") {
    const std::uint64_t first = world.now();
    ask_for_ever();
    check_given_up(first + kTimeout);
}

TEST_CASE_FIXTURE(Silence, "a silence is as old as the oldest operation that expired in it, whichever did first") {
    const std::uint64_t first = ask();
    world.run_for(kShort);
    ask(std::chrono::microseconds(kShort));
    check_given_up(first + kTimeout);
}

TEST_CASE_FIXTURE(Silence, "whatever the node says ends its silence: it is counted anew") {
    const std::uint64_t began = world.now();
    ask_for_ever();
    world.run_for(kTimeout / 2 - 5 * kMoment);
    answers = true;
    ask();
    world.run_for(2 * kMoment);
    answers = false;
    REQUIRE(client.pending() == 1);  // asked before the answer came: what it waits for in vain is no silence
    check_given_up(began + kTimeout / 2 + kTimeout);
}

TEST_CASE_FIXTURE(Silence, "a node that answers others is not silent") {
    ask();
    world.run_for(kTimeout / 2);
    answers = true;
    ask();
    world.run_for(kTimeout);
    CHECK_FALSE(given_up());
    CHECK(client.pending() == 0);
    CHECK(client.metrics().timeouts == 1);
}

}  // namespace tenon::sim::test
