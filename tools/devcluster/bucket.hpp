// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tenon::devcluster {

/// A node as clients are to see it.
struct NodeAddress {
    std::string host;  ///< IPv6 without brackets
    std::uint16_t management_port = 0;
    std::uint16_t data_port = 0;

    /// "127.0.0.1:8091", "[::1]:8091"
    std::string management() const { return with_port(management_port); }
    std::string data() const { return with_port(data_port); }

private:
    std::string with_port(std::uint16_t port) const {
        const bool v6 = host.find(':') != std::string::npos;
        return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
    }
};

inline constexpr int kNobody = -1;

/// A bucket as the cluster knows it: who may use it, who owns what. Its items are with the nodes.
class Bucket {
public:
    Bucket(std::size_t index, std::string name, std::string password, std::string uuid, unsigned vbuckets,
           unsigned replicas);

    /// Spreads the vBuckets over `nodes` nodes: active ones in turn, each one's replicas on others.
    void spread(unsigned nodes);

    std::size_t index() const { return index_; }
    const std::string &name() const { return name_; }
    const std::string &password() const { return password_; }
    const std::string &uuid() const { return uuid_; }

    unsigned vbuckets() const { return static_cast<unsigned>(rows_.size()); }
    unsigned replicas() const { return replicas_; }
    /// Node indices of one vBucket: the active one, then its replicas; kNobody where there is none.
    const std::vector<int> &row(std::uint16_t vbucket) const { return rows_[vbucket]; }
    const std::vector<std::vector<int>> &rows() const { return rows_; }
    void set_row(std::uint16_t vbucket, std::vector<int> row) { rows_[vbucket] = std::move(row); }

    /// Counts the maps published. `publish` makes a new one of what is set by now.
    std::int64_t rev() const { return rev_; }
    void publish(const std::vector<NodeAddress> &nodes);
    /// The map as of the last `publish`: as the management port gives it, and as data nodes do (no password).
    const std::string &rest_map() const { return rest_map_; }
    const std::string &data_map() const { return data_map_; }

private:
    std::size_t index_;
    std::string name_, password_, uuid_;
    unsigned replicas_;
    std::vector<std::vector<int>> rows_;
    std::int64_t rev_ = 0;
    std::string rest_map_, data_map_;
};

}  // namespace tenon::devcluster
