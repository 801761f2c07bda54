// SPDX-License-Identifier: Apache-2.0
// The tutorial's proxy as printed, on the plugin that $LIBCOUCHBASE_EVENT_PLUGIN_NAME names.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "child_process.hpp"
#include "devcluster_child.hpp"
#include "session.hpp"

using namespace tenon::test;

namespace {

std::string big_endian(std::uint64_t number, int size) {
    std::string bytes;
    while (size-- > 0) bytes += static_cast<char>(number >> (8 * size));
    return bytes;
}

std::string request(int opcode, std::string_view extras, std::string_view key, std::string_view value,
                    std::string_view opaque) {
    std::string frame = big_endian(0x80, 1) + big_endian(static_cast<std::uint64_t>(opcode), 1) + big_endian(key.size(), 2) +
                        big_endian(extras.size(), 1) + big_endian(0, 3) +
                        big_endian(extras.size() + key.size() + value.size(), 4);
    return frame.append(opaque).append(8, '\0').append(extras).append(key).append(value);
}

struct Answer {
    std::string header, body;
    unsigned byte(std::size_t i) const { return static_cast<unsigned char>(header[i]); }
    unsigned status() const { return byte(6) << 8 | byte(7); }
    std::string opaque() const { return header.substr(12, 4); }
    std::string cas() const { return header.substr(16, 8); }
};

Answer receive(Session &session) {
    Answer answer;
    answer.header = session.receive(24);
    REQUIRE(answer.byte(0) == 0x81);
    answer.body = session.receive(answer.byte(8) << 24 | answer.byte(9) << 16 | answer.byte(10) << 8 | answer.byte(11));
    return answer;
}

}  // namespace

TEST_CASE("the tutorial's proxy sets, gets, tells its version and refuses the rest") {
    const DevclusterChild cluster({"--nodes", "3"});
    setenv("TUTORIAL_HOST", cluster.management().c_str(), 1);
    const std::uint16_t port = free_port();
    setenv("TUTORIAL_PORT", std::to_string(port).c_str(), 1);
    const char *proxy = std::getenv("TUTORIAL_PROXY");
    REQUIRE(proxy != nullptr);
    ChildProcess server({proxy});
    CHECK(server.read_line() == "starting proxy on port " + std::to_string(port));
    CHECK(server.read_line() == "use ctrl-c to stop");

    const std::string flags_and_expiry = big_endian(0xdeadbeef, 4) + big_endian(0, 4);
    {
        Session session(port);
        session.send(request(0x0b, "", "", "", "aaaa"));
        const Answer version = receive(session);
        CHECK(version.status() == 0);
        CHECK(version.opaque() == "aaaa");
        CHECK(version.body == std::string("tutorial", 9));

        session.send(request(0x01, flags_and_expiry, "foo", "bar", "bbbb"));
        const Answer stored = receive(session);
        CHECK(stored.byte(1) == 0x01);
        CHECK(stored.status() == 0);
        CHECK(stored.opaque() == "bbbb");
        CHECK(stored.cas() != std::string(8, '\0'));

        session.send(request(0x00, "", "foo", "", "cccc"));
        const Answer got = receive(session);
        CHECK(got.status() == 0);
        CHECK(got.opaque() == "cccc");
        CHECK(got.cas() == stored.cas());
        CHECK(got.body == big_endian(0xdeadbeef, 4) + "bar");

        session.send(request(0x00, "", "nothing", "", "dddd"));
        CHECK(receive(session).status() == 0x01);

        session.send(request(0x10, "", "", "", "eeee"));
        const Answer refused = receive(session);
        CHECK(refused.status() == 0x83 << 8);  // the listing does not turn its bytes round
        CHECK(refused.opaque() == "eeee");
    }
    for (const char *line : {"[1] connected", "[1] version", "[1] set \"foo\"", "[1] get \"foo\"", "[1] get \"nothing\"",
                             "[1] unsupported command: 0x10", "[1] disconnected"})
        CHECK(server.read_line() == line);

    Session again(port);
    again.send(request(0x00, "", "foo", "", "ffff"));
    CHECK(receive(again).body == big_endian(0xdeadbeef, 4) + "bar");
}
