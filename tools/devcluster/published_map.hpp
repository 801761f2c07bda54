// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "devcluster/faults.hpp"
#include "devcluster/node_address.hpp"

namespace tenon::devcluster {

inline constexpr int kNobody = -1;
/// Of one vBucket: the active node, then its replicas; kNobody where there is none.
using Row = std::vector<int>;

/// A map as it was published: a value that does not change, shared by those who tell it. Nodes are places in `servers`.
struct PublishedMap {
    std::string bucket, password, uuid;
    std::int64_t rev = 0;
    std::int64_t rev_epoch = 0;  ///< 0: not told
    bool memcached = false;      ///< no rows: clients go by ketama
    unsigned replicas = 0;
    std::vector<NodeAddress> servers;
    std::vector<std::string> names;  ///< otpNode of each
    std::vector<Row> rows;
    std::vector<Row> forward;  ///< empty: not told

    /// The document of /pools/default/buckets/NAME and the streams. Made when first asked for.
    const std::string &rest() const;
    /// The same as data nodes give it, to get-cluster-config and with not-my-vBucket: nothing secret, no links.
    const std::string &data() const;

    /// Has the documents made anew, after a change to a copy.
    void forget_documents() {
        rest_.clear();
        data_.clear();
    }
    /// Has the documents end in the middle.
    void break_off() {
        rest_ = rest().substr(0, rest().size() / 2);
        data_ = data().substr(0, data().size() / 2);
    }

private:
    mutable std::string rest_, data_;
};

using MapRef = std::shared_ptr<const PublishedMap>;

/// The map with a contradiction in it (its rows, or its text). Lie::none gives the map itself.
MapRef contradict(const MapRef &map, Lie lie);

}  // namespace tenon::devcluster
