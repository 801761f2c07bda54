// SPDX-License-Identifier: Apache-2.0
#include "net/http_client.hpp"

#include <memory>
#include <ostream>
#include <string>

#include <doctest/doctest.h>

#include "http_server.hpp"
#include "sockets.hpp"
#include "test_loop.hpp"

using namespace tenon::net;
using namespace tenon::test;
using tenon::Error;
using tenon::errc;

namespace {

struct Asker {
    explicit Asker(TestLoop &l) : loop(l), client(std::make_unique<HttpClient>(l.reactor(), handlers())) {}

    HttpClient::Handlers handlers() {
        return {this, [](void *self, const HttpHead &h) { static_cast<Asker *>(self)->on_head(h); },
                [](void *self, std::span<const std::byte> bytes) { static_cast<Asker *>(self)->on_body(bytes); },
                [](void *self, const Error &e) { static_cast<Asker *>(self)->on_done(e); }};
    }
    void on_head(const HttpHead &h) {
        head = h;
        act('h');
    }
    void on_body(std::span<const std::byte> bytes) {
        body.append(reinterpret_cast<const char *>(bytes.data()), bytes.size());
        ++pieces;
        act('b');
        if (stop_after != 0 && body.size() >= stop_after) loop.stop();
    }
    void on_done(const Error &e) {
        ++done;
        error = e;
        act('d');
        loop.stop();
    }
    void act(char where) {
        if (where != destroy_at && where != cancel_at) return;
        if (where == destroy_at) client.reset();
        else client->cancel();
        loop.stop();
    }

    void ask(const HttpServer &server, std::string target = "/") {
        HttpRequest request;
        request.url = {{"127.0.0.1", server.port()}, std::move(target)};
        ask(std::move(request));
    }
    void ask(HttpRequest request) {
        CHECK_FALSE(client->start(std::move(request)));
        CHECK(done == 0);
        CHECK(loop.run());
    }
    bool says(const std::string &text) const { return error.message.find(text) != std::string::npos; }

    TestLoop &loop;
    std::unique_ptr<HttpClient> client;
    HttpHead head;
    std::string body;
    Error error;
    int done = 0, pieces = 0;
    char destroy_at = 0, cancel_at = 0;
    std::size_t stop_after = 0;
};

HttpServer::Handler answering(std::string text, bool finish = false) {
    return [text, finish](HttpServer::Connection &c, const std::string &) {
        c.send(text);
        if (finish) c.finish();
    };
}

HttpRequest get(std::uint16_t port) {
    HttpRequest request;
    request.url = {{"127.0.0.1", port}, "/pools"};
    return request;
}

}  // namespace

TEST_CASE("a GET with credentials") {
    TestLoop loop;
    HttpServer server(loop.reactor(), answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
    Asker asker(loop);
    HttpRequest request = get(server.port());
    request.url.target = "/pools/default?x=1";
    request.username = "Aladdin";
    request.password = "open sesame";
    request.headers = {{"X-Extra", "yes"}};
    asker.ask(request);
    CHECK_FALSE(asker.error);
    CHECK(asker.done == 1);
    CHECK(asker.head.status == 200);
    CHECK(asker.body == "hello");
    REQUIRE(server.requests.size() == 1);
    const std::string &sent = server.requests[0];
    CHECK(sent.find("GET /pools/default?x=1 HTTP/1.1\r\nHost: " + server.authority() + "\r\n") == 0);
    CHECK(sent.find("\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n") != std::string::npos);
    CHECK(sent.find("\r\nX-Extra: yes\r\n") != std::string::npos);
    CHECK(sent.substr(sent.size() - 4) == "\r\n\r\n");
    loop.run_for(10'000);
    CHECK(server.connections() == 0);  // the client hung up
}

TEST_CASE("a POST with a body, and an answer that is no success") {
    TestLoop loop;
    HttpServer server(loop.reactor(), answering("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"));
    Asker asker(loop);
    HttpRequest request = get(server.port());
    request.method = "POST";
    request.body = std::string("a=1&b=\0x", 8);
    asker.ask(request);
    CHECK_FALSE(asker.error);
    CHECK(asker.head.status == 302);  // not followed
    CHECK(asker.head.header("location") == "/elsewhere");
    REQUIRE(server.requests.size() == 1);
    CHECK(server.requests[0].find("\r\nContent-Length: 8\r\n") != std::string::npos);
    CHECK(server.requests[0].substr(server.requests[0].size() - 8) == request.body);
    CHECK(server.requests[0].find("Authorization") == std::string::npos);
}

TEST_CASE("IPv6, and a client used again") {
    TestLoop loop;
    std::unique_ptr<HttpServer> server;
    try {
        server = std::make_unique<HttpServer>(loop.reactor(), answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), "::1");
    } catch (const std::runtime_error &) {
        MESSAGE("skipped: this machine has no ::1");
        return;
    }
    Asker asker(loop);
    for (int i = 0; i < 3; ++i) {
        HttpRequest request = get(server->port());
        request.url.at.host = "::1";
        asker.done = 0;
        asker.ask(request);
        CHECK_FALSE(asker.error);
    }
    CHECK(asker.body == "okokok");
    CHECK(server->requests.at(0).find("\r\nHost: [::1]:" + std::to_string(server->port()) + "\r\n") != std::string::npos);
}

TEST_CASE("a stream without end comes as it is sent") {
    TestLoop loop;
    HttpServer server(loop.reactor(), [](HttpServer::Connection &c, const std::string &) {
        c.trickle("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{}\n\n\n\n\r\n00a\r\n{\"b\":1", 3);
    });
    Asker asker(loop);
    asker.stop_after = 12;
    HttpRequest request = get(server.port());
    request.head_timeout_usec = 5'000'000;
    asker.ask(request);
    CHECK(asker.body == "{}\n\n\n\n{\"b\":1");
    CHECK(asker.pieces > 2);
    CHECK(asker.done == 0);
    asker.client->cancel();
    loop.run_for(10'000);
    CHECK(asker.done == 0);
    CHECK(server.connections() == 0);
}

TEST_CASE("every failure is its own error and names the host") {
    TestLoop loop;
    Asker asker(loop);

    SUBCASE("not HTTP") {
        HttpServer server(loop.reactor(), answering("\x16\x03garbage\r\n\r\n"));
        asker.ask(get(server.port()));
        CHECK(asker.error.code == errc::http);
        CHECK(asker.says(server.authority()));
        CHECK(asker.says("GET /pools"));
        CHECK(asker.says("\"\\x16\\x03garbage\\r\\n\\r\\n\""));
    }
    SUBCASE("accepts and says nothing") {
        HttpServer server(loop.reactor(), [](HttpServer::Connection &, const std::string &) {});
        HttpRequest request = get(server.port());
        request.head_timeout_usec = 80'000;
        asker.ask(request);
        CHECK(asker.error.code == errc::timeout);
        CHECK(asker.error.message == "no answer from " + server.authority() + " to GET /pools within 80 ms");
    }
    SUBCASE("a head that does not end") {
        HttpServer server(loop.reactor(), answering("HTTP/1.1 200 OK\r\nContent-"));
        HttpRequest request = get(server.port());
        request.head_timeout_usec = 80'000;
        asker.ask(request);
        CHECK(asker.error.code == errc::timeout);
    }
    SUBCASE("a body that does not end") {
        HttpServer server(loop.reactor(), answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"));
        HttpRequest request = get(server.port());
        request.total_timeout_usec = 80'000;
        asker.ask(request);
        CHECK(asker.error.code == errc::timeout);
        CHECK(asker.says(server.authority()));
        CHECK(asker.says("was not complete within 80 ms"));
    }
    SUBCASE("hangs up without an answer") {
        HttpServer server(loop.reactor(), answering("", true));
        asker.ask(get(server.port()));
        CHECK(asker.error.code == errc::network);
        CHECK(asker.error.message == server.authority() + " closed the connection without an answer to GET /pools");
    }
    SUBCASE("hangs up inside the answer") {
        HttpServer server(loop.reactor(), answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", true));
        asker.ask(get(server.port()));
        CHECK(asker.error.code == errc::network);
        CHECK(asker.says("inside its answer"));
        CHECK(asker.body == "ab");
    }
    SUBCASE("a body beyond the limit") {
        HttpServer server(loop.reactor(), answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x')));
        HttpRequest request = get(server.port());
        request.max_body = 99;
        asker.ask(request);
        CHECK(asker.error.code == errc::http);
        CHECK(asker.says("exceeds 99 bytes"));
    }
    SUBCASE("a broken chunk header") {
        HttpServer server(loop.reactor(), answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nxyz\r\n"));
        asker.ask(get(server.port()));
        CHECK(asker.error.code == errc::http);
        CHECK(asker.says("chunk size"));
        CHECK(asker.body == "abcde");
    }
    SUBCASE("refused") {
        ClosedPort nobody;
        asker.ask(get(nobody.port));
        CHECK(asker.error.code == errc::connect);
        CHECK(asker.says("127.0.0.1:" + std::to_string(nobody.port)));
    }
    CHECK(asker.done == 1);
}

TEST_CASE("a body without length ends with the connection") {
    TestLoop loop;
    HttpServer server(loop.reactor(), answering("HTTP/1.0 200 OK\r\n\r\nall of it", true));
    Asker asker(loop);
    asker.ask(server);
    CHECK_FALSE(asker.error);
    CHECK(asker.body == "all of it");
}

TEST_CASE("a request that would break the protocol is refused at once") {
    TestLoop loop;
    Asker asker(loop);
    const auto refused = [&](auto change) {
        HttpRequest request = get(1);
        change(request);
        return asker.client->start(std::move(request)).code == errc::invalid_option;
    };
    CHECK(refused([](HttpRequest &r) { r.method = "GET /x"; }));
    CHECK(refused([](HttpRequest &r) { r.method = ""; }));
    CHECK(refused([](HttpRequest &r) { r.url.target = "/a\r\nX: y"; }));
    CHECK(refused([](HttpRequest &r) { r.url.target = ""; }));
    CHECK(refused([](HttpRequest &r) { r.url.at.host = ""; }));
    CHECK(refused([](HttpRequest &r) { r.username = "a:b"; }));
    CHECK(refused([](HttpRequest &r) { r.headers = {{"X", "1\r\nY: 2"}}; }));
    CHECK(refused([](HttpRequest &r) { r.headers = {{"X:", "1"}}; }));
    loop.run_for(5'000);
    CHECK(asker.done == 0);
}

TEST_CASE("the client may be cancelled or destroyed in any callback") {
    for (const char where : {'h', 'b', 'd'}) {
        for (const bool destroy : {false, true}) {
            TestLoop loop;
            HttpServer server(loop.reactor(),
                              answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"));
            Asker asker(loop);
            (destroy ? asker.destroy_at : asker.cancel_at) = where;
            asker.ask(server);
            loop.run_for(5'000);
            CHECK(asker.done == (where == 'd' ? 1 : 0));
            CHECK(asker.pieces == (where == 'h' ? 0 : where == 'b' ? 1 : 2));
            CHECK(server.connections() == 0);
        }
    }
}

TEST_CASE("the client may go at any moment") {
    for (int turns = 0; turns < 6; ++turns) {
        TestLoop loop;
        HttpServer server(loop.reactor(), [](HttpServer::Connection &c, const std::string &) {
            c.trickle("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", 9);
        });
        Asker asker(loop);
        CHECK_FALSE(asker.client->start(get(server.port())));
        for (int i = 0; i < turns; ++i) loop.run_for(0);
        asker.client.reset();
        const int done = asker.done;
        loop.run_for(5'000);
        CHECK(asker.done == done);
        CHECK(server.connections() == 0);
    }
}

TEST_CASE("the table itself may be destroyed in the last callback") {
    tenon_io_options options{};
    options.find = TENON_IO_NAME;
    options.name = "epoll";
    struct Program {
        tenon_io_ops *io = nullptr;
        std::unique_ptr<ReactorRef> reactor;
        std::unique_ptr<HttpClient> client;
        Error error;
    } program;
    REQUIRE(tenon_create_io_ops(&program.io, &options) == TENON_IO_OK);
    program.reactor = std::make_unique<ReactorRef>(program.io);
    program.client = std::make_unique<HttpClient>(
        **program.reactor, HttpClient::Handlers{&program, nullptr, nullptr, [](void *self, const Error &error) {
            Program &p = *static_cast<Program *>(self);
            p.error = error;
            p.client.reset();
            p.reactor.reset();
            p.io->stop_event_loop(p.io);
            tenon_destroy_io_ops(p.io);
        }});
    ClosedPort nobody;
    REQUIRE_FALSE(program.client->start(get(nobody.port)));
    program.io->run_event_loop(program.io);
    CHECK(program.error.code == errc::connect);
}
