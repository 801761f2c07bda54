// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/map_cache.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "net/url.hpp"
#include "topology/hash.hpp"

namespace tenon::bootstrap {
namespace {

using Json = nlohmann::ordered_json;
using topology::ClusterMap;
using topology::Server;

constexpr std::string_view kMagic = "tenon-map-cache 1 ";
/// As for a document from a server, with room for the lines before it.
constexpr std::size_t kMaxFile = 65U * 1024 * 1024;

std::string authority(const std::string &host, std::uint16_t port) { return net::HostPort{host, port}.to_string(); }

std::string bracketed(const std::string &host) { return host.find(':') == host.npos ? host : "[" + host + "]"; }

/// A node in the form of "nodes", which ketama goes by.
Json node_of(const Server &server) {
    Json node;
    node["hostname"] = server.http_port != 0 ? authority(server.host, server.http_port) : bracketed(server.host);
    node["ports"]["direct"] = server.data_port;
    return node;
}

/// A node in the form of "nodesExt", which may lack services.
Json node_ext_of(const Server &server) {
    Json node;
    node["hostname"] = server.host;
    node["services"] = Json::object();
    if (server.http_port != 0) node["services"]["mgmt"] = server.http_port;
    if (server.data_port != 0) node["services"]["kv"] = server.data_port;
    if (server.views_port != 0) node["services"]["capi"] = server.views_port;
    return node;
}

Json owners_of(const ClusterMap &map) {
    Json rows = Json::array();
    for (std::uint32_t i = 0; i < map.vbucket_count(); ++i) {
        const auto vbucket = static_cast<std::uint16_t>(i);
        Json row = Json::array({map.owner(vbucket)});
        for (unsigned n = 0; n < map.replica_count(); ++n) row.push_back(map.replica(vbucket, n));
        rows.push_back(std::move(row));
    }
    return rows;
}

/// Where the rebalance leads; replicas on the way are not kept. Empty if there is none.
Json forward_owners_of(const ClusterMap &map) {
    Json rows = Json::array();
    bool any = false;
    for (std::uint32_t i = 0; i < map.vbucket_count(); ++i) {
        const int owner = map.forward_owner(static_cast<std::uint16_t>(i));
        any = any || owner != topology::kNoServer;
        Json row = Json::array({owner});
        for (unsigned n = 0; n < map.replica_count(); ++n) row.push_back(topology::kNoServer);
        rows.push_back(std::move(row));
    }
    return any ? rows : Json();
}

std::string document_of(const ClusterMap &map, std::string_view bucket) {
    Json document;
    document["name"] = bucket;
    if (!map.uuid().empty()) document["uuid"] = map.uuid();
    if (map.rev() >= 0) document["rev"] = map.rev();
    if (map.rev_epoch() >= 0) document["revEpoch"] = map.rev_epoch();
    const bool ketama = map.locator() == topology::Locator::ketama;
    document["nodeLocator"] = ketama ? "ketama" : "vbucket";
    if (ketama)
        for (const Server &server : map.servers()) document["nodes"].push_back(node_of(server));
    for (const Server &node : map.nodes()) document["nodesExt"].push_back(node_ext_of(node));
    if (!ketama) {
        Json &vbuckets = document["vBucketServerMap"];
        vbuckets["hashAlgorithm"] = "CRC";
        vbuckets["numReplicas"] = map.replica_count();
        vbuckets["serverList"] = Json::array();
        for (const Server &server : map.servers()) vbuckets["serverList"].push_back(server.authority());
        vbuckets["vBucketMap"] = owners_of(map);
        if (Json forward = forward_owners_of(map); !forward.is_null()) vbuckets["vBucketMapForward"] = std::move(forward);
    }
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

struct Close {
    void operator()(std::FILE *file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

/// Nothing with errno set if it cannot be read; errno is EFBIG if there is no end of it.
std::optional<std::string> contents(const std::string &path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // nobody waits for a pipe's other end
    if (descriptor < 0) return std::nullopt;
    const File file(fdopen(descriptor, "rb"));
    if (!file) {
        close(descriptor);
        return std::nullopt;
    }
    std::string text;
    char piece[16 * 1024];
    errno = 0;
    while (const std::size_t size = std::fread(piece, 1, sizeof piece, file.get())) {
        text.append(piece, size);
        if (text.size() > kMaxFile) errno = EFBIG;
        if (errno == EFBIG) return std::nullopt;
    }
    if (std::ferror(file.get()) != 0) return std::nullopt;
    return text;
}

std::string_view take_line(std::string_view &text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

/// Whether the first line is that of a cache, and of what follows.
bool is_whole(std::string_view first, std::string_view rest) {
    if (!first.starts_with(kMagic)) return false;
    first.remove_prefix(kMagic.size());
    std::uint32_t crc = 0;
    std::size_t size = 0;
    const char *const end = first.data() + first.size();
    const auto [after_crc, crc_error] = std::from_chars(first.data(), end, crc, 16);
    if (crc_error != std::errc() || after_crc == end || *after_crc != ' ') return false;
    const auto [after_size, size_error] = std::from_chars(after_crc + 1, end, size);
    return size_error == std::errc() && after_size == end && size == rest.size() && crc == topology::crc32(rest);
}

bool knows(std::string_view written_for, const ClusterMap &map, const std::vector<std::string> &hosts) {
    std::vector<std::string> known;
    while (!written_for.empty()) {
        const std::size_t end = std::min(written_for.find(' '), written_for.size());
        known.emplace_back(written_for.substr(0, end));
        written_for.remove_prefix(std::min(end + 1, written_for.size()));
    }
    for (const Server &node : map.nodes()) known.push_back(authority(node.host, node.http_port));
    return std::find_first_of(known.begin(), known.end(), hosts.begin(), hosts.end()) != known.end();
}

Error cannot(const std::string &what, const std::string &path, int error) {
    return {std::error_code(error, std::system_category()), what + " map cache " + path + ": " + describe_errno(error)};
}

}  // namespace

CachedMap read_map_cache(const std::string &path, std::string_view bucket, const std::vector<std::string> &hosts) {
    const std::optional<std::string> text = contents(path);
    if (!text) return {nullptr, errno == ENOENT ? std::string() : cannot("cannot read", path, errno).message};
    const auto ignore = [&](const std::string &why) { return CachedMap{nullptr, "map cache " + path + " is ignored: " + why}; };
    std::string_view rest = *text;
    const std::string_view first = take_line(rest);
    if (!is_whole(first, rest)) return ignore("it is damaged, or no map cache of this version");
    const std::string_view written_for = take_line(rest);
    ClusterMap::Parsed parsed = ClusterMap::parse(rest, "localhost");
    if (parsed.error) return ignore(parsed.error.message);
    if (parsed.map->bucket() != bucket) return ignore("it is of bucket \"" + std::string(parsed.map->bucket()) + "\"");
    if (parsed.map->empty()) return ignore("its map is empty");
    if (!knows(written_for, *parsed.map, hosts)) return ignore("it is of a cluster that none of the hosts given was of");
    return {std::move(parsed.map), {}};
}

Error write_map_cache(const std::string &path, const ClusterMap &map, std::string_view bucket,
                      const std::vector<std::string> &hosts) {
    std::string body;
    for (const std::string &host : hosts) body += (body.empty() ? "" : " ") + host;
    body += "\n" + document_of(map, bucket) + "\n";
    char first[64];
    const int length = std::snprintf(first, sizeof first, "%.*s%08x %zu\n", static_cast<int>(kMagic.size()), kMagic.data(),
                                     static_cast<unsigned>(topology::crc32(body)), body.size());

    // Not synchronized with the disk: that may take long, and a file that a power cut leaves incomplete is found out.
    std::string temporary = path + ".XXXXXX";
    const int descriptor = mkostemp(temporary.data(), O_CLOEXEC);  // mode 0600
    if (descriptor < 0) return cannot("cannot write", path, errno);
    bool written = false;
    if (File file{fdopen(descriptor, "wb")}) {
        written = std::fwrite(first, 1, static_cast<std::size_t>(length), file.get()) > 0 &&
                  std::fwrite(body.data(), 1, body.size(), file.get()) == body.size();
        written = std::fclose(file.release()) == 0 && written;
    } else {
        close(descriptor);
    }
    if (written && std::rename(temporary.c_str(), path.c_str()) == 0) return {};
    const int error = errno;
    std::remove(temporary.c_str());
    return cannot("cannot write", path, error);
}

}  // namespace tenon::bootstrap
