// SPDX-License-Identifier: Apache-2.0
#include "topology/compare.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace tenon::topology {
namespace {

using Strings = std::vector<std::string>;

std::shared_ptr<const ClusterMap> parsed(const std::string &json) {
    ClusterMap::Parsed parsed = ClusterMap::parse(json, "asked");
    CAPTURE(parsed.error.message);
    REQUIRE(parsed.map != nullptr);
    return parsed.map;
}

/// A map of `servers`, a comma-separated list of JSON strings, and rows.
std::shared_ptr<const ClusterMap> map_of(const std::string &servers, const std::string &rows,
                                         const std::string &more = R"("uuid":"u","rev":1)") {
    return parsed(R"({"name":"b",)" + more + R"(,"vBucketServerMap":{"serverList":[)" + servers +
                  R"(],"vBucketMap":[)" + rows + "]}}");
}

std::shared_ptr<const ClusterMap> memcached_of(const std::string &hosts) {
    std::string nodes;
    for (const char host : hosts)
        nodes += (nodes.empty() ? "" : ",") + std::string(R"({"hostname":")") + host + R"(:8091","ports":{"direct":11210}})";
    return parsed(R"({"name":"b","nodeLocator":"ketama","nodes":[)" + nodes + "]}");
}

MapAge age_of(const std::string &held, const std::string &other) {
    return age(*map_of(R"("a:1")", "[0]", held), *map_of(R"("a:1")", "[0]", other));
}

}  // namespace

TEST_CASE("a map equals itself, whatever is said beside who owns what") {
    const auto map = map_of(R"("a:1","b:1")", "[0,1],[1,0],[-1,-1],[0,-1]");
    const MapDifference same = compare(*map, *map);
    CHECK(same.equal());
    CHECK(same.equivalent());
    CHECK_FALSE(same.only_order());
    const auto later = map_of(R"("a:1","b:1")", "[0,1],[1,0],[-1,-1],[0,-1]",
                              R"("uuid":"v","rev":9,"nodes":[{"hostname":"a:8091","ports":{"direct":1}}])");
    CHECK(compare(*map, *later).equal());
}

TEST_CASE("owners are compared by name, not by index") {
    const auto from = map_of(R"("a:1","b:1","c:1")", "[0,1],[1,2],[2,0],[0,-1]");
    const auto to = map_of(R"("c:1","a:1","b:1")", "[1,2],[2,0],[0,1],[1,-1]");
    const MapDifference difference = compare(*from, *to);
    CHECK(difference.order_changed);
    CHECK(difference.only_order());
    CHECK(difference.equivalent());
    CHECK_FALSE(difference.equal());
    CHECK(difference.vbuckets_moved == 0);
    CHECK(difference.replicas_moved == 0);
}

TEST_CASE("the same indices behind other names are another cluster") {
    const MapDifference difference = compare(*map_of(R"("a:1","b:1")", "[0],[1]"), *map_of(R"("a:1","c:1")", "[0],[1]"));
    CHECK(difference.servers_added == Strings{"c:1"});
    CHECK(difference.servers_removed == Strings{"b:1"});
    CHECK(difference.vbuckets_moved == 1);
    CHECK_FALSE(difference.order_changed);
    CHECK_FALSE(difference.equivalent());
}

TEST_CASE("a host on another port is another server") {
    const MapDifference difference = compare(*map_of(R"("a:1")", "[0]"), *map_of(R"("a:2")", "[0]"));
    CHECK(difference.servers_added == Strings{"a:2"});
    CHECK(difference.servers_removed == Strings{"a:1"});
    CHECK(difference.vbuckets_moved == 1);
}

TEST_CASE("a rebalance: first a server more, then vBuckets move, then one server less") {
    const auto before = map_of(R"("a:1","b:1")", "[0,1],[1,0],[0,1],[1,0]");
    const auto first = map_of(R"("a:1","b:1","c:1")", "[0,1],[1,0],[0,1],[1,0]");
    const auto middle = map_of(R"("a:1","b:1","c:1")", "[0,1],[2,0],[0,2],[1,0]");
    const auto last = map_of(R"("c:1","a:1")", "[1,0],[0,1],[1,0],[0,1]");

    const MapDifference begun = compare(*before, *first);
    CHECK(begun.servers_added == Strings{"c:1"});
    CHECK(begun.servers_removed.empty());
    CHECK(begun.vbuckets_moved == 0);
    CHECK_FALSE(begun.equivalent());

    const MapDifference moved = compare(*first, *middle);
    CHECK(moved.servers_added.empty());
    CHECK(moved.vbuckets_moved == 1);
    CHECK(moved.replicas_moved == 1);

    const MapDifference ended = compare(*middle, *last);
    CHECK(ended.servers_removed == Strings{"b:1"});
    CHECK(ended.vbuckets_moved == 1);
    CHECK(ended.replicas_moved == 1);
    CHECK(ended.order_changed);
}

TEST_CASE("nobody is an owner too") {
    const auto from = map_of(R"("a:1","b:1")", "[0,-1],[-1,1],[-1,-1],[1,0]");
    const auto to = map_of(R"("a:1","b:1")", "[-1,1],[0,1],[-1,-1],[1,-1]");
    const MapDifference difference = compare(*from, *to);
    CHECK(difference.vbuckets_moved == 2);
    CHECK(difference.replicas_moved == 2);
}

TEST_CASE("what a rebalance heads for is told, and is no difference") {
    const auto with_forward = [](const std::string &servers, const std::string &forward) {
        return parsed(R"({"name":"b","vBucketServerMap":{"serverList":[)" + servers +
                      R"(],"vBucketMap":[[0],[0]],"vBucketMapForward":)" + forward + "}}");
    };
    const auto from = with_forward(R"("a:1","b:1","c:1")", "[[0],[1]]");
    const MapDifference difference = compare(*from, *with_forward(R"("a:1","b:1","c:1")", "[[0],[2]]"));
    CHECK(difference.equal());
    CHECK(difference.forward_changed);
    CHECK_FALSE(compare(*from, *with_forward(R"("a:1","c:1","b:1")", "[[0],[2]]")).forward_changed);
    CHECK(compare(*from, *map_of(R"("a:1","b:1","c:1")", "[0],[0]")).forward_changed);
}

TEST_CASE("another number of vBuckets moves all of them") {
    const MapDifference difference =
        compare(*map_of(R"("a:1")", "[0,-1],[0,-1]"), *map_of(R"("a:1")", "[0,-1],[0,-1],[0,-1],[0,-1]"));
    CHECK(difference.vbucket_count_changed);
    CHECK(difference.vbuckets_moved == 4);
    CHECK(difference.replicas_moved == 4);
    CHECK_FALSE(difference.equivalent());
}

TEST_CASE("another number of replicas is a difference, though nothing that both have moved") {
    const MapDifference difference =
        compare(*map_of(R"("a:1","b:1")", "[0,1],[1,0]"), *map_of(R"("a:1","b:1")", "[0,1,-1],[1,0,-1]"));
    CHECK(difference.replica_count_changed);
    CHECK(difference.vbuckets_moved == 0);
    CHECK(difference.replicas_moved == 0);
    CHECK_FALSE(difference.equivalent());
}

TEST_CASE("plain memcached: servers by name are all there is") {
    const auto one = memcached_of("a");
    CHECK(compare(*one, *memcached_of("a")).equal());
    const MapDifference other = compare(*one, *memcached_of("b"));
    CHECK(other.servers_added == Strings{"b:11210"});
    CHECK(other.servers_removed == Strings{"a:11210"});
    CHECK(other.vbuckets_moved == 0);
    CHECK_FALSE(other.equivalent());

    const MapDifference locator = compare(*one, *map_of(R"("a:11210")", "[0],[0]"));
    CHECK(locator.locator_changed);
    CHECK(locator.vbuckets_moved == 2);
    CHECK_FALSE(locator.equivalent());
    const MapDifference back = compare(*map_of(R"("a:11210")", "[0],[0]"), *one);
    CHECK(back.locator_changed);
    CHECK(back.vbuckets_moved == 0);
    CHECK_FALSE(back.equivalent());
}

TEST_CASE("a cluster that is being set up") {
    const auto empty = map_of("", "");
    CHECK(compare(*empty, *empty).equal());
    const MapDifference difference = compare(*empty, *map_of(R"("a:1")", "[0],[0]"));
    CHECK(difference.servers_added == Strings{"a:1"});
    CHECK(difference.vbuckets_moved == 2);
    CHECK(compare(*map_of(R"("a:1")", "[0],[0]"), *empty).servers_removed == Strings{"a:1"});
}

TEST_CASE("a server that a list names twice is one") {
    const auto once = map_of(R"("a:1","b:1")", "[0],[1]");
    const auto twice = map_of(R"("a:1","b:1","a:1")", "[2],[1]");
    const MapDifference difference = compare(*once, *twice);
    CHECK(difference.servers_added.empty());
    CHECK(difference.servers_removed.empty());
    CHECK(difference.vbuckets_moved == 0);
}

TEST_CASE("age goes by revEpoch, then rev, within one bucket") {
    const std::string held = R"("uuid":"u","rev":7)";
    CHECK(age_of(held, R"("uuid":"u","rev":7)") == MapAge::same);
    CHECK(age_of(held, R"("uuid":"u","rev":8)") == MapAge::newer);
    CHECK(age_of(held, R"("uuid":"u","rev":6)") == MapAge::older);
    CHECK(age_of(held, R"("uuid":"u","rev":1,"revEpoch":1)") == MapAge::newer);
    CHECK(age_of(R"("uuid":"u","rev":7,"revEpoch":2)", R"("uuid":"u","rev":9,"revEpoch":1)") == MapAge::older);
    CHECK(age_of(R"("uuid":"u","rev":7,"revEpoch":2)", R"("uuid":"u","rev":9)") == MapAge::older);
    CHECK(age_of(R"("uuid":"u","rev":7,"revEpoch":2)", R"("uuid":"u","rev":7,"revEpoch":2)") == MapAge::same);
}

TEST_CASE("ages of other buckets, or without revisions, cannot be told") {
    CHECK(age_of(R"("uuid":"u","rev":7)", R"("uuid":"v","rev":8)") == MapAge::not_comparable);
    CHECK(age_of(R"("uuid":"u","rev":7)", R"("rev":8)") == MapAge::not_comparable);
    CHECK(age_of(R"("uuid":"u","rev":7)", R"("uuid":"u")") == MapAge::not_comparable);
    CHECK(age_of(R"("uuid":"u")", R"("uuid":"u","rev":7)") == MapAge::not_comparable);
    CHECK(age_of(R"("rev":7)", R"("rev":8)") == MapAge::newer);  // the same name, and nobody knows of uuids
    const auto other = parsed(R"({"name":"c","rev":8,"vBucketServerMap":{"serverList":[],"vBucketMap":[]}})");
    CHECK(age(*map_of(R"("a:1")", "[0]", R"("rev":7)"), *other) == MapAge::not_comparable);
}

}  // namespace tenon::topology
