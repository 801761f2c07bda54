// SPDX-License-Identifier: Apache-2.0
// What Couchbase's nodes do behind the items, and what of it a client can see and change: observe, persistence,
// replication, vBucket states, parameters, eviction.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rig.hpp"
#include "topology/hash.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;

/// What every server (or copy) said, in the order it was said.
template <class Result>
std::vector<Result> all(Client &client, const std::function<std::error_code(Callback)> &start) {
    std::vector<Result> results;
    int last = 0;
    REQUIRE_FALSE(start([&](const Reply &reply) {
        CHECK(last == 0);
        last += reply.last ? 1 : 0;
        results.emplace_back(reply);
    }));
    REQUIRE_FALSE(client.wait());
    CHECK(last == 1);
    return results;
}

template <class Result>
long count_state(const std::vector<Result> &results, decltype(Result::state) state) {
    return std::count_if(results.begin(), results.end(), [&](const Result &one) { return !one.error && one.state == state; });
}

/// Two replicas on three nodes.
struct Engine : Rig {
    Engine() : Rig({.nodes = 3, .replicas = 2, .vbuckets = 16}) {}

    std::vector<ObserveResult> observe(std::string_view key) {
        return all<ObserveResult>(*client, [&](Callback done) { return client->observe(key, std::move(done)); });
    }
    void everywhere(const std::function<std::error_code(Callback)> &start) {
        const std::vector<Reply> replies = all<Reply>(*client, start);
        CHECK(replies.size() == 3);
        for (const Reply &reply : replies) CHECK_FALSE(reply.error);
    }
    std::uint16_t vbucket(std::string_view key) const { return topology::hash_key(key) & 15; }
    unsigned owner(std::string_view key) const {
        return static_cast<unsigned>(cluster.buckets()[0]->row(vbucket(key))[0]);
    }
};

TEST_CASE("observe tells of every copy whether it is there, and on disk") {
    Engine engine;
    Client &client = *engine.client;
    std::vector<ObserveResult> copies = engine.observe("k");
    CHECK(copies.size() == 3);
    CHECK(count_state(copies, CopyState::not_found) == 3);
    CHECK_FALSE(copies[0].exists());

    const std::uint64_t cas = engine.set("k", "v").cas;
    copies = engine.observe("k");
    CHECK(count_state(copies, CopyState::on_disk) == 3);
    CHECK(std::count_if(copies.begin(), copies.end(), [](const ObserveResult &one) { return one.active(); }) == 1);
    for (const ObserveResult &one : copies) {
        CHECK(one.exists());
        CHECK(one.cas == cas);
    }

    engine.everywhere([&](Callback done) { return client.stop_persistence(std::move(done)); });
    const std::uint64_t newer = engine.set("k", "w").cas;
    copies = engine.observe("k");
    CHECK(count_state(copies, CopyState::in_memory) == 3);
    CHECK(copies[0].item_cas == newer);
    CHECK(count_state(engine.observe("other"), CopyState::not_found) == 3);
    CHECK_FALSE(engine.run([&](Callback done) { return client.remove("k", std::move(done)); }).error);
    CHECK(count_state(engine.observe("k"), CopyState::deleted) == 3);
    engine.everywhere([&](Callback done) { return client.start_persistence(std::move(done)); });
    CHECK(count_state(engine.observe("k"), CopyState::not_found) == 3);
}

TEST_CASE("replication is stopped and started, and observe shows it") {
    Engine engine;
    Client &client = *engine.client;
    const std::uint64_t first = engine.set("k", "v").cas;
    engine.everywhere([&](Callback done) { return client.stop_replication(std::move(done)); });
    const std::uint64_t second = engine.set("k", "w").cas;
    std::vector<ObserveResult> copies = engine.observe("k");
    REQUIRE(copies.size() == 3);
    for (const ObserveResult &one : copies) CHECK(one.cas == (one.active() ? second : first));
    engine.everywhere([&](Callback done) { return client.start_replication(std::move(done)); });
    copies = engine.observe("k");
    for (const ObserveResult &one : copies) CHECK(one.cas == second);
}

TEST_CASE("exists says whether an item is there, and gives no value") {
    Engine engine;
    const auto exists = [&](std::string_view key) {
        return engine.run([&](Callback done) { return engine.client->exists(key, std::move(done)); });
    };
    CHECK(exists("k").error == errc::not_found);
    const std::uint64_t cas = engine.set("k", "v").cas;
    const Outcome there = exists("k");
    CHECK_FALSE(there.error);
    CHECK(there.cas == cas);
    CHECK(there.key == "k");
    CHECK(there.value.empty());
    CHECK(engine.client->exists("", {}) == errc::key_size);
    // Before the first map as well.
    Client late(engine.io, engine.client_options());
    std::error_code outcome = errc::timeout;
    REQUIRE_FALSE(late.connect());
    REQUIRE_FALSE(late.exists("k", [&](const Reply &reply) { outcome = reply.error; }));
    REQUIRE_FALSE(late.wait());
    CHECK_FALSE(outcome);
}

TEST_CASE("exists of a plain memcached server gets the item, and keeps its value to itself") {
    const io io = io::load();
    ScriptedNode node(io.get(), [](ScriptedNode::Connection &connection, const wire::Frame &request) {
        CHECK(request.opcode == wire::Opcode::get);
        connection.reply(request, request.key == "k" ? wire::Status::ok : wire::Status::not_found, "value");
    });
    const auto client = memcached_client(io, {node.address()});
    std::vector<std::error_code> outcomes;
    const auto note = [&](const Reply &reply) {
        outcomes.push_back(reply.error);
        CHECK(reply.value.empty());
    };
    REQUIRE_FALSE(client->exists("k", note));
    REQUIRE_FALSE(client->exists("none", note));
    REQUIRE_FALSE(client->wait());
    REQUIRE(outcomes.size() == 2);
    CHECK_FALSE(outcomes[0]);
    CHECK(outcomes[1] == errc::not_found);
}

TEST_CASE("a locked item waits for its key") {
    Engine engine;
    Client &client = *engine.client;
    engine.set("k", "v");
    const Outcome locked = engine.run([&](Callback done) { return client.get_and_lock("k", 10, std::move(done)); });
    CHECK(locked.value == "v");
    CHECK(engine.run([&](Callback done) { return client.get_and_lock("k", 10, std::move(done)); }).error);
    CHECK(engine.set("k", "w").error);
    CHECK(engine.run([&](Callback done) { return client.unlock("k", locked.cas + 1, std::move(done)); }).error);
    CHECK_FALSE(engine.run([&](Callback done) { return client.unlock("k", locked.cas, std::move(done)); }).error);
    CHECK_FALSE(engine.set("k", "w").error);
}

TEST_CASE("a vBucket's state is asked for, set, and the vBucket deleted once it is dead") {
    Engine engine;
    Client &client = *engine.client;
    const std::uint16_t vbucket = engine.vbucket("k");
    const unsigned owner = engine.owner("k");
    const auto state = [&](unsigned server) {
        return all<VbucketResult>(client, [&](Callback done) { return client.get_vbucket(vbucket, std::move(done), {.server = server}); })[0];
    };
    const std::vector<VbucketResult> states =
        all<VbucketResult>(client, [&](Callback done) { return client.get_vbucket(vbucket, std::move(done)); });
    CHECK(states.size() == 3);
    CHECK(count_state(states, VbucketState::active) == 1);
    CHECK(count_state(states, VbucketState::replica) == 2);

    const auto set = [&](VbucketState to) {
        return engine.run([&](Callback done) { return client.set_vbucket(vbucket, to, std::move(done), {.server = owner}); }).error;
    };
    const auto remove = [&] {
        return engine.run([&](Callback done) { return client.delete_vbucket(vbucket, std::move(done), {.server = owner}); }).error;
    };
    CHECK(remove() == errc::invalid_arguments);
    CHECK_FALSE(set(VbucketState::dead));
    CHECK(state(owner).state == VbucketState::dead);
    CHECK(engine.run([&](Callback done) {
        return client.get("k", std::move(done), {.timeout = std::chrono::milliseconds(50)});
    }).error == errc::timeout);  // nobody owns it: the map is as it was
    CHECK_FALSE(set(VbucketState::active));
    CHECK(engine.get("k").error == errc::not_found);
    CHECK_FALSE(set(VbucketState::dead));
    CHECK_FALSE(remove());
    CHECK(state(owner).error == errc::not_my_vbucket);
    CHECK_FALSE(state(owner).state);
}

TEST_CASE("parameters are set where servers know them") {
    Engine engine;
    Client &client = *engine.client;
    engine.everywhere([&](Callback done) { return client.set_flush_param("mem_high_wat", "75", std::move(done)); });
    engine.everywhere([&](Callback done) { return client.set_tap_param("tap_keepalive", "300", std::move(done)); });
    const std::vector<Reply> refused =
        all<Reply>(client, [&](Callback done) { return client.set_flush_param("no_such", "1", std::move(done)); });
    CHECK(refused.size() == 3);
    for (const Reply &reply : refused) CHECK(reply.error == errc::invalid_arguments);
    CHECK(client.set_tap_param("", "1", {}) == errc::invalid_arguments);
    CHECK(client.set_flush_param("", "1", {}) == errc::invalid_arguments);
}

TEST_CASE("a key is evicted where it is owned and on disk") {
    Engine engine;
    Client &client = *engine.client;
    const auto evict = [&] {
        return engine.run([&](Callback done) { return client.evict_key("k", std::move(done), {.server = engine.owner("k")}); }).error;
    };
    CHECK(evict() == errc::not_found);
    engine.set("k", "v");
    const std::vector<Reply> replies =
        all<Reply>(client, [&](Callback done) { return client.evict_key("k", std::move(done)); });
    CHECK(replies.size() == 3);
    CHECK(std::count_if(replies.begin(), replies.end(), [](const Reply &one) { return !one.error; }) == 1);
    CHECK(std::count_if(replies.begin(), replies.end(), [](const Reply &one) { return one.error == errc::not_my_vbucket; }) == 2);
    CHECK(engine.get("k").value == "v");
    engine.everywhere([&](Callback done) { return client.stop_persistence(std::move(done)); });
    engine.set("k", "w");
    CHECK(evict() == errc::exists);
    CHECK(client.evict_key("", {}) == errc::key_size);
}

TEST_CASE("an operation is ended by its Cancellation, once, from the loop") {
    Engine engine;
    Client &client = *engine.client;
    engine.set("k", "v");
    Cancellation cancellation;
    std::vector<Outcome> outcomes;
    const auto note = [&](const Reply &reply) { outcomes.emplace_back(reply); };
    CHECK_FALSE(cancellation.pending());
    cancellation.cancel();

    SUBCASE("before it is sent: it never is") {
        REQUIRE_FALSE(client.set("k", as_bytes("w"), note, {.cancellation = &cancellation}));
        CHECK(cancellation.pending());
        cancellation.cancel();
        CHECK(cancellation.pending());
        CHECK(outcomes.empty());
        REQUIRE_FALSE(client.wait());
        REQUIRE(outcomes.size() == 1);
        CHECK(outcomes[0].error == errc::cancelled);
        CHECK(outcomes[0].key == "k");
        CHECK(engine.get("k").value == "v");
    }
    SUBCASE("to every server") {
        REQUIRE_FALSE(client.noop(note, {.cancellation = &cancellation}));
        cancellation.cancel();
        REQUIRE_FALSE(client.wait());
        CHECK(outcomes.size() == 3);
        for (const Outcome &one : outcomes) CHECK(one.error == errc::cancelled);
        CHECK(outcomes[2].last);
    }
    SUBCASE("several at once, and others not") {
        REQUIRE_FALSE(client.get("k", note, {.cancellation = &cancellation}));
        REQUIRE_FALSE(client.get("k", note));
        REQUIRE_FALSE(client.observe("k", note, {.cancellation = &cancellation}));
        cancellation.cancel();
        REQUIRE_FALSE(client.wait());
        CHECK(outcomes.size() == 5);
        CHECK(std::count_if(outcomes.begin(), outcomes.end(), [](const Outcome &one) { return one.error == errc::cancelled; }) == 4);
        CHECK(engine.get("k").value == "v");  // answers to nobody disturb nothing
    }
    SUBCASE("after its end nothing happens, and it may be used again") {
        REQUIRE_FALSE(client.get("k", note, {.cancellation = &cancellation}));
        REQUIRE_FALSE(client.wait());
        CHECK_FALSE(cancellation.pending());
        cancellation.cancel();
        REQUIRE_FALSE(client.get("k", note, {.cancellation = &cancellation}));
        REQUIRE_FALSE(client.wait());
        CHECK(outcomes.size() == 2);
        for (const Outcome &one : outcomes) CHECK(one.value == "v");
    }
    SUBCASE("dropped, it calls nobody") {
        REQUIRE_FALSE(client.get("k", note, {.cancellation = &cancellation}));
        cancellation.drop();
        CHECK(client.pending() == 0);
        REQUIRE_FALSE(client.wait());
        CHECK(outcomes.empty());
    }
    SUBCASE("it goes before its operation") {
        {
            Cancellation shorter;
            REQUIRE_FALSE(client.get("k", note, {.cancellation = &shorter}));
        }
        REQUIRE_FALSE(client.wait());
        REQUIRE(outcomes.size() == 1);
        CHECK(outcomes[0].value == "v");
    }
    SUBCASE("the client goes before it") {
        REQUIRE_FALSE(client.get("k", note, {.cancellation = &cancellation}));
        engine.client.reset();
        CHECK(outcomes.size() == 1);
        CHECK_FALSE(cancellation.pending());
        cancellation.cancel();
    }
    SUBCASE("one client at a time") {
        Client other(engine.io, engine.client_options());
        REQUIRE_FALSE(other.connect());
        REQUIRE_FALSE(client.get("k", note, {.cancellation = &cancellation}));
        CHECK(other.get("k", note, {.cancellation = &cancellation}) == errc::invalid_arguments);
        REQUIRE_FALSE(client.wait());
    }
}

TEST_CASE("before the first map an operation can be cancelled, too") {
    Engine engine;
    Client late(engine.io, engine.client_options());
    Cancellation cancellation;
    int cancelled = 0;
    const auto note = [&](const Reply &reply) { cancelled += reply.error == errc::cancelled ? 1 : 0; };
    REQUIRE_FALSE(late.connect());
    REQUIRE_FALSE(late.get("k", note, {.cancellation = &cancellation}));
    REQUIRE_FALSE(late.observe("k", note, {.cancellation = &cancellation}));
    REQUIRE_FALSE(late.noop(note, {.cancellation = &cancellation}));
    cancellation.cancel();
    REQUIRE_FALSE(late.wait());
    CHECK(cancelled == 3);
}

TEST_CASE("a reply's story fits in a line, an owned one outlives the callback") {
    Engine engine;
    engine.set("k", "v");
    std::optional<Owned<>> kept;
    REQUIRE_FALSE(engine.client->get("k", [&](const Reply &reply) { kept.emplace(own(reply)); }));
    REQUIRE_FALSE(engine.client->wait());
    const Owned<> moved = std::move(*kept);
    kept.reset();
    CHECK(moved.text() == "v");
    CHECK(moved.key == "k");
    const std::string story = describe(moved);
    CHECK(story.starts_with("get \"k\" (vBucket " + std::to_string(engine.vbucket("k")) + ") at 127.0.0.1:"));
    CHECK(story.find(": done (1 attempt, ") != std::string::npos);
}

}  // namespace
