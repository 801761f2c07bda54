// SPDX-License-Identifier: Apache-2.0
#include "devcluster/map_json.hpp"

#include <string_view>

#include <nlohmann/json.hpp>

#include "devcluster/version.hpp"

namespace tenon::devcluster {
namespace {

using Json = nlohmann::ordered_json;

Json nodes_json(const std::vector<NodeAddress> &nodes) {
    Json list = Json::array();
    for (const NodeAddress &node : nodes) {
        list.push_back({{"clusterMembership", "active"},
                        {"status", "healthy"},
                        {"hostname", node.management()},
                        {"version", kServerVersion},
                        {"ports", {{"proxy", 0}, {"direct", node.data_port}}}});
    }
    return list;
}

Json nodes_ext_json(const std::vector<NodeAddress> &nodes) {
    Json list = Json::array();
    for (const NodeAddress &node : nodes)
        list.push_back({{"services", {{"mgmt", node.management_port}, {"kv", node.data_port}}},
                        {"hostname", node.host}});
    return list;
}

Json vbucket_map_json(const Bucket &bucket, const std::vector<NodeAddress> &nodes) {
    Json servers = Json::array();
    for (const NodeAddress &node : nodes) servers.push_back(node.data());
    return {{"hashAlgorithm", "CRC"},
            {"numReplicas", bucket.replicas()},
            {"serverList", std::move(servers)},
            {"vBucketMap", bucket.rows()}};
}

/// A name as one step of a path.
std::string path_step(std::string_view name) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.' || c == '~';
        if (plain) out += c;
        else (out += '%', out += kHex[byte >> 4], out += kHex[byte & 15]);
    }
    return out;
}

}  // namespace

std::string rest_map_json(const Bucket &bucket, const std::vector<NodeAddress> &nodes) {
    const std::string step = path_step(bucket.name());
    const Json json = {
        {"name", bucket.name()},
        {"bucketType", "membase"},
        {"authType", "sasl"},
        {"saslPassword", bucket.password()},
        {"uri", "/pools/default/buckets/" + step},
        {"streamingUri", "/pools/default/bucketsStreaming/" + step},
        {"uuid", bucket.uuid()},
        {"rev", bucket.rev()},
        {"nodeLocator", "vbucket"},
        {"replicaNumber", bucket.replicas()},
        {"bucketCapabilitiesVer", ""},
        {"bucketCapabilities", {"cccp", "touch"}},
        {"nodes", nodes_json(nodes)},
        {"nodesExt", nodes_ext_json(nodes)},
        {"vBucketServerMap", vbucket_map_json(bucket, nodes)},
    };
    return json.dump();
}

std::string data_map_json(const Bucket &bucket, const std::vector<NodeAddress> &nodes) {
    const Json json = {
        {"rev", bucket.rev()},
        {"name", bucket.name()},
        {"uuid", bucket.uuid()},
        {"nodeLocator", "vbucket"},
        {"bucketCapabilitiesVer", ""},
        {"bucketCapabilities", {"cccp", "touch"}},
        {"nodes", nodes_json(nodes)},
        {"nodesExt", nodes_ext_json(nodes)},
        {"vBucketServerMap", vbucket_map_json(bucket, nodes)},
    };
    return json.dump();
}

std::string pools_json(const std::string &cluster_uuid) {
    const Json json = {
        {"pools", Json::array({Json{{"name", "default"}, {"uri", "/pools/default"}}})},
        {"isAdminCreds", false},
        {"uuid", cluster_uuid},
        {"implementationVersion", kServerVersion},
    };
    return json.dump();
}

std::string pool_json(const std::vector<NodeAddress> &nodes) {
    const Json json = {
        {"name", "default"},
        {"nodes", nodes_json(nodes)},
        {"buckets",
         {{"uri", "/pools/default/buckets"},
          {"streamingUriBase", "/pools/default/bucketsStreaming/"},
          {"saslBucketsStreamingUri", "/pools/default/saslBucketsStreaming"}}},
        {"rebalanceStatus", "none"},
    };
    return json.dump();
}

}  // namespace tenon::devcluster
