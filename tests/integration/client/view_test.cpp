// SPDX-License-Identifier: Apache-2.0
// Views, row by row; and what a client tells of its map.
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include <tenon/blocking.hpp>

#include "../../unit/net/http_server.hpp"
#include "rig.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;

constexpr std::string_view kRows =
    "{\"total_rows\":3,\"rows\":[{\"id\":\"a\",\"key\":1,\"value\":null},{\"id\":\"b\",\"key\":2,\"value\":[]},"
    "{\"id\":\"c\",\"key\":3,\"value\":\"x\"}]}";

std::string answer(std::string_view status, std::string_view body) {
    return "HTTP/1.1 " + std::string(status) + "\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

/// A client of a made-up cluster of one node, whose views are a server of the test's own.
struct Views {
    tenon::io io = io::load();
    net::ReactorRef reactor{io.get()};
    HttpServer views;
    HttpServer management;
    std::optional<Client> client;
    std::vector<std::string> ids;
    std::optional<ViewRow> end;
    std::string rest, detail;

    explicit Views(HttpServer::Handler handler, std::string port_field = "capi")
        : views(*reactor, std::move(handler)),
          management(*reactor, [this, port_field](HttpServer::Connection &connection, const std::string &) {
              const std::string map =
                  R"({"name":"default","nodeLocator":"vbucket","uuid":"u","nodesExt":[{"hostname":"127.0.0.1",)"
                  R"("services":{"mgmt":8091,"kv":11210,")" + port_field + "\":" + std::to_string(views.port()) +
                  R"(}}],"vBucketServerMap":{"hashAlgorithm":"CRC","numReplicas":0,"serverList":["127.0.0.1:11210"],)"
                  R"("vBucketMap":[[0],[0]]}})";
              connection.send("HTTP/1.1 200 OK\r\n\r\n" + map + "\n\n\n\n");
          }) {
        Options options;
        options.hosts = {management.authority()};
        client.emplace(io, options);
        REQUIRE_FALSE(client->connect());
        REQUIRE_FALSE(client->wait());
    }

    std::error_code ask(const ViewQuery &query, std::function<void(const ViewRow &)> also = {},
                        std::uint64_t *id = nullptr) {
        return client->view(query, [this, also](const ViewRow &row) {
            CHECK_FALSE(end);
            if (row.last) {
                end = row;
                rest = row.json;
                detail = row.detail;
            } else {
                ids.emplace_back(row.id);
            }
            if (also) also(row);
        }, id);
    }
};

TEST_CASE("rows come one by one, then the end with what stood around them") {
    Views v([](HttpServer::Connection &connection, const std::string &) {
        connection.trickle(answer("200 OK", kRows), 7);
    });
    std::vector<std::string> values;
    REQUIRE_FALSE(v.ask({.design = "dev_b/eer", .view = "by name", .options = "limit=3"}, [&](const ViewRow &row) {
        CHECK(row.status == 200);
        CHECK(row.server == v.views.authority());
        if (!row.last) values.push_back(std::string(row.key) + "=" + std::string(row.value));
    }));
    CHECK(v.ids.empty());
    REQUIRE_FALSE(v.client->wait());
    CHECK(v.ids == std::vector<std::string>{"a", "b", "c"});
    CHECK(values == std::vector<std::string>{"1=null", "2=[]", "3=\"x\""});
    REQUIRE(v.end);
    CHECK_FALSE(v.end->error);
    CHECK(v.rest == "{\"total_rows\":3,\"rows\":[]}");
    CHECK(v.views.requests.at(0).starts_with("GET /default/_design/dev_b%2Feer/_view/by%20name?limit=3 HTTP/1.1\r\n"));
}

TEST_CASE("a spatial view, a body, rows as they are") {
    Views v([](HttpServer::Connection &connection, const std::string &) { connection.send(answer("200 OK", kRows)); });
    std::vector<std::string> rows;
    REQUIRE_FALSE(v.ask({.design = "d", .view = "v", .body = "{\"keys\":[1]}", .spatial = true, .whole_rows = true},
                        [&](const ViewRow &row) {
                            if (row.last) return;
                            rows.emplace_back(row.json);
                            CHECK(row.key.empty());
                        }));
    REQUIRE_FALSE(v.client->wait());
    REQUIRE(rows.size() == 3);
    CHECK(rows[1] == "{\"id\":\"b\",\"key\":2,\"value\":[]}");
    CHECK(v.views.requests.at(0).starts_with("POST /default/_design/d/_spatial/v HTTP/1.1\r\n"));
    CHECK(v.views.requests.at(0).ends_with("\r\n\r\n{\"keys\":[1]}"));
}

TEST_CASE("a refusal, no JSON, half an answer, silence") {
    std::string text = answer("404 Object Not Found", "{\"error\":\"not_found\"}");
    Views v([&](HttpServer::Connection &connection, const std::string &) {
        connection.send(text);
        if (!text.empty()) connection.finish();
    });
    const auto outcome = [&] {
        v.ids.clear();
        v.end.reset();
        REQUIRE_FALSE(v.ask({.design = "d", .view = "v", .timeout = std::chrono::milliseconds(300)}));
        REQUIRE_FALSE(v.client->wait());
        REQUIRE(v.end);
        return v.end->error;
    };
    CHECK(outcome() == errc::http);
    CHECK(v.end->status == 404);
    CHECK(v.rest == "{\"error\":\"not_found\"}");
    const std::string rambling(200'000, 'x');
    text = answer("404 Object Not Found", rambling);
    CHECK(outcome() == errc::http);
    CHECK(v.rest == rambling.substr(0, 65'536));
    text = answer("200 OK", "{\"rows\":[{\"id\":\"a\"},oops]}");
    CHECK(outcome() == errc::protocol);
    CHECK(v.ids == std::vector<std::string>{"a"});
    text = answer("200 OK", kRows).substr(0, 150);
    CHECK(outcome() == errc::network);
    text.clear();
    CHECK(outcome() == errc::timeout);
}

TEST_CASE("what is refused at once") {
    Views v([](HttpServer::Connection &, const std::string &) {});
    CHECK(v.ask({.design = "", .view = "v"}) == errc::invalid_arguments);
    CHECK(v.ask({.design = "d", .view = ""}) == errc::invalid_arguments);
    CHECK(v.client->view({.design = "d", .view = "v"}, {}) == errc::invalid_arguments);
    Views without([](HttpServer::Connection &, const std::string &) {}, "other");
    CHECK(without.ask({.design = "d", .view = "v"}) == errc::no_server);
}

TEST_CASE("a query is cancelled in its own callback, at a row and at the end of the body") {
    for (const bool at_once : {true, false}) {
        Views v([&](HttpServer::Connection &connection, const std::string &) {
            at_once ? connection.send(answer("200 OK", kRows)) : connection.trickle(answer("200 OK", kRows), 30);
        });
        std::uint64_t id = 0;
        REQUIRE_FALSE(v.ask({.design = "d", .view = "v"}, [&](const ViewRow &) { v.client->cancel_http(id); }, &id));
        REQUIRE_FALSE(v.client->wait());
        run_for(v.io, 20'000);
        CHECK(v.ids.size() == 1);
        CHECK_FALSE(v.end);
    }
}

TEST_CASE("the client is destroyed in a row's callback: the end follows, and nothing else") {
    Views v([](HttpServer::Connection &connection, const std::string &) { connection.send(answer("200 OK", kRows)); });
    REQUIRE_FALSE(v.ask({.design = "d", .view = "v"}, [&](const ViewRow &row) {
        if (!row.last) v.client.reset();
    }));
    CHECK(v.client->wait() == errc::cancelled);
    CHECK(v.ids.size() == 1);
    REQUIRE(v.end);
    CHECK(v.end->error == errc::cancelled);
}

TEST_CASE("a query is cancelled, or its client destroyed, at a row that is told with the end of the answer") {
    // The first row is so long that it is looked for only once all has come.
    const std::string rows = R"({"rows":[{"id":"a","value":")" + std::string(120'000, 'x') + R"("},{"id":"b"}]})";
    Views v([&](HttpServer::Connection &connection, const std::string &) {
        connection.trickle(answer("200 OK", rows), 4'096);
    });
    std::uint64_t id = 0;
    const auto ask = [&](const std::function<void()> &at_row) {
        REQUIRE_FALSE(v.ask({.design = "d", .view = "v"}, [&, at_row](const ViewRow &row) {
            if (!row.last) at_row();
        }, &id));
        return v.client->wait();
    };
    SUBCASE("neither") {
        REQUIRE_FALSE(ask([] {}));
        CHECK(v.ids == std::vector<std::string>{"a", "b"});
        REQUIRE(v.end);
        CHECK_FALSE(v.end->error);
    }
    SUBCASE("cancelled") {
        REQUIRE_FALSE(ask([&] { v.client->cancel_http(id); }));
        run_for(v.io, 20'000);
        CHECK(v.ids == std::vector<std::string>{"a"});
        CHECK_FALSE(v.end);
        CHECK(v.client->pending() == 0);
    }
    SUBCASE("destroyed") {
        bool told = false;
        const auto destroy = [&] {
            v.client.reset();
            told = v.end.has_value();  // before the destructor returned
        };
        CHECK(ask(destroy) == errc::cancelled);
        CHECK(told);
        CHECK(v.ids == std::vector<std::string>{"a"});
        REQUIRE(v.end);
        CHECK(v.end->error == errc::cancelled);
    }
    SUBCASE("cancelled by what it was given to") {
        Cancellation cancellation;
        REQUIRE_FALSE(v.ask({.design = "d", .view = "v", .cancellation = &cancellation}, [&](const ViewRow &row) {
            if (!row.last) cancellation.cancel();
        }));
        REQUIRE_FALSE(v.client->wait());
        CHECK(v.ids == std::vector<std::string>{"a"});
        REQUIRE(v.end);
        CHECK(v.end->error == errc::cancelled);
    }
    SUBCASE("cancelled, and then destroyed") {
        const auto both = [&] {
            v.client->cancel_http(id);
            v.client.reset();
        };
        CHECK(ask(both) == errc::cancelled);
        CHECK(v.ids == std::vector<std::string>{"a"});
        CHECK_FALSE(v.end);
    }
}

TEST_CASE("a view is awaited: all its rows and the end, kept") {
    Views v([](HttpServer::Connection &connection, const std::string &) { connection.send(answer("200 OK", kRows)); });
    std::vector<Owned<ViewRow>> rows;
    std::error_code refused;
    const auto walk = [&](Client &client) -> Detached {
        rows = co_await client.view({.design = "d", .view = "v"});
        const auto none = co_await client.view({.design = "", .view = "v"});
        refused = none.at(0).error;
    };
    walk(*v.client);
    REQUIRE_FALSE(v.client->wait());
    REQUIRE(rows.size() == 4);
    CHECK(rows[0].id == "a");
    CHECK(rows[0].key == "1");
    CHECK(rows[2].json == R"({"id":"c","key":3,"value":"x"})");
    CHECK(rows[2].value == "\"x\"");
    CHECK(rows[2].geometry.empty());
    CHECK(rows[3].last);
    CHECK(rows[3].id.data() == nullptr);
    CHECK(rows[3].json == R"({"total_rows":3,"rows":[]})");
    CHECK(rows[3].headers.size() == 2);
    CHECK(refused == errc::invalid_arguments);
    CHECK(blocking(v.client->view({.design = "d", .view = "v"})).size() == 4);
}

TEST_CASE("a Cancellation ends a query in a row's callback: no other row, then the end") {
    Views v([](HttpServer::Connection &connection, const std::string &) { connection.send(answer("200 OK", kRows)); });
    Cancellation cancellation;
    REQUIRE_FALSE(v.ask({.design = "d", .view = "v", .cancellation = &cancellation}, [&](const ViewRow &row) {
        if (!row.last) cancellation.cancel();
    }));
    REQUIRE_FALSE(v.client->wait());
    CHECK(v.ids.size() == 1);
    REQUIRE(v.end);
    CHECK(v.end->error == errc::cancelled);
}

TEST_CASE("a client tells its map, and where a key goes") {
    Rig rig({.nodes = 3, .replicas = 1, .vbuckets = 64});
    const ClusterMap map = rig.client->map();
    CHECK(map.server_count() == 3);
    CHECK(map.bucket() == "default");
    CHECK(map.management_port(1) == rig.cluster.management_port(1));
    CHECK(map.views_port(0) == 0);
    CHECK(map.management_port(3) == 0);
    CHECK_FALSE(map.ketama());
    for (const char *key : {"a", "b", "c", "d", "e"}) {
        CHECK(rig.client->vbucket_of(key) == map.vbucket_of(key));
        CHECK(rig.client->server_of(key) == map.server_of(key));
        CHECK(rig.get(key).server == rig.client->server(static_cast<unsigned>(rig.client->server_of(key))));
    }
}

}  // namespace
