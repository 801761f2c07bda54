// SPDX-License-Identifier: Apache-2.0
#include "vbucket_config.hpp"

#include <algorithm>
#include <cstdint>
#include <system_error>
#include <utility>

#include "hosts.hpp"

namespace tenon::couchbase2 {
namespace {

constexpr unsigned kCopiesShown = 4;
/// Stays what it is until lcbvb_replace_host.
constexpr std::string_view kWhoWasAsked = "$HOST";

constexpr lcbvb_VBUCKET kNobody{
    {ClusterMap::kNoServer, ClusterMap::kNoServer, ClusterMap::kNoServer, ClusterMap::kNoServer}};

std::string quoted(std::string_view text) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string json = "\"";
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < ' ') {
            json += "\\u00";
            json += kDigits[static_cast<unsigned char>(c) >> 4];
            json += kDigits[c & 15];
            continue;
        }
        if (c == '"' || c == '\\') json += '\\';
        json += c;
    }
    return json + '"';
}

std::string in_brackets(const std::string &host) { return host.find(':') != host.npos ? "[" + host + "]" : host; }

/// The items' texts, with commas between them.
template <class Items, class Text>
std::string list_of(const Items &items, Text text) {
    std::string list;
    for (const auto &item : items) list += (list.empty() ? "" : ",") + text(item);
    return "[" + list + "]";
}

std::string table(const std::vector<std::vector<int>> &rows) {
    const auto number = [](int server) { return std::to_string(server); };
    return list_of(rows, [number](const auto &row) { return list_of(row, number); });
}

std::string node(const MapParts::Server &server) {
    std::string services = "\"kv\":" + std::to_string(server.data);
    if (server.management != 0) services += ",\"mgmt\":" + std::to_string(server.management);
    if (server.views != 0) services += ",\"capi\":" + std::to_string(server.views);
    return "{\"hostname\":" + quoted(server.host) + ",\"services\":{" + services + "}}";
}

}  // namespace

VbucketConfig::VbucketConfig(ClusterMap of) : lcbvb_CONFIG{}, map(std::move(of)) { show(); }

bool VbucketConfig::fail(std::string why) {
    error_ = std::move(why);
    errstr = error_.c_str();
    return false;
}

bool VbucketConfig::load(std::string_view json) {
    std::error_code error;
    std::string why;
    ClusterMap read = ClusterMap::parse(json, kWhoWasAsked, error, why);
    if (error) return fail(std::move(why));
    map = std::move(read);
    show();
    return true;
}

char *VbucketConfig::keep(std::string text) { return texts_.emplace_back(std::move(text)).data(); }

lcbvb_SERVER VbucketConfig::shown_server(std::size_t index) {
    lcbvb_SERVER server{};
    const std::string authority = map.server(index);
    const auto [host, port] = split_address(authority, "0");
    const bool brackets = host.starts_with('[');
    server.authority = keep(authority);
    server.hostname = keep(brackets ? host.substr(1, host.size() - 2) : host);
    server.viewpath = keep("/" + map.bucket());
    server.svc.data = static_cast<lcb_U16>(std::stoul(port));
    server.svc.mgmt = map.management_port(index);
    server.svc.views = map.views_port(index);
    const auto show_port = [&](lcbvb_SVCTYPE type, unsigned number) {
        if (number != 0) server.svc.hoststrs[type] = keep(host + ":" + std::to_string(number));
    };
    show_port(LCBVB_SVCTYPE_DATA, server.svc.data);
    show_port(LCBVB_SVCTYPE_MGMT, server.svc.mgmt);
    show_port(LCBVB_SVCTYPE_VIEWS, server.svc.views);
    if (server.svc.views != 0)
        server.svc.views_base_ = keep("http://" + host + ":" + std::to_string(server.svc.views) + "/" + map.bucket());
    return server;
}

void VbucketConfig::show_vbucket(std::uint16_t vbucket) {
    lcbvb_VBUCKET &shown = vbuckets_[vbucket] = kNobody;
    shown.servers[0] = map.owner(vbucket);
    for (unsigned n = 0; n != std::min(map.replica_count(), kCopiesShown - 1); ++n)
        shown.servers[n + 1] = map.replica(vbucket, n);
}

void VbucketConfig::show() {
    texts_.clear();
    errstr = nullptr;
    dtype = map.ketama() ? LCBVB_DIST_KETAMA : LCBVB_DIST_VBUCKET;
    nvb = map.ketama() ? 0 : map.vbucket_count();
    nsrv = static_cast<unsigned>(map.server_count());
    nrepl = map.replica_count();
    revid = static_cast<int>(std::min<std::int64_t>(map.rev(), INT32_MAX));
    is3x = revid >= 0 ? 1 : 0;
    bname = keep(map.bucket());
    buuid = keep(map.uuid());
    servers_.clear();
    for (unsigned i = 0; i != nsrv; ++i) servers_.push_back(shown_server(i));
    vbuckets_.assign(nvb, kNobody);
    forward_.assign(nvb, kNobody);
    bool has_forward = false;
    for (unsigned i = 0; i != nvb; ++i) {
        const auto vbucket = static_cast<std::uint16_t>(i);
        show_vbucket(vbucket);
        if (const int owner = map.owner(vbucket); owner >= 0) ++servers_[static_cast<unsigned>(owner)].nvbs;
        forward_[i].servers[0] = map.forward_owner(vbucket);
        has_forward = has_forward || forward_[i].servers[0] >= 0;
    }
    servers = servers_.data();
    vbuckets = vbuckets_.data();
    ffvbuckets = has_forward ? forward_.data() : nullptr;
}

MapParts parts_of(const VbucketConfig &config) {
    const ClusterMap &map = config.map;
    MapParts parts{.name = map.bucket(),
                   .uuid = map.uuid(),
                   .ketama = map.ketama(),
                   .revision = config.revid,
                   .replicas = map.replica_count(),
                   .servers = {},
                   .owners = {},
                   .forward = {}};
    for (unsigned i = 0; i != config.nsrv; ++i) {
        const lcbvb_SERVER &server = config.servers[i];
        parts.servers.push_back({server.hostname, server.svc.data, server.svc.mgmt, server.svc.views});
    }
    for (unsigned i = 0; i != config.nvb; ++i) {
        const auto vbucket = static_cast<std::uint16_t>(i);
        std::vector<int> row{map.owner(vbucket)}, later{map.forward_owner(vbucket)};
        for (unsigned n = 0; n != parts.replicas; ++n) row.push_back(map.replica(vbucket, n));
        later.resize(row.size(), ClusterMap::kNoServer);
        parts.owners.push_back(std::move(row));
        parts.forward.push_back(std::move(later));
    }
    if (config.ffvbuckets == nullptr) parts.forward.clear();
    return parts;
}

std::string to_json(const MapParts &parts) {
    std::string json = "{\"name\":" + quoted(parts.name);
    json += parts.ketama ? ",\"nodeLocator\":\"ketama\"" : ",\"nodeLocator\":\"vbucket\"";
    if (!parts.uuid.empty()) json += ",\"uuid\":" + quoted(parts.uuid);
    if (parts.revision >= 0) json += ",\"rev\":" + std::to_string(parts.revision);
    json += ",\"nodesExt\":" + list_of(parts.servers, node);
    if (!parts.ketama) {
        const auto authority = [](const MapParts::Server &server) {
            return quoted(in_brackets(server.host) + ":" + std::to_string(server.data));
        };
        json += ",\"vBucketServerMap\":{\"hashAlgorithm\":\"CRC\",\"numReplicas\":" + std::to_string(parts.replicas) +
                ",\"serverList\":" + list_of(parts.servers, authority) + ",\"vBucketMap\":" + table(parts.owners);
        if (!parts.forward.empty()) json += ",\"vBucketMapForward\":" + table(parts.forward);
        json += "}";
    }
    return json + "}";
}

}  // namespace tenon::couchbase2
