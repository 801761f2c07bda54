// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/news.hpp"

#include "topology/compare.hpp"

namespace tenon::bootstrap {
namespace {

using topology::ClusterMap;

/// Same servers in the same order, same owners now and when the rebalance is over.
bool says_the_same(const ClusterMap &a, const ClusterMap &b) {
    if (!topology::compare(a, b).equal()) return false;
    for (std::uint32_t i = 0; i < a.vbucket_count(); ++i)
        if (a.forward_owner(static_cast<std::uint16_t>(i)) != b.forward_owner(static_cast<std::uint16_t>(i))) return false;
    return true;
}

}  // namespace

News news_in(const ClusterMap *held, const ClusterMap &map) {
    if (held == nullptr) return News::newer;
    switch (topology::age(*held, map)) {
    case MapAge::older: return News::older;
    case MapAge::newer: return News::newer;
    case MapAge::same: return topology::compare(*held, map).equivalent() ? News::none : News::another;
    case MapAge::not_comparable: break;
    }
    if (map.uuid() != held->uuid() || map.bucket() != held->bucket()) return News::another;
    return says_the_same(*held, map) ? News::none : News::another;
}

}  // namespace tenon::bootstrap
