// SPDX-License-Identifier: Apache-2.0
#include "devcluster/rest.hpp"

#include <optional>

#include "devcluster/base64.hpp"
#include "devcluster/cluster.hpp"
#include "devcluster/form.hpp"
#include "devcluster/management.hpp"
#include "devcluster/map_json.hpp"

namespace tenon::devcluster {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain";

void not_found(HttpConnection &connection) { connection.respond(404, kText, "Requested resource not found.\r\n"); }

void unauthorized(HttpConnection &connection) {
    connection.respond(401, kText, "Unauthorized\r\n", "WWW-Authenticate: Basic realm=\"tenon devcluster\"\r\n");
}

bool may_see(const Bucket *user, bool sees_all, const Bucket &bucket) {
    return sees_all || bucket.password().empty() || user == &bucket;
}

}  // namespace

RestServer::RestServer(Cluster &cluster, Node *node) : cluster_(cluster), node_(node) {}

RestServer::~RestServer() = default;

Error RestServer::listen(const char *address, std::uint16_t port) {
    auto listener = std::make_unique<net::Listener>(cluster_.reactor(), this, on_accept);
    if (Error error = listener->listen(address, port)) return error;
    listener_ = std::move(listener);
    port_ = listener_->port();
    return {};
}

void RestServer::close() {
    listener_.reset();
    connections_.clear();
}

void RestServer::on_accept(void *self, int sock) {
    RestServer &server = *static_cast<RestServer *>(self);
    const std::uint64_t id = ++server.last_id_;
    server.connections_.try_emplace(id, server, id, sock);
}

bool RestServer::running() const { return node_ == nullptr || node_->state() == RunState::running; }

bool RestServer::half_open() const { return node_ != nullptr && node_->faults().half_open; }

void RestServer::published(const Bucket &bucket) {
    for (auto &[id, connection] : connections_) {
        const std::optional<StreamTopic> &topic = connection.topic();
        if (topic && (topic->bucket == nullptr || topic->bucket == &bucket)) connection.refresh();
    }
}

void RestServer::bucket_goes(const Bucket *bucket) {
    for (auto &[id, connection] : connections_) {
        const std::optional<StreamTopic> &topic = connection.topic();
        if (topic && (bucket == nullptr || topic->bucket == bucket)) connection.leave();
    }
}

void RestServer::read_or_not() {
    for (auto &[id, connection] : connections_) connection.read_or_not();
}

std::vector<const Bucket *> RestServer::buckets() const {
    std::vector<const Bucket *> known;
    if (node_ != nullptr && cluster_.membership(node_->index()) == Membership::out) return known;
    for (const auto &bucket : cluster_.buckets()) known.push_back(bucket.get());
    return known;
}

const Bucket *RestServer::find_bucket(std::string_view name) const {
    return node_ != nullptr ? node_->find_bucket(name) : cluster_.find_bucket(name);
}

MapRef RestServer::map(const Bucket &bucket) const { return node_ != nullptr ? node_->map(bucket) : bucket.map(); }

RestServer::Credentials RestServer::check(std::string_view authorization) const {
    constexpr std::string_view kBasic = "Basic ";
    const Options &options = cluster_.options();
    const Credentials anybody{.manages = options.admin_password.empty()};
    if (authorization.empty()) return anybody;
    if (!authorization.starts_with(kBasic)) return {.valid = false};
    const std::optional<std::string> plain = decode_base64(authorization.substr(kBasic.size()));
    const std::size_t colon = plain ? plain->find(':') : std::string::npos;
    if (colon == std::string::npos) return {.valid = false};
    const std::string_view name = std::string_view(*plain).substr(0, colon);
    const std::string_view password = std::string_view(*plain).substr(colon + 1);
    if (name == options.admin_name && (options.admin_password.empty() || options.admin_password == password))
        return {.manages = true, .sees_all = true};
    if (password.empty()) return anybody;
    const Bucket *const bucket = find_bucket(name);
    if (bucket == nullptr || bucket->password() != password) return {.valid = false};
    return {.user = bucket, .manages = anybody.manages};
}

void RestServer::answer(HttpConnection &connection, const HttpRequest &request) {
    const std::size_t question = request.url.find('?');
    const std::optional<std::string> decoded = url_decoded(std::string_view(request.url).substr(0, question), false);
    if (!decoded) return connection.respond(400, kText, "Bad request.\r\n");
    const Credentials who = check(request.authorization);
    if (!who.valid) return unauthorized(connection);
    std::string_view path = *decoded;
    if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    if (request.get || request.head) return answer_get(connection, who, path);
    if (!is_managed(path, request))
        return connection.respond(405, kText, "Method not allowed.\r\n", "Allow: GET, HEAD\r\n");
    if (!who.manages) return unauthorized(connection);
    manage(cluster_, connection, path, request);
}

void RestServer::answer_get(HttpConnection &connection, const Credentials &who, std::string_view path) {
    if (path == "/pools") return connection.respond(200, kJson, pools_json(cluster_));
    constexpr std::string_view kPool = "/pools/default";
    if (!path.starts_with(kPool)) return not_found(connection);
    path.remove_prefix(kPool.size());
    if (path.empty()) return connection.respond(200, kJson, pool_json(cluster_));
    if (path == "/rebalanceProgress") return connection.respond(200, kJson, rebalance_progress_json(cluster_));
    if (path == "/tasks") return connection.respond(200, kJson, tasks_json(cluster_));
    if (path == "/saslBucketsStreaming") return connection.start_stream({});
    if (path == "/buckets") {
        std::string list;
        for (const Bucket *const bucket : buckets())
            if (may_see(who.user, who.sees_all, *bucket)) list += (list.empty() ? "" : ",") + map(*bucket)->rest();
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
    const Bucket *const bucket = find_bucket(name);
    if (bucket == nullptr || !(full || full_stream || brief || brief_stream)) return not_found(connection);
    if (!may_see(who.user, who.sees_all, *bucket)) return unauthorized(connection);
    if (full_stream || brief_stream) return connection.start_stream({.bucket = bucket, .short_form = brief_stream});
    connection.respond(200, kJson, full ? map(*bucket)->rest() : map(*bucket)->data());
}

std::string RestServer::stream_document(const StreamTopic &topic) const {
    if (topic.bucket != nullptr) return topic.short_form ? map(*topic.bucket)->data() : map(*topic.bucket)->rest();
    std::string list;
    for (const Bucket *const bucket : buckets()) list += (list.empty() ? "" : ",") + map(*bucket)->rest();
    return "{\"buckets\":[" + list + "]}";
}

}  // namespace tenon::devcluster
