// SPDX-License-Identifier: Apache-2.0
//
// What goes to every server comes back as one answer; and how the proxy begins and ends.

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include "raw_client.hpp"
#include "servers.hpp"

namespace {

using namespace tenon::test;
using tenon::wire::Opcode;
using tenon::wire::Status;

RawRequest set(const std::string &key, const std::string &value) {
    return {.opcode = Opcode::set, .key = key, .extras = store_extras(), .value = value};
}

std::map<std::string, std::string> stats(RawClient &client) {
    std::map<std::string, std::string> all;
    client.send({.opcode = Opcode::stat, .opaque = 99});
    for (;;) {
        const RawReply reply = client.receive();
        REQUIRE(reply.status == Status::ok);
        REQUIRE(reply.opcode == Opcode::stat);
        REQUIRE(reply.opaque == 99);
        if (reply.key.empty()) return all;
        REQUIRE(all.emplace(reply.key, reply.value).second);
    }
}

TEST_CASE("statistics, flush and version of several servers come as one answer") {
    DevclusterChild cluster({"--nodes", "3"});
    const ProxyChild proxy(cluster.management());
    RawClient client(proxy.port());
    for (int i = 0; i < 100; ++i) REQUIRE(client.call(set("k" + std::to_string(i), "v")).status == Status::ok);

    auto all = stats(client);
    CHECK(all["curr_items"] == "100");
    CHECK(all["proxy_servers"] == "3");
    CHECK(all["proxy_servers_answered"] == "3");
    CHECK(all.contains("version"));

    CHECK(client.call({.opcode = Opcode::version}).status == Status::ok);
    CHECK(client.call({.opcode = Opcode::flush}).status == Status::ok);
    for (int i = 0; i < 100; ++i)
        CHECK(client.call({.opcode = Opcode::get, .key = "k" + std::to_string(i)}).status == Status::not_found);
}

TEST_CASE("statistics come from the servers that live; a flush has to reach all") {
    const MemcachedChild lives, stalled;
    DevclusterChild cluster({"--data-node", lives.address(), "--data-node", stalled.address()});
    const ProxyChild proxy(cluster.management());
    RawClient client(proxy.port());
    CHECK(stats(client)["proxy_servers_answered"] == "2");
    stalled.freeze();
    auto some = stats(client);
    CHECK(some["proxy_servers"] == "2");
    CHECK(some["proxy_servers_answered"] == "1");
    CHECK_FALSE(some["curr_items"].empty());
    CHECK(client.call({.opcode = Opcode::flush}).status == Status::temporary_failure);
    stalled.thaw();
}

TEST_CASE("a bucket with a password") {
    DevclusterChild cluster({"--nodes", "2", "--bucket", "safe:secret"});
    const ProxyChild proxy(cluster.management(), {"-b", "safe", "-P", "secret"});
    RawClient client(proxy.port());
    CHECK(client.call(set("k", "v")).status == Status::ok);

    ChildProcess refused(proxy_command({"-p", "0", "-h", cluster.management(), "-b", "safe", "-P", "wrong"}));
    CHECK(refused.read_line().starts_with("tenon-proxy: "));
    CHECK(refused.end(0) == 1);
}

TEST_CASE("a proxy that cannot begin says why in one line and fails") {
    DevclusterChild cluster({"--nodes", "1"});
    const auto fails = [](const std::vector<std::string> &arguments, const std::string &reason) {
        ChildProcess child(proxy_command(arguments));
        const std::string line = child.read_line();
        CHECK(line.starts_with("tenon-proxy: "));
        CHECK_MESSAGE(line.find(reason) != std::string::npos, line);
        CHECK(child.end(0) == 1);
    };
    fails({"-p", "0", "-h", "127.0.0.1:1"}, "127.0.0.1:1");
    fails({"-p", "0", "-h", cluster.management(), "-b", "nowhere"}, "nowhere");
    fails({"-p", "0", "-h", cluster.management(), "--io", "nosuchloop"}, "nosuchloop");
    const ProxyChild taken(cluster.management());
    fails({"-h", cluster.management(), "-p", std::to_string(taken.port())}, std::to_string(taken.port()));
}

TEST_CASE("the address to listen on may be an IPv6 one") {
    DevclusterChild cluster({"--nodes", "1"});
    ChildProcess child(proxy_command({"-p", "0", "-h", cluster.management(), "--listen", "::1"}));
    const std::string line = child.read_line();
    if (line.find("listening") == std::string::npos) {
        MESSAGE("skipped: this machine has no ::1: " << line);
        return;
    }
    CHECK_MESSAGE(line.starts_with("tenon-proxy: listening on [::1]:"), line);
    CHECK(child.end(SIGTERM) == 0);
}

TEST_CASE("what is under way is answered before the end") {
    const MemcachedChild slow;
    DevclusterChild cluster({"--data-node", slow.address()});
    ProxyChild proxy(cluster.management());
    RawClient client(proxy.port());
    REQUIRE(client.call(set("k", "v")).status == Status::ok);
    slow.freeze();
    client.send({.opcode = Opcode::get, .key = "k"});
    RawClient other(proxy.port());
    REQUIRE(other.call({.opcode = Opcode::noop}).status == Status::ok);  // so the proxy has read what came before
    kill(proxy.process().pid(), SIGTERM);
    CHECK(other.at_end());  // it is ending
    slow.thaw();
    CHECK(client.receive().value == "v");
    CHECK(client.at_end());
    CHECK(proxy.process().end(0) == 0);
}

TEST_CASE("a signal ends it cleanly") {
    DevclusterChild cluster({"--nodes", "2"});
    for (const int signal : {SIGTERM, SIGINT}) {
        ProxyChild proxy(cluster.management());
        RawClient idle(proxy.port()), busy(proxy.port());
        REQUIRE(idle.call({.opcode = Opcode::noop}).status == Status::ok);
        REQUIRE(busy.call(set("k", std::string(100'000, 'v'))).status == Status::ok);
        CHECK(proxy.process().end(signal) == 0);
        CHECK(idle.at_end());
        CHECK(busy.at_end());
        CHECK_THROWS(RawClient(proxy.port()));
    }
}

TEST_CASE("a client that does not read does not keep the proxy from ending") {
    DevclusterChild cluster({"--nodes", "1"});
    ProxyChild proxy(cluster.management());
    RawClient client(proxy.port());
    REQUIRE(client.call(set("large", std::string(4 << 20, 'v'))).status == Status::ok);
    std::string bytes;
    for (int i = 0; i < 20; ++i) bytes += RawRequest{.opcode = Opcode::get, .key = "large"}.bytes();
    client.send(bytes);
    CHECK(proxy.process().end(SIGTERM) == 0);
}

TEST_CASE("real memcached clients are content") {
    DevclusterChild cluster({"--nodes", "4"});
    const ProxyChild proxy(cluster.management());
    const std::string port = std::to_string(proxy.port());
    if (const char *program = std::getenv("MEMCCAPABLE")) {
        ChildProcess memccapable({program, "-h", "127.0.0.1", "-p", port, "-b"});
        int passed = 0;
        std::string line = memccapable.read_line(60);
        for (; line != "All tests passed"; line = memccapable.read_line(60)) {
            CHECK_MESSAGE(line.ends_with("[pass]"), line);
            ++passed;
        }
        CHECK(passed >= 27);
        CHECK(memccapable.end(0) == 0);
    }
    if (const char *program = std::getenv("RUBY")) {
        ChildProcess dalli({program, std::getenv("DALLI_SCRIPT"), "127.0.0.1:" + port});
        CHECK(dalli.read_line(60) == "dalli is content");
        CHECK(dalli.end(0) == 0);
    }
}

}  // namespace
