// SPDX-License-Identifier: Apache-2.0
#include "net/dialer.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <netinet/tcp.h>

#include <doctest/doctest.h>

#include "net/resolver.hpp"
#include "name_server.hpp"
#include "sockets.hpp"
#include "test_loop.hpp"

using tenon::Error;
using tenon::errc;
using tenon::net::Dialer;
using tenon::test::BlackHole;
using tenon::test::ClosedPort;
using tenon::test::ListeningSocket;
using tenon::test::NameServer;
using tenon::test::TestLoop;

namespace {

struct Call {
    explicit Call(TestLoop &l) : loop(l), dialer(std::make_unique<Dialer>(l.reactor(), this, done)) {}
    Call(const Call &) = delete;
    Call &operator=(const Call &) = delete;
    ~Call() {
        if (sock >= 0) close(sock);
    }

    static void done(void *self, int sock, const Error &error) {
        Call &call = *static_cast<Call *>(self);
        ++call.calls;
        call.sock = sock;
        call.error = error;
        if (call.destroy) call.dialer.reset();
        call.loop.stop();
    }
    void dial(const std::string &host, std::uint16_t port, std::uint64_t timeout = 10'000'000) {
        dialer->dial(host, port, timeout);
        CHECK(calls == 0);
        const auto begin = std::chrono::steady_clock::now();
        CHECK(loop.run());
        took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
        CHECK(calls == 1);
    }
    bool says(const std::string &text) const { return error.message.find(text) != std::string::npos; }

    TestLoop &loop;
    std::unique_ptr<Dialer> dialer;
    bool destroy = false;
    int calls = 0;
    int sock = -1;
    Error error;
    long took_ms = 0;
};

int option(int sock, int level, int name) {
    int value = -1;
    socklen_t length = sizeof value;
    getsockopt(sock, level, name, &value, &length);
    return value;
}

}  // namespace

TEST_CASE("a connection comes with no-delay and keep-alive set") {
    TestLoop loop;
    ListeningSocket server;
    Call call(loop);
    call.dial("127.0.0.1", server.port);
    CHECK_FALSE(call.error);
    REQUIRE(call.sock >= 0);
    CHECK(option(call.sock, IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK(option(call.sock, SOL_SOCKET, SO_KEEPALIVE) != 0);
    CHECK((fcntl(call.sock, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((fcntl(call.sock, F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("IPv6") {
    TestLoop loop;
    ListeningSocket server("::1");
    if (server.fd < 0) {
        MESSAGE("skipped: this machine has no ::1");
        return;
    }
    Call call(loop);
    call.dial("::1", server.port);
    CHECK_FALSE(call.error);
    CHECK(call.sock >= 0);
}

TEST_CASE("a refused connection names the address, once, and the reason, at once") {
    TestLoop loop;
    ClosedPort nobody;
    Call call(loop);
    call.dial("127.0.0.1", nobody.port);
    CHECK(call.sock == -1);
    CHECK(call.error.code == errc::connect);
    const std::string where = "127.0.0.1:" + std::to_string(nobody.port);
    CHECK(call.error.message == "cannot connect to " + where + ": " + tenon::describe_errno(ECONNREFUSED));
    CHECK(call.took_ms < 5000);
}

TEST_CASE("a name is dialed over all its addresses") {
    TestLoop loop;
    NameServer names(loop.reactor());
    loop.reactor().resolver().use_servers(names.address());
    ClosedPort nobody;

    SUBCASE("the one that listens is found") {
        ListeningSocket second("127.0.0.2", nobody.port);
        REQUIRE(second.fd >= 0);
        Call call(loop);
        call.dial("both.example.", nobody.port);
        CHECK_FALSE(call.error);
        CHECK(call.sock >= 0);
    }
    SUBCASE("and when none does, each is told with its reason") {
        Call call(loop);
        call.dial("both.example.", nobody.port);
        CHECK(call.error.code == errc::connect);
        const std::string port = std::to_string(nobody.port);
        CHECK(call.says("cannot connect to both.example.:" + port));
        CHECK(call.says("127.0.0.1:" + port + ": "));
        CHECK(call.says("127.0.0.2:" + port + ": "));
        CHECK(call.says("[::1]:" + port + ": "));
    }
}

TEST_CASE("a dead address does not eat the time of the others") {
    TestLoop loop;
    NameServer names(loop.reactor());
    loop.reactor().resolver().use_servers(names.address());
    BlackHole first("127.0.0.1");
    ListeningSocket second("127.0.0.2", first.listener.port);
    if (!first.works || second.fd < 0) {
        MESSAGE("skipped: a full listen queue answers here");
        return;
    }
    Call call(loop);
    call.dial("v4.example.", first.listener.port, 15'000'000);
    CHECK_FALSE(call.error);
    REQUIRE(call.sock >= 0);
    CHECK(call.took_ms < 7'000);
    sockaddr_in peer{};
    socklen_t length = sizeof peer;
    REQUIRE(getpeername(call.sock, reinterpret_cast<sockaddr *>(&peer), &length) == 0);
    CHECK(ntohl(peer.sin_addr.s_addr) == 0x7f000002);
}

TEST_CASE("nobody answers: a timeout, in time, that says who was waited for") {
    TestLoop loop;
    BlackHole hole;
    if (!hole.works) {
        MESSAGE("skipped: a full listen queue answers here");
        return;
    }
    Call call(loop);
    call.dial("127.0.0.1", hole.listener.port, 100'000);
    const std::string where = "127.0.0.1:" + std::to_string(hole.listener.port);
    CHECK(call.error.code == errc::timeout);
    CHECK(call.error.message == "cannot connect to " + where + " within 100 ms: no answer");
    CHECK(call.took_ms >= 99);
    CHECK(call.took_ms < 5000);
}

TEST_CASE("a name server that is silent: a timeout that says so") {
    TestLoop loop;
    NameServer names(loop.reactor());
    loop.reactor().resolver().use_servers(names.address());
    Call call(loop);
    call.dial("silent.example.", 80, 50'000);
    CHECK(call.error.code == errc::timeout);
    CHECK(call.error.message == "no address for silent.example. within 50 ms");
}

TEST_CASE("an unknown name is its own error") {
    TestLoop loop;
    NameServer names(loop.reactor());
    loop.reactor().resolver().use_servers(names.address());
    Call call(loop);
    call.dial("nosuch.example.", 80);
    CHECK(call.error.code == errc::unknown_host);
    CHECK(call.says("nosuch.example."));
}

TEST_CASE("no descriptor left: the reason is told") {
    TestLoop loop;
    loop.io()->socket = [](tenon_io_ops *io, int, int, int) {
        io->error = EMFILE;
        return -1;
    };
    Call call(loop);
    call.dial("127.0.0.1", 80);
    CHECK(call.error.code == errc::connect);
    CHECK(call.says(tenon::describe_errno(EMFILE)));
}

TEST_CASE("a Dialer may go in its callback, and before it") {
    TestLoop loop;
    ListeningSocket server;
    Call call(loop);
    call.destroy = true;
    call.dial("127.0.0.1", server.port);
    CHECK(call.sock >= 0);

    for (const std::uint64_t turns : {0, 1, 2}) {
        Call early(loop);
        early.dialer->dial("127.0.0.1", server.port, 1'000'000);
        for (std::uint64_t i = 0; i < turns && early.calls == 0; ++i) loop.run_for(0);
        early.dialer.reset();
        loop.run_for(10'000);
        CHECK(early.calls <= 1);
    }
}

TEST_CASE("cancel, then dial again") {
    TestLoop loop;
    ListeningSocket server;
    Call call(loop);
    call.dialer->dial("127.0.0.1", server.port, 1'000'000);
    call.dialer->cancel();
    loop.run_for(20'000);
    CHECK(call.calls == 0);
    call.dial("127.0.0.1", server.port);
    CHECK(call.sock >= 0);
}
