// SPDX-License-Identifier: Apache-2.0
// One host: the chase, the stream, what is no map, and the end.
#include "monitor_rig.hpp"

using namespace tenon::bootstrap;
using namespace tenon::test;
using tenon::Error;
using tenon::errc;

TEST_CASE("chase to the stream, with credentials, and take each map that follows") {
    TestLoop loop;
    HttpServer server(loop.reactor(), streaming(bucket(11210)));
    Watcher watcher(loop);
    Options options = from({server.authority()});
    options.username = "user";
    options.password = "secret";
    watcher.run(options);
    REQUIRE(watcher.maps.size() == 1);
    CHECK(watcher.port(0) == 11210);
    CHECK(server.requests.size() == 4);
    for (const std::string &request : server.requests)
        CHECK(request.find("\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\n") != std::string::npos);

    // The same map again is no news; one that is empty or malformed replaces nothing; two in one piece are two.
    server.send(chunk(bucket(11210) + "\n\n\n\n"));
    server.send(chunk(kEmpty + "\n\n\n\n{\"vBucketServerMap\":7}\n\n\n\n"));
    server.send(chunk(bucket(2) + "\n\n\n\n" + bucket(3) + "\n\n\n\n"));
    watcher.awaited = 3;
    CHECK(loop.run());
    REQUIRE(watcher.maps.size() == 3);
    CHECK(watcher.port(1) == 2);
    CHECK(watcher.port(2) == 3);
    CHECK(watcher.failures == 0);
    CHECK(server.requests.size() == 4);  // all on the one stream
}

TEST_CASE("a password without user name goes under the bucket's name") {
    TestLoop loop;
    HttpServer server(loop.reactor(), streaming(bucket(1)));
    Watcher watcher(loop);
    Options options = from({server.authority()});
    options.password = "secret";
    watcher.run(options);
    CHECK(server.requests.at(0).find("Basic ZGVmYXVsdDpzZWNyZXQ=") != std::string::npos);
}

TEST_CASE("chasing starts where a URL says, and follows full URLs to other hosts") {
    TestLoop loop;
    HttpServer server(loop.reactor(), streaming(bucket(7)));

    SUBCASE("on the stream itself") {
        Watcher watcher(loop);
        watcher.run(from({"http://" + server.authority() + "/pools/default/bucketsStreaming/default"}));
        REQUIRE(watcher.maps.size() == 1);
        CHECK(server.requests.size() == 1);
    }
    SUBCASE("on the bucket's document") {
        HttpServer other(loop.reactor(), answering(document("{\"name\":\"default\",\"streamingUri\":\"http://" + server.authority() +
                                                            "/pools/default/bucketsStreaming/default\"}")));
        Watcher watcher(loop);
        watcher.run(from({"http://" + other.authority() + "/pools/default/buckets/default"}));
        REQUIRE(watcher.maps.size() == 1);
        CHECK(other.requests.size() == 1);
        CHECK(server.requests.size() == 1);
    }
    SUBCASE("a URL without path is a host") {
        Watcher watcher(loop);
        watcher.run(from({"http://" + server.authority()}));
        CHECK(watcher.maps.size() == 1);
        CHECK(server.requests.size() == 4);
    }
}

TEST_CASE("a stream cut into small pieces") {
    TestLoop loop;
    HttpServer server(loop.reactor(), [](Connection &c, const std::string &) {
        c.trickle(stream_head() + chunk(bucket(5).substr(0, 40)) + chunk(bucket(5).substr(40) + "\n\n") + chunk("\n\n"), 3);
    });
    Watcher watcher(loop);
    watcher.run(from({"http://" + server.authority() + "/pools/default/bucketsStreaming/default"}));
    REQUIRE(watcher.maps.size() == 1);
    CHECK(watcher.port(0) == 5);
}

TEST_CASE("saslBucketsStreaming: the bucket by its name, with its password") {
    TestLoop loop;
    HttpServer server(loop.reactor(), [](Connection &c, const std::string &) {
        c.send(stream("{\"buckets\":[{\"name\":\"other\"}," + bucket(9, "[]", R"("saslPassword":"pw",)") + "]}"));
    });
    Options options = from({server.authority()});
    options.sasl_buckets = true;
    Watcher watcher(loop);
    watcher.run(options);
    REQUIRE(watcher.maps.size() == 1);
    CHECK(watcher.port(0) == 9);
    CHECK(watcher.maps[0]->sasl_password() == "pw");
    CHECK(asks(server.requests.at(0), "/pools/default/saslBucketsStreaming"));

    options.bucket = "nosuch";
    Watcher missing(loop);
    missing.run(options);
    CHECK(missing.error.code == errc::bucket_not_found);
    CHECK(missing.says("nosuch"));
}

TEST_CASE("an empty map is waited out") {
    TestLoop loop;
    HttpServer server(loop.reactor(), streaming(kEmpty));
    Watcher watcher(loop);
    CHECK_FALSE(watcher.start(from({server.authority()})));
    for (int i = 0; i < 200 && server.requests.size() < 4; ++i) loop.run_for(5'000);
    CHECK(watcher.maps.empty());
    CHECK(watcher.failures == 0);
    server.send(chunk(bucket(4) + "\n\n\n\n"));
    CHECK(loop.run());
    REQUIRE(watcher.maps.size() == 1);
    CHECK(watcher.port(0) == 4);
}

TEST_CASE("a stream that ends with an empty map is opened again") {
    TestLoop loop;
    int streams = 0;
    HttpServer server(loop.reactor(), management([&](Connection &c, const std::string &) {
        c.send(stream(++streams < 3 ? kEmpty : bucket(6)));
        if (streams < 3) c.finish();
    }));
    Watcher watcher(loop);
    watcher.run(from({server.authority()}));
    REQUIRE(watcher.maps.size() == 1);
    CHECK(streams == 3);
}

TEST_CASE("a refusal ends the bootstrap at once") {
    TestLoop loop;
    const auto failing = [&](HttpServer::Handler handler) {
        auto watcher = std::make_unique<Watcher>(loop);
        HttpServer server(loop.reactor(), std::move(handler));
        Options options = from({server.authority()});
        options.username = "joe";
        watcher->run(options);
        CHECK(watcher->failures == 1);
        CHECK(watcher->says(server.authority()));
        CHECK(watcher->took_ms < 4000);
        return watcher;
    };
    const auto refused = failing(answering(kUnauthorized));
    CHECK(refused->error.code == errc::authentication);
    CHECK(refused->says("joe"));
    CHECK(refused->says("401 Unauthorized"));
    const auto refused_stream = failing(management(answering(kUnauthorized)));
    CHECK(refused_stream->error.code == errc::authentication);
    const auto gone = failing(management(answering(kNotFound)));
    CHECK(gone->error.code == errc::bucket_not_found);
    CHECK(gone->says("\"default\""));
    CHECK(gone->says("404 Object Not Found"));
    const auto unlisted = failing([](Connection &c, const std::string &request) {
        if (asks(request, "/pools")) c.send(document(R"({"pools":[{"name":"default","uri":"/pools/default/buckets"}]})"));
        else c.send(document("[]"));
    });
    CHECK(unlisted->error.code == errc::bucket_not_found);
}

TEST_CASE("a host that fails gives way to the next") {
    TestLoop loop;
    ClosedPort nobody;
    HttpServer silent(loop.reactor(), [](Connection &, const std::string &) {});
    HttpServer garbage(loop.reactor(), answering("220 mail.example ESMTP\r\n"));
    HttpServer broken(loop.reactor(), streaming("{\"vBucketServerMap\":7}"));
    HttpServer good(loop.reactor(), streaming(bucket(8)));
    Options options = from({"127.0.0.1:" + std::to_string(nobody.port), silent.authority(), garbage.authority(), broken.authority(),
                            good.authority()});
    options.host_timeout_usec = 300'000;
    Watcher watcher(loop);
    watcher.run(options);
    REQUIRE(watcher.maps.size() == 1);
    CHECK(watcher.port(0) == 8);
    CHECK(watcher.took_ms >= 290);
    CHECK(silent.requests.size() == 1);
}

TEST_CASE("where no host can be used, the error lists each with its reason, in time") {
    TestLoop loop;
    ClosedPort nobody;
    const std::string closed = "127.0.0.1:" + std::to_string(nobody.port);
    Watcher watcher(loop);

    SUBCASE("nobody there") {
        watcher.run(from({closed}));
        CHECK(watcher.error.code == errc::no_host);
        CHECK(watcher.says(closed));
        CHECK(watcher.says(tenon::describe_errno(ECONNREFUSED)));
        CHECK(watcher.took_ms < 4000);
    }
    SUBCASE("different reasons") {
        HttpServer garbage(loop.reactor(), answering("SSH-2.0-x\r\n"));
        watcher.run(from({closed, garbage.authority()}));
        CHECK(watcher.error.code == errc::no_host);
        CHECK(watcher.says(closed));
        CHECK(watcher.says(garbage.authority()));
        CHECK(watcher.says("SSH-2.0-x"));
    }
    SUBCASE("garbage instead of HTTP") {
        HttpServer garbage(loop.reactor(), answering("SSH-2.0-x\r\n"));
        watcher.run(from({garbage.authority()}));
        CHECK(watcher.error.code == errc::http);
        CHECK(watcher.says(garbage.authority()));
        CHECK(watcher.says("\"SSH-2.0-x\\r\\n\""));
    }
    SUBCASE("accepts and says nothing") {
        HttpServer silent(loop.reactor(), [](Connection &, const std::string &) {});
        Options options = from({silent.authority()});
        options.timeout_usec = 100'000;
        watcher.run(options);
        CHECK(watcher.error.code == errc::timeout);
        CHECK(watcher.says("no answer from " + silent.authority() + " to GET /pools within "));
        CHECK(watcher.took_ms >= 99);
        CHECK(watcher.took_ms < 5000);
    }
    SUBCASE("only empty maps") {
        HttpServer empty(loop.reactor(), streaming(kEmpty));
        Options options = from({empty.authority()});
        options.timeout_usec = 300'000;
        watcher.run(options);
        CHECK(watcher.error.code == errc::timeout);
        CHECK(watcher.says("only empty maps from " + empty.authority()));
    }
    SUBCASE("the time ends before all were asked") {
        HttpServer silent(loop.reactor(), [](Connection &, const std::string &) {});
        Options options = from({silent.authority(), closed});
        options.timeout_usec = 100'000;
        watcher.run(options);
        CHECK(watcher.says(silent.authority()));
        CHECK(watcher.says(closed));
    }
    SUBCASE("another status") {
        HttpServer server(loop.reactor(), answering("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"));
        watcher.run(from({server.authority()}));
        CHECK(watcher.error.code == errc::http);
        CHECK(watcher.says("302 Found"));
        CHECK(watcher.says("redirects are not followed"));
    }
    SUBCASE("documents in a circle") {
        HttpServer server(loop.reactor(), answering(document(R"({"pools":[{"name":"default","uri":"/pools"}]})")));
        watcher.run(from({server.authority()}));
        CHECK(watcher.error.code == errc::http);
        CHECK(watcher.says("circle"));
    }
    SUBCASE("a malformed map") {
        HttpServer server(loop.reactor(), streaming("{\"vBucketServerMap\":7}"));
        watcher.run(from({server.authority()}));
        CHECK(watcher.error.code == errc::bad_map);
        CHECK(watcher.says(server.authority()));
    }
    CHECK(watcher.maps.empty());
    CHECK(watcher.failures == 1);
    loop.run_for(50'000);
    CHECK(watcher.failures == 1);
}

TEST_CASE("what a server makes up neither floods nor breaks a message") {
    TestLoop loop;
    std::string answer;
    SUBCASE("the reason of its answer") { answer = "HTTP/1.1 500 \x1b[2J" + std::string(60'000, 'x') + "\r\n\r\n"; }
    SUBCASE("a path") { answer = document(R"({"pools":[{"name":"default","uri":"/)" + std::string(1'000'000, 'x') + R"("}]})"); }
    SUBCASE("a URL") { answer = document(R"({"pools":[{"name":"default","uri":"ftp://)" + std::string(1'000'000, 'x') + R"("}]})"); }
    SUBCASE("control characters in a path") { answer = document(R"({"pools":[{"name":"default","uri":"/\u001b[2J"}]})"); }
    HttpServer server(loop.reactor(), answering(answer));
    Watcher watcher(loop);
    watcher.run(from({server.authority()}));
    CHECK(watcher.error.code == errc::http);
    CHECK(watcher.says(server.authority()));
    CHECK(watcher.error.message.size() < 1'000);
    CHECK(watcher.error.message.find('\x1b') == std::string::npos);
    CHECK(server.requests.size() == 1);
}

TEST_CASE("hosts come back: the map held stays until then") {
    TestLoop loop;
    const std::string address = own_loopback();
    auto server = std::make_unique<HttpServer>(loop.reactor(), streaming(bucket(1)), address.c_str());
    const std::uint16_t port = server->port();
    Watcher watcher(loop);
    watcher.run(from({address + ":" + std::to_string(port)}));
    server.reset();
    loop.run_for(100'000);
    CHECK(watcher.maps.size() == 1);
    CHECK(watcher.failures == 0);
    // What would have failed the bootstrap is now only a reason to try again.
    server = std::make_unique<HttpServer>(loop.reactor(), answering(kUnauthorized), address.c_str(), port);
    for (int i = 0; i < 400 && server->requests.empty(); ++i) loop.run_for(5'000);
    CHECK_FALSE(server->requests.empty());
    CHECK(watcher.failures == 0);
    server->handle(streaming(bucket(2)));
    watcher.awaited = 2;
    watcher.monitor->refresh();
    CHECK(loop.run());
    CHECK(watcher.port(1) == 2);
}

TEST_CASE("fixed hosts") {
    TestLoop loop;
    Watcher watcher(loop);
    Options options = from({"[::1]"});
    options.source = Source::fixed;
    watcher.run(options);
    REQUIRE(watcher.maps.size() == 1);
    REQUIRE(watcher.maps[0]->servers().size() == 1);
    CHECK(watcher.maps[0]->servers()[0].host == "::1");
    CHECK(watcher.maps[0]->servers()[0].data_port == 11211);
}

TEST_CASE("options that make no sense come back at once") {
    TestLoop loop;
    const auto refused = [&](Options options) {
        Watcher watcher(loop);
        const Error error = watcher.start(std::move(options));
        loop.run_for(2'000);
        CHECK(watcher.failures == 0);
        CHECK_FALSE(error.message.empty());
        return error.code == errc::invalid_option;
    };
    CHECK(refused(from({})));
    CHECK(refused(from({"host:port"})));
    CHECK(refused(from({"https://host/"})));
    Options no_bucket = from({"127.0.0.1:1"});
    no_bucket.bucket.clear();
    CHECK(refused(no_bucket));
    Options colon = from({"127.0.0.1:1"});
    colon.username = "a:b";
    CHECK(refused(colon));
    Options fixed = from({"host:0"});
    fixed.source = Source::fixed;
    CHECK(refused(fixed));
}

TEST_CASE("the monitor may be destroyed in its callbacks and at any moment") {
    TestLoop loop;
    HttpServer server(loop.reactor(), [](Connection &c, const std::string &) {
        c.send(stream_head() + chunk(bucket(1) + "\n\n\n\n" + bucket(2) + "\n\n\n\n"));
    });
    const std::string url = "http://" + server.authority() + "/pools/default/bucketsStreaming/default";
    {
        Watcher watcher(loop);
        watcher.destroy = true;
        watcher.run(from({url}));
        loop.run_for(5'000);
        CHECK(watcher.maps.size() == 1);
        CHECK(server.connections() == 0);
    }
    {
        HttpServer refusing(loop.reactor(), answering("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"));
        Watcher watcher(loop);
        watcher.destroy = true;
        watcher.run(from({refusing.authority()}));
        CHECK(watcher.failures == 1);
    }
    for (int turns = 0; turns < 8; ++turns) {
        Watcher watcher(loop);
        watcher.awaited = 99;
        CHECK_FALSE(watcher.start(from({url})));
        for (int i = 0; i < turns; ++i) loop.run_for(0);
        watcher.monitor.reset();
        const std::size_t maps = watcher.maps.size();
        loop.run_for(2'000);
        CHECK(watcher.maps.size() == maps);
        CHECK(server.connections() == 0);
    }
}
