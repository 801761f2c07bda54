// SPDX-License-Identifier: Apache-2.0
// The management port: by curl, and by hand where what counts is when something comes.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "cluster_thread.hpp"
#include "rest_client.hpp"
#include "topology/cluster_map.hpp"
#include "wire_client.hpp"

using namespace tenon;
using nlohmann::json;
using test::Answer;
using test::ClusterThread;
using test::curl;
using test::MapStream;
using test::request;
using test::Socket;

namespace {

void publish(ClusterThread &cluster, const char *bucket, unsigned times = 1) {
    cluster.run([&](devcluster::Cluster &c) {
        for (unsigned i = 0; i < times; ++i) c.publish(*c.find_bucket(bucket));
    });
}

const std::vector<devcluster::BucketOptions> kBuckets = {{}, {"secret", "pass"}, {"a b/c", ""}};

}  // namespace

TEST_CASE("the chase from /pools to a bucket") {
    ClusterThread cluster({.nodes = 2, .buckets = kBuckets, .replicas = 1, .vbuckets = 64});
    for (const unsigned node : {0U, 1U}) {
        const std::uint16_t port = cluster.management_port(node);
        const json pools = json::parse(curl(port, "/pools").body);
        const json pool = json::parse(curl(port, pools["pools"][0]["uri"]).body);
        CHECK(pool["nodes"].size() == 2);
        CHECK(pool["nodes"][1]["hostname"] == "127.0.0.1:" + std::to_string(cluster.management_port(1)));
        const json buckets = json::parse(curl(port, pool["buckets"]["uri"]).body);
        REQUIRE(buckets.size() == 2);
        CHECK(buckets[0]["name"] == "default");
        CHECK(buckets[1]["name"] == "a b/c");
        for (const json &bucket : buckets) {
            const Answer answer = curl(port, bucket["uri"]);
            CHECK(answer.status == 200);
            CHECK(json::parse(answer.body) == bucket);
        }
        const topology::ClusterMap::Parsed parsed = topology::ClusterMap::parse(buckets[0].dump(), "127.0.0.1");
        REQUIRE_MESSAGE(parsed.map != nullptr, parsed.error.message);
        CHECK(parsed.map->vbucket_count() == 64);
        CHECK(parsed.map->replica_count() == 1);
        CHECK(parsed.map->bucket() == "default");
        for (unsigned i = 0; i < 2; ++i) {
            CHECK(parsed.map->servers()[i].data_port == cluster.data_port(i));
            CHECK(parsed.map->servers()[i].http_port == cluster.management_port(i));
        }
    }
}

TEST_CASE("who may see what") {
    ClusterThread cluster({.buckets = kBuckets, .vbuckets = 4});
    const std::uint16_t port = cluster.management_port();
    CHECK(curl(port, "/pools/default/buckets/secret").status == 401);
    CHECK(curl(port, "/pools/default/bucketsStreaming/secret").status == 401);
    CHECK(curl(port, "/pools/default/buckets/secret", "-u secret:wrong").status == 401);
    CHECK(curl(port, "/pools/default/buckets/default", "-u secret:wrong").status == 401);
    CHECK(curl(port, "/pools/default/buckets/default", "-u default:wrong").status == 401);
    CHECK(curl(port, "/pools", "-u nobody:pass").status == 401);
    CHECK(curl(port, "/pools", "-H 'Authorization: Bearer x'").status == 401);
    CHECK(curl(port, "/pools", "-H 'Authorization: Basic !!!!'").status == 401);
    CHECK(curl(port, "/pools/default/buckets/default", "-u default:").status == 200);
    CHECK(curl(port, "/pools/default/buckets/default", "-u secret:pass").status == 200);
    const Answer answer = curl(port, "/pools/default/buckets/secret", "-u secret:pass");
    CHECK(answer.status == 200);
    CHECK(json::parse(answer.body)["saslPassword"] == "pass");
    CHECK(json::parse(curl(port, "/pools/default/buckets", "-u secret:pass").body).size() == 3);
    CHECK(curl(port, "/pools/default/b/secret", "-u secret:pass").body.find("pass\"") == std::string::npos);
}

TEST_CASE("what is not there, and what may not be done") {
    ClusterThread cluster({.vbuckets = 4});
    const std::uint16_t port = cluster.management_port();
    for (const char *const path :
         {"/", "/pool", "/poolsX", "/pools/other", "/pools/defaultX", "/pools/default/buckets/none",
          "/pools/default/bucketsStreaming/none", "/pools/default/what/default"}) {
        CAPTURE(path);
        CHECK(curl(port, path).status == 404);
    }
    CHECK(curl(port, "/pools/").status == 200);
    CHECK(curl(port, "/pools?uuid=1").status == 200);
    CHECK(curl(port, "/pools%zz").status == 400);
    CHECK(curl(port, "/pools", "-X POST -d x=y").status == 405);
    CHECK(curl(port, "/pools", "-X DELETE").status == 405);
    CHECK(curl(port, "/pools", "-I").status == 200);
    CHECK(curl(port, "/pools/default/bucketsStreaming/default", "-I").status == 200);
    CHECK(curl(port, "/pools", "-0").status == 200);
    CHECK(curl(port, "/pools", "-H 'Connection: Upgrade' -H 'Upgrade: h2c'").status == 200);
    Socket garbage(port);
    garbage.send("\x80\x01 what is this\r\n\r\n");
    std::string text;
    while (garbage.receive(text)) {}
    CHECK(text.starts_with("HTTP/1.1 400 "));
}

TEST_CASE("one connection takes many requests, however they are cut") {
    ClusterThread cluster({.vbuckets = 4});
    Socket socket(cluster.management_port());
    // A header without a value beside the one that counts.
    const std::string one = request("/pools/default", "X-Empty:\r\nAccept: *\r\n") + request("/none") +
                            request("/pools", "Connection: close\r\n");
    for (const char c : one) socket.send({&c, 1});
    std::string text;
    while (socket.receive(text)) {}
    CHECK(text.find("HTTP/1.1 200 OK") == 0);
    CHECK(text.find("HTTP/1.1 404 Not Found") != text.npos);
    CHECK(text.rfind("HTTP/1.1 200 OK") > text.find("HTTP/1.1 404 Not Found"));
    CHECK(text.find("implementationVersion") != text.npos);
}

TEST_CASE("a pipeline of requests whose answers nobody reads waits") {
    ClusterThread cluster({.vbuckets = 1024});
    Socket socket(cluster.management_port());
    constexpr int kRequests = 4000;
    std::string requests;
    for (int i = 0; i < kRequests; ++i)
        requests += request("/pools/default/b/default", i + 1 == kRequests ? "Connection: close\r\n" : "");
    std::thread sender([&] { socket.send(requests); });
    usleep(100'000);
    std::string text;
    int answers = 0;
    std::size_t at = 0;
    while (socket.receive(text)) {
        while ((at = text.find("HTTP/1.1 200 OK\r\n")) != text.npos) {
            ++answers;
            text.erase(0, at + 17);
        }
        if (text.size() > 17) text.erase(0, text.size() - 17);
    }
    sender.join();
    CHECK(answers == kRequests);
}

TEST_CASE("a stream brings each map as it is published") {
    ClusterThread cluster({.nodes = 2, .buckets = kBuckets, .vbuckets = 4});
    MapStream stream(cluster.management_port(0), "/pools/default/bucketsStreaming/default");
    MapStream brief(cluster.management_port(1), "/pools/default/bs/default");
    MapStream other(cluster.management_port(0), "/pools/default/bucketsStreaming/a%20b%2Fc");
    CHECK(stream.next()["rev"] == 1);
    CHECK(other.next()["name"] == "a b/c");
    const json first = brief.next();
    CHECK(first["rev"] == 1);
    CHECK_FALSE(first.contains("saslPassword"));
    cluster.run([](devcluster::Cluster &c) { c.move_vbucket(*c.find_bucket("default"), 0, 1); });
    publish(cluster, "default");
    const json second = stream.next();
    CHECK(second["rev"] == 2);
    CHECK(second["vBucketServerMap"]["vBucketMap"][0] == json({1}));
    CHECK(brief.next()["rev"] == 2);
    publish(cluster, "a b/c");
    CHECK(other.next()["rev"] == 2);
    publish(cluster, "default");
    CHECK(stream.next()["rev"] == 3);
}

TEST_CASE("saslBucketsStreaming brings all buckets with their passwords") {
    ClusterThread cluster({.buckets = kBuckets, .vbuckets = 4});
    MapStream stream(cluster.management_port(), "/pools/default/saslBucketsStreaming");
    const json first = stream.next();
    REQUIRE(first["buckets"].size() == 3);
    CHECK(first["buckets"][1]["saslPassword"] == "pass");
    const auto parsed = topology::ClusterMap::parse_sasl_buckets(first.dump(), "secret", "127.0.0.1");
    REQUIRE_MESSAGE(parsed.map != nullptr, parsed.error.message);
    CHECK(parsed.map->sasl_password() == "pass");
    publish(cluster, "secret");
    CHECK(stream.next()["buckets"][1]["rev"] == 2);
}

TEST_CASE("a stream that is not read gets the last map, not all of them") {
    ClusterThread cluster({.vbuckets = 32768});
    MapStream stream(cluster.management_port(), "/pools/default/bucketsStreaming/default");
    for (int i = 0; i < 200; ++i) publish(cluster, "default");
    int documents = 0;
    for (std::int64_t rev = 0; rev < 201; ++documents) {
        const std::int64_t next = stream.next()["rev"];
        CHECK(next > rev);
        rev = next;
    }
    CHECK(documents < 200);
}

TEST_CASE("HTTP/1.0 gets a stream without chunks") {
    ClusterThread cluster({.vbuckets = 4});
    Socket socket(cluster.management_port());
    socket.send("GET /pools/default/bucketsStreaming/default HTTP/1.0\r\n\r\n");
    std::string text;
    while (text.find("\n\n\n\n") == text.npos) REQUIRE(socket.receive(text));
    const std::size_t body = text.find("\r\n\r\n");
    CHECK(text.find("chunked") == text.npos);
    CHECK(json::parse(text.substr(body + 4))["rev"] == 1);
}

TEST_CASE("data nodes run elsewhere stand in the map behind those run here") {
    ClusterThread cluster({.nodes = 1, .data_nodes = {{"127.0.0.1", 0, 12345}, {"::1", 0, 12346}}, .vbuckets = 8});
    const json map = json::parse(curl(cluster.management_port(), "/pools/default/buckets/default").body);
    const std::string here = "127.0.0.1:" + std::to_string(cluster.data_port());
    CHECK(map["vBucketServerMap"]["serverList"] == json({here, "127.0.0.1:12345", "[::1]:12346"}));
    CHECK(map["nodes"].size() == 3);
    CHECK(map["nodes"][2]["ports"]["direct"] == 12346);
    CHECK(map["nodesExt"][2]["hostname"] == "::1");
    int owned[3] = {};
    for (const json &row : map["vBucketServerMap"]["vBucketMap"]) ++owned[row[0].get<int>()];
    for (const int count : owned) CHECK(count >= 2);
    test::WireClient c(cluster.data_port());
    CHECK(c.set("k", "v").status == wire::Status::ok);
    CHECK(c.ask({.opcode = wire::Opcode::get, .key = "k", .vbucket = 1}).status == wire::Status::not_my_vbucket);
}
