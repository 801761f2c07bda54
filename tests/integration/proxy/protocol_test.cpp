// SPDX-License-Identifier: Apache-2.0
//
// Whatever a client sends, it is told what memcached tells: each script goes to a memcached and to the proxy in front
// of another one, and the replies have to be the same but for the CAS numbers.

#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "raw_client.hpp"
#include "servers.hpp"

namespace {

using namespace tenon::test;
using tenon::wire::Opcode;

constexpr std::uint32_t kEnd = 0xeeeeeeee;

struct Script {
    std::string name;
    std::string bytes;
};

/// What a server makes of a script, one line a reply, the end of the connection as a line of its own.
std::vector<std::string> play(std::uint16_t port, const std::string &bytes) {
    RawClient client(port);
    std::vector<std::string> lines;
    client.send(bytes);
    client.send(RawRequest{.opcode = Opcode::noop, .opaque = kEnd});
    try {
        for (;;) {
            const RawReply reply = client.receive();
            lines.push_back(reply.describe());
            if (reply.opcode == Opcode::noop && reply.opaque == kEnd) return lines;
        }
    } catch (const std::runtime_error &) {
        lines.emplace_back("closed");
    }
    return lines;
}

std::string all(std::initializer_list<RawRequest> requests) {
    std::string bytes;
    std::uint32_t opaque = 0x1001;
    for (RawRequest request : requests) {
        request.opaque = opaque++;
        bytes += request.bytes();
    }
    return bytes;
}

/// A document that is there, one that is not, and every command on each, loud and quiet.
Script everything() {
    std::vector<RawRequest> requests;
    for (const std::string key : {"there", "missing"}) {
        const auto reset = [&] {
            requests.push_back({.opcode = Opcode::removeq, .key = key});
            const std::string extras = store_extras(0xdeadbeef);
            if (key != "there") return;
            requests.push_back({.opcode = Opcode::set, .key = key, .extras = extras, .value = "17"});
        };
        for (const Opcode opcode : {Opcode::get, Opcode::getq, Opcode::getk, Opcode::getkq}) {
            reset();
            requests.push_back({.opcode = opcode, .key = key});
        }
        for (const Opcode opcode :
             {Opcode::set, Opcode::setq, Opcode::add, Opcode::addq, Opcode::replace, Opcode::replaceq}) {
            for (const std::uint64_t cas : {0, 77}) {
                reset();
                requests.push_back(
                    {.opcode = opcode, .key = key, .extras = store_extras(5), .value = "value", .cas = cas});
                requests.push_back({.opcode = Opcode::get, .key = key});
            }
        }
        for (const Opcode opcode : {Opcode::append, Opcode::appendq, Opcode::prepend, Opcode::prependq}) {
            for (const std::uint64_t cas : {0, 77}) {
                reset();
                requests.push_back({.opcode = opcode, .key = key, .value = "+", .cas = cas});
                requests.push_back({.opcode = Opcode::get, .key = key});
            }
        }
        for (const Opcode opcode : {Opcode::remove, Opcode::removeq}) {
            for (const std::uint64_t cas : {0, 77}) {
                reset();
                requests.push_back({.opcode = opcode, .key = key, .cas = cas});
            }
        }
        for (const Opcode opcode : {Opcode::increment, Opcode::incrementq, Opcode::decrement, Opcode::decrementq}) {
            for (const std::uint32_t expiry : {0U, 0xffffffffU}) {
                reset();
                requests.push_back({.opcode = opcode, .key = key, .extras = counter_extras(20, 9, expiry)});
                requests.push_back({.opcode = Opcode::get, .key = key});
            }
            reset();
            requests.push_back({.opcode = Opcode::set, .key = key, .extras = store_extras(), .value = "no number"});
            requests.push_back({.opcode = opcode, .key = key, .extras = counter_extras(20, 9, 0)});
        }
        for (const Opcode opcode : {Opcode::touch, Opcode::gat, Opcode::gatq, Opcode::gatk, Opcode::gatkq}) {
            reset();
            requests.push_back({.opcode = opcode, .key = key, .extras = number_extras(1000)});
        }
    }
    for (const Opcode opcode : {Opcode::flush, Opcode::flushq}) {
        requests.push_back({.opcode = opcode});
        requests.push_back({.opcode = Opcode::get, .key = "there"});
        requests.push_back({.opcode = opcode, .extras = number_extras(1000)});
    }
    requests.push_back({.opcode = Opcode::version});
    requests.push_back({.opcode = Opcode::noop});
    requests.push_back({.opcode = Opcode::stat, .key = "no such group"});
    requests.push_back({.opcode = Opcode::stat, .key = "reset"});

    Script script{"every command", {}};
    std::uint32_t opaque = 0x1001;
    for (RawRequest &request : requests) {
        request.opaque = opaque++;
        script.bytes += request.bytes();
    }
    return script;
}

std::vector<Script> scripts() {
    const std::string bytes("\0 \r\n\x80\xff", 6);
    std::vector<Script> list = {
        everything(),
        {"quit", all({{.opcode = Opcode::noop}, {.opcode = Opcode::quit}})},
        {"quitq", all({{.opcode = Opcode::noop}, {.opcode = Opcode::quitq}})},
        {"nothing is carried out behind quit", all({{.opcode = Opcode::quit}, {.opcode = Opcode::noop}})},
        {"a key of 250 bytes", all({{.opcode = Opcode::get, .key = std::string(250, 'k')}})},
        {"a key of 251 bytes", all({{.opcode = Opcode::get, .key = std::string(251, 'k')}})},
        {"a key of 251 bytes in an unknown command", all({{.opcode = Opcode{0x77}, .key = std::string(251, 'k')}})},
        {"a set of a key of 251 bytes",
         all({{.opcode = Opcode::set, .key = std::string(251, 'k'), .extras = store_extras(), .value = "x"}})},
        {"an empty value",
         all({{.opcode = Opcode::set, .key = "k", .extras = store_extras()}, {.opcode = Opcode::get, .key = "k"}})},
        {"any byte in key and value",
         all({{.opcode = Opcode::set, .key = bytes, .extras = store_extras(), .value = bytes},
              {.opcode = Opcode::getk, .key = bytes}})},
        {"an unknown command", all({{.opcode = Opcode{0x77}}})},
        {"sasl list", all({{.opcode = Opcode::sasl_list}})},
        {"sasl auth", all({{.opcode = Opcode::sasl_auth, .key = "PLAIN", .value = std::string("\0a\0b", 4)}})},
        {"sasl step", all({{.opcode = Opcode::sasl_step, .key = "PLAIN", .value = "x"}})},
        {"sasl auth without a mechanism", all({{.opcode = Opcode::sasl_auth}})},
        {"sasl list with a body", all({{.opcode = Opcode::sasl_list, .value = "x"}})},
        {"the key longer than the body", all({{.opcode = Opcode::get, .key = "abc", .body_size = 1}})},
        {"extras and key longer than the body",
         all({{.opcode = Opcode::set, .key = "abc", .extras = store_extras(), .body_size = 5}})},
        {"a response", all({{.opcode = Opcode::noop}, {.opcode = Opcode::get, .key = "k", .magic = 0x81}})},
        {"a server's request", all({{.opcode = Opcode::noop}, {.opcode = Opcode::get, .key = "k", .magic = 0x82}})},
        {"framing extras", all({{.opcode = Opcode::noop}, {.opcode = Opcode::get, .key = "k", .magic = 0x08}})},
        {"a value too large for the server, and on",
         all({{.opcode = Opcode::set, .key = "k", .extras = store_extras(), .value = std::string(1200 * 1024, 'x')},
              {.opcode = Opcode::setq, .key = "k", .extras = store_extras(), .value = std::string(1200 * 1024, 'x')},
              {.opcode = Opcode::get, .key = "k"}})},
        {"stat with a strange length", all({{.opcode = Opcode::stat, .key = "reset", .extras = "abcd"}})},
    };
    // Each command with each of its parts missing or too much.
    struct Parts {
        Opcode opcode;
        std::size_t extras;
        bool key;
        bool value;
    };
    for (const Parts &good : std::vector<Parts>{
             {Opcode::get, 0, true, false},     {Opcode::getkq, 0, true, false},    {Opcode::set, 8, true, true},
             {Opcode::addq, 8, true, true},     {Opcode::replace, 8, true, true},   {Opcode::remove, 0, true, false},
             {Opcode::increment, 20, true, false}, {Opcode::append, 0, true, true},
             {Opcode::decrementq, 20, true, false},
             {Opcode::prependq, 0, true, true}, {Opcode::flush, 4, false, false},   {Opcode::noop, 0, false, false},
             {Opcode::version, 0, false, false}, {Opcode::touch, 4, true, false},   {Opcode::gatq, 4, true, false},
             {Opcode::quit, 0, false, false},
         }) {
        const std::string name = "opcode " + std::to_string(static_cast<unsigned>(good.opcode)) + " ";
        const auto add = [&](const char *what, std::size_t extras, bool key, bool value) {
            list.push_back({name + what, all({{.opcode = good.opcode,
                                               .key = key ? "k" : "",
                                               .extras = std::string(extras, '\0'),
                                               .value = value ? "v" : ""}})});
        };
        add("with extras of another length", good.extras + 1, good.key, good.value);
        add("with another key", good.extras, !good.key, good.value);
        if (good.extras != 0 && good.opcode != Opcode::flush) add("without extras", 0, good.key, good.value);
        if (!good.value && good.extras == 0 && good.key) add("with a value", good.extras, good.key, true);
    }
    return list;
}

TEST_CASE("the proxy answers as memcached does") {
    const MemcachedChild alone, behind;
    DevclusterChild cluster({"--data-node", behind.address()});
    const ProxyChild proxy(cluster.management());
    for (const Script &script : scripts()) {
        CAPTURE(script.name);
        const std::vector<std::string> expected = play(alone.port(), script.bytes);
        const std::vector<std::string> got = play(proxy.port(), script.bytes);
        CHECK(got.size() == expected.size());
        for (std::size_t i = 0; i < got.size() && i < expected.size(); ++i) CHECK(got[i] == expected[i]);
    }
}

TEST_CASE("a value behind touch or stat is refused, where memcached takes it for the next request") {
    DevclusterChild cluster({"--nodes", "1"});
    const ProxyChild proxy(cluster.management());
    const std::string hidden = RawRequest{.opcode = Opcode::flush}.bytes();
    RawClient touch(proxy.port());
    CHECK(touch.call({.opcode = Opcode::touch, .key = "k", .extras = number_extras(1), .value = hidden}).status ==
          tenon::wire::Status::invalid_arguments);
    CHECK(touch.at_end());
    RawClient stat(proxy.port());
    CHECK(stat.call({.opcode = Opcode::stat, .key = "k", .value = hidden}).status ==
          tenon::wire::Status::invalid_arguments);
    CHECK(stat.at_end());
}

TEST_CASE("verbosity is unknown, as to memcached 1.6, and nothing breaks") {
    const MemcachedChild memcached;
    DevclusterChild cluster({"--data-node", memcached.address()});
    const ProxyChild proxy(cluster.management());
    RawClient client(proxy.port());
    CHECK(client.call({.opcode = Opcode::verbosity, .extras = number_extras(1)}).status ==
          tenon::wire::Status::unknown_command);
    CHECK(client.call({.opcode = Opcode::get, .key = "k"}).status == tenon::wire::Status::not_found);
}

TEST_CASE("another protocol is hung up on at its first byte") {
    DevclusterChild cluster({"--nodes", "1"});
    const ProxyChild proxy(cluster.management());
    RawClient client(proxy.port());
    client.send("get a\r\n");
    CHECK(client.at_end());
}

TEST_CASE("a CAS that was given out is taken back") {
    DevclusterChild cluster({"--nodes", "3"});
    const ProxyChild proxy(cluster.management());
    RawClient client(proxy.port());
    const RawReply stored = client.call({.opcode = Opcode::set, .key = "k", .extras = store_extras(), .value = "1"});
    CHECK(stored.cas != 0);
    const RawReply got = client.call({.opcode = Opcode::get, .key = "k", .opaque = 0xfedcba98});
    CHECK(got.cas == stored.cas);
    CHECK(got.opaque == 0xfedcba98);
    const RawReply again =
        client.call({.opcode = Opcode::set, .key = "k", .extras = store_extras(), .value = "2", .cas = got.cas});
    CHECK(again.status == tenon::wire::Status::ok);
    const RawReply late =
        client.call({.opcode = Opcode::set, .key = "k", .extras = store_extras(), .value = "3", .cas = got.cas});
    CHECK(late.status == tenon::wire::Status::exists);
    CHECK(client.call({.opcode = Opcode::get, .key = "k"}).value == "2");
}

}  // namespace
