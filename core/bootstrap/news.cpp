// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/news.hpp"

#include "topology/compare.hpp"

namespace tenon::bootstrap {

using topology::ClusterMap;

News news_in(const ClusterMap *held, const ClusterMap &map) {
    if (held == nullptr) return News::newer;
    switch (topology::age(*held, map)) {
    case MapAge::older: return News::older;
    case MapAge::newer: return News::newer;
    case MapAge::same: return topology::compare(*held, map).equivalent() ? News::none : News::another;
    case MapAge::not_comparable: break;
    }
    if (map.uuid() != held->uuid() || map.bucket() != held->bucket()) return News::another;
    const MapDifference difference = topology::compare(*held, map);
    return difference.equal() && !difference.forward_changed ? News::none : News::another;
}

}  // namespace tenon::bootstrap
