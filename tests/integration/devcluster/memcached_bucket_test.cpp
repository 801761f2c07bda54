// SPDX-License-Identifier: Apache-2.0
// Buckets of memcached's type: no vBuckets, and each node has what it is sent.
#include <doctest/doctest.h>

#include "cluster_thread.hpp"
#include "rest_client.hpp"
#include "wire_client.hpp"

using namespace tenon;
using nlohmann::json;
using test::ClusterThread;
using test::WireClient;
using wire::Opcode;
using wire::Status;

TEST_CASE("a bucket of memcached's type has nodes and no vBuckets, and knows nothing of Couchbase's own commands") {
    devcluster::Options options{.nodes = 2, .buckets = {{.name = "default", .memcached = true}}, .replicas = 1};
    ClusterThread cluster(std::move(options));
    const json map = json::parse(test::curl(cluster.management_port(), "/pools/default/buckets/default").body);
    CHECK(map["bucketType"] == "memcached");
    CHECK(map["nodeLocator"] == "ketama");
    CHECK(map["nodes"].size() == 2);
    CHECK_FALSE(map.contains("vBucketServerMap"));

    WireClient first(cluster.data_port(0)), second(cluster.data_port(1));
    const std::string no_flags_no_expiry(8, '\0');
    CHECK(first.ask({.opcode = Opcode::set, .key = "k", .value = "here", .extras = no_flags_no_expiry, .vbucket = 77})
              .status == Status::ok);  // whatever vBucket is named
    CHECK(first.ask({.opcode = Opcode::get, .key = "k"}).value == "here");
    CHECK(second.ask({.opcode = Opcode::get, .key = "k"}).status == Status::not_found);
    for (const Opcode opcode : {Opcode::get_replica, Opcode::unlock, Opcode::evict_key})
        CHECK(first.ask({.opcode = opcode, .key = "k", .cas = 1}).status == Status::not_supported);
    CHECK(first.ask({.opcode = Opcode::flush}).status == Status::ok);
    CHECK(first.ask({.opcode = Opcode::get, .key = "k"}).status == Status::not_found);
}
