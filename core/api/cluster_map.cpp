// SPDX-License-Identifier: Apache-2.0
#include <tenon/cluster_map.hpp>

#include <optional>
#include <utility>

#include <tenon/tenon.hpp>

#include "client/instance.hpp"
#include "topology/cluster_map.hpp"
#include "topology/compare.hpp"
#include "topology/ketama.hpp"
#include "topology/owners.hpp"

namespace tenon {

struct ClusterMap::State {
    explicit State(std::shared_ptr<const topology::ClusterMap> m, KetamaNaming naming) : map(std::move(m)), owners(map) {
        if (map->locator() == topology::Locator::ketama)
            ketama.emplace(map->servers(), naming == KetamaNaming::libmemcached ? topology::KetamaNames::libmemcached
                                                                                : topology::KetamaNames::host_port);
    }

    bool has(std::uint16_t vbucket) const { return vbucket < map->vbucket_count(); }

    std::shared_ptr<const topology::ClusterMap> map;
    topology::Owners owners;
    std::optional<topology::Ketama> ketama;
};

TENON_API ClusterMap ClusterMap::parse(std::string_view json, std::string_view asked_host, std::error_code &error,
                                       std::string &message, KetamaNaming naming) {
    topology::ClusterMap::Parsed parsed = topology::ClusterMap::parse(json, asked_host);
    error = parsed.error.code;
    message = std::move(parsed.error.message);
    if (parsed.map == nullptr) return {};
    return ClusterMap(std::make_unique<State>(std::move(parsed.map), naming));
}

TENON_API ClusterMap ClusterMap::parse(std::string_view json, std::string_view asked_host, KetamaNaming naming) {
    std::error_code error;
    std::string message;
    ClusterMap map = parse(json, asked_host, error, message, naming);
    if (error) throw std::system_error(error, message);
    return map;
}

TENON_API ClusterMap Client::map() const {
    const KetamaNaming naming =
        instance_->options().libmemcached_names ? KetamaNaming::libmemcached : KetamaNaming::host_port;
    return instance_->connected() ? ClusterMap(std::make_unique<ClusterMap::State>(instance_->shared_map(), naming))
                                  : ClusterMap();
}

TENON_API ClusterMap::ClusterMap()
    : state_(std::make_unique<State>(std::make_shared<const topology::ClusterMap>(), KetamaNaming::host_port)) {}
ClusterMap::ClusterMap(std::unique_ptr<State> state) : state_(std::move(state)) {}
TENON_API ClusterMap::ClusterMap(const ClusterMap &other) : state_(std::make_unique<State>(*other.state_)) {}
TENON_API ClusterMap::ClusterMap(ClusterMap &&other) noexcept = default;
TENON_API ClusterMap &ClusterMap::operator=(const ClusterMap &other) {
    if (this != &other) state_ = std::make_unique<State>(*other.state_);
    return *this;
}
TENON_API ClusterMap &ClusterMap::operator=(ClusterMap &&other) noexcept = default;
TENON_API ClusterMap::~ClusterMap() = default;

TENON_API bool ClusterMap::empty() const { return state_->map->empty(); }
TENON_API std::string ClusterMap::bucket() const { return std::string(state_->map->bucket()); }
TENON_API std::string ClusterMap::uuid() const { return std::string(state_->map->uuid()); }
TENON_API std::int64_t ClusterMap::rev() const { return state_->map->rev(); }
TENON_API std::int64_t ClusterMap::rev_epoch() const { return state_->map->rev_epoch(); }

TENON_API std::size_t ClusterMap::server_count() const { return state_->map->servers().size(); }
TENON_API std::string ClusterMap::server(std::size_t server) const {
    return server < server_count() ? state_->map->servers()[server].authority() : std::string();
}

TENON_API std::uint16_t ClusterMap::management_port(std::size_t server) const {
    return server < server_count() ? state_->map->servers()[server].http_port : std::uint16_t{0};
}
TENON_API std::uint16_t ClusterMap::views_port(std::size_t server) const {
    return server < server_count() ? state_->map->servers()[server].views_port : std::uint16_t{0};
}

TENON_API bool ClusterMap::ketama() const { return state_->map->locator() == topology::Locator::ketama; }
TENON_API std::uint32_t ClusterMap::vbucket_count() const { return state_->map->vbucket_count(); }
TENON_API unsigned ClusterMap::replica_count() const { return state_->map->replica_count(); }
TENON_API std::uint16_t ClusterMap::vbucket_of(std::string_view key) const { return state_->map->vbucket_of(key); }
TENON_API int ClusterMap::owner(std::uint16_t vbucket) const {
    return state_->has(vbucket) ? state_->owners.of(vbucket) : kNoServer;
}
TENON_API int ClusterMap::replica(std::uint16_t vbucket, unsigned n) const {
    return state_->has(vbucket) && n < replica_count() ? state_->map->replica(vbucket, n) : kNoServer;
}
TENON_API int ClusterMap::forward_owner(std::uint16_t vbucket) const {
    return state_->has(vbucket) ? state_->map->forward_owner(vbucket) : kNoServer;
}
TENON_API int ClusterMap::server_of(std::string_view key) const {
    return state_->ketama ? state_->ketama->server_of(key) : owner(vbucket_of(key));
}

TENON_API int ClusterMap::found_incorrect_master(std::uint16_t vbucket, int wrong_server) {
    if (!state_->has(vbucket)) return kNoServer;
    // Who calls decides when to pause: here a round that is over is followed by the next one.
    if (state_->owners.found_incorrect_master(vbucket, wrong_server) == kNoServer) state_->owners.begin_round();
    return owner(vbucket);
}

TENON_API MapDifference ClusterMap::compare(const ClusterMap &from, const ClusterMap &to) {
    return topology::compare(*from.state_->map, *to.state_->map);
}

TENON_API MapAge ClusterMap::age_of(const ClusterMap &other) const {
    return topology::age(*state_->map, *other.state_->map);
}

}  // namespace tenon
