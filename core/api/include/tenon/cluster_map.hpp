// SPDX-License-Identifier: Apache-2.0
/// @file
/// Cluster maps by themselves: `tenon::ClusterMap`. For programs that route on their own, or want to know what a
/// cluster looks like; a Client needs none of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <tenon/errc.hpp>
#include <tenon/map_difference.hpp>

namespace tenon {

/// How memcached servers are named on ketama's ring.
enum class KetamaNaming : std::uint8_t {
    host_port,    ///< "host:port"
    libmemcached  ///< the default port ":11211" is left out, as libmemcached's KETAMA_WEIGHTED does
};

/// Who owns what in a bucket at one moment, as a cluster's management port tells it in JSON; and beside it what was
/// found out since (`found_incorrect_master`). A value: copies share the map, but not what was found out. Look-ups cost
/// nothing but a hash. No IO, no clock. Different objects may be used by different threads; one that was moved from may
/// only be assigned to or destroyed.
class TENON_API ClusterMap {
public:
    /// Nobody is the owner, or holds the replica, yet.
    static constexpr int kNoServer = -1;

    /// A map from one JSON document, as /pools/default/buckets/BUCKET, its stream or a NOT_MY_VBUCKET reply carries it.
    /// `asked_host` stands in for "$HOST" and for nodes that name no host. Throws std::system_error (errc::bad_map)
    /// whose text says what is wrong with the document, and where.
    static ClusterMap parse(std::string_view json, std::string_view asked_host,
                            KetamaNaming naming = KetamaNaming::host_port);
    /// The same without exceptions: on an error `error` is set, `message` says why, and the map is empty.
    static ClusterMap parse(std::string_view json, std::string_view asked_host, std::error_code &error,
                            std::string &message, KetamaNaming naming = KetamaNaming::host_port);

    /// An empty map: no servers, no vBuckets.
    ClusterMap();
    /// @{
    /// A copy shares the map, and begins with what was found out until then.
    ClusterMap(const ClusterMap &other);
    ClusterMap(ClusterMap &&other) noexcept;
    ClusterMap &operator=(const ClusterMap &other);
    ClusterMap &operator=(ClusterMap &&other) noexcept;
    /// @}
    ~ClusterMap();

    /// No server or no vBucket: the cluster is being set up.
    bool empty() const;
    /// The bucket's name; empty where the document has none.
    std::string bucket() const;
    /// The bucket's uuid; empty where the document has none.
    std::string uuid() const;
    /// The revision; -1 where the document has none.
    std::int64_t rev() const;
    /// The revision's epoch, which counts more; -1 where the document has none.
    std::int64_t rev_epoch() const;

    /// The data nodes.
    std::size_t server_count() const;
    /// "host:port" of the data port; empty beyond the last server.
    std::string server(std::size_t server) const;
    /// Its port for management; 0: the map tells none, or there is no such server.
    std::uint16_t management_port(std::size_t server) const;
    /// The same for design documents and views.
    std::uint16_t views_port(std::size_t server) const;

    /// Keys are spread over plain memcached servers: there are no vBuckets.
    bool ketama() const;
    /// 0 in an empty map; 1 for plain memcached (nodeLocator ketama), which knows no vBuckets.
    std::uint32_t vbucket_count() const;
    /// Copies of an item besides the active one.
    unsigned replica_count() const;

    /// The vBucket of a key; 0 in an empty map.
    std::uint16_t vbucket_of(std::string_view key) const;
    /// Index of the server to ask for a vBucket: the owner by the map, or who was found out to be; or kNoServer, as for
    /// a `vbucket` that the map does not have.
    int owner(std::uint16_t vbucket) const;
    /// Index of the server that holds replica number `n`, from 0; or kNoServer.
    int replica(std::uint16_t vbucket, unsigned n) const;
    /// Index of the owner once the rebalance under way is over; kNoServer if the map tells none.
    int forward_owner(std::uint16_t vbucket) const;
    /// Index of the server to ask for a key: its vBucket's owner, or where ketama puts it; or kNoServer.
    int server_of(std::string_view key) const;

    /// `wrong_server` answered NOT_MY_VBUCKET for `vbucket`. If it is whom `owner` names (else many requests were on
    /// their way to it, and an earlier one has told), the next guess takes its place: first the owner after the
    /// rebalance, if the map tells one, then all others in turn, and then from the start again. Returns
    /// `owner(vbucket)`: whom to ask now. What is found out goes with the map: a newer one knows better.
    int found_incorrect_master(std::uint16_t vbucket, int wrong_server);

    /// What has to change in `from` to get `to`; what was found out since does not count.
    static MapDifference compare(const ClusterMap &from, const ClusterMap &to);
    /// What `other` is to this map: of the same bucket (by uuid; where neither has one, by name) the higher pair of
    /// rev_epoch and rev is newer.
    MapAge age_of(const ClusterMap &other) const;

private:
    friend class Client;
    struct State;
    explicit ClusterMap(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace tenon
