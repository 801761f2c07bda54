// SPDX-License-Identifier: Apache-2.0
#include "topology/cluster_map.hpp"

#include <bit>
#include <map>
#include <utility>

#include "topology/map_reader.hpp"

namespace tenon::topology {
namespace {

constexpr std::size_t kMaxDocument = 64U * 1024 * 1024;

ClusterMap::Parsed refuse(std::string_view bucket, const std::string &why) {
    std::string message = "cluster map";
    if (!bucket.empty()) message.append(" of bucket \"").append(bucket.substr(0, 100)).append("\"");
    for (char &c : message)
        if (static_cast<unsigned char>(c) < ' ') c = '?';  // the name is the document's
    return {nullptr, Error(errc::bad_map, message + ": " + why)};
}

/// Why the rows of a table cannot be those of this cluster; empty if they can.
std::string contradiction(const OwnerTable &table, std::string_view name, std::size_t servers,
                          const std::optional<std::uint64_t> &replicas) {
    const std::string list(name);
    if (table.rows == 0) return {};
    if (!std::has_single_bit(table.rows))
        return list + " has " + std::to_string(table.rows) + " vBuckets, which is no power of two";
    if (replicas && table.width - 1 != *replicas)
        return list + "[0] has " + std::to_string(table.width) + " entries, but numReplicas is " + std::to_string(*replicas);
    if (table.highest >= static_cast<int>(servers))
        return list + "[" + std::to_string(table.highest_row) + "][" + std::to_string(table.highest_column) +
               "] names server " + std::to_string(table.highest) + " of " + std::to_string(servers);
    return {};
}

/// Tells the servers, which a serverList names by data port only, their ports for management and views.
void join_http_ports(std::vector<Server> &servers, const std::vector<Server> &nodes) {
    // Both lists are of the same nodes, and mostly in the same order.
    std::map<std::pair<std::string_view, std::uint16_t>, const Server *> by_address;
    bool filled = false;
    const auto find = [&](const Server &server) -> const Server * {
        if (!std::exchange(filled, true))
            for (const Server &n : nodes)
                if (n.data_port != 0 && n.http_port != 0) by_address.emplace(std::pair(std::string_view(n.host), n.data_port), &n);
        const auto found = by_address.find(std::pair(std::string_view(server.host), server.data_port));
        return found != by_address.end() ? found->second : nullptr;
    };
    for (std::size_t i = 0; i < servers.size(); ++i) {
        Server &server = servers[i];
        if (server.http_port != 0) continue;
        const bool same = i < nodes.size() && nodes[i].data_port == server.data_port && nodes[i].host == server.host;
        const Server *const node = same && nodes[i].http_port != 0 ? &nodes[i] : find(server);
        if (node == nullptr) continue;
        server.http_port = node->http_port;
        server.views_port = node->views_port;
    }
}

}  // namespace

std::string Server::authority() const {
    const bool v6 = host.find(':') != host.npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(data_port);
}

/// Turns what was read into a map, unless it contradicts itself.
class MapBuilder {
public:
    static ClusterMap::Parsed build(MapDraft draft) {
        if (!draft.fault.empty()) return refuse(draft.name, draft.fault);
        auto map = std::make_shared<ClusterMap>();
        map->locator_ = draft.locator;
        map->bucket_ = std::move(draft.name);
        map->uuid_ = std::move(draft.uuid);
        map->sasl_password_ = std::move(draft.sasl_password);
        map->rev_ = draft.rev;
        map->rev_epoch_ = draft.rev_epoch;
        const std::string why = draft.locator == Locator::ketama ? fill_memcached(*map, draft) : fill_vbuckets(*map, draft);
        if (!why.empty()) return refuse(map->bucket_, why);
        // nodesExt knows every node of the cluster, nodes only those of the bucket.
        map->nodes_ = std::move(draft.nodes_ext.empty() ? draft.nodes : draft.nodes_ext);
        if (map->nodes_.empty()) map->nodes_ = map->servers_;
        return {std::move(map), {}};
    }

    static std::shared_ptr<const ClusterMap> of_servers(std::vector<Server> servers) {
        auto map = std::make_shared<ClusterMap>();
        map->locator_ = Locator::ketama;
        map->servers_ = std::move(servers);
        map->nodes_ = map->servers_;
        fill_one_vbucket(*map);
        return map;
    }

private:
    static std::string fill_vbuckets(ClusterMap &map, MapDraft &draft) {
        if (!draft.has_server_map) return "it has no vBucketServerMap";
        const std::size_t servers = draft.server_list.size();
        std::string why = contradiction(draft.owners, "vBucketMap", servers, draft.replicas);
        if (why.empty()) why = contradiction(draft.forward, "vBucketMapForward", servers, draft.replicas);
        if (!why.empty()) return why;
        if (draft.forward.rows != 0 && (draft.forward.rows != draft.owners.rows || draft.forward.width != draft.owners.width))
            return "vBucketMapForward is not of vBucketMap's size";
        map.servers_ = std::move(draft.server_list);
        join_http_ports(map.servers_, draft.nodes_ext);
        join_http_ports(map.servers_, draft.nodes);
        map.owners_ = std::move(draft.owners.entries);
        map.forward_ = std::move(draft.forward.entries);
        map.vbucket_count_ = draft.owners.rows;
        map.mask_ = static_cast<std::uint16_t>(map.vbucket_count_ == 0 ? 0 : map.vbucket_count_ - 1);
        map.replica_count_ = draft.owners.rows == 0 ? 0 : draft.owners.width - 1;
        return {};
    }

    static std::string fill_memcached(ClusterMap &map, MapDraft &draft) {
        for (Server &s : draft.nodes.empty() ? draft.nodes_ext : draft.nodes)
            if (s.data_port != 0) map.servers_.push_back(s);
        if (!map.servers_.empty()) fill_one_vbucket(map);
        return {};
    }

    /// One server needs no ring: a table of one vBucket says the same. Of several the table says nothing: Ketama does.
    static void fill_one_vbucket(ClusterMap &map) {
        map.owners_ = {static_cast<std::int16_t>(map.servers_.size() == 1 ? 0 : kNoServer)};
        map.vbucket_count_ = 1;
    }
};

ClusterMap::Parsed ClusterMap::parse(std::string_view json, std::string_view asked_host) {
    if (json.size() > kMaxDocument) return refuse({}, "the document has " + std::to_string(json.size()) + " bytes");
    Reading reading = read_bucket(json, asked_host);
    if (!reading.fault.empty()) return refuse({}, reading.fault);
    return MapBuilder::build(std::move(reading.draft));
}

ClusterMap::Parsed ClusterMap::parse_sasl_buckets(std::string_view json, std::string_view bucket,
                                                  std::string_view asked_host) {
    if (json.size() > kMaxDocument) return refuse({}, "the document has " + std::to_string(json.size()) + " bytes");
    Reading reading = read_sasl_buckets(json, bucket, asked_host);
    if (!reading.fault.empty()) return refuse({}, reading.fault);
    if (!reading.found && !reading.draft.fault.empty()) return refuse({}, reading.draft.fault);
    if (!reading.found) {
        std::string message = "no bucket \"" + std::string(bucket) + "\" among ";
        message += reading.buckets.empty() ? "none" : reading.buckets;
        return {nullptr, Error(errc::bucket_not_found, message)};
    }
    return MapBuilder::build(std::move(reading.draft));
}

ClusterMap::Parsed ClusterMap::of_servers(std::vector<Server> servers) {
    if (servers.empty()) return {nullptr, Error(errc::invalid_option, "no memcached server was given")};
    if (servers.size() > kMaxServers) return {nullptr, Error(errc::invalid_option, "too many memcached servers")};
    return {MapBuilder::of_servers(std::move(servers)), {}};
}

}  // namespace tenon::topology
