// SPDX-License-Identifier: Apache-2.0
// Waiting until an item is on disks and replicas.
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rig.hpp"
#include "stage.hpp"
#include "wire/observe.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;
using namespace std::chrono_literals;

struct Copies : Rig {
    explicit Copies(devcluster::Options options = {.nodes = 3, .replicas = 2, .vbuckets = 16})
        : Rig(std::move(options)) {}

    Owned<DurabilityResult> wait_for(std::string_view key, DurabilityOptions options) {
        options.interval = 5ms;
        std::optional<Owned<DurabilityResult>> result;
        REQUIRE_FALSE(client->durability(key, [&](const DurabilityResult &one) {
            CHECK_FALSE(result);
            CHECK(one.last);
            CHECK(one.key == key);
            CHECK(client->pending() == 0);  // what was asked for it has ended with it
            result.emplace(own(one));
        }, options));
        CHECK_FALSE(result);
        REQUIRE_FALSE(client->wait());
        REQUIRE(result);
        CHECK(client->pending() == 0);
        return std::move(*result);
    }
    void everywhere(std::error_code (Client::*what)(Callback, const ServerOptions &)) {
        REQUIRE_FALSE((*client.*what)([](const Reply &reply) { CHECK_FALSE(reply.error); }, {}));
        REQUIRE_FALSE(client->wait());
    }
};

TEST_CASE("an item that is everywhere is durable at once") {
    Copies copies;
    const std::uint64_t cas = copies.set("k", "v").cas;
    const auto result = copies.wait_for("k", {.persist_to = 3, .replicate_to = 2, .cas = cas});
    CHECK_FALSE(result.error);
    CHECK(result.counts.persisted == 3);
    CHECK(result.counts.replicated == 2);
    CHECK(result.counts.active_persisted);
    CHECK(result.counts.answers >= 3);
    CHECK(result.cas == cas);
    CHECK_FALSE(copies.wait_for("k", {.persist_to = 1}).error);  // of whatever CAS
}

TEST_CASE("it is polled for until it is on disk, or time is over") {
    Copies copies;
    copies.everywhere(&Client::stop_persistence);
    const std::uint64_t cas = copies.set("k", "v").cas;
    const auto late = copies.wait_for("k", {.persist_to = 1, .replicate_to = 2, .cas = cas, .timeout = 100ms});
    CHECK(late.error == errc::timeout);
    CHECK(late.counts.persisted == 0);
    CHECK(late.counts.replicated == 2);
    CHECK(late.counts.answers > 3);
    CHECK(late.elapsed >= 100ms);

    bool started = false;
    const Later later(copies.io.get(), 30'000, [&] {
        started = true;
        REQUIRE_FALSE(copies.client->start_persistence({}));
    });
    CHECK_FALSE(copies.wait_for("k", {.persist_to = 3, .cas = cas, .timeout = 20s}).error);
    CHECK(started);
}

TEST_CASE("replicas that lag behind are waited for") {
    Copies copies({.nodes = 3, .replicas = 2, .vbuckets = 16, .replication_lag = devcluster::Range{30'000, 30'000}});
    const std::uint64_t cas = copies.set("k", "v").cas;
    const auto result = copies.wait_for("k", {.replicate_to = 2, .cas = cas, .timeout = 20s});
    CHECK_FALSE(result.error);
    CHECK(result.counts.replicated == 2);
    CHECK(result.counts.answers > 3);
    // An older state of the item does not count.
    copies.everywhere(&Client::stop_replication);
    const std::uint64_t newer = copies.set("k", "w").cas;
    const auto none = copies.wait_for("k", {.replicate_to = 1, .cas = newer, .timeout = 60ms});
    CHECK(none.error == errc::timeout);
    CHECK(none.counts.replicated == 0);
}

TEST_CASE("a removal is durable once no copy has the item") {
    Copies copies;
    copies.set("k", "v");
    copies.everywhere(&Client::stop_persistence);
    CHECK_FALSE(copies.run([&](Callback done) { return copies.client->remove("k", std::move(done)); }).error);
    const auto in_memory = copies.wait_for("k", {.persist_to = 1, .replicate_to = 2, .removal = true, .timeout = 60ms});
    CHECK(in_memory.error == errc::timeout);
    CHECK(in_memory.counts.replicated == 2);
    CHECK(in_memory.counts.persisted == 0);
    copies.everywhere(&Client::start_persistence);
    const auto gone = copies.wait_for("k", {.persist_to = 3, .replicate_to = 2, .removal = true});
    CHECK_FALSE(gone.error);
    CHECK(gone.counts.persisted == 3);
    copies.set("k", "again");
    CHECK(copies.wait_for("k", {.persist_to = 1, .removal = true}).error == errc::exists);
}

TEST_CASE("what can never come true is not waited for") {
    Copies copies;
    const std::uint64_t cas = copies.set("k", "v").cas;
    CHECK(copies.wait_for("none", {.persist_to = 1}).error == errc::not_found);
    const std::uint64_t newer = copies.set("k", "w").cas;
    const auto changed = copies.wait_for("k", {.persist_to = 1, .cas = cas});
    CHECK(changed.error == errc::exists);
    CHECK(changed.cas == newer);
    Client &client = *copies.client;
    CHECK(client.durability("k", {}, {.persist_to = 4}) == errc::too_few_copies);
    CHECK(client.durability("k", {}, {.replicate_to = 3}) == errc::too_few_copies);
    CHECK(client.durability("", {}, {.persist_to = 1}) == errc::key_size);
    CHECK_FALSE(copies.wait_for("k", {.persist_to = 9, .replicate_to = 9, .capped = true}).error);
    CHECK(client.pending() == 0);
}

TEST_CASE("a wait ends with its Cancellation, and with its client") {
    Copies copies;
    copies.everywhere(&Client::stop_persistence);
    copies.set("k", "v");
    std::vector<std::error_code> outcomes;
    const auto note = [&](const DurabilityResult &one) { outcomes.push_back(one.error); };
    Cancellation cancellation;
    REQUIRE_FALSE(copies.client->durability("k", note, {.persist_to = 1, .interval = 1ms, .cancellation = &cancellation}));
    const Later later(copies.io.get(), 20'000, [&] { cancellation.cancel(); });
    REQUIRE_FALSE(copies.client->wait());
    CHECK(outcomes == std::vector<std::error_code>{errc::cancelled});
    CHECK(copies.client->pending() == 0);
    REQUIRE_FALSE(copies.client->durability("k", note, {.persist_to = 1, .interval = 1ms}));
    run_for(copies.io, 10'000);
    SUBCASE("from outside") { copies.client.reset(); }
    SUBCASE("in a callback") {
        REQUIRE_FALSE(copies.client->get("k", [&](const Reply &) { copies.client.reset(); }));
        run_for(copies.io, 200'000);
    }
    CHECK(outcomes.size() == 2);
    CHECK(outcomes.back() == errc::cancelled);
    run_for(copies.io, 20'000);
}

TEST_CASE("a wait that is dropped asks no more, and disturbs nobody") {
    Copies copies;
    copies.everywhere(&Client::stop_persistence);
    copies.set("k", "v");
    const auto answer_after = [&](std::uint64_t usec) {
        for (const unsigned node : {0, 1, 2}) REQUIRE_FALSE(copies.cluster.set_faults(node, {.delay = {usec, usec}}));
    };
    int told = 0;
    Cancellation cancellation;
    REQUIRE_FALSE(copies.client->durability("k", [&](const DurabilityResult &) { ++told; },
                                            {.persist_to = 1, .interval = 10ms, .cancellation = &cancellation}));
    SUBCASE("before it is sent") {}
    SUBCASE("while its copies are asked") {
        answer_after(200'000);
        run_for(copies.io, 5'000);
        CHECK(copies.client->pending() == 4);
        answer_after(0);
    }
    SUBCASE("between two rounds") {
        for (int i = 0; i < 1'000 && copies.client->pending() != 1; ++i) run_for(copies.io, 100);
        CHECK(copies.client->pending() == 1);
    }
    cancellation.drop();
    CHECK(copies.client->pending() == 0);
    int answers = 0;
    for (int i = 0; i < 100; ++i) REQUIRE_FALSE(copies.client->get("k", [&](const Reply &) { ++answers; }));
    REQUIRE_FALSE(copies.client->wait());
    run_for(copies.io, 20'000);
    CHECK(answers == 100);
    CHECK(told == 0);
    CHECK(copies.client->pending() == 0);
}

TEST_CASE("before the first map a wait waits for that, too") {
    Copies copies;
    copies.set("k", "v");
    Client late(copies.io, copies.client_options());
    std::vector<std::error_code> outcomes;
    const auto note = [&](const DurabilityResult &one) { outcomes.push_back(one.error); };
    REQUIRE_FALSE(late.connect());
    REQUIRE_FALSE(late.durability("k", note, {.persist_to = 3}));
    REQUIRE_FALSE(late.durability("k", note, {.persist_to = 4}));
    REQUIRE_FALSE(late.wait());
    REQUIRE(outcomes.size() == 2);
    CHECK((!outcomes[0] || !outcomes[1]));
    CHECK((outcomes[0] == errc::too_few_copies || outcomes[1] == errc::too_few_copies));
}

TEST_CASE("a server that knows no observe says so") {
    Stage stage(2, [](std::size_t, Stage::Connection &connection, const wire::Frame &request) {
        connection.reply(request, wire::Status::unknown_command);
    });
    stage.connect({.servers = {0, 1}, .rows = rows(8, {0, 1}), .rev = 1});
    CHECK(stage.run([&](Callback done) {
        return stage.client->durability("k", std::move(done), {.persist_to = 1});
    }).error == errc::unknown_command);
}

/// What a node answers that has the item on disk.
std::string on_disk(const wire::Frame &request) {
    std::span<const std::byte> keys = request.value;
    wire::ObserveKey key;
    REQUIRE(wire::decode_next(keys, key));
    const wire::ObserveEntry entry{key.vbucket, key.key, 1, 7};
    std::string body(wire::encoded_size(entry), '\0');
    wire::encode(entry, reinterpret_cast<std::byte *>(body.data()));
    return body;
}

TEST_CASE("a node that does not answer holds up no other round") {
    int asked = 0;
    Stage stage(2, [&](std::size_t at, Stage::Connection &connection, const wire::Frame &request) {
        if (at == 1 && ++asked < 3) return;
        connection.reply(request, wire::Status::ok, on_disk(request));
    });
    stage.connect({.servers = {0, 1}, .rows = rows(8, {0, 1}), .rev = 1});
    std::optional<DurabilityCounts> counts;
    REQUIRE_FALSE(stage.client->durability("k", [&](const DurabilityResult &one) {
        CHECK_FALSE(one.error);
        counts = one.counts;
    }, {.replicate_to = 1, .timeout = 20s, .interval = 2ms}));
    REQUIRE_FALSE(stage.client->wait());
    REQUIRE(counts);
    CHECK(counts->replicated == 1);
    CHECK(asked == 3);
}

TEST_CASE("an answer that comes after its round counts for no other") {
    std::vector<std::uint32_t> asked;  // of the first replica; the second one says nothing
    Stage stage(3, [&](std::size_t at, Stage::Connection &connection, const wire::Frame &request) {
        if (at == 0) return connection.reply(request, wire::Status::ok, on_disk(request));
        if (at == 2) return;
        asked.push_back(request.opaque);
        if (asked.size() != 2) return;
        for (const std::uint32_t opaque : asked) {
            wire::Frame one = request;
            one.opaque = opaque;
            connection.reply(one, wire::Status::ok, on_disk(request));
        }
    });
    stage.connect({.servers = {0, 1, 2}, .rows = rows(8, {0, 1, 2}), .rev = 1});
    int ends = 0;
    REQUIRE_FALSE(stage.client->durability("k", [&](const DurabilityResult &one) {
        CHECK(one.error == errc::timeout);
        ++ends;
    }, {.replicate_to = 2, .timeout = 500ms, .interval = 10ms}));
    REQUIRE(stage.run_until([&] { return asked.size() == 2; }));
    run_for(stage.io, 20'000);
    CHECK(ends == 0);
    REQUIRE_FALSE(stage.client->wait());
    CHECK(ends == 1);
}

TEST_CASE("the table may go in a wait's callback, after the client") {
    auto io = std::make_unique<tenon::io>(io::load());
    if (io->get()->revision == 0) return;  // rule 10 is of revision 1: an old plugin's run would go on in freed memory
    auto client = std::make_unique<Client>(*io, Options{.hosts = {"127.0.0.1:1"}});
    REQUIRE_FALSE(client->connect());
    bool told = false;
    REQUIRE_FALSE(client->durability("k", [&](const DurabilityResult &one) {
        told = static_cast<bool>(one.error);
        client.reset();
        io.reset();
    }, {.persist_to = 1}));
    client->wait();
    CHECK(told);
}

}  // namespace
