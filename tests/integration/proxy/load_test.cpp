// SPDX-License-Identifier: Apache-2.0
//
// Many requests at once, and clients and clusters that misbehave: order is kept, memory stays bounded, nobody else
// suffers.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>

#include "raw_client.hpp"
#include "servers.hpp"

namespace {

using namespace tenon::test;
using tenon::wire::Opcode;
using tenon::wire::Status;

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// Sanitizers keep freed memory: what a process uses then says nothing.
bool memory_counts() { return std::getenv("TENON_TEST_SANITIZED") == nullptr; }

RawRequest set(std::string key, std::string value, std::uint32_t opaque = 0) {
    return {.opcode = Opcode::set,
            .key = std::move(key),
            .extras = store_extras(),
            .value = std::move(value),
            .opaque = opaque};
}
RawRequest get(std::string key, std::uint32_t opaque = 0) {
    return {.opcode = Opcode::get, .key = std::move(key), .opaque = opaque};
}

void check_alive(std::uint16_t port) {
    RawClient client(port);
    CHECK(client.call(set("alive", "yes")).status == Status::ok);
    CHECK(client.call(get("alive")).value == "yes");
}

TEST_CASE("ten thousand pipelined requests are answered in their order") {
    DevclusterChild cluster({"--nodes", "4"});
    const ProxyChild proxy(cluster.management());
    RawClient client(proxy.port());
    constexpr std::uint32_t kCount = 10'000;
    // Loud and quiet ones on keys all over the cluster, so that servers answer out of turn.
    std::string bytes;
    for (std::uint32_t i = 0; i < kCount; ++i) {
        RawRequest store = set("key" + std::to_string(i), "value" + std::to_string(i), i);
        if (i % 3 == 0) store.opcode = Opcode::setq;
        bytes += store.bytes();
        const RawRequest missing{.opcode = Opcode::getq, .key = "missing" + std::to_string(i), .opaque = i};
        if (i % 5 == 0) bytes += missing.bytes();
        if (i % 7 == 0) bytes += RawRequest{.opcode = Opcode::noop, .opaque = i}.bytes();
        bytes += get("key" + std::to_string(i), i).bytes();
    }
    // Written from a thread of its own: this one has to read meanwhile.
    std::thread writer([&] { client.send(bytes); });
    std::uint32_t wrong = 0;
    for (std::uint32_t i = 0; i < kCount; ++i) {
        const auto expect = [&](Opcode opcode) {
            const RawReply reply = client.receive();
            if (reply.opcode != opcode || reply.opaque != i || reply.status != Status::ok) ++wrong;
            if (opcode == Opcode::get && reply.value != "value" + std::to_string(i)) ++wrong;
        };
        if (i % 3 != 0) expect(Opcode::set);
        if (i % 7 == 0) expect(Opcode::noop);
        expect(Opcode::get);
    }
    writer.join();
    CHECK(wrong == 0);
}

TEST_CASE("requests may be cut anywhere") {
    DevclusterChild cluster({"--nodes", "2"});
    const ProxyChild proxy(cluster.management());
    RawClient client(proxy.port());
    const RawRequest unknown{.opcode = Opcode{0x77}, .value = "the body of an unknown command", .opaque = 3};
    const RawRequest quiet{.opcode = Opcode::getkq, .key = "cut", .opaque = 4};
    const std::string bytes =
        set("cut", "a value", 1).bytes() + get("cut", 2).bytes() + unknown.bytes() + quiet.bytes();
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        client.send(std::string_view(bytes).substr(0, cut));
        if (cut % 8 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        client.send(std::string_view(bytes).substr(cut));
        for (std::uint32_t opaque = 1; opaque <= 4; ++opaque) REQUIRE(client.receive().opaque == opaque);
    }
    for (const char c : bytes) {
        client.send(std::string_view(&c, 1));
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    for (std::uint32_t opaque = 1; opaque <= 4; ++opaque) REQUIRE(client.receive().opaque == opaque);
}

TEST_CASE("a client that never reads holds a bounded part of memory, and gets everything once it reads") {
    DevclusterChild cluster({"--nodes", "2"});
    const ProxyChild proxy(cluster.management());
    RawClient client(proxy.port());
    const std::string value(kMiB, 'v');
    REQUIRE(client.call(set("large", value)).status == Status::ok);
    const std::size_t before = proxy.memory();

    constexpr std::uint32_t kCount = 400;
    std::string bytes;
    for (std::uint32_t i = 0; i < kCount; ++i) bytes += get("large", i).bytes();
    client.send(bytes);
    for (int i = 0; i < 20; ++i) check_alive(proxy.port());  // others are served as ever
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    if (memory_counts()) CHECK(proxy.most_memory() < before + 100 * kMiB);

    for (std::uint32_t i = 0; i < kCount; ++i) {
        const RawReply reply = client.receive();
        REQUIRE(reply.opaque == i);
        REQUIRE(reply.value.size() == value.size());
    }
    if (memory_counts()) CHECK(proxy.most_memory() < before + 100 * kMiB);
}

TEST_CASE("a client that never reads its errors is not read from for ever") {
    DevclusterChild cluster({"--nodes", "1"});
    const ProxyChild proxy(cluster.management());
    const std::size_t before = proxy.memory();
    RawClient client(proxy.port());
    std::string bytes;
    while (bytes.size() < 64 * kMiB) bytes += RawRequest{.opcode = Opcode{0x77}}.bytes();
    CHECK(client.send_until_stuck(bytes, 300) < bytes.size());
    if (memory_counts()) CHECK(proxy.most_memory() < before + 64 * kMiB);
    check_alive(proxy.port());
}

TEST_CASE("a cluster that does not answer is not sent more than a bounded part, and clients are told in time") {
    const MemcachedChild stalled;
    DevclusterChild cluster({"--data-node", stalled.address()});
    const ProxyChild proxy(cluster.management());
    check_alive(proxy.port());
    const std::size_t before = proxy.memory();
    stalled.freeze();

    RawClient client(proxy.port());
    std::string bytes;
    const std::string value(kMiB / 2, 'v');
    for (std::uint32_t i = 0; i < 256; ++i) bytes += set("k" + std::to_string(i), value, i).bytes();
    const std::size_t taken = client.send_until_stuck(bytes, 300);
    CHECK(taken < 64 * kMiB);
    if (memory_counts()) CHECK(proxy.most_memory() < before + 64 * kMiB);

    // Nobody is answered, so the first is told at its deadline; noop asks nobody.
    const RawReply reply = client.receive();
    CHECK(reply.opaque == 0);
    CHECK(reply.status == Status::temporary_failure);
    CHECK_FALSE(reply.value.empty());
    RawClient other(proxy.port());
    CHECK(other.call({.opcode = Opcode::noop}).status == Status::ok);
    stalled.thaw();
}

TEST_CASE("the version is told by a server that lives, and is not waited for") {
    const MemcachedChild lives, stalled;
    DevclusterChild cluster({"--data-node", lives.address(), "--data-node", stalled.address()});
    const ProxyChild proxy(cluster.management());
    RawClient client(proxy.port());
    REQUIRE(client.call({.opcode = Opcode::version}).status == Status::ok);
    stalled.freeze();
    const RawReply one = client.call({.opcode = Opcode::version});
    CHECK(one.status == Status::ok);
    CHECK_FALSE(one.value.empty());

    lives.freeze();
    const auto began = std::chrono::steady_clock::now();
    CHECK(client.call({.opcode = Opcode::version}).status == Status::temporary_failure);
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(2));
    lives.thaw();
    stalled.thaw();
}

TEST_CASE("what is too large is refused without being kept") {
    DevclusterChild cluster({"--nodes", "1"});
    const ProxyChild proxy(cluster.management(), {"--max-value", "1000000"});
    const std::size_t before = proxy.memory();
    RawClient client(proxy.port());
    CHECK(client.call(set("k", std::string(1'000'000, 'x'))).status == Status::ok);
    const std::string large = set("k", std::string(200 * kMiB, 'x'), 7).bytes();
    std::thread writer([&] { client.send(large); });
    const RawReply refused = client.receive();
    CHECK(refused.status == Status::too_big);
    CHECK(refused.value == "Too large.");
    CHECK(refused.opaque == 7);
    writer.join();
    CHECK(client.call(get("k")).value.size() == 1'000'000);
    if (memory_counts()) CHECK(proxy.most_memory() < before + 50 * kMiB);
}

TEST_CASE("frames that lie end their own connection only") {
    DevclusterChild cluster({"--nodes", "1"});
    const ProxyChild proxy(cluster.management());
    RawClient bystander(proxy.port());
    CHECK(bystander.call(set("k", "v")).status == Status::ok);
    for (const RawRequest &lie : std::vector<RawRequest>{
             {.opcode = Opcode::get, .key = "k", .body_size = 0},
             {.opcode = Opcode::get, .key_size = 65535, .body_size = 10},
             {.opcode = Opcode::set, .key = "k", .extras = "12345678", .extras_size = 255, .body_size = 9},
             {.opcode = Opcode::get, .key_size = 0xffff, .body_size = 0xffffffff},
             {.opcode = Opcode::increment, .key = "k", .extras_size = 20, .body_size = 0x7fffffff},
         }) {
        RawClient liar(proxy.port());
        CHECK(liar.call(lie).status != Status::ok);
        CHECK(liar.at_end());
    }
    // A body announced and never sent: the connection waits, and holds nothing but what came.
    RawClient silent(proxy.port());
    silent.send({.opcode = Opcode::set, .key = "k", .extras = store_extras(), .body_size = 10'000'000});
    CHECK(bystander.call(get("k")).value == "v");
}

TEST_CASE("clients that vanish with requests under way leave nothing behind") {
    DevclusterChild cluster({"--nodes", "2"});
    const ProxyChild proxy(cluster.management());
    std::size_t descriptors = 0;
    {
        RawClient client(proxy.port());
        for (int i = 0; i < 100; ++i)  // so that the proxy is connected to both nodes
            CHECK(client.call(get("k" + std::to_string(i))).status == Status::not_found);
        descriptors = proxy.descriptors() - 1;  // without this client's
    }
    for (int i = 0; i < 200; ++i) {
        RawClient client(proxy.port());
        std::string bytes;
        for (std::uint32_t k = 0; k < 50; ++k)
            bytes += set("k" + std::to_string(k), std::string(2000, 'v')).bytes() + get("k1").bytes();
        bytes += RawRequest{.opcode = Opcode::stat}.bytes() + RawRequest{.opcode = Opcode::version}.bytes();
        client.send(bytes);
        if (i % 2 == 0) client.reset();  // else the destructor closes it, answers unread
    }
    check_alive(proxy.port());
    for (int i = 0; i < 500 && proxy.descriptors() != descriptors; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(proxy.descriptors() == descriptors);
}

TEST_CASE("a client that has said all it has to say gets its answers") {
    DevclusterChild cluster({"--nodes", "2"});
    const ProxyChild proxy(cluster.management());
    RawClient client(proxy.port());
    std::string bytes;
    for (std::uint32_t i = 0; i < 1000; ++i) bytes += set("k" + std::to_string(i), "v", i).bytes();
    client.send(bytes);
    client.shut_write();
    for (std::uint32_t i = 0; i < 1000; ++i) REQUIRE(client.receive().opaque == i);
    CHECK(client.at_end());
}

TEST_CASE("many connections at once") {
    DevclusterChild cluster({"--nodes", "2"});
    const ProxyChild proxy(cluster.management());
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 500; ++i) clients.push_back(std::make_unique<RawClient>(proxy.port()));
    for (std::size_t i = 0; i < clients.size(); ++i) clients[i]->send(set("c" + std::to_string(i), std::to_string(i)));
    for (const auto &client : clients) REQUIRE(client->receive().status == Status::ok);
    for (std::size_t i = 0; i < clients.size(); ++i) clients[i]->send(get("c" + std::to_string(i)));
    for (std::size_t i = 0; i < clients.size(); ++i) REQUIRE(clients[i]->receive().value == std::to_string(i));
}

}  // namespace
