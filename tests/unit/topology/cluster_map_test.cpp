// SPDX-License-Identifier: Apache-2.0
#include "topology/cluster_map.hpp"

#include <string>

#include <doctest/doctest.h>

namespace tenon::topology {
namespace {

std::shared_ptr<const ClusterMap> good(std::string_view json, std::string_view asked_host = "asked") {
    ClusterMap::Parsed parsed = ClusterMap::parse(json, asked_host);
    CAPTURE(parsed.error.message);
    REQUIRE(parsed.map != nullptr);
    REQUIRE_FALSE(parsed.error);
    return parsed.map;
}

std::string refusal(std::string_view json, std::string_view asked_host = "asked") {
    const ClusterMap::Parsed parsed = ClusterMap::parse(json, asked_host);
    CAPTURE(json);
    REQUIRE(parsed.map == nullptr);
    REQUIRE(parsed.error.code == errc::bad_map);
    return parsed.error.message;
}

bool says(const std::string &text, std::string_view part) {
    if (text.find(part) != text.npos) return true;
    MESSAGE("got: ", text);
    return false;
}

std::string server_map(const std::string &inside) { return R"({"name":"b","vBucketServerMap":{)" + inside + "}}"; }

std::string repeat(const std::string &row, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += (i == 0 ? "" : ",") + row;
    return out;
}

}  // namespace

TEST_CASE("the tutorial's map") {
    const auto map = good(R"({
        "name" : "default",
        "bucketType" : "couchbase",
        "vBucketServerMap" : {
            "hashAlgorithm" : "CRC",
            "numReplicas" : 1,
            "serverList" : ["10.1.4.11:11210","10.1.4.12:11210"],
            "vBucketMap" : [[0,1],[1,0],[1,-1],[-1,-1]]
        }
    })" "\n\n\n\n");
    REQUIRE(map->servers().size() == 2);
    CHECK(map->servers()[0] == Server{"10.1.4.11", 11210, 0});
    CHECK(map->servers()[1].authority() == "10.1.4.12:11210");
    CHECK(map->nodes() == map->servers());
    CHECK(map->bucket() == "default");
    CHECK(map->locator() == Locator::vbucket);
    CHECK(map->vbucket_count() == 4);
    CHECK(map->replica_count() == 1);
    CHECK(map->owner(0) == 0);
    CHECK(map->replica(0, 0) == 1);
    CHECK(map->owner(1) == 1);
    CHECK(map->owner(2) == 1);
    CHECK(map->replica(2, 0) == kNoServer);
    CHECK(map->owner(3) == kNoServer);
    CHECK(map->forward_owner(0) == kNoServer);
    CHECK(map->rev() == -1);
    CHECK(map->rev_epoch() == -1);
    CHECK_FALSE(map->empty());
    CHECK(map->vbucket_of("hello") == (528 & 3));
}

TEST_CASE("fields in any order, unknown ones skipped at any depth") {
    const auto map = good(R"({"x":{"vBucketServerMap":{"serverList":[1,{"vBucketMap":[[7]]}]},"name":5},
        "vBucketServerMap":{"z":[[[[1,2]]]],"vBucketMap":[[1,0,-1],[0,1,-1]],"other":{"numReplicas":9},
          "vBucketMapForward":[[0,1,-1],[1,0,-1]],"serverList":["a:1","b:2"],"numReplicas":2,"hashAlgorithm":"CRC"},
        "y":[[],{},[{"rev":3}],null,true,1.5,-2e9,"\u00e4"],
        "rev":71,"uuid":"u-1","saslPassword":"secret","nodeLocator":"vbucket","revEpoch":2,"name":"late"})");
    CHECK(map->bucket() == "late");
    CHECK(map->uuid() == "u-1");
    CHECK(map->sasl_password() == "secret");
    CHECK(map->rev() == 71);
    CHECK(map->rev_epoch() == 2);
    CHECK(map->replica_count() == 2);
    CHECK(map->owner(0) == 1);
    CHECK(map->replica(0, 0) == 0);
    CHECK(map->replica(0, 1) == kNoServer);
    CHECK(map->forward_owner(0) == 0);
    CHECK(map->forward_owner(1) == 1);
}

TEST_CASE("a cluster being set up gives an empty map") {
    CHECK(good(server_map(R"("serverList":[],"vBucketMap":[],"numReplicas":1)"))->empty());
    CHECK(good(server_map(R"("serverList":["a:1"],"vBucketMap":[])"))->empty());
    CHECK(good(server_map(R"("serverList":[],"vBucketMap":[[-1],[-1]])"))->empty());
    CHECK(good(server_map(""))->empty());
    CHECK_FALSE(good(server_map(R"("serverList":["a:1"],"vBucketMap":[[-1,-1],[-1,-1]])"))->empty());
}

TEST_CASE("names of servers") {
    const auto map = good(server_map(R"("serverList":["$HOST:11210","[fe80::1]:11211","[::1]:1","name.example:65535"],
                                        "vBucketMap":[[0],[1],[2],[3]])"), "10.9.8.7");
    CHECK(map->servers()[0].authority() == "10.9.8.7:11210");
    CHECK(map->servers()[1].host == "fe80::1");
    CHECK(map->servers()[1].authority() == "[fe80::1]:11211");
    CHECK(map->servers()[2].authority() == "[::1]:1");
    CHECK(map->servers()[3].data_port == 65535);
    CHECK(good(server_map(R"("serverList":["$HOST:1"],"vBucketMap":[[0]])"), "[::1]")->servers()[0].authority() == "[::1]:1");

    for (const char *bad : {"noport", "host:", "host:0", "host:65536", "host:1x", ":11210", "a b:1", "a/b:1", "[::1]", "",
                            "a\\r\\nb:1", "host:-1", "host:+1"}) {
        const std::string json = server_map("\"serverList\":[\"a:1\",\"" + std::string(bad) + "\"],\"vBucketMap\":[[0]]");
        CHECK(says(refusal(json), "serverList[1] \""));
    }
    CHECK(says(refusal(server_map(R"("serverList":["$HOST:1"],"vBucketMap":[[0]])"), ""), "serverList[0]"));
}

TEST_CASE("ports for management and views come from nodesExt or nodes") {
    SUBCASE("nodes") {
        const auto map = good(R"({"nodes":[
              {"hostname":"a:8092","status":"healthy","ports":{"proxy":11211,"direct":12002}},
              {"hostname":"a:8091","couchApiBase":"http://a:9500/default","ports":{"direct":12000}},
              {"hostname":"$HOST:8093","couchApiBase":"https://elsewhere:1/"}],
            "vBucketServerMap":{"serverList":["a:12000","a:12002","c:1"],"vBucketMap":[[0],[1]]}})");
        CHECK(map->servers()[0].http_port == 8091);
        CHECK(map->servers()[1].http_port == 8092);
        CHECK(map->servers()[2].http_port == 0);
        CHECK(map->servers()[0].views_port == 9500);
        CHECK(map->servers()[1].views_port == 0);
        REQUIRE(map->nodes().size() == 3);
        CHECK(map->nodes()[2] == Server{"asked", 0, 8093});
    }
    SUBCASE("nodesExt, which knows more nodes; without a host it is the one asked") {
        const auto map = good(R"({"nodes":[{"hostname":"b:8000","ports":{"direct":2}}],
            "nodesExt":[
              {"services":{"mgmt":8091,"kv":1,"kvSSL":11207,"capi":8092},"thisNode":true},
              {"hostname":"b","services":{"kv":2,"mgmt":8095}},
              {"hostname":"::1","services":{"mgmt":8096},"alternateAddresses":{"external":{"hostname":"x","ports":{"kv":9}}}}],
            "vBucketServerMap":{"serverList":["asked:1","b:2"],"vBucketMap":[[0],[1]]}})");
        CHECK(map->servers()[0].http_port == 8091);
        CHECK(map->servers()[1].http_port == 8095);
        CHECK(map->servers()[0].views_port == 8092);
        REQUIRE(map->nodes().size() == 3);
        CHECK(map->nodes()[0] == Server{"asked", 1, 8091, 8092});
        CHECK(map->nodes()[2] == Server{"::1", 0, 8096});
    }
}

TEST_CASE("a memcached bucket") {
    const auto map = good(R"({"nodeLocator":"ketama","name":"m","nodes":[
        {"hostname":"a:8091","ports":{"direct":11210}},{"hostname":"b:8091"}]})");
    CHECK(map->locator() == Locator::ketama);
    REQUIRE(map->servers().size() == 1);
    CHECK(map->servers()[0] == Server{"a", 11210, 8091});
    CHECK(map->nodes().size() == 2);
    CHECK(map->owner(map->vbucket_of("any")) == 0);
    CHECK_FALSE(map->empty());
    CHECK(good(R"({"nodeLocator":"ketama","nodes":[]})")->empty());
    const auto two = good(R"({"nodeLocator":"ketama","nodes":[{"hostname":"a:1","ports":{"direct":2}},
                             {"hostname":"a:2","ports":{"direct":3}}]})");
    CHECK(two->servers().size() == 2);
    CHECK(two->owner(two->vbucket_of("any")) == kNoServer);  // Ketama says
    CHECK_FALSE(two->empty());
}

TEST_CASE("fixed servers") {
    const ClusterMap::Parsed one = ClusterMap::of_servers({{"localhost", 11211, 0}});
    REQUIRE(one.map != nullptr);
    CHECK(one.map->owner(one.map->vbucket_of("key")) == 0);
    CHECK(one.map->servers()[0].authority() == "localhost:11211");
    CHECK(one.map->replica_count() == 0);
    CHECK_FALSE(one.map->empty());
    CHECK(ClusterMap::of_servers({}).error.code == errc::invalid_option);
    const ClusterMap::Parsed two = ClusterMap::of_servers({{"a", 1, 0}, {"b", 1, 0}});
    REQUIRE(two.map != nullptr);
    CHECK(two.map->servers().size() == 2);
    CHECK(two.map->nodes().size() == 2);
    CHECK(two.map->owner(0) == kNoServer);
}

TEST_CASE("contradictions are refused with their place") {
    const auto map = [](const std::string &rows, const std::string &rest = R"("serverList":["a:1","b:1"])") {
        return refusal(server_map(rest + ",\"vBucketMap\":" + rows));
    };
    CHECK(says(map("[[0,1],[1,2]]"), "cluster map of bucket \"b\": vBucketMap[1][1] names server 2 of 2"));
    CHECK(says(map("[[0,-2]]"), "vBucketMap[0][1] names server -2"));
    CHECK(says(map("[[0,32767]]"), "vBucketMap[0][1] names server 32767"));
    CHECK(says(map("[[0,18446744073709551615]]"), "vBucketMap[0][1] names server beyond any"));
    CHECK(says(map("[[0],[0],[0]]"), "vBucketMap has 3 vBuckets, which is no power of two"));
    CHECK(says(map("[[0,1],[0]]"), "vBucketMap[1] has 1 entries, the rows before it 2"));
    CHECK(says(map("[[]]"), "vBucketMap[0] is empty"));
    CHECK(says(map("[[0,1]]", R"("numReplicas":2,"serverList":["a:1","b:1"])"),
               "vBucketMap[0] has 2 entries, but numReplicas is 2"));
    CHECK(says(map("[[0,null]]"), "vBucketMap[][] is null"));
    CHECK(says(map("[[0,\"1\"]]"), "vBucketMap[][] is a string"));
    CHECK(says(map("[[0,1.0]]"), "vBucketMap[][] is a fraction"));
    CHECK(says(map("[[0,[1]]]"), "vBucketMap[][] is an array"));
    CHECK(says(map("[0,1]"), "vBucketMap[] is a number"));
    CHECK(says(map("{}"), "vBucketMap is an object"));
    CHECK(says(map("[[0],[1]],\"vBucketMapForward\":[[0],[2]]"), "vBucketMapForward[1][0] names server 2 of 2"));
    CHECK(says(map("[[0],[1]],\"vBucketMapForward\":[[0]]"), "vBucketMapForward is not of vBucketMap's size"));
    CHECK(says(map("[[0],[1]],\"vBucketMapForward\":[[0,1],[0,1]]"), "vBucketMapForward is not of vBucketMap's size"));
    CHECK(says(map("[[0]]", R"("serverList":"a:1")"), "serverList is a string"));
    CHECK(says(map("[[0]]", R"("serverList":[["a:1"]])"), "serverList[] is an array"));
    CHECK(says(map("[[0]]", R"("hashAlgorithm":"MD5")"), "hashAlgorithm \"MD5\" is not known"));
    CHECK(says(map("[[0]]", R"("numReplicas":-1)"), "numReplicas is a negative number"));
    CHECK(says(refusal(R"({"name":7})"), "name is a number"));
    CHECK(says(refusal(R"({"nodeLocator":"mod"})"), "nodeLocator \"mod\" is not known"));
    CHECK(says(refusal(R"({"rev":9223372036854775808})"), "rev 9223372036854775808 is too large"));
    CHECK(says(refusal(R"({"nodes":[{"ports":{"direct":65536}}]})"), "direct 65536 is no port"));
    CHECK(says(refusal(R"({"nodes":[{"hostname":"a:b"}]})"), "nodes[0].hostname \"a:b\""));
    CHECK(says(refusal(R"({"name":"x"})"), "no vBucketServerMap"));
    for (const char *other : {"[]", "5", "null", "\"x\"", "true"}) CHECK(says(refusal(other), "the bucket is "));
}

TEST_CASE("what a document makes up cannot flood or break a log") {
    const std::string huge(1 << 20, 'x');
    CHECK(refusal(server_map("\"serverList\":[\"" + huge + "\"]")).size() < 500);
    CHECK(refusal("{\"name\":\"" + huge + "\",\"rev\":-1}").size() < 500);
    CHECK(says(refusal(R"({"nodeLocator":"a\r\nb"})"), "nodeLocator \"a??b\""));
    CHECK(says(refusal(R"({"name":"a\nb","rev":-1})"), "bucket \"a?b\""));
    const auto other = ClusterMap::parse_sasl_buckets("{\"buckets\":[{\"name\":\"" + huge + "\"}]}", "b", "h");
    CHECK(other.error.code == errc::bucket_not_found);
    CHECK(other.error.message.size() < 500);
    // No name is that long: else it would come to light only in the messages of a connection.
    const std::string name(256, 'x');
    CHECK(says(refusal(server_map("\"serverList\":[\"" + name + ":1\"],\"vBucketMap\":[[0]]")), "is no host:port"));
    const std::string longest = name.substr(1);
    CHECK(good(server_map("\"serverList\":[\"" + longest + ":1\"],\"vBucketMap\":[[0]]"))->servers()[0].host == longest);
}

TEST_CASE("32768 vBuckets are taken, more are not") {
    const std::string servers = R"("serverList":["a:1"],"vBucketMap":[)";
    const auto map = good(server_map(servers + repeat("[0]", 32768) + "]"));
    CHECK(map->vbucket_count() == 32768);
    CHECK(map->vbucket_of("123456789") == 0x4bf4);
    CHECK(says(refusal(server_map(servers + repeat("[0]", 65536) + "]")), "more than 32768 vBuckets"));
}

TEST_CASE("32767 servers are taken, more are not") {
    const auto with = [](int servers) {
        return server_map("\"serverList\":[" + repeat("\"a:1\"", servers) + "],\"vBucketMap\":[[0],[32766]]");
    };
    CHECK(good(with(32767))->owner(1) == 32766);
    CHECK(says(refusal(with(32768)), "serverList has more than 32767 servers"));
}

TEST_CASE("what is no JSON is refused with its byte") {
    const std::string json = server_map(R"("serverList":["a:1"],"vBucketMap":[[0]])");
    for (std::size_t size = 0; size < json.size(); ++size)
        CHECK(says(refusal(json.substr(0, size)), "cut at byte " + std::to_string(size)));
    CHECK(says(refusal(json + "x"), "malformed JSON at byte " + std::to_string(json.size() + 1)));
    CHECK(says(refusal("{\"name\" 5}"), "malformed JSON at byte 9"));
    CHECK(says(refusal("{\"name\":\"\xff\"}"), "malformed JSON"));
    CHECK(says(refusal(std::string(64 * 1024 * 1024 + 1, ' ')), "67108865 bytes"));
    const auto nested = [&](std::size_t depth) {
        return "{\"deep\":" + std::string(depth, '[') + std::string(depth, ']') + "," + json.substr(1);
    };
    CHECK(good(nested(100))->owner(0) == 0);
    CHECK(says(refusal(nested(100'000)), "nested deeper than 200"));
}

TEST_CASE("saslBucketsStreaming: the bucket is picked by name") {
    const std::string json = R"({"buckets":[
        {"name":"default","nodeLocator":"vbucket","saslPassword":"","nodes":[
          {"clusterMembership":"active","status":"healthy","hostname":"10.1.4.11:8091","version":"1.6.1rc1",
           "os":"x86_64-unknown-linux-gnu","ports":{"proxy":11211,"direct":11210}}],
         "vBucketServerMap":{"hashAlgorithm":"CRC","numReplicas":1,"serverList":["10.1.4.11:11210","10.1.4.12:11210"],
                             "vBucketMap":[[0,-1],[1,-1]]}},
        {"vBucketServerMap":{"serverList":["h:1"],"vBucketMap":[[0],[9]]},"name":"broken"},
        {"vBucketServerMap":{"serverList":["h:1"],"vBucketMap":[[0]]},"saslPassword":"pw","name":"late"}]})";
    const auto pick = [&](std::string_view name) { return ClusterMap::parse_sasl_buckets(json, name, "asked"); };

    const auto first = pick("default");
    REQUIRE(first.map != nullptr);
    CHECK(first.map->servers()[0].http_port == 8091);
    CHECK(first.map->owner(1) == 1);
    CHECK(first.map->sasl_password().empty());

    const auto late = pick("late");
    REQUIRE(late.map != nullptr);
    CHECK(late.map->sasl_password() == "pw");
    CHECK(late.map->bucket() == "late");
    CHECK(late.map->vbucket_count() == 1);

    CHECK(pick("broken").error.code == errc::bad_map);
    CHECK(says(pick("broken").error.message, "bucket \"broken\": vBucketMap[1][0] names server 9 of 1"));
    CHECK(pick("missing").error.code == errc::bucket_not_found);
    CHECK(says(pick("missing").error.message, R"(no bucket "missing" among "default", "broken", "late")"));
    CHECK(ClusterMap::parse_sasl_buckets(R"({"buckets":[]})", "x", "h").error.code == errc::bucket_not_found);
    CHECK(ClusterMap::parse_sasl_buckets(R"({"buckets":5})", "x", "h").error.code == errc::bad_map);
    CHECK(ClusterMap::parse_sasl_buckets(R"([])", "x", "h").error.code == errc::bad_map);
    CHECK(ClusterMap::parse_sasl_buckets(json.substr(0, json.size() - 1), "default", "h").error.code == errc::bad_map);
}

}  // namespace tenon::topology
