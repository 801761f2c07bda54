// SPDX-License-Identifier: Apache-2.0
// Coroutines, batches, blocking calls: the same operations, said in other ways.
#include <doctest/doctest.h>

#include <coroutine>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <tenon/blocking.hpp>
#include <tenon/libev.hpp>
#include <tenon/libevent.hpp>
#include <tenon/libuv.hpp>

#include "rig.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;
using namespace std::chrono_literals;

Detached walk(Client &client, std::vector<std::string> &story) {
    const Reply stored = co_await client.set("k", as_bytes("v"), {.flags = 7});
    story.push_back(stored ? "stored" : "refused");
    const Reply read = co_await client.get("k");
    story.push_back(std::string(read.text()) + std::to_string(read.flags()));
    const CounterResult counted = co_await client.increment("n", 2, {.initial = 40});
    const CounterResult more = co_await client.increment("n", 2);
    story.push_back(std::to_string(counted.number) + std::to_string(more.number));
    const std::vector<Owned<ObserveResult>> copies = co_await client.observe("k");
    story.push_back(std::to_string(copies.size()));
    const auto safe = co_await client.durability("k", {.persist_to = 2, .cas = stored.cas});
    story.push_back(safe.error ? "lost" : "safe");
    const std::vector<Owned<Reply>> answers = co_await client.noop();
    story.push_back(std::to_string(answers.size()));
    const auto missing = own(co_await client.get("none"));
    story.push_back(missing.error == errc::not_found ? "missing" : "odd");
    const Reply refused = co_await client.get("");
    story.push_back(refused.error == errc::key_size ? "no key" : "odd");
    story.push_back(describe(refused));
}

TEST_CASE("a coroutine walks through operations") {
    Rig rig({.nodes = 3, .replicas = 1, .vbuckets = 16});
    std::vector<std::string> story;
    walk(*rig.client, story);
    CHECK(story.empty());
    REQUIRE_FALSE(rig.client->wait());
    CHECK(story == std::vector<std::string>{"stored", "v7", "4042", "2", "safe", "3", "missing", "no key", "not scheduled: key is empty or too long"});
}

TEST_CASE("a stop token ends what is awaited") {
    Rig rig({.nodes = 1, .vbuckets = 16});
    std::stop_source stop;
    std::vector<std::error_code> outcomes;
    const auto run = [&](Client &client) -> Detached {
        outcomes.push_back((co_await client.get("k").until(stop.get_token())).error);
        stop.request_stop();
        outcomes.push_back((co_await client.get("k").until(stop.get_token())).error);
        for (const auto &one : co_await client.noop().until(stop.get_token())) outcomes.push_back(one.error);
    };
    run(*rig.client);
    REQUIRE_FALSE(rig.client->wait());
    REQUIRE(outcomes.size() == 3);
    CHECK(outcomes[0] == errc::not_found);
    CHECK(outcomes[1] == errc::cancelled);
    CHECK(outcomes[2] == errc::cancelled);
}

/// A coroutine whose frame belongs to somebody.
struct Owner {
    struct promise_type {
        Owner get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_always final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        void unhandled_exception() const { std::terminate(); }
    };
    std::coroutine_handle<promise_type> handle;
};

TEST_CASE("a coroutine that is destroyed while it waits takes its operation with it") {
    Rig rig({.nodes = 2, .vbuckets = 16});
    bool went_on = false;
    const auto run = [&](Client &client) -> Owner {
        co_await client.get("k");
        for (unsigned node = 0; node < 2; ++node) CHECK_FALSE(rig.cluster.pause_node(node));
        co_await client.noop();
        went_on = true;
    };
    Owner owner = run(*rig.client);
    CHECK(rig.client->pending() == 1);
    SUBCASE("at once") {}
    SUBCASE("while it waits for several") {
        for (int i = 0; i < 5000 && rig.client->pending() != 2; ++i) run_for(rig.io, 1'000);
        CHECK(rig.client->pending() == 2);
    }
    owner.handle.destroy();
    CHECK(rig.client->pending() == 0);
    REQUIRE_FALSE(rig.client->wait());
    run_for(rig.io, 10'000);
    CHECK_FALSE(went_on);
    for (unsigned node = 0; node < 2; ++node) (void)rig.cluster.resume_node(node);
    CHECK(rig.get("k").error == errc::not_found);
}

TEST_CASE("a coroutine that is told to stop and destroyed at once is not resumed any more") {
    Rig rig({.nodes = 2, .vbuckets = 16});
    bool went_on = false;
    std::stop_source stop;
    const auto get = [&](Client &client) -> Owner {
        co_await client.get("k").until(stop.get_token());
        went_on = true;
    };
    const auto durable = [&](Client &client) -> Owner {
        co_await client.durability("k", {.persist_to = 1}).until(stop.get_token());
        went_on = true;
    };
    const auto http = [&](Client &client) -> Owner {
        co_await client.http({.path = "/pools"}).until(stop.get_token());
        went_on = true;
    };
    for (Owner owner : {get(*rig.client), durable(*rig.client), http(*rig.client)}) {
        SUBCASE("stopped first") { stop.request_stop(); }
        SUBCASE("only destroyed") {}
        owner.handle.destroy();
    }
    CHECK(rig.client->pending() == 0);
    REQUIRE_FALSE(rig.client->wait());
    run_for(rig.io, 10'000);
    CHECK_FALSE(went_on);
    CHECK(rig.get("k").error == errc::not_found);
    CHECK(rig.client->pending() == 0);
}

TEST_CASE("the client may go in a coroutine, and while one waits") {
    Rig rig({.nodes = 2, .vbuckets = 16});
    std::vector<std::error_code> outcomes;
    const auto destroy = [&]() -> Detached {
        outcomes.push_back((co_await rig.client->get("k")).error);
        rig.client.reset();
    };
    const auto wait = [&]() -> Detached { outcomes.push_back((co_await rig.client->get("other", {.vbucket = std::uint16_t{999}})).error); };
    wait();
    destroy();
    CHECK(rig.client->wait() == errc::cancelled);
    REQUIRE(outcomes.size() == 2);
    CHECK(outcomes[0] == errc::not_found);
    CHECK(outcomes[1] == errc::cancelled);
}

TEST_CASE("a callback may take the result it expects") {
    Rig rig({.nodes = 2, .replicas = 1, .vbuckets = 16});
    rig.set("k", "v");
    int copies = 0;
    std::uint64_t number = 0;
    REQUIRE_FALSE(rig.client->observe("k", [&](const ObserveResult &one) { copies += one.exists() ? 1 : 0; }));
    REQUIRE_FALSE(rig.client->increment("n", 1, [&](CounterResult one) { number = one.number; }, {.initial = 9}));
    REQUIRE_FALSE(rig.client->wait());
    CHECK(copies == 2);
    CHECK(number == 9);
}

TEST_CASE("a value is text or bytes, and what is kept of a reply stays wherever it goes") {
    Rig rig({.nodes = 1, .vbuckets = 16});
    Client &client = *rig.client;
    const std::string text = "text";
    const std::vector<std::byte> bytes(3, std::byte{'b'});
    CHECK_FALSE(blocking(client.set("k", "literal")).error);
    auto literal = blocking(client.get("k"));
    const auto moved = std::move(literal);
    CHECK_FALSE(blocking(client.set("k", text)).error);
    CHECK(blocking(client.get("k")).text() == "text");
    CHECK_FALSE(blocking(client.append("k", bytes)).error);
    CHECK_FALSE(blocking(client.prepend("k", std::string_view("a\0z", 3))).error);
    CHECK(blocking(client.get("k")).text() == std::string("a\0ztextbbb", 10));
    CHECK_FALSE(blocking(client.set("k", {})).error);
    CHECK(blocking(client.get("k")).value.empty());
    CHECK(moved.text() == "literal");
    CHECK(moved.key == "k");
    CHECK(moved.server.starts_with("127.0.0.1:"));
}

TEST_CASE("a batch leaves together, and gives what its function gives") {
    Rig rig({.nodes = 1, .vbuckets = 16});
    int done = 0;
    const std::size_t pending = rig.client->batch([&](auto &batch) {
        for (int i = 0; i < 10; ++i)
            REQUIRE_FALSE(batch.set("k" + std::to_string(i), as_bytes("v"), [&](const Reply &) { ++done; }));
        return batch.pending();
    });
    CHECK(pending == 10);
    REQUIRE_FALSE(rig.client->wait());
    CHECK(done == 10);
}

TEST_CASE("blocking calls, for scripts") {
    bool other = false;
    std::error_code inside;
    Rig rig({.nodes = 3, .replicas = 1, .vbuckets = 16});
    Client client(rig.io, rig.client_options());
    CHECK(blocking(client.get("k")).error == errc::not_connected);
    REQUIRE_FALSE(blocking_connect(client));
    CHECK_FALSE(blocking(client.set("k", as_bytes("v"))).error);
    const auto item = blocking(client.get("k"));
    CHECK(item.text() == "v");
    CHECK(item.key == "k");
    CHECK(blocking(client.get("none")).error == errc::not_found);
    CHECK(blocking(client.increment("n", 1, {.initial = 5})).number == 5);
    CHECK(blocking(client.version()).size() == 3);
    CHECK(blocking(client.version({.server = 1U})).size() == 1);
    CHECK(blocking(client.observe("k")).size() == 2);
    CHECK_FALSE(blocking(client.durability("k", {.persist_to = 1})).error);
    CHECK(blocking(client.get("")).error == errc::key_size);
    // Another operation that takes longer is not waited for.
    REQUIRE_FALSE(client.get("k", [&](const Reply &) { other = true; }, {.vbucket = std::uint16_t{999}}));
    CHECK(blocking(client.get("k")).text() == "v");
    CHECK_FALSE(other);
    // In a callback nothing can be waited for.
    REQUIRE_FALSE(client.get("k", [&](const Reply &) { inside = blocking(client.get("k")).error; }));
    CHECK(blocking(client.noop()).size() == 3);
    CHECK(inside == errc::in_callback);
}

TEST_CASE("a loop of a library's, by its type: without one the plugin makes its own") {
    // As many as are installed beside this; the rest says what is missing.
    for (const auto make : {+[] { return on_libev(nullptr); }, +[] { return on_libuv(nullptr); }, +[] { return on_libevent(nullptr); }}) {
        try {
            const tenon::io io = make();
            CHECK(io.get() != nullptr);
        } catch (const std::system_error &error) {
            CHECK(error.code() == errc::io_plugin);
        }
    }
}

}  // namespace
