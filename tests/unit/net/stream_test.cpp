// SPDX-License-Identifier: Apache-2.0
#include "net/listener.hpp"
#include "net/stream.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <tenon/errc.hpp>

#include "sockets.hpp"
#include "test_loop.hpp"
#include "wire/bytes.hpp"

using namespace tenon;
using tenon::net::Listener;
using tenon::net::Stream;
using tenon::test::TestLoop;

namespace {

using wire::as_text;

std::span<const std::byte> bytes_of(std::string_view text) { return wire::as_bytes(text); }

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + i / 251);
    return text;
}

/// A Stream and what its handlers saw. By default everything is taken.
struct Recorder {
    Recorder(TestLoop &l, int sock)
        : loop(l),
          stream(std::make_unique<Stream>(l.reactor(), sock,
                                          Stream::Handlers{this, on_data, on_drained, on_closed})) {}

    static std::size_t on_data(void *self, std::span<const std::byte> bytes) {
        Recorder &r = *static_cast<Recorder *>(self);
        CHECK(r.loop.reactor().in_turn());
        CHECK(r.closed == 0);
        if (r.data) return r.data(as_text(bytes));
        r.got += as_text(bytes);
        return bytes.size();
    }
    static void on_drained(void *self) {
        Recorder &r = *static_cast<Recorder *>(self);
        ++r.drained;
        if (r.when_drained) r.when_drained();
    }
    static void on_closed(void *self, const Error &why) {
        Recorder &r = *static_cast<Recorder *>(self);
        ++r.closed;
        r.error = why;
        if (r.when_closed) r.when_closed();
    }

    TestLoop &loop;
    std::function<std::size_t(std::string_view)> data;
    std::function<void()> when_drained, when_closed;
    std::string got;
    int drained = 0, closed = 0;
    Error error;
    std::unique_ptr<Stream> stream;
};

/// Two connected sockets, non-blocking; `mine` is for a Stream, `peer` closes itself.
struct Pair {
    explicit Pair(bool tcp = false) {
        int ends[2] = {-1, -1};
        if (tcp) {
            test::ListeningSocket listener;
            ends[0] = socket(AF_INET, SOCK_STREAM, 0);
            sockaddr_in name{};
            name.sin_family = AF_INET;
            name.sin_port = htons(listener.port);
            name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            REQUIRE(connect(ends[0], reinterpret_cast<sockaddr *>(&name), sizeof name) == 0);
            ends[1] = accept(listener.fd, nullptr, nullptr);
        } else {
            REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
        }
        for (const int end : ends) fcntl(end, F_SETFL, O_NONBLOCK);
        mine = ends[0];
        peer = ends[1];
    }
    Pair(const Pair &) = delete;
    Pair &operator=(const Pair &) = delete;
    ~Pair() { drop_peer(); }

    void send(std::string_view text) const {
        REQUIRE(::send(peer, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    }
    /// What waits for the peer; `ended` tells of an end of file behind it.
    std::string receive() {
        std::string text;
        char buffer[65536];
        ssize_t got = 0;
        while ((got = recv(peer, buffer, sizeof buffer, 0)) > 0) text.append(buffer, static_cast<std::size_t>(got));
        ended = got == 0;
        failed = got < 0 && errno != EAGAIN ? errno : 0;
        return text;
    }
    void drop_peer() {
        if (peer >= 0) close(peer);
        peer = -1;
    }

    int mine = -1, peer = -1;
    bool ended = false;
    int failed = 0;
};

/// Counts what reaches the table.
struct Counted {
    explicit Counted(tenon_io_ops *table) : io(table) {
        sendv = io->sendv;
        recvv = io->recvv;
        sends = receives = 0;
        io->sendv = [](tenon_io_ops *t, int sock, tenon_iovec *iov, size_t n) {
            ++sends;
            return sendv(t, sock, iov, n);
        };
        io->recvv = [](tenon_io_ops *t, int sock, tenon_iovec *iov, size_t n) {
            ++receives;
            return recvv(t, sock, iov, n);
        };
    }
    Counted(const Counted &) = delete;
    Counted &operator=(const Counted &) = delete;
    ~Counted() {
        io->sendv = sendv;
        io->recvv = recvv;
    }
    tenon_io_ops *io;
    static inline ssize_t (*sendv)(tenon_io_ops *, int, tenon_iovec *, size_t);
    static inline ssize_t (*recvv)(tenon_io_ops *, int, tenon_iovec *, size_t);
    static inline int sends, receives;
};

/// Runs the loop until `done`, asked every millisecond.
bool run_until(TestLoop &loop, const std::function<bool()> &done) {
    struct Ask {
        TestLoop &loop;
        const std::function<bool()> &done;
        net::Timer *timer;
    } ask{loop, done, nullptr};
    net::Timer timer(loop.reactor(), &ask, [](void *arg) {
        Ask &a = *static_cast<Ask *>(arg);
        if (a.done()) a.loop.stop();
        else a.timer->arm(1000);
    });
    ask.timer = &timer;
    timer.arm(0);
    return loop.run();
}

}  // namespace

TEST_CASE("what comes is handed over, and what is not used comes again with more") {
    TestLoop loop;
    Pair pair;
    Recorder r(loop, pair.mine);
    std::vector<std::string> seen;
    r.data = [&](std::string_view text) -> std::size_t {
        seen.emplace_back(text);
        if (seen.size() == 1) pair.send("de");
        else loop.stop();
        return seen.size() == 1 ? 2 : text.size();
    };
    pair.send("abc");
    REQUIRE(loop.run());
    CHECK(seen == std::vector<std::string>{"abc", "cde"});
}

TEST_CASE("a large message arrives whole however it is cut") {
    for (const std::size_t size : {std::size_t{17 * 1024}, std::size_t{300 * 1024}, std::size_t{5 * 1024 * 1024}}) {
        CAPTURE(size);
        TestLoop loop;
        Pair pair;
        Recorder sender(loop, pair.peer), receiver(loop, pair.mine);
        pair.peer = -1;
        const std::string message = pattern(size);
        const std::string behind = "and what follows";
        std::size_t calls = 0;
        std::string got, rest;
        receiver.data = [&](std::string_view text) -> std::size_t {
            ++calls;
            if (got.empty()) {
                if (text.size() < size) return 0;
                got = text.substr(0, size);
                rest = text.substr(size);
                if (rest == behind) loop.stop();
                return size;
            }
            rest = text;
            if (rest == behind) loop.stop();
            return 0;
        };
        sender.stream->write(bytes_of(message));
        sender.stream->write(bytes_of(behind));
        REQUIRE(loop.run());
        CHECK(got == message);
        CHECK(rest == behind);
        CHECK(sender.drained >= 1);
    }
}

TEST_CASE("many small messages with cut ends") {
    TestLoop loop;
    Pair pair;
    Recorder sender(loop, pair.peer), receiver(loop, pair.mine);
    pair.peer = -1;
    constexpr std::size_t kSize = 1009, kCount = 3000;
    const std::string all = pattern(kSize * kCount);
    receiver.data = [&](std::string_view text) {
        const std::size_t used = text.size() - text.size() % kSize;
        receiver.got += text.substr(0, used);
        if (receiver.got.size() == all.size()) loop.stop();
        return used;
    };
    sender.stream->write(bytes_of(all));
    REQUIRE(loop.run());
    CHECK(receiver.got == all);
}

TEST_CASE("what is written in one turn leaves in one sendv; one recvv a readable turn") {
    TestLoop loop;
    Pair pair;
    Recorder r(loop, pair.mine);
    const Counted counted(loop.io());
    r.data = [&](std::string_view text) {
        for (int i = 0; i < 100; ++i) r.stream->write(bytes_of("reply"));
        CHECK(r.stream->pending() == 500);
        CHECK(Counted::sends == 0);
        return text.size();
    };
    r.when_drained = [&] { loop.stop(); };
    pair.send("request");
    REQUIRE(loop.run());
    CHECK(Counted::sends == 1);
    CHECK(Counted::receives == 1);
    CHECK(r.stream->pending() == 0);
    CHECK(r.drained == 1);
    CHECK(pair.receive().size() == 500);
}

TEST_CASE("what is written outside a callback leaves from the loop, together") {
    TestLoop loop;
    Pair pair;
    Recorder r(loop, pair.mine);
    const Counted counted(loop.io());
    r.when_drained = [&] { loop.stop(); };
    r.stream->write(bytes_of("one "));
    r.stream->write(bytes_of("two"));
    CHECK(Counted::sends == 0);
    REQUIRE(loop.run());
    CHECK(Counted::sends == 1);
    CHECK(pair.receive() == "one two");
}

TEST_CASE("a full kernel keeps the rest, in order") {
    TestLoop loop;
    Pair pair;
    Recorder r(loop, pair.mine);
    std::string sent, got;
    for (int i = 0; i < 40; ++i) {
        const std::string part = pattern(100'000 + static_cast<std::size_t>(i) * 977);
        r.stream->write(bytes_of(part));
        sent += part;
    }
    REQUIRE(run_until(loop, [&] { return r.stream->pending() < sent.size(); }));
    CHECK(r.stream->pending() > 0);
    CHECK(r.drained == 0);
    r.stream->write(bytes_of("the end"));
    sent += "the end";
    REQUIRE(run_until(loop, [&] {
        got += pair.receive();
        return got.size() == sent.size();
    }));
    CHECK(got == sent);
    CHECK(r.drained == 1);
    CHECK(r.stream->pending() == 0);
}

TEST_CASE("while paused nothing is read; resuming presents what is left over, from the loop") {
    TestLoop loop;
    Pair pair;
    Recorder r(loop, pair.mine);
    int calls = 0;
    r.data = [&](std::string_view text) -> std::size_t {
        ++calls;
        r.got = text;
        if (calls == 1) {
            r.stream->pause();
            return 1;
        }
        return text.size();
    };
    pair.send("abc");
    REQUIRE(run_until(loop, [&] { return calls == 1; }));
    pair.send("def");
    loop.run_for(20'000);
    CHECK(calls == 1);
    r.stream->resume();
    CHECK(calls == 1);
    REQUIRE(run_until(loop, [&] { return r.got.ends_with("def"); }));
    // The rest came alone or together with what had arrived meanwhile.
    CHECK(calls == (r.got == "bcdef" ? 2 : 3));
}

TEST_CASE("a peer that half-closes gets what was written, then on_closed comes") {
    TestLoop loop;
    Pair pair(true);
    Recorder r(loop, pair.mine);
    const std::string answer = pattern(20'000'000);
    r.data = [&](std::string_view text) {
        r.stream->write(bytes_of(answer));
        return text.size();
    };
    pair.send("question");
    shutdown(pair.peer, SHUT_WR);
    std::string got;
    loop.run_for(20'000);
    CHECK(r.closed == 0);
    REQUIRE(run_until(loop, [&] {
        got += pair.receive();
        return r.closed == 1 && got.size() == answer.size();
    }));
    CHECK(got == answer);
    CHECK_FALSE(r.error);

    SUBCASE("and may be written to on") {
        r.stream->write(bytes_of("PS"));
        REQUIRE(run_until(loop, [&] { return r.drained > 0; }));
        CHECK(pair.receive() == "PS");
        CHECK_FALSE(pair.ended);
    }
    SUBCASE("and a failure then only tells that there is nothing to wait for") {
        pair.drop_peer();
        r.drained = 0;
        REQUIRE(run_until(loop, [&] {
            r.stream->write(bytes_of("nobody reads this"));
            return r.drained > 0 && r.stream->pending() == 0;
        }));
        CHECK(r.closed == 1);
    }
}

TEST_CASE("a reset is an error, told once") {
    TestLoop loop;
    Pair pair(true);
    Recorder r(loop, pair.mine);
    const linger hard{1, 0};
    setsockopt(pair.peer, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    pair.drop_peer();
    REQUIRE(run_until(loop, [&] { return r.closed > 0; }));
    CHECK(r.error.code == make_error_code(errc::network));
    CHECK(r.error.message.find("reset") != std::string::npos);
    r.stream->write(bytes_of("to nobody"));
    CHECK(r.stream->pending() == 0);
    loop.run_for(10'000);
    CHECK(r.closed == 1);
}

TEST_CASE("closing when drained sends everything, although input was never read") {
    TestLoop loop;
    Pair pair(true);
    Recorder r(loop, pair.mine);
    const std::string answer = pattern(20'000'000);
    r.data = [&](std::string_view text) {
        r.stream->write(bytes_of(answer));
        r.stream->close_when_drained();
        r.stream->write(bytes_of("too late"));
        return text.size();
    };
    pair.send("go away");
    REQUIRE(run_until(loop, [&] { return r.stream->pending() > 0 && r.stream->pending() < answer.size(); }));
    pair.send(std::string(10'000, 'x'));  // unread input would make a plain close reset the connection
    std::string got;
    REQUIRE(run_until(loop, [&] {
        got += pair.receive();
        return pair.ended || pair.failed != 0;
    }));
    CHECK(pair.failed == 0);
    CHECK(got == answer);
    CHECK(r.closed == 0);
    pair.drop_peer();
    REQUIRE(run_until(loop, [&] { return r.closed == 1; }));
    CHECK_FALSE(r.error);
}

TEST_CASE("a peer that never ends its side is not waited for long") {
    TestLoop loop;
    Pair pair(true);
    Recorder r(loop, pair.mine);
    r.stream->close_when_drained();
    const std::uint64_t start = loop.reactor().now();
    REQUIRE(run_until(loop, [&] { return r.closed == 1; }));
    CHECK(loop.reactor().now() - start >= 1'900'000);
    CHECK_FALSE(r.error);
}

TEST_CASE("a Stream may be destroyed in each of its callbacks") {
    TestLoop loop;
    Pair pair;
    auto r = std::make_unique<Recorder>(loop, pair.mine);
    SUBCASE("on_data") {
        r->data = [&](std::string_view) -> std::size_t {
            r->stream->write(bytes_of("dropped"));
            r->stream.reset();
            loop.stop();
            return 0;
        };
        pair.send("x");
    }
    SUBCASE("on_data of what was left over") {
        r->data = [&](std::string_view text) -> std::size_t {
            if (text.size() == 2) {
                r->stream->pause();
                r->stream->resume();
                return 1;
            }
            r->stream.reset();
            loop.stop();
            return 0;
        };
        pair.send("xy");
    }
    SUBCASE("on_drained") {
        r->when_drained = [&] {
            r->stream.reset();
            loop.stop();
        };
        r->stream->write(bytes_of("x"));
    }
    SUBCASE("on_closed") {
        r->when_closed = [&] {
            r->stream.reset();
            loop.stop();
        };
        pair.drop_peer();
    }
    REQUIRE(loop.run());
    CHECK(r->stream == nullptr);
}

TEST_CASE("a Listener accepts, names its port, and frees it at once") {
    TestLoop loop;
    std::uint16_t port = 0;
    for (int round = 0; round < 2; ++round) {
        struct Server {
            TestLoop &loop;
            std::vector<std::unique_ptr<Recorder>> connections;
        } server{loop, {}};
        Listener listener(loop.reactor(), &server, [](void *owner, int sock) {
            Server &s = *static_cast<Server *>(owner);
            s.connections.push_back(std::make_unique<Recorder>(s.loop, sock));
            if (s.connections.size() == 100) s.loop.stop();
        });
        const Error error = listener.listen("127.0.0.1", port);
        REQUIRE_MESSAGE(!error, error.message);
        if (port != 0) CHECK(listener.port() == port);
        port = listener.port();
        REQUIRE(port != 0);
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(port);
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        std::vector<int> clients;
        for (int i = 0; i < 100; ++i) {
            clients.push_back(socket(AF_INET, SOCK_STREAM, 0));
            REQUIRE(connect(clients.back(), reinterpret_cast<sockaddr *>(&name), sizeof name) == 0);
        }
        REQUIRE(loop.run());
        CHECK(server.connections.size() == 100);

        Listener second(loop.reactor(), nullptr, [](void *, int) {});
        const Error taken = second.listen("127.0.0.1", port);
        REQUIRE(taken);
        CHECK(taken.code.value() == EADDRINUSE);
        CHECK(taken.message.find("127.0.0.1:" + std::to_string(port)) != std::string::npos);

        server.connections.clear();  // this side closes first: the port is in TIME_WAIT when the next round takes it
        for (const int client : clients) close(client);
    }
}

TEST_CASE("a Listener may be destroyed in its callback; it takes numeric addresses only") {
    TestLoop loop;
    struct Server {
        TestLoop &loop;
        std::unique_ptr<Listener> listener;
        int accepted = 0;
    } server{loop, nullptr};
    server.listener = std::make_unique<Listener>(loop.reactor(), &server, [](void *owner, int sock) {
        Server &s = *static_cast<Server *>(owner);
        ++s.accepted;
        s.loop.io()->close(s.loop.io(), sock);
        s.listener.reset();
        s.loop.stop();
    });
    CHECK(server.listener->listen("localhost", 0).code == make_error_code(errc::invalid_option));
    REQUIRE_FALSE(server.listener->listen("127.0.0.1", 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(server.listener->port());
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int clients[2];
    for (int &client : clients) {
        client = socket(AF_INET, SOCK_STREAM, 0);
        REQUIRE(connect(client, reinterpret_cast<sockaddr *>(&name), sizeof name) == 0);
    }
    REQUIRE(loop.run());
    CHECK(server.accepted == 1);
    for (const int client : clients) close(client);
}
