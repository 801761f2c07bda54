// SPDX-License-Identifier: Apache-2.0
// HTTP requests to the cluster, through a client's loop.
#include <doctest/doctest.h>

#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <tenon/blocking.hpp>

#include "../../unit/net/http_server.hpp"
#include "rig.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;
using namespace std::chrono_literals;

struct Answer {
    std::error_code error;
    unsigned status = 0;
    std::string body, detail, server, type;
    bool last = false;

    Answer() = default;
    explicit Answer(const HttpReply &reply)
        : error(reply.error), status(reply.status), body(reply.text()), detail(reply.detail), server(reply.server), last(reply.last) {
        for (const auto &[name, value] : reply.headers)
            if (name == "Content-Type") type = value;
    }
};

/// A client of a devcluster, and an HTTP server of the test's own.
struct Http : Rig {
    explicit Http(HttpServer::Handler handler = {}, devcluster::Options options = {.nodes = 2, .vbuckets = 16})
        : Rig(std::move(options)), reactor(io.get()), server(*reactor, std::move(handler)) {}

    Answer ask(const HttpRequest &request) {
        std::optional<Answer> answer;
        REQUIRE_FALSE(client->http(request, [&](const HttpReply &reply) {
            CHECK_FALSE(answer);
            answer = Answer(reply);
        }));
        CHECK_FALSE(answer);
        CHECK(client->pending() == 1);
        REQUIRE_FALSE(client->wait());
        REQUIRE(answer);
        CHECK(client->pending() == 0);
        return *answer;
    }
    /// One to the test's own server.
    HttpRequest own(std::string_view path) {
        address = server.authority();
        return {.path = path, .host = address};
    }

    net::ReactorRef reactor;
    HttpServer server;
    std::string address;
};

std::string ok(const std::string &body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_CASE("the cluster's management is asked, node after node") {
    Http http;
    const Answer pools = http.ask({.path = "/pools/default"});
    CHECK_FALSE(pools.error);
    CHECK(pools.status == 200);
    CHECK(pools.body.find("\"nodes\"") != std::string::npos);
    const Answer again = http.ask({.path = "pools/default"});
    CHECK(again.status == 200);
    CHECK(again.server != pools.server);
    CHECK(http.ask({.path = "/nowhere"}).status == 404);
    // A change: a bucket more.
    const Answer made = http.ask({.method = "POST",
                                  .path = "/pools/default/buckets",
                                  .body = as_bytes("name=more&saslPassword="),
                                  .content_type = "application/x-www-form-urlencoded"});
    CHECK(made.status / 100 == 2);
    CHECK(http.cluster.find_bucket("more") != nullptr);
    const Answer gone = http.ask({.method = "DELETE", .path = "/pools/default/buckets/more"});
    CHECK(gone.status / 100 == 2);
    CHECK(http.cluster.find_bucket("more") == nullptr);
}

TEST_CASE("what is sent is what was asked for, with the client's credentials or others") {
    Http http([](HttpServer::Connection &connection, const std::string &) { connection.send(ok("x")); });
    HttpRequest request = http.own("/a/b?c=%20d");
    request.method = "PUT";
    request.body = as_bytes("{}");
    request.content_type = "application/json";
    request.username = "Aladdin";
    request.password = "open sesame";
    const Answer answer = http.ask(request);
    CHECK(answer.body == "x");
    CHECK(answer.type == "text/plain");
    CHECK(answer.server == http.address);
    REQUIRE(http.server.requests.size() == 1);
    const std::string &sent = http.server.requests[0];
    CHECK(sent.starts_with("PUT /a/b?c=%20d HTTP/1.1\r\n"));
    CHECK(sent.find("\r\nContent-Type: application/json\r\n") != std::string::npos);
    CHECK(sent.find("\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n") != std::string::npos);
    CHECK(sent.ends_with("\r\n\r\n{}"));
    // What would break the protocol comes back at once.
    for (const char *path : {"/a b", "/a\r\nX: y"}) {
        HttpRequest broken = http.own(path);
        CHECK(http.client->http(broken, {}) == errc::invalid_option);
    }
    CHECK(http.client->http({.path = "/", .host = "host:99999"}, {}) == errc::invalid_option);
    CHECK(http.client->pending() == 0);
}

TEST_CASE("a streamed body comes in pieces, then the end") {
    Http http([](HttpServer::Connection &connection, const std::string &) {
        connection.trickle("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nfghij\r\n0\r\n\r\n", 7);
    });
    HttpRequest request = http.own("/rows");
    SUBCASE("whole") { CHECK(http.ask(request).body == "abcdefghij"); }
    SUBCASE("in pieces") {
        request.streamed = true;
        std::string body;
        int pieces = 0, ends = 0;
        REQUIRE_FALSE(http.client->http(request, [&](const HttpReply &reply) {
            CHECK(ends == 0);
            CHECK(reply.status == 200);
            pieces += reply.last ? 0 : 1;
            ends += reply.last ? 1 : 0;
            if (reply.last) CHECK(reply.body.empty());
            body += reply.text();
        }));
        REQUIRE_FALSE(http.client->wait());
        CHECK(body == "abcdefghij");
        CHECK(pieces >= 2);
        CHECK(ends == 1);
    }
    SUBCASE("cancelled in a piece") {
        request.streamed = true;
        std::uint64_t id = 0;
        int calls = 0;
        REQUIRE_FALSE(http.client->http(request, [&](const HttpReply &) {
            ++calls;
            http.client->cancel_http(id);
        }, &id));
        REQUIRE_FALSE(http.client->wait());
        CHECK(calls == 1);
        CHECK(http.client->pending() == 0);
    }
    SUBCASE("the client is destroyed in a piece") {
        request.streamed = true;
        std::vector<std::error_code> errors;
        REQUIRE_FALSE(http.client->http(request, [&](const HttpReply &reply) {
            errors.push_back(reply.error);
            if (!reply.last) http.client.reset();
        }));
        CHECK(http.client->wait() == errc::cancelled);
        REQUIRE(errors.size() == 2);
        CHECK_FALSE(errors[0]);
        CHECK(errors[1] == errc::cancelled);
    }
}

TEST_CASE("an HTTP request is cancelled before its answer, or with its client") {
    Http http([](HttpServer::Connection &, const std::string &) {});
    std::vector<std::error_code> errors;
    const auto note = [&](const HttpReply &reply) { errors.push_back(reply.error); };
    std::uint64_t id = 0;
    REQUIRE_FALSE(http.client->http(http.own("/"), note, &id));
    run_for(http.io, 20'000);
    http.client->cancel_http(id);
    http.client->cancel_http(id);
    http.client->cancel_http(12345);
    REQUIRE_FALSE(http.client->wait());
    CHECK(errors.empty());
    REQUIRE_FALSE(http.client->http(http.own("/"), note));
    run_for(http.io, 20'000);
    http.client.reset();
    CHECK(errors == std::vector<std::error_code>{errc::cancelled});
}

TEST_CASE("what the end of an HTTP request begins is waited for") {
    Http http;
    bool got = false;
    int answers = 0;
    REQUIRE_FALSE(http.client->http({.path = "/pools"}, [&](const HttpReply &) {
        ++answers;
        REQUIRE_FALSE(http.client->http({.path = "/pools"}, [&](const HttpReply &) {
            ++answers;
            REQUIRE_FALSE(http.client->get("k", [&](const Reply &) { got = true; }));
        }));
    }));
    REQUIRE_FALSE(http.client->wait());
    CHECK(answers == 2);
    CHECK(got);
}

TEST_CASE("a client that ends takes no more requests, and ends") {
    Http http([](HttpServer::Connection &, const std::string &) {});
    int ends = 0, begun = 0;
    const auto end = [&](std::error_code error) {
        ++ends;
        CHECK(error == errc::cancelled);
        CHECK(http.client->http(http.own("/"), [&](const HttpReply &) { ++begun; }) == errc::not_connected);
        CHECK(http.client->http({.path = "/pools"}, [&](const HttpReply &) { ++begun; }) == errc::not_connected);
        const ViewQuery query{.design = "d", .view = "v"};
        CHECK(http.client->view(query, [&](const ViewRow &) { ++begun; }) == errc::not_connected);
        CHECK(http.client->connect() == errc::not_connected);
    };
    for (int i = 0; i < 2; ++i)
        REQUIRE_FALSE(http.client->http(http.own("/"), [&](const HttpReply &reply) { end(reply.error); }));
    run_for(http.io, 20'000);
    REQUIRE_FALSE(http.client->get("k", [&](const Reply &reply) { end(reply.error); }));
    http.client.reset();
    CHECK(ends == 3);
    CHECK(begun == 0);
    run_for(http.io, 20'000);
}

TEST_CASE("an HTTP request is ended by a Cancellation, from the loop, and beside operations") {
    Http http([](HttpServer::Connection &connection, const std::string &) {
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n");
    });
    std::vector<std::error_code> errors;
    const auto note = [&](const auto &reply) { errors.push_back(reply.error); };
    Cancellation cancellation;
    HttpRequest request = http.own("/");
    request.cancellation = &cancellation;
    SUBCASE("before anything was sent, with an operation") {
        REQUIRE_FALSE(http.client->http(request, note));
        REQUIRE_FALSE(http.client->get("k", note, {.cancellation = &cancellation}));
        CHECK(cancellation.pending());
        cancellation.cancel();
        CHECK(cancellation.pending());
        CHECK(errors.empty());
        CHECK(http.client->pending() == 2);
        REQUIRE_FALSE(http.client->wait());
        CHECK(errors == std::vector<std::error_code>{errc::cancelled, errc::cancelled});
    }
    SUBCASE("in a piece of its body") {
        request.streamed = true;
        REQUIRE_FALSE(http.client->http(request, [&](const HttpReply &reply) {
            note(reply);
            if (!reply.last) cancellation.cancel();
        }));
        REQUIRE_FALSE(http.client->wait());
        CHECK(errors == std::vector<std::error_code>{{}, errc::cancelled});
    }
    SUBCASE("dropped without a call") {
        REQUIRE_FALSE(http.client->http(request, note));
        cancellation.drop();
        CHECK(http.client->pending() == 0);
        CHECK_FALSE(cancellation.pending());
        run_for(http.io, 10'000);
        CHECK(errors.empty());
    }
    SUBCASE("cancelled, and then the client goes") {
        REQUIRE_FALSE(http.client->http(request, note));
        cancellation.cancel();
        http.client.reset();
        CHECK(errors == std::vector<std::error_code>{errc::cancelled});
    }
    SUBCASE("it goes before the request, which stays") {
        {
            Cancellation shorter;
            request.cancellation = &shorter;
            REQUIRE_FALSE(http.client->http(request, note));
        }
        CHECK(http.client->pending() == 1);
        http.client.reset();
        CHECK(errors == std::vector<std::error_code>{errc::cancelled});
    }
    SUBCASE("one that is refused does not keep it") {
        request.path = "/a b";
        CHECK(http.client->http(request, note) == errc::invalid_option);
        CHECK_FALSE(cancellation.pending());
        Client other(http.io, http.client_options());
        REQUIRE_FALSE(other.connect());
        REQUIRE_FALSE(http.client->get("k", note, {.cancellation = &cancellation}));
        request.path = "/";
        CHECK(other.http(request, note) == errc::invalid_arguments);
        REQUIRE_FALSE(other.wait());
        REQUIRE_FALSE(http.client->wait());
    }
}

TEST_CASE("an HTTP answer is awaited, with its whole body, and kept") {
    bool answer = true;
    Http http([&](HttpServer::Connection &connection, const std::string &) {
        const std::string head = "HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n";
        if (answer) connection.trickle(head + "5\r\nabcde\r\n3\r\nxyz\r\n0\r\n\r\n", 9);
    });
    HttpRequest request = http.own("/rows");
    request.streamed = true;
    std::vector<std::string> story;
    std::stop_source stop;
    const auto walk = [&](Client &client) -> Detached {
        const HttpReply rows = co_await client.http(request);
        story.emplace_back(rows.text());
        const auto pools = own(co_await client.http({.path = "/pools"}));
        co_await client.noop();
        story.push_back(std::to_string(pools.status) + std::string(pools.path));
        answer = false;
        story.push_back((co_await client.http(request).until(stop.get_token())).error.message());
        story.push_back((co_await client.http({.path = "/a b"})).error.message());
    };
    walk(*http.client);
    REQUIRE_FALSE(http.client->get("k", {}));
    for (int i = 0; i < 2000 && answer; ++i) run_for(http.io, 1'000);
    run_for(http.io, 10'000);
    CHECK(stop.request_stop());
    REQUIRE_FALSE(http.client->wait());
    CHECK(story == std::vector<std::string>{"abcdexyz", "200/pools", make_error_code(errc::cancelled).message(),
                                            make_error_code(errc::invalid_option).message()});
    // Kept whole, also by blocking(), and wherever it is moved to.
    answer = true;
    auto first = blocking(http.client->http(http.own("/x")));
    const auto kept = std::move(first);
    CHECK(kept.text() == "abcdexyz");
    CHECK(kept.path == "/x");
    CHECK(kept.server == http.address);
    REQUIRE(kept.headers.size() == 2);
    CHECK(kept.headers[0] == std::pair<std::string, std::string>("X-A", "b"));
}

TEST_CASE("limits: time, the body, the head") {
    Http http([](HttpServer::Connection &connection, const std::string &request) {
        if (request.find("/body") != std::string::npos) connection.send(ok(std::string(1000, 'x')));
        if (request.find("/head") != std::string::npos)
            connection.send("HTTP/1.1 200 OK\r\nX-Long: " + std::string(70'000, 'x') + "\r\n\r\n");
    });
    HttpRequest slow = http.own("/never");
    slow.timeout = 60ms;
    const Answer late = http.ask(slow);
    CHECK(late.error == errc::timeout);
    CHECK(late.status == 0);
    CHECK_FALSE(late.detail.empty());
    HttpRequest large = http.own("/body");
    large.max_body = 1000;
    CHECK_FALSE(http.ask(large).error);
    large.max_body = 999;
    CHECK(http.ask(large).error == errc::http);
    CHECK(http.ask(http.own("/head")).error == errc::http);
}

TEST_CASE("a node that accepts no connection leads to the next one") {
    Http http;
    REQUIRE_FALSE(http.cluster.set_faults(0, {.refuse_connections = true}));
    for (int i = 0; i < 4; ++i) {
        const Answer answer = http.ask({.path = "/pools"});
        CHECK(answer.status == 200);
        CHECK(answer.server == "127.0.0.1:" + std::to_string(http.cluster.management_port(1)));
    }
    http.server.die();
    CHECK(http.ask(http.own("/")).error == errc::connect);
}

TEST_CASE("views are asked for at the port that the map tells, and without one at none") {
    Http http([](HttpServer::Connection &connection, const std::string &) { connection.send(ok("rows")); });
    CHECK(http.client->http({.service = HttpService::views, .path = "/default/_design/d/_view/v"}, {}) == errc::no_server);

    const std::string port = std::to_string(http.server.port());
    std::string map = R"({"name":"default","nodeLocator":"vbucket","uuid":"u","nodesExt":[{"services":{"mgmt":8091,"kv":11210,"capi":)" + port +
                      R"(},"hostname":"127.0.0.1"}],"vBucketServerMap":{"hashAlgorithm":"CRC","numReplicas":0,)"
                      R"("serverList":["127.0.0.1:11210"],"vBucketMap":[[0],[0]]}})";
    HttpServer management(*http.reactor, [&](HttpServer::Connection &connection, const std::string &request) {
        if (request.find("GET /pools ") == 0) connection.send(ok(R"({"pools":[{"name":"default","uri":"/pool"}]})"));
        else if (request.find("GET /pool ") == 0) connection.send(ok(R"({"buckets":{"uri":"/buckets"}})"));
        else if (request.find("GET /buckets ") == 0) connection.send(ok(R"([{"name":"default","streamingUri":"/stream"}])"));
        else connection.send("HTTP/1.1 200 OK\r\n\r\n" + map + "\n\n\n\n");
    });
    Options options = http.client_options();
    options.hosts = {management.authority()};
    http.client.emplace(http.io, options);
    CHECK(http.client->http({.path = "/"}, {}) == errc::not_connected);
    REQUIRE_FALSE(http.client->connect());
    REQUIRE_FALSE(http.client->wait());
    const Answer rows = http.ask({.service = HttpService::views, .path = "default/_design/d/_view/v?limit=1"});
    CHECK(rows.body == "rows");
    CHECK(http.server.requests.back().starts_with("GET /default/_design/d/_view/v?limit=1 HTTP/1.1\r\n"));
}

}  // namespace
