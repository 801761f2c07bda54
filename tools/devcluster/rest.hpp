// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "devcluster/http_connection.hpp"
#include "devcluster/published_map.hpp"
#include "net/listener.hpp"

namespace tenon::devcluster {

class Bucket;
class Cluster;
class Node;

/// A management port: answers Couchbase's REST calls as far as clients need them, and those that manage a cluster.
///
/// GET and HEAD on /pools, /pools/default, /pools/default/buckets[/NAME]; streams of maps, each followed by four
/// newlines, on /pools/default/bucketsStreaming/NAME and /pools/default/saslBucketsStreaming. The newer short forms
/// /pools/default/b/NAME and /pools/default/bs/NAME give the map as data nodes do. The rest is in management.hpp.
///
/// Basic auth: a bucket's name and password, or the administrator's. Who gives none (or an empty password) sees the
/// buckets that have none, and saslBucketsStreaming, which tells the passwords: this is a cluster for development.
class RestServer {
public:
    /// `node`: whose it is; null in a cluster that runs none.
    RestServer(Cluster &cluster, Node *node);
    RestServer(const RestServer &) = delete;
    RestServer &operator=(const RestServer &) = delete;
    ~RestServer();

    /// Begins to serve on `port` (0: the system chooses).
    Error listen(const char *address, std::uint16_t port);
    /// The port it serves on, or did last.
    std::uint16_t port() const { return port_; }
    /// Takes no more connections.
    void refuse() { listener_.reset(); }
    /// Neither that nor keeps those there are.
    void close();

    /// A bucket has a new map: send it to the streams it concerns.
    void published(const Bucket &bucket);
    /// A bucket goes (it is still there), or all of them, for the node has left: ends what streams them.
    void bucket_goes(const Bucket *bucket);
    /// The node has stopped or begun to do something.
    void read_or_not();

    /// Answers one request.
    void answer(HttpConnection &connection, const HttpRequest &request);
    /// The document a stream repeats: what is at `topic` now.
    std::string stream_document(const StreamTopic &topic) const;

    Cluster &cluster() const { return cluster_; }
    bool running() const;
    bool half_open() const;
    /// Destroys a connection; called by itself at its end.
    void remove(std::uint64_t connection) { connections_.erase(connection); }

private:
    static void on_accept(void *self, int sock);

    /// Who asks: a bucket's user, the administrator, nobody in particular, or somebody to be turned away (not valid).
    struct Credentials {
        bool valid = true;
        const Bucket *user = nullptr;
        bool manages = false;   ///< may change the cluster
        bool sees_all = false;  ///< every bucket
    };
    Credentials check(std::string_view authorization) const;
    void answer_get(HttpConnection &connection, const Credentials &who, std::string_view path);
    void answer_bucket(HttpConnection &connection, const Credentials &who, std::string_view kind,
                       std::string_view name);
    /// What this node knows: all buckets, or none if it is not of the cluster.
    std::vector<const Bucket *> buckets() const;
    const Bucket *find_bucket(std::string_view name) const;
    MapRef map(const Bucket &bucket) const;

    Cluster &cluster_;
    Node *const node_;
    std::uint64_t last_id_ = 0;
    std::uint16_t port_ = 0;
    std::unique_ptr<net::Listener> listener_;
    std::map<std::uint64_t, HttpConnection> connections_;  // in the order they came
};

}  // namespace tenon::devcluster
