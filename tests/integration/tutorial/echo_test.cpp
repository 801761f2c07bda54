// SPDX-License-Identifier: Apache-2.0
// The tutorial's telnet sessions, with its own echo servers as printed, and with ours in examples/.
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

#include <libcouchbase/couchbase.h>

#include "child_process.hpp"
#include "devcluster_child.hpp"
#include "session.hpp"

using namespace tenon::test;

namespace {

std::string program(const char *variable) {
    const char *path = std::getenv(variable);
    REQUIRE_MESSAGE(path != nullptr, variable);
    return path;
}

/// A port told to a program of the tutorial, which has it compiled in.
std::uint16_t announced_port() {
    const std::uint16_t port = free_port();
    setenv("TUTORIAL_PORT", std::to_string(port).c_str(), 1);
    return port;
}

std::uint16_t listening_port(ChildProcess &server) {
    const std::string line = server.read_line();
    REQUIRE(line.starts_with("Listen on "));
    return static_cast<std::uint16_t>(std::stoi(line.substr(10)));
}

void echo_session(ChildProcess &server, std::uint16_t port) {
    {
        Session session(port);
        session.send("Hello world!\r\n");
        CHECK(session.receive(14) == "Hello world!\r\n");
        session.send("foo bar\r\n");
        CHECK(session.receive(9) == "foo bar\r\n");
    }
    for (const char *line : {"Successfully connected with client", "Received 14 bytes", "Sent 14 bytes", "Received 9 bytes",
                             "Sent 9 bytes", "Peer disconnected"})
        CHECK(server.read_line() == line);
}

struct Item {
    lcb_error_t error = LCB_MAX_ERROR;
    std::string value;
    lcb_cas_t cas = 0;
};

/// Reads the document "example" as any other client does.
Item read_example(const std::string &host) {
    lcb_create_st options{};
    options.v.v0.host = host.c_str();
    lcb_t instance = nullptr;
    REQUIRE(lcb_create(&instance, &options) == LCB_SUCCESS);
    lcb_set_get_callback(instance, [](lcb_t, const void *cookie, lcb_error_t error, const lcb_get_resp_t *response) {
        Item &item = *static_cast<Item *>(const_cast<void *>(cookie));
        item.error = error;
        item.cas = response->v.v0.cas;
        item.value.assign(static_cast<const char *>(response->v.v0.bytes), response->v.v0.nbytes);
    });
    REQUIRE(lcb_connect(instance) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    lcb_get_cmd_t command{};
    command.v.v0.key = "example";
    command.v.v0.nkey = 7;
    const lcb_get_cmd_t *const commands[] = {&command};
    Item item;
    REQUIRE(lcb_get(instance, &item, 1, commands) == LCB_SUCCESS);
    REQUIRE(lcb_wait(instance) == LCB_SUCCESS);
    lcb_destroy(instance);
    return item;
}

/// Sends a message that is stored, and checks that what it was answered with is the document's CAS.
void store_message(Session &session, const std::string &host, const std::string &message) {
    std::string answer;
    // Until the first map is there, our server says that it cannot store yet; the tutorial's does not listen.
    for (int i = 0; i < 1000; ++i) {
        session.send(message);
        answer = session.receive_line();
        if (!answer.starts_with("error 0x1b")) break;
    }
    REQUIRE_MESSAGE(answer.find_first_not_of("0123456789") == std::string::npos, answer);
    const Item item = read_example(host);
    CHECK(item.error == LCB_SUCCESS);
    CHECK(item.value == message);
    CHECK(item.cas != 0);
    CHECK(std::to_string(item.cas) == answer);

    // The tutorial's last check: printf "%x\n", and the document as the command line prints it.
    char line[100];
    std::snprintf(line, sizeof line, "\"example\" Size:%zu Flags:0 CAS:%" PRIx64, message.size(), std::uint64_t{std::stoull(answer)});
    ChildProcess cat({program("TENON_CLI"), "cat", "-h", host, "example"});
    CHECK(cat.read_line() == line);
    CHECK(cat.read_line() + "\n" == message);
}

}  // namespace

TEST_CASE("step 1: the example echoes") {
    ChildProcess server({program("ECHO"), "0"});
    const std::uint16_t port = listening_port(server);
    echo_session(server, port);
}

TEST_CASE("step 1: the example serves many clients at once, whatever they send") {
    ChildProcess server({program("ECHO"), "0"});
    const std::uint16_t port = listening_port(server);
    Session one(port), two(port);
    one.send("one");
    two.send("two");
    CHECK(two.receive(3) == "two");
    CHECK(one.receive(3) == "one");
    for (int i = 0; i < 20; ++i) {
        const std::string part = std::string(5'000, 'x') + std::to_string(i);
        one.send(part);
        CHECK(one.receive(part.size()) == part);
    }
}

TEST_CASE("step 1: the tutorial's program, as printed") {
    const std::uint16_t port = announced_port();
    ChildProcess server({program("TUTORIAL_ECHO")});
    CHECK(server.read_line() == "Listen on " + std::to_string(port));
    echo_session(server, port);
}

TEST_CASE("step 2: the example stores each message and answers with its CAS") {
    const DevclusterChild cluster({"--nodes", "2"});
    ChildProcess server({program("ECHO_STORE"), "0", cluster.management(), "default"});
    const std::uint16_t port = listening_port(server);
    Session session(port);
    store_message(session, cluster.management(), "Hello world!\r\n");
    store_message(session, cluster.management(), "another message\r\n");
    Session other(port);
    store_message(other, cluster.management(), "from somebody else\r\n");
}

TEST_CASE("step 2: the example logs in to a bucket with a password, and ends when that is refused") {
    const DevclusterChild cluster({"--bucket", "messages:secret", "--bucket", "default"});
    {
        ChildProcess server({program("ECHO_STORE"), "0", cluster.management(), "messages", "secret"});
        Session session(listening_port(server));
        std::string answer;
        for (int i = 0; i < 1000; ++i) {
            session.send("Hello world!\r\n");
            answer = session.receive_line();
            if (!answer.starts_with("error 0x1b")) break;
        }
        CHECK(answer.find_first_not_of("0123456789") == std::string::npos);
    }
    ChildProcess server({program("ECHO_STORE"), "0", cluster.management(), "messages", "wrong"});
    listening_port(server);
    CHECK_THROWS_WITH(server.read_line(), doctest::Contains("the child ended"));
}

TEST_CASE("step 2: the tutorial's storage, as printed") {
    const DevclusterChild cluster({"--nodes", "2"});
    setenv("TUTORIAL_HOST", cluster.management().c_str(), 1);
    const std::uint16_t port = announced_port();
    ChildProcess server({program("TUTORIAL_ECHO_STORE")});
    CHECK(listening_port(server) == port);
    Session session(port);
    store_message(session, cluster.management(), "Hello world!\r\n");
    store_message(session, cluster.management(), "another message\r\n");
}
