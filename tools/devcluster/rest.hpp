// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "devcluster/http_connection.hpp"
#include "net/listener.hpp"

namespace tenon::devcluster {

class Bucket;
class Cluster;

/// A management port: answers Couchbase's REST calls as far as clients need them.
///
/// GET and HEAD on /pools, /pools/default, /pools/default/buckets[/NAME]; streams of maps, each followed by four
/// newlines, on /pools/default/bucketsStreaming/NAME and /pools/default/saslBucketsStreaming. The newer short forms
/// /pools/default/b/NAME and /pools/default/bs/NAME give the map as data nodes do.
///
/// Basic auth: a bucket's name and password. Who gives none (or an empty password) sees the buckets that have none, and
/// saslBucketsStreaming, which tells the passwords: this is a cluster for development.
class RestServer {
public:
    explicit RestServer(Cluster &cluster);
    RestServer(const RestServer &) = delete;
    RestServer &operator=(const RestServer &) = delete;
    ~RestServer();

    /// Begins to serve on `port` (0: the system chooses).
    Error listen(const char *address, std::uint16_t port);
    std::uint16_t port() const { return listener_.port(); }

    /// A bucket has a new map: send it to the streams it concerns.
    void published(const Bucket &bucket);

    /// Answers one request.
    void answer(HttpConnection &connection, const HttpRequest &request);
    /// The document a stream repeats: what is at `topic` now.
    std::string stream_document(const StreamTopic &topic) const;

    Cluster &cluster() const { return cluster_; }
    /// Destroys a connection; called by itself at its end.
    void remove(std::uint64_t connection) { connections_.erase(connection); }

private:
    static void on_accept(void *self, int sock);

    /// Who asks: a bucket's user, nobody in particular (null), or somebody to be turned away (not valid).
    struct Credentials {
        bool valid = true;
        const Bucket *user = nullptr;
    };
    Credentials check(std::string_view authorization) const;
    void answer_bucket(HttpConnection &connection, const Credentials &who, std::string_view kind,
                       std::string_view name);

    Cluster &cluster_;
    std::uint64_t last_id_ = 0;
    net::Listener listener_;
    std::map<std::uint64_t, HttpConnection> connections_;  // in the order they came
};

}  // namespace tenon::devcluster
