// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <tenon/cluster_map.hpp>

#include <libcouchbase/vbucket.h>

namespace tenon::couchbase2 {

/// A map as C programs see it: what the struct shows is filled in from `map`, and belongs to this.
struct VbucketConfig : lcbvb_CONFIG {
    explicit VbucketConfig(ClusterMap of = {});
    VbucketConfig(const VbucketConfig &) = delete;
    VbucketConfig &operator=(const VbucketConfig &) = delete;

    /// Takes another map from JSON; if that is none, `errstr` says why, and the map stays.
    bool load(std::string_view json);
    bool fail(std::string why);
    /// Shows what `map` says now of a vBucket.
    void show_vbucket(std::uint16_t vbucket);
    /// A text that lives as long as the map stays.
    char *keep(std::string text);

    ClusterMap map;

private:
    void show();
    lcbvb_SERVER shown_server(std::size_t index);

    std::string error_;
    std::deque<std::string> texts_;
    std::vector<lcbvb_SERVER> servers_;
    std::vector<lcbvb_VBUCKET> vbuckets_, forward_;
};

inline VbucketConfig &config_of(lcbvb_CONFIG *config) { return *static_cast<VbucketConfig *>(config); }

/// What a map consists of.
struct MapParts {
    struct Server {
        std::string host;
        unsigned data = 0, management = 0, views = 0;
    };
    std::string name, uuid;
    bool ketama = false;
    int revision = -1;
    unsigned replicas = 0;
    std::vector<Server> servers;
    std::vector<std::vector<int>> owners, forward;  ///< a row a vBucket: the owner, and the replicas
};

MapParts parts_of(const VbucketConfig &config);
/// As the management tells it.
std::string to_json(const MapParts &parts);

}  // namespace tenon::couchbase2
