// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "topology/hash.hpp"

namespace tenon::topology {

/// A node as the map names it.
struct Server {
    std::string host;              ///< name or numeric address, IPv6 without brackets
    std::uint16_t data_port = 0;   ///< 0: no data service
    std::uint16_t http_port = 0;   ///< management; 0: not told
    std::uint16_t views_port = 0;  ///< design documents and views; 0: not told, or not there

    /// "10.0.0.1:11210", "[::1]:11210": what identifies a data node
    std::string authority() const;
    bool operator==(const Server &) const = default;
};

enum class Locator : std::uint8_t { vbucket, ketama };

/// Nobody owns it (yet).
inline constexpr int kNoServer = -1;
/// The most vBuckets that a map may have: the hash has 15 bits.
inline constexpr std::uint32_t kMaxVbuckets = 32768;

/// Who owns what, at one moment: an immutable value, shared by pointer. Look-ups take a vbucket < vbucket_count().
class ClusterMap {
public:
    struct Parsed {
        std::shared_ptr<const ClusterMap> map;  ///< null on error
        Error error;                            ///< errc::bad_map with what is wrong and where
    };

    /// From one JSON document. `asked_host` stands in for $HOST and for nodes without a name of their own.
    /// Unknown fields are skipped, fields come in any order. serverList's order is the order of the servers; their
    /// management ports come from nodesExt or nodes. Refused (errc::bad_map): what is no whole JSON, a field of the wrong
    /// type, a vBucket count that is no power of two or above 32768, rows that are not numReplicas + 1 long, servers that
    /// are not in the list, documents above 64 MiB.
    static Parsed parse(std::string_view json, std::string_view asked_host);

    /// Picks `bucket` out of the `buckets` array of saslBucketsStreaming; errc::bucket_not_found if it is not there.
    static Parsed parse_sasl_buckets(std::string_view json, std::string_view bucket, std::string_view asked_host);

    /// A map of plain memcached servers (locator ketama). None, or too many to number: errc::invalid_option.
    static Parsed of_servers(std::vector<Server> servers);

    /// Data nodes, in the order the indices below use.
    const std::vector<Server> &servers() const { return servers_; }
    /// Every node the map names, with or without data service: where maps can be asked for.
    const std::vector<Server> &nodes() const { return nodes_; }
    /// ketama: plain memcached, which knows no vBuckets and never answers NOT_MY_VBUCKET. There is one vBucket then: the
    /// only server's; nobody's if there are several, since topology::Ketama says whose a key is.
    Locator locator() const { return locator_; }
    /// No servers or no vBuckets: the cluster is being set up. Never replaces a usable map.
    bool empty() const { return servers_.empty() || (locator_ == Locator::vbucket && vbucket_count_ == 0); }

    std::uint32_t vbucket_count() const { return vbucket_count_; }
    unsigned replica_count() const { return replica_count_; }
    std::uint16_t vbucket_of(std::string_view key) const { return static_cast<std::uint16_t>(hash_key(key) & mask_); }
    /// Index of the active server of a vBucket, or kNoServer.
    int owner(std::uint16_t vbucket) const { return owners_[std::size_t{vbucket} * (replica_count_ + 1)]; }
    /// Index of its n-th replica, 0 <= n < replica_count(), or kNoServer.
    int replica(std::uint16_t vbucket, unsigned n) const {
        return owners_[std::size_t{vbucket} * (replica_count_ + 1) + n + 1];
    }
    /// The owner at the end of the rebalance under way, or kNoServer if the map tells none.
    int forward_owner(std::uint16_t vbucket) const {
        return forward_.empty() ? kNoServer : forward_[std::size_t{vbucket} * (replica_count_ + 1)];
    }

    std::string_view bucket() const { return bucket_; }
    std::string_view uuid() const { return uuid_; }
    std::string_view sasl_password() const { return sasl_password_; }
    /// -1 if the map carries none.
    std::int64_t rev() const { return rev_; }
    std::int64_t rev_epoch() const { return rev_epoch_; }

private:
    friend class MapBuilder;

    std::vector<Server> servers_;
    std::vector<Server> nodes_;
    std::vector<std::int16_t> owners_;   // vbucket_count_ rows of replica_count_ + 1
    std::vector<std::int16_t> forward_;  // the same, or empty
    std::string bucket_, uuid_, sasl_password_;
    std::int64_t rev_ = -1, rev_epoch_ = -1;
    std::uint32_t vbucket_count_ = 0;
    std::uint16_t mask_ = 0;
    unsigned replica_count_ = 0;
    Locator locator_ = Locator::vbucket;
};

}  // namespace tenon::topology
