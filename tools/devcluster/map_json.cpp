// SPDX-License-Identifier: Apache-2.0
#include "devcluster/map_json.hpp"

#include <fmt/format.h>

#include "devcluster/cluster.hpp"
#include "devcluster/version.hpp"

// Written out by hand: a rebalance publishes a map with every vBucket that moves.
namespace tenon::devcluster {
namespace {

using Out = std::back_insert_iterator<std::string>;

void append_nodes(std::string &out, const PublishedMap &map) {
    out += "\"nodes\":[";
    for (std::size_t i = 0; i < map.servers.size(); ++i) {
        const NodeAddress &node = map.servers[i];
        fmt::format_to(Out(out),
                       R"({}{{"clusterMembership":"active","status":"healthy","otpNode":{},"hostname":{},)"
                       R"("version":"{}","ports":{{"proxy":0,"direct":{}}}}})",
                       i == 0 ? "" : ",", quoted(map.names[i]), quoted(node.management()), kServerVersion,
                       node.data_port);
    }
    out += "],\"nodesExt\":[";
    for (std::size_t i = 0; i < map.servers.size(); ++i) {
        const NodeAddress &node = map.servers[i];
        fmt::format_to(Out(out), R"({}{{"services":{{"mgmt":{},"kv":{}}},"hostname":{}}})", i == 0 ? "" : ",",
                       node.management_port, node.data_port, quoted(node.host));
    }
    out += ']';
}

void append_rows(std::string &out, const std::vector<Row> &rows) {
    out += '[';
    for (const Row &row : rows) {
        out += '[';
        for (const int node : row) {
            out += fmt::format_int(node).c_str();
            out += ',';
        }
        if (row.empty()) out += ']';
        else out.back() = ']';
        out += ',';
    }
    if (rows.empty()) out += ']';
    else out.back() = ']';
}

void append_server_map(std::string &out, const PublishedMap &map) {
    fmt::format_to(Out(out), R"("vBucketServerMap":{{"hashAlgorithm":"CRC","numReplicas":{},"serverList":[)",
                   map.replicas);
    for (std::size_t i = 0; i < map.servers.size(); ++i) {
        if (i != 0) out += ',';
        out += quoted(map.servers[i].data());
    }
    out += "],\"vBucketMap\":";
    append_rows(out, map.rows);
    if (!map.forward.empty()) {
        out += ",\"vBucketMapForward\":";
        append_rows(out, map.forward);
    }
    out += '}';
}

const char *locator(const PublishedMap &map) { return map.memcached ? "ketama" : "vbucket"; }

/// Where items are.
void append_placing(std::string &out, const PublishedMap &map) {
    append_nodes(out, map);
    if (map.memcached) return;
    out += ',';
    append_server_map(out, map);
}

void append_revision(std::string &out, const PublishedMap &map) {
    fmt::format_to(Out(out), R"("rev":{},)", map.rev);
    if (map.rev_epoch != 0) fmt::format_to(Out(out), R"("revEpoch":{},)", map.rev_epoch);
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

std::string controllers_json() {
    std::string out;
    for (const char *const call : {"addNode", "rebalance", "failOver", "startGracefulFailover", "reAddNode",
                                   "ejectNode", "setRecoveryType", "stopRebalance"})
        fmt::format_to(Out(out), R"({}"{}":{{"uri":"/controller/{}"}})", out.empty() ? "" : ",", call, call);
    return out;
}

}  // namespace

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') (out += '\\') += c;
        else if (static_cast<unsigned char>(c) < 0x20) fmt::format_to(Out(out), "\\u{:04x}", c);
        else out += c;
    }
    return out += '"';
}

std::string rest_map_json(const PublishedMap &map) {
    const std::string step = path_step(map.bucket);
    std::string out = fmt::format(
        R"({{"name":{},"bucketType":"{}","authType":"sasl","saslPassword":{},"uri":"/pools/default/buckets/{}",)"
        R"("streamingUri":"/pools/default/bucketsStreaming/{}","uuid":"{}",)",
        quoted(map.bucket), map.memcached ? "memcached" : "membase", quoted(map.password), step, step, map.uuid);
    append_revision(out, map);
    fmt::format_to(Out(out),
                   R"("nodeLocator":"{}","replicaNumber":{},"bucketCapabilitiesVer":"",)"
                   R"("bucketCapabilities":["cccp","touch"],)",
                   locator(map), map.replicas);
    append_placing(out, map);
    return out += '}';
}

std::string data_map_json(const PublishedMap &map) {
    std::string out = "{";
    append_revision(out, map);
    fmt::format_to(Out(out),
                   R"("name":{},"uuid":"{}","nodeLocator":"{}","bucketCapabilitiesVer":"",)"
                   R"("bucketCapabilities":["cccp","touch"],)",
                   quoted(map.bucket), map.uuid, locator(map));
    append_placing(out, map);
    return out += '}';
}

std::string pools_json(const Cluster &cluster) {
    return fmt::format(R"({{"pools":[{{"name":"default","uri":"/pools/default"}}],"isAdminCreds":false,"uuid":"{}",)"
                       R"("implementationVersion":"{}"}})",
                       cluster.uuid(), kServerVersion);
}

std::string pool_json(const Cluster &cluster) {
    std::string nodes;
    for (unsigned i = 0; i < cluster.nodes().size(); ++i) {
        const Membership membership = cluster.membership(i);
        if (membership == Membership::out) continue;
        const char *const what = membership == Membership::active  ? "active"
                                 : membership == Membership::added ? "inactiveAdded"
                                                                   : "inactiveFailed";
        const char *const recovery = cluster.recovery(i) == Recovery::full    ? "full"
                                     : cluster.recovery(i) == Recovery::delta ? "delta"
                                                                              : "none";
        const char *const status = !cluster.running(i)                                       ? "unhealthy"
                                   : cluster.runs_here(i) && cluster.node(i).warming_up() ? "warmup"
                                                                                             : "healthy";
        fmt::format_to(Out(nodes),
                       R"({}{{"clusterMembership":"{}","recoveryType":"{}","status":"{}","otpNode":{},"hostname":{},)"
                       R"("version":"{}","ports":{{"proxy":0,"direct":{}}}}})",
                       nodes.empty() ? "" : ",", what, recovery, status, quoted(cluster.node_name(i)),
                       quoted(cluster.nodes()[i].management()), kServerVersion, cluster.nodes()[i].data_port);
    }
    static const std::string controllers = controllers_json();
    return fmt::format(
        R"({{"name":"default","nodes":[{}],"buckets":{{"uri":"/pools/default/buckets",)"
        R"("streamingUriBase":"/pools/default/bucketsStreaming/",)"
        R"("saslBucketsStreamingUri":"/pools/default/saslBucketsStreaming"}},"controllers":{{{}}},)"
        R"("rebalanceStatus":"{}","rebalanceProgressUri":"/pools/default/rebalanceProgress",)"
        R"("stopRebalanceUri":"/controller/stopRebalance","tasks":{{"uri":"/pools/default/tasks"}}}})",
        nodes, controllers, cluster.rebalancing() ? "running" : "none");
}

}  // namespace tenon::devcluster
