// SPDX-License-Identifier: Apache-2.0
// Destroying, waiting and breaking out, from everywhere.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rig.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;

TEST_CASE("destroying a client completes what is pending, once") {
    Rig rig({.nodes = 2});
    int calls = 0;
    for (int i = 0; i < 100; ++i) {
        REQUIRE_FALSE(rig.client->get("k" + std::to_string(i), [&](const Reply &reply) {
            CHECK(reply.error == errc::cancelled);
            CHECK(rig.client->get("more", [](const Reply &) { FAIL("scheduled after the end"); }));
            ++calls;
        }));
    }
    rig.client.reset();
    CHECK(calls == 100);
}

TEST_CASE("a client may be destroyed in a reply's callback, with others pending") {
    Rig rig({.nodes = 2});
    int calls = 0, cancelled = 0;
    for (int i = 0; i < 100; ++i) {
        REQUIRE_FALSE(rig.client->get("k" + std::to_string(i), [&](const Reply &reply) {
            if (reply.error == errc::cancelled) ++cancelled;
            if (++calls == 30) rig.client.reset();
        }));
    }
    CHECK(rig.client->wait() == errc::cancelled);
    CHECK(calls == 100);
    CHECK(cancelled == 70);
}

TEST_CASE("everyone who asks for a connection is told of it once, while it is made and when it is there") {
    Rig rig({.nodes = 2});
    Client client(rig.io, rig.client_options());
    int first = 0, meanwhile = 0, later = 0;
    const auto count = [](int &told) { return [&told](std::error_code error, std::string_view) { told += error ? 100 : 1; }; };
    REQUIRE_FALSE(client.connect(count(first)));
    REQUIRE_FALSE(client.connect(count(meanwhile)));
    REQUIRE_FALSE(client.connect());
    REQUIRE_FALSE(client.wait());
    REQUIRE_FALSE(client.connect(count(later)));
    CHECK(later == 0);
    REQUIRE_FALSE(client.wait());
    CHECK(first == 1);
    CHECK(meanwhile == 1);
    CHECK(later == 1);
}

TEST_CASE("everyone who asks for a connection is told that there is none") {
    const io io = io::load();
    Options options;
    options.hosts = {own_loopback() + ":1"};
    Client client(io, options);
    std::vector<std::error_code> told;
    for (int i = 0; i < 2; ++i)
        REQUIRE_FALSE(client.connect([&](std::error_code error, std::string_view) { told.push_back(error); }));
    CHECK(client.wait());
    CHECK(told.size() == 2);
    for (const std::error_code &error : told) CHECK(error);
}

TEST_CASE("a reply's value is there until its callback returns, also where that destroys the client") {
    Rig rig({.nodes = 1});
    const std::string value(1'000'000, 'x');  // longer than one read: it has memory of its own
    REQUIRE_FALSE(rig.set("k", value).error);
    bool same = false;
    REQUIRE_FALSE(rig.client->get("k", [&](const Reply &reply) {
        rig.client.reset();
        same = reply.text() == value;
    }));
    CHECK(rig.client->wait() == errc::cancelled);
    CHECK(same);
}

TEST_CASE("operations that are lost together may end each other") {
    const io io = io::load();
    int requests = 0;
    ScriptedNode node(io.get(), [&](ScriptedNode::Connection &connection, const wire::Frame &) {
        if (++requests == 3) connection.close();
    });
    int ends = 0;
    auto client = memcached_client(io, {node.address()}, [&](Options &options) {
        options.trace = [&](const TraceEvent &event) { ends += event.stage == TraceStage::completed ? 1 : 0; };
    });
    Cancellation second;
    std::function<void()> meanwhile = [] {};
    std::string told, expected = "first network, second network, third network, ";
    SUBCASE("not") {}
    SUBCASE("silently") {
        meanwhile = [&] { second.drop(); };
        expected = "first network, third network, ";
    }
    SUBCASE("by cancelling") {
        meanwhile = [&] { second.cancel(); };
        expected = "first network, third network, second cancelled, ";
    }
    SUBCASE("with their client") {
        meanwhile = [&] { client.reset(); };
        expected = "first network, second cancelled, third cancelled, ";
    }
    const auto note = [&](const char *name, std::error_code error) {
        told += name;
        told += error == errc::network ? " network, " : error == errc::cancelled ? " cancelled, " : " otherwise, ";
    };
    REQUIRE_FALSE(client->set("first", "v", [&](const Reply &reply) {
        note("first", reply.error);
        meanwhile();
    }));
    REQUIRE_FALSE(client->set("second", "v", [&](const Reply &reply) { note("second", reply.error); },
                              {.cancellation = &second}));
    REQUIRE_FALSE(client->set("third", "v", [&](const Reply &reply) { note("third", reply.error); }));
    const std::error_code outcome = client->wait();
    CHECK(told == expected);
    CHECK(ends == 3);
    CHECK_FALSE(second.pending());
    if (client) {
        CHECK_FALSE(outcome);
        CHECK(client->pending() == 0);
    } else {
        CHECK(outcome == errc::cancelled);
    }
}

TEST_CASE("waiting goes on where a callback drops the last operation and begins another") {
    Rig rig({.nodes = 1});
    Client &client = *rig.client;
    Cancellation cancellation;
    bool told = false;
    REQUIRE_FALSE(client.get("first", [&](const Reply &) {
        cancellation.drop();
        REQUIRE_FALSE(client.get("last", [&](const Reply &) { told = true; }));
    }));
    REQUIRE_FALSE(client.get("dropped", [](const Reply &) { FAIL("was called"); }, {.cancellation = &cancellation}));
    REQUIRE_FALSE(client.wait());
    CHECK(told);
    CHECK(client.pending() == 0);
}

TEST_CASE("what is dropped may be the last that holds the client") {
    Rig rig({.nodes = 2});
    auto client = std::make_shared<Client>(rig.io, rig.client_options());
    REQUIRE_FALSE(client->connect());
    REQUIRE_FALSE(client->wait());
    Cancellation cancellation;
    const auto holder = [&client] { return [client](const auto &) { FAIL("was called"); }; };
    const OperationOptions options{.cancellation = &cancellation};
    int others = 0;
    SUBCASE("an operation") { REQUIRE_FALSE(client->get("k", holder(), options)); }
    SUBCASE("several") {
        for (int i = 0; i < 10; ++i) REQUIRE_FALSE(client->get("k" + std::to_string(i), holder(), options));
    }
    SUBCASE("to every server") { REQUIRE_FALSE(client->noop(holder(), {.cancellation = &cancellation})); }
    SUBCASE("an HTTP request") { REQUIRE_FALSE(client->http({.path = "/", .cancellation = &cancellation}, holder())); }
    SUBCASE("both") {
        REQUIRE_FALSE(client->http({.path = "/", .cancellation = &cancellation}, holder()));
        REQUIRE_FALSE(client->get("k", holder(), options));
    }
    SUBCASE("with others that go with it") {
        const auto other = [&](const auto &) { ++others; };
        REQUIRE_FALSE(client->get("k", other, options));
        REQUIRE_FALSE(client->get("k", holder(), options));
        REQUIRE_FALSE(client->http({.path = "/", .cancellation = &cancellation}, other));
    }
    SUBCASE("an HTTP request, with others that go with it") {
        const auto other = [&](const auto &) { ++others; };
        REQUIRE_FALSE(client->get("k", other, options));
        REQUIRE_FALSE(client->http({.path = "/", .cancellation = &cancellation}, holder()));
        REQUIRE_FALSE(client->http({.path = "/", .cancellation = &cancellation}, other));
    }
    SUBCASE("a wait for durability, and behind it what holds the client") {
        const auto other = [&](const auto &) { ++others; };
        REQUIRE_FALSE(client->durability("k", other, {.persist_to = 1, .cancellation = &cancellation}));
        REQUIRE_FALSE(client->get("k", holder(), options));
    }
    SUBCASE("a wait for durability") {
        REQUIRE_FALSE(client->durability("k", holder(), {.persist_to = 1, .cancellation = &cancellation}));
    }
    SUBCASE("an operation, with others under way") {
        others = -1;
        REQUIRE_FALSE(client->get("k", [&](const Reply &reply) { others += reply.error == errc::cancelled ? 1 : 9; }));
        REQUIRE_FALSE(client->get("k", holder(), options));
    }
    const std::weak_ptr<Client> alive = client;
    client.reset();
    CHECK_FALSE(alive.expired());
    cancellation.drop();
    CHECK(alive.expired());
    CHECK_FALSE(cancellation.pending());
    CHECK(others == 0);
    run_for(rig.io, 10'000);
}

TEST_CASE("a client may be destroyed in the callback of its bootstrap, of a timeout and of a broadcast") {
    Rig rig({.nodes = 2});
    std::optional<Client> client;
    client.emplace(rig.io, rig.client_options());
    REQUIRE_FALSE(client->connect([&](std::error_code, std::string_view) { client.reset(); }));
    CHECK(client->wait() == errc::cancelled);

    client.emplace(rig.io, rig.client_options());
    REQUIRE_FALSE(client->connect());
    REQUIRE_FALSE(client->wait());
    REQUIRE_FALSE(client->noop([&](const Reply &) { client.reset(); }));
    CHECK(client->wait() == errc::cancelled);

    client.emplace(rig.io, rig.client_options());
    REQUIRE_FALSE(client->connect());
    REQUIRE_FALSE(client->wait());
    int parts = 0, ends = 0;
    REQUIRE_FALSE(client->stats("", [&](const Reply &reply) {
        ends += reply.last ? 1 : 0;
        if (++parts == 3) client.reset();
    }));
    CHECK(client->wait() == errc::cancelled);
    CHECK(ends == 1);

    ScriptedNode silent(rig.io.get(), [](ScriptedNode::Connection &, const wire::Frame &) {});
    auto quiet = memcached_client(rig.io, {silent.address()});
    int calls = 0;
    for (int i = 0; i < 3; ++i) {
        REQUIRE_FALSE(quiet->get("k", [&](const Reply &) {
            ++calls;
            quiet.reset();
        }, {.timeout = std::chrono::milliseconds(20)}));
    }
    CHECK(quiet->wait() == errc::cancelled);
    CHECK(calls == 3);
}

TEST_CASE("the table itself may go in a callback, after the client") {
    auto io = std::make_unique<tenon::io>(io::load());
    if (io->get()->revision == 0) return;  // rule 10 is of revision 1: an old plugin's run would go on in freed memory
    auto client = std::make_unique<Client>(*io, Options{.hosts = {"127.0.0.1:1"}});
    bool told = false;
    REQUIRE_FALSE(client->connect([&](std::error_code error, std::string_view) {
        told = static_cast<bool>(error);
        client.reset();
        io.reset();
    }));
    client->wait();
    CHECK(told);
}

TEST_CASE("waiting inside a callback is refused, breaking out is heard") {
    Rig rig;
    Client &client = *rig.client;
    std::error_code inside;
    int calls = 0;
    REQUIRE_FALSE(client.get("k", [&](const Reply &) {
        inside = client.wait();
        ++calls;
        client.breakout();
        CHECK_FALSE(client.get("k", [&](const Reply &) { ++calls; }));
    }));
    REQUIRE_FALSE(client.wait());
    CHECK(inside == errc::in_callback);
    CHECK(calls == 1);
    CHECK(client.pending() == 1);
    client.breakout();  // outside: nothing happens, and nothing is remembered
    REQUIRE_FALSE(client.wait());
    CHECK(calls == 2);
}

TEST_CASE("callbacks may schedule, for ever") {
    Rig rig({.nodes = 2});
    Client &client = *rig.client;
    int left = 5'000;
    std::function<void()> next = [&] {
        if (left-- > 0) {
            REQUIRE_FALSE(client.set("k" + std::to_string(left % 10), as_bytes("v"), [&](const Reply &reply) {
                REQUIRE_FALSE(reply.error);
                next();
            }));
        }
    };
    for (int i = 0; i < 10; ++i) next();
    REQUIRE_FALSE(client.wait());
    CHECK(left < 0);
}

TEST_CASE("several clients share a loop") {
    Rig rig({.nodes = 2});
    std::vector<std::unique_ptr<Client>> clients;
    int answers = 0;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<Client>(rig.io, rig.client_options()));
        REQUIRE_FALSE(clients.back()->connect());
        for (int k = 0; k < 10; ++k) {
            REQUIRE_FALSE(clients.back()->set("k" + std::to_string(k), as_bytes("v"),
                                              [&](const Reply &reply) { answers += reply.error ? 0 : 1; }));
        }
    }
    for (const auto &client : clients) REQUIRE_FALSE(client->wait());
    CHECK(answers == 200);
}

TEST_CASE("a client moves, its operations stay") {
    Rig rig;
    Client moved = std::move(*rig.client);
    bool done = false;
    REQUIRE_FALSE(moved.get("k", [&](const Reply &) { done = true; }));
    Client again = std::move(moved);
    REQUIRE_FALSE(again.wait());
    CHECK(done);
}

TEST_CASE("an unbalanced leave does nothing, an open batch ends with its client") {
    Rig rig;
    rig.client->leave();
    rig.client->enter();
    int calls = 0;
    REQUIRE_FALSE(rig.client->get("k", [&](const Reply &) { ++calls; }));
    CHECK(rig.client->wait() == errc::in_callback);
    rig.client.reset();
    CHECK(calls == 1);
    Client other(rig.io, rig.client_options());
    REQUIRE_FALSE(other.connect());
    REQUIRE_FALSE(other.wait());
}

}  // namespace
