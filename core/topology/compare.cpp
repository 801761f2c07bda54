// SPDX-License-Identifier: Apache-2.0
#include "topology/compare.hpp"

#include <algorithm>
#include <compare>
#include <tuple>
#include <utility>

namespace tenon::topology {
namespace {

/// Gives every server of two maps a number that depends on its name only, so that owners compare as numbers.
class Names {
public:
    Names(const std::vector<Server> &from, const std::vector<Server> &to) {
        std::vector<const Server *> all;
        for (const Server &server : from) all.push_back(&server);
        for (const Server &server : to) all.push_back(&server);
        const auto before = [](const Server *a, const Server *b) {
            return std::tie(a->host, a->data_port) < std::tie(b->host, b->data_port);
        };
        const auto same = [](const Server *a, const Server *b) {
            return a->data_port == b->data_port && a->host == b->host;
        };
        std::sort(all.begin(), all.end(), before);
        all.erase(std::unique(all.begin(), all.end(), same), all.end());
        const auto number = [&](const Server &server) {
            return static_cast<int>(std::lower_bound(all.begin(), all.end(), &server, before) - all.begin());
        };
        for (const Server &server : from) from_.push_back(number(server));
        for (const Server &server : to) to_.push_back(number(server));
        in_from_.resize(all.size());
        in_to_.resize(all.size());
        for (const int name : from_) in_from_[static_cast<std::size_t>(name)] = true;
        for (const int name : to_) in_to_[static_cast<std::size_t>(name)] = true;
    }

    int from(int server) const { return server < 0 ? kNoServer : from_[static_cast<std::size_t>(server)]; }
    int to(int server) const { return server < 0 ? kNoServer : to_[static_cast<std::size_t>(server)]; }

    void tell(const ClusterMap &from, const ClusterMap &to, MapDifference &difference) const {
        std::vector<int> order_before, order_after;  // of those in both
        for (std::size_t i = 0; i < from_.size(); ++i) {
            if (in_to_[static_cast<std::size_t>(from_[i])]) order_before.push_back(from_[i]);
            else difference.servers_removed.push_back(from.servers()[i].authority());
        }
        for (std::size_t i = 0; i < to_.size(); ++i) {
            if (in_from_[static_cast<std::size_t>(to_[i])]) order_after.push_back(to_[i]);
            else difference.servers_added.push_back(to.servers()[i].authority());
        }
        difference.order_changed = order_before != order_after;
    }

private:
    std::vector<int> from_, to_;          // by index in the map: the number of the name
    std::vector<bool> in_from_, in_to_;   // by the number of the name
};

void compare_owners(const ClusterMap &from, const ClusterMap &to, const Names &names, MapDifference &difference) {
    const unsigned replicas = std::min(from.replica_count(), to.replica_count());
    for (std::uint32_t i = 0; i < to.vbucket_count(); ++i) {
        const auto vbucket = static_cast<std::uint16_t>(i);
        difference.vbuckets_moved += names.from(from.owner(vbucket)) != names.to(to.owner(vbucket));
        bool moved = false;
        for (unsigned n = 0; n < replicas; ++n)
            moved = moved || names.from(from.replica(vbucket, n)) != names.to(to.replica(vbucket, n));
        difference.replicas_moved += moved;
        difference.forward_changed = difference.forward_changed ||
                                     names.from(from.forward_owner(vbucket)) != names.to(to.forward_owner(vbucket));
    }
}

}  // namespace

MapDifference compare(const ClusterMap &from, const ClusterMap &to) {
    MapDifference difference;
    const Names names(from.servers(), to.servers());
    names.tell(from, to, difference);
    difference.locator_changed = from.locator() != to.locator();
    if (!difference.locator_changed && to.locator() == Locator::ketama) return difference;
    difference.vbucket_count_changed = !difference.locator_changed && from.vbucket_count() != to.vbucket_count();
    difference.replica_count_changed = !difference.locator_changed && from.replica_count() != to.replica_count();
    if (difference.locator_changed || difference.vbucket_count_changed) {
        difference.vbuckets_moved = to.locator() == Locator::vbucket ? to.vbucket_count() : 0;
        difference.replicas_moved = to.replica_count() == 0 ? 0 : difference.vbuckets_moved;
    } else {
        compare_owners(from, to, names, difference);
    }
    return difference;
}

MapAge age(const ClusterMap &held, const ClusterMap &other) {
    if (held.uuid() != other.uuid()) return MapAge::not_comparable;
    if (held.uuid().empty() && held.bucket() != other.bucket()) return MapAge::not_comparable;
    if (held.rev() < 0 || other.rev() < 0) return MapAge::not_comparable;
    const auto order = std::pair(other.rev_epoch(), other.rev()) <=> std::pair(held.rev_epoch(), held.rev());
    return order < 0 ? MapAge::older : order > 0 ? MapAge::newer : MapAge::same;
}

}  // namespace tenon::topology
