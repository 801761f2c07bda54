// SPDX-License-Identifier: Apache-2.0
#include "devcluster/rest.hpp"

#include <optional>

#include "devcluster/base64.hpp"
#include "devcluster/cluster.hpp"
#include "devcluster/map_json.hpp"

namespace tenon::devcluster {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain";

/// "/a/b%20c?x=y" to "/a/b c"; none where an escape is broken.
std::optional<std::string> path_of(std::string_view url) {
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    url = url.substr(0, url.find('?'));
    std::string path;
    for (std::size_t i = 0; i < url.size(); ++i) {
        if (url[i] != '%') {
            path += url[i];
            continue;
        }
        if (i + 2 >= url.size() || digit(url[i + 1]) < 0 || digit(url[i + 2]) < 0) return {};
        path += static_cast<char>(digit(url[i + 1]) * 16 + digit(url[i + 2]));
        i += 2;
    }
    return path;
}

void not_found(HttpConnection &connection) { connection.respond(404, kText, "Requested resource not found.\r\n"); }

void unauthorized(HttpConnection &connection) {
    connection.respond(401, kText, "Unauthorized\r\n", "WWW-Authenticate: Basic realm=\"tenon devcluster\"\r\n");
}

bool may_see(const Bucket *user, const Bucket &bucket) { return bucket.password().empty() || user == &bucket; }

}  // namespace

RestServer::RestServer(Cluster &cluster) : cluster_(cluster), listener_(cluster.reactor(), this, on_accept) {}

RestServer::~RestServer() = default;

Error RestServer::listen(const char *address, std::uint16_t port) { return listener_.listen(address, port); }

void RestServer::on_accept(void *self, int sock) {
    RestServer &server = *static_cast<RestServer *>(self);
    const std::uint64_t id = ++server.last_id_;
    server.connections_.try_emplace(id, server, id, sock);
}

void RestServer::published(const Bucket &bucket) {
    for (auto &[id, connection] : connections_) {
        const std::optional<StreamTopic> &topic = connection.topic();
        if (topic && (topic->bucket == nullptr || topic->bucket == &bucket)) connection.refresh();
    }
}

RestServer::Credentials RestServer::check(std::string_view authorization) const {
    constexpr std::string_view kBasic = "Basic ";
    if (authorization.empty()) return {};
    if (!authorization.starts_with(kBasic)) return {.valid = false};
    const std::optional<std::string> plain = decode_base64(authorization.substr(kBasic.size()));
    const std::size_t colon = plain ? plain->find(':') : std::string::npos;
    if (colon == std::string::npos) return {.valid = false};
    const std::string_view password = std::string_view(*plain).substr(colon + 1);
    if (password.empty()) return {};
    const Bucket *const bucket = cluster_.find_bucket(std::string_view(*plain).substr(0, colon));
    if (bucket == nullptr || bucket->password() != password) return {.valid = false};
    return {.user = bucket};
}

void RestServer::answer(HttpConnection &connection, const HttpRequest &request) {
    if (!request.get && !request.head)
        return connection.respond(405, kText, "Method not allowed.\r\n", "Allow: GET, HEAD\r\n");
    const std::optional<std::string> decoded = path_of(request.url);
    if (!decoded) return connection.respond(400, kText, "Bad request.\r\n");
    const Credentials who = check(request.authorization);
    if (!who.valid) return unauthorized(connection);

    std::string_view path = *decoded;
    if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    if (path == "/pools") return connection.respond(200, kJson, pools_json(cluster_.uuid()));
    constexpr std::string_view kPool = "/pools/default";
    if (!path.starts_with(kPool)) return not_found(connection);
    path.remove_prefix(kPool.size());
    if (path.empty()) return connection.respond(200, kJson, pool_json(cluster_.nodes()));
    if (path == "/saslBucketsStreaming") return connection.start_stream({});
    if (path == "/buckets") {
        std::string list;
        for (const auto &bucket : cluster_.buckets())
            if (may_see(who.user, *bucket)) list += (list.empty() ? "" : ",") + bucket->rest_map();
        return connection.respond(200, kJson, "[" + list + "]");
    }
    const std::size_t slash = path.find('/', 1);
    if (slash == path.npos) return not_found(connection);
    answer_bucket(connection, who, path.substr(0, slash), path.substr(slash + 1));
}

void RestServer::answer_bucket(HttpConnection &connection, const Credentials &who, std::string_view kind,
                               std::string_view name) {
    const bool full = kind == "/buckets", full_stream = kind == "/bucketsStreaming";
    const bool brief = kind == "/b", brief_stream = kind == "/bs";
    const Bucket *const bucket = cluster_.find_bucket(name);
    if (bucket == nullptr || !(full || full_stream || brief || brief_stream)) return not_found(connection);
    if (!may_see(who.user, *bucket)) return unauthorized(connection);
    if (full_stream || brief_stream) return connection.start_stream({.bucket = bucket, .short_form = brief_stream});
    connection.respond(200, kJson, full ? bucket->rest_map() : bucket->data_map());
}

std::string RestServer::stream_document(const StreamTopic &topic) const {
    if (topic.bucket != nullptr) return topic.short_form ? topic.bucket->data_map() : topic.bucket->rest_map();
    std::string list;
    for (const auto &bucket : cluster_.buckets()) list += (list.empty() ? "" : ",") + bucket->rest_map();
    return "{\"buckets\":[" + list + "]}";
}

}  // namespace tenon::devcluster
