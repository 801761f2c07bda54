// SPDX-License-Identifier: Apache-2.0
// Every operation of the C++ face against devcluster.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "rig.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;

TEST_CASE("a document is stored, read, changed and removed") {
    Rig rig({.nodes = 4});
    Client &client = *rig.client;

    CHECK(rig.get("k").error == errc::not_found);
    const Outcome stored = rig.set("k", "value", {.flags = 0xdeadbeef});
    CHECK_FALSE(stored.error);
    CHECK(stored.cas != 0);
    CHECK(stored.key == "k");

    const Outcome read = rig.get("k");
    CHECK_FALSE(read.error);
    CHECK(read.value == "value");
    CHECK(read.flags == 0xdeadbeef);
    CHECK(read.cas == stored.cas);
    CHECK(read.server.starts_with("127.0.0.1:"));

    CHECK(rig.run([&](Callback done) { return client.add("k", as_bytes("x"), std::move(done)); }).error == errc::exists);
    CHECK(rig.run([&](Callback done) { return client.replace("none", as_bytes("x"), std::move(done)); }).error ==
          errc::not_found);
    CHECK(rig.set("k", "x", {.cas = stored.cas + 1}).error == errc::exists);
    CHECK_FALSE(rig.set("k", "middle", {.cas = stored.cas}).error);
    CHECK_FALSE(rig.run([&](Callback done) { return client.append("k", as_bytes(">"), std::move(done)); }).error);
    CHECK_FALSE(rig.run([&](Callback done) { return client.prepend("k", as_bytes("<"), std::move(done)); }).error);
    CHECK(rig.get("k").value == "<middle>");
    CHECK(rig.run([&](Callback done) { return client.append("none", as_bytes(">"), std::move(done)); }).error ==
          errc::not_stored);

    CHECK_FALSE(rig.run([&](Callback done) { return client.remove("k", std::move(done)); }).error);
    CHECK(rig.run([&](Callback done) { return client.remove("k", std::move(done)); }).error == errc::not_found);
}

TEST_CASE("replies that come together have nothing of each other") {
    Rig rig({.nodes = 1});
    Client &client = *rig.client;
    rig.set("counter", "41", {.flags = 7});
    std::vector<std::string> seen;
    const auto note = [&](const Reply &reply) {
        seen.push_back(fmt::format("{:02x} {} {} {} {} {} {} {}", reply.opcode, reply.error.value(),
                                   reply.status == static_cast<std::uint16_t>(reply.error.value()), reply.cas != 0,
                                   reply.key, reply.flags(), reply.counter(), reply.last));
    };
    {
        const Batch together(client);
        client.get("counter", note);
        client.get("none", note);
        client.set("new", "value", note);
        client.increment("counter", 1, note);
        client.stats("", [&](const Reply &reply) {
            if (reply.key.empty()) note(reply);
        });
        client.remove("new", note);
        client.get("counter", note);
    }
    rig.client->wait();
    CHECK(fmt::format("{}", fmt::join(seen, "\n")) == "00 0 true true counter 7 0 true\n"
                                                      "00 1 true false none 0 0 true\n"
                                                      "01 0 true true new 0 0 true\n"
                                                      "05 0 true true counter 0 42 true\n"
                                                      "10 0 true false  0 0 true\n"
                                                      "04 0 true false new 0 0 true\n"
                                                      "00 0 true true counter 7 0 true");
}

TEST_CASE("counters, expiry and touch") {
    Rig rig({.nodes = 2});
    Client &client = *rig.client;
    CHECK(rig.run([&](Callback done) { return client.increment("n", 1, std::move(done)); }).error == errc::not_found);
    CHECK(rig.run([&](Callback done) { return client.increment("n", 1, std::move(done), {.initial = 40}); }).counter == 40);
    CHECK(rig.run([&](Callback done) { return client.increment("n", 2, std::move(done)); }).counter == 42);
    CHECK(rig.run([&](Callback done) { return client.decrement("n", 50, std::move(done)); }).counter == 0);
    rig.set("text", "abc");
    CHECK(rig.run([&](Callback done) { return client.increment("text", 1, std::move(done)); }).error ==
          errc::delta_bad_value);

    CHECK_FALSE(rig.run([&](Callback done) { return client.touch("text", 1000, std::move(done)); }).error);
    CHECK(rig.run([&](Callback done) { return client.touch("none", 1000, std::move(done)); }).error == errc::not_found);
    const Outcome touched =
        rig.run([&](Callback done) { return client.get_and_touch("text", 1000, std::move(done)); });
    CHECK(touched.value == "abc");
}

TEST_CASE("what goes to every server answers once a server, the last one says so") {
    Rig rig({.nodes = 3});
    Client &client = *rig.client;
    CHECK(client.server_count() == 3);
    const auto collect = [&](const std::function<std::error_code(Callback)> &start) {
        std::vector<Outcome> outcomes;
        REQUIRE_FALSE(start([&](const Reply &reply) { outcomes.emplace_back(reply); }));
        REQUIRE_FALSE(client.wait());
        REQUIRE_FALSE(outcomes.empty());
        for (std::size_t i = 0; i < outcomes.size(); ++i) CHECK(outcomes[i].last == (i + 1 == outcomes.size()));
        return outcomes;
    };
    for (const std::vector<Outcome> &outcomes :
         {collect([&](Callback done) { return client.noop(std::move(done)); }),
          collect([&](Callback done) { return client.version(std::move(done)); }),
          collect([&](Callback done) { return client.verbosity(1, std::move(done)); })}) {
        std::set<std::string> servers;
        for (const Outcome &outcome : outcomes) {
            CHECK_FALSE(outcome.error);
            servers.insert(outcome.server);
        }
        CHECK(servers.size() == 3);
        CHECK(outcomes.size() == 3);
    }

    std::map<std::string, int> statistics, ends;
    for (const Outcome &outcome : collect([&](Callback done) { return client.stats("", std::move(done)); }))
        ++(outcome.key.empty() ? ends : statistics)[outcome.server];
    CHECK(ends.size() == 3);
    CHECK(statistics.size() == 3);
    for (const auto &[server, count] : ends) CHECK(count == 1);

    for (int i = 0; i < 50; ++i) rig.set("key" + std::to_string(i), "v");
    collect([&](Callback done) { return client.flush(0, std::move(done)); });
    for (int i = 0; i < 50; ++i) CHECK(rig.get("key" + std::to_string(i)).error == errc::not_found);
}

TEST_CASE("any command can be sent; one that may stay without an answer cannot") {
    Rig rig;
    Client &client = *rig.client;
    rig.set("k", "v");
    Command lock;
    lock.opcode = 0x94;
    lock.key = "k";
    CHECK(rig.run([&](Callback done) { return client.request(lock, std::move(done)); }).value == "v");
    CHECK(rig.set("k", "w").error);
    Command unknown;
    unknown.opcode = 0x77;
    unknown.target = Target::server;
    CHECK(rig.run([&](Callback done) { return client.request(unknown, std::move(done)); }).error ==
          errc::unknown_command);
    Command quiet;
    quiet.opcode = 0x09;
    quiet.key = "k";
    CHECK(client.request(quiet, [](const Reply &) {}) == errc::invalid_arguments);
    Command shared;
    shared.target = Target::server;
    for (const std::uint8_t opcode : {0x07, 0x1f, 0x20, 0x21, 0x22, 0x89}) {
        shared.opcode = opcode;
        CHECK(client.request(shared, [](const Reply &) {}) == errc::invalid_arguments);
    }
}

TEST_CASE("values of every size come back whole") {
    Rig rig({.nodes = 2});
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{30'000}, std::size_t{32'700},
                                   std::size_t{65'536}, std::size_t{262'144}, std::size_t{1'000'000},
                                   std::size_t{20} << 20}) {
        std::string value(size, 'v');
        for (std::size_t i = 0; i < size; i += 997) value[i] = static_cast<char>('a' + i % 26);
        const std::string key = "size" + std::to_string(size);
        REQUIRE_FALSE(rig.set(key, value).error);
        CHECK((rig.get(key).value == value));
        CHECK((rig.get(key).value == value));
    }
}

TEST_CASE("a hundred thousand operations at once, each answered once") {
    Rig rig({.nodes = 4});
    Client &client = *rig.client;
    constexpr int kCount = 100'000;
    std::vector<std::uint8_t> answers(kCount);
    int wrong = 0;
    for (int i = 0; i < kCount; ++i) {
        const std::string text = "key-" + std::to_string(i);
        REQUIRE_FALSE(client.set(text, as_bytes(text), [&, i](const Reply &reply) {
            wrong += reply.error ? 1 : 0;
            ++answers[static_cast<std::size_t>(i)];
        }));
    }
    CHECK(client.pending() == kCount);
    REQUIRE_FALSE(client.wait());
    CHECK(wrong == 0);
    CHECK(std::count(answers.begin(), answers.end(), 1) == kCount);
    for (int i = 0; i < kCount; i += 7) {
        const std::string text = "key-" + std::to_string(i);
        REQUIRE_FALSE(client.get(text, [&wrong, text](const Reply &reply) { wrong += reply.text() == text ? 0 : 1; }));
    }
    REQUIRE_FALSE(client.wait());
    CHECK(wrong == 0);
}

TEST_CASE("operations scheduled before the first map wait for it") {
    const io io = io::load();
    devcluster::Cluster cluster(io.get(), {.nodes = 3});
    REQUIRE_FALSE(cluster.start());
    Options options;
    options.hosts = {"127.0.0.1:" + std::to_string(cluster.management_port())};
    Client client(io, options);
    bool connected = false;
    REQUIRE_FALSE(client.connect([&](std::error_code error, std::string_view) { connected = !error; }));
    std::vector<std::string> order;
    REQUIRE_FALSE(client.set("early", as_bytes("bird"), [&](const Reply &r) { order.push_back(r.error.message()); }));
    int versions = 0;
    REQUIRE_FALSE(client.version([&](const Reply &r) { versions += r.error ? 100 : 1; }));
    REQUIRE_FALSE(client.wait());
    CHECK(connected);
    CHECK(order.size() == 1);
    CHECK(versions == 3);
    std::string value;
    REQUIRE_FALSE(client.get("early", [&](const Reply &reply) { value = reply.text(); }));
    REQUIRE_FALSE(client.wait());
    CHECK(value == "bird");
}

TEST_CASE("what makes no sense is refused at once, and its callback dropped") {
    Rig rig({}, [](Options &options) {
        options.max_pending_operations = 10;
        options.max_pending_bytes = 5'000;
        options.max_frame_body = 3'000;
    });
    Client &client = *rig.client;
    int calls = 0;
    const auto done = [&](const Reply &) { ++calls; };
    CHECK(client.get("", done) == errc::key_size);
    CHECK(client.get(std::string(251, 'k'), done) == errc::key_size);
    CHECK(client.set("k", as_bytes(std::string(3'000, 'v')), done) == errc::value_size);
    const std::string two_thousand(2'000, 'v');
    CHECK_FALSE(client.set("a", as_bytes(two_thousand), done));
    CHECK_FALSE(client.set("b", as_bytes(two_thousand), done));
    CHECK(client.set("c", as_bytes(two_thousand), done) == errc::would_exceed_limits);
    for (int i = 0; i < 8; ++i) CHECK_FALSE(client.get("k", done));
    CHECK(client.get("k", done) == errc::would_exceed_limits);
    REQUIRE_FALSE(client.wait());
    CHECK(calls == 10);
    CHECK_FALSE(client.get("k", done));
    REQUIRE_FALSE(client.wait());
    CHECK(calls == 11);
    Client idle(rig.io, rig.client_options());
    CHECK(idle.get("k", done) == errc::not_connected);
    CHECK(idle.wait() == errc::not_connected);
}

}  // namespace
