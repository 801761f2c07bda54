// SPDX-License-Identifier: Apache-2.0
// <tenon/cluster_map.hpp>: what programs outside see of maps.
#include <tenon/cluster_map.hpp>

#include <string>
#include <utility>

#include <doctest/doctest.h>

namespace tenon {
namespace {

std::string json(const std::string &servers, const std::string &rows, const std::string &more = {}) {
    return R"({"name":"b","uuid":"u","rev":3,"revEpoch":1,"vBucketServerMap":{"hashAlgorithm":"CRC","serverList":[)" +
           servers + R"(],"vBucketMap":)" + rows + more + "}}";
}

ClusterMap three(const std::string &more = {}) {
    return ClusterMap::parse(json(R"("a:1","$HOST:2","[::1]:3")", "[[0,1],[1,-1],[2,0],[-1,-1]]", more), "asked");
}

}  // namespace

TEST_CASE("public map: what the document says") {
    const ClusterMap map = three();
    CHECK_FALSE(map.empty());
    CHECK(map.bucket() == "b");
    CHECK(map.uuid() == "u");
    CHECK(map.rev() == 3);
    CHECK(map.rev_epoch() == 1);
    REQUIRE(map.server_count() == 3);
    CHECK(map.server(1) == "asked:2");
    CHECK(map.server(2) == "[::1]:3");
    CHECK(map.server(3).empty());
    CHECK(map.vbucket_count() == 4);
    CHECK(map.replica_count() == 1);
    CHECK(map.vbucket_of("hello") == (528 & 3));
    CHECK(map.owner(2) == 2);
    CHECK(map.replica(2, 0) == 0);
    CHECK(map.replica(2, 1) == ClusterMap::kNoServer);
    CHECK(map.owner(3) == ClusterMap::kNoServer);
    CHECK(map.owner(4) == ClusterMap::kNoServer);
    CHECK(map.replica(4, 0) == ClusterMap::kNoServer);
    CHECK(map.forward_owner(0) == ClusterMap::kNoServer);
    CHECK(map.server_of("hello") == 0);
}

TEST_CASE("public map: an incorrect master makes room for the next guess, without changing copies") {
    ClusterMap map = three();
    const ClusterMap before = map;
    CHECK(map.found_incorrect_master(0, 0) == 1);
    CHECK(map.found_incorrect_master(0, 0) == 1);  // told before
    CHECK(map.found_incorrect_master(0, 1) == 2);
    CHECK(map.owner(0) == 2);
    const ClusterMap copy = map;
    CHECK(map.found_incorrect_master(0, 2) == 0);  // all were asked: from the start
    CHECK(map.found_incorrect_master(0, 0) == 1);
    CHECK(copy.owner(0) == 2);
    CHECK(before.owner(0) == 0);
    CHECK(map.found_incorrect_master(3, 0) == ClusterMap::kNoServer);
    CHECK(map.found_incorrect_master(9, 0) == ClusterMap::kNoServer);
    CHECK(ClusterMap::compare(before, map).equal());

    ClusterMap forward = three(R"(,"vBucketMapForward":[[2,1],[1,0],[2,0],[0,1]])");
    CHECK(forward.forward_owner(0) == 2);
    CHECK(forward.found_incorrect_master(0, 0) == 2);
}

TEST_CASE("public map: comparison and age") {
    const ClusterMap from = three();
    const ClusterMap to = ClusterMap::parse(
        R"({"name":"b","uuid":"u","rev":4,"revEpoch":1,"vBucketServerMap":{"serverList":["d:4","a:1","asked:2"],)"
        R"("vBucketMap":[[1,2],[2,-1],[0,1],[-1,-1]]}})", "other");
    const MapDifference difference = ClusterMap::compare(from, to);
    CHECK(difference.servers_added == std::vector<std::string>{"d:4"});
    CHECK(difference.servers_removed == std::vector<std::string>{"[::1]:3"});
    CHECK(difference.vbuckets_moved == 1);
    CHECK(from.age_of(to) == MapAge::newer);
    CHECK(to.age_of(from) == MapAge::older);
    CHECK(from.age_of(from) == MapAge::same);
    CHECK(from.age_of(ClusterMap()) == MapAge::not_comparable);
}

TEST_CASE("public map: errors come as exceptions or as values, and say where") {
    const std::string broken = json(R"("a:1")", "[[0],[1]]");
    CHECK_THROWS_AS(ClusterMap::parse(broken, "h"), std::system_error);
    std::error_code error;
    std::string message;
    const ClusterMap map = ClusterMap::parse(broken, "h", error, message);
    CHECK(error == errc::bad_map);
    CHECK_MESSAGE(message.find("vBucketMap[1][0]") != message.npos, message);
    CHECK(map.empty());
    CHECK(map.server_count() == 0);
    CHECK(map.vbucket_of("k") == 0);
    CHECK(map.server_of("k") == ClusterMap::kNoServer);
}

TEST_CASE("public map: a memcached bucket's keys go by ketama") {
    const std::string text = R"({"nodeLocator":"ketama","nodes":[{"hostname":"10.0.1.1:8091","ports":{"direct":11211}},
        {"hostname":"10.0.1.2:8091","ports":{"direct":11211}},{"hostname":"10.0.1.3:8091","ports":{"direct":11212}},
        {"hostname":"10.0.1.4:8091","ports":{"direct":11211}}]})";
    const ClusterMap by_port = ClusterMap::parse(text, "h");
    const ClusterMap as_libmemcached = ClusterMap::parse(text, "h", KetamaNaming::libmemcached);
    CHECK(by_port.vbucket_count() == 1);
    CHECK(by_port.server_of("key-1") == 1);
    CHECK(by_port.server_of("key-8") == 3);
    CHECK(as_libmemcached.server_of("key-1") == 2);
    CHECK(as_libmemcached.server_of("key-8") == 2);
    ClusterMap moved = as_libmemcached;
    moved = by_port;
    const ClusterMap taken = std::move(moved);
    CHECK(taken.server_of("key-1") == 1);
}

}  // namespace tenon
