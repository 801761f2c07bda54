// SPDX-License-Identifier: Apache-2.0
#include "devcluster/published_map.hpp"

#include "devcluster/map_json.hpp"

namespace tenon::devcluster {

const std::string &PublishedMap::rest() const {
    if (rest_.empty()) rest_ = rest_map_json(*this);
    return rest_;
}

const std::string &PublishedMap::data() const {
    if (data_.empty()) data_ = data_map_json(*this);
    return data_;
}

MapRef contradict(const MapRef &map, Lie lie) {
    if (lie == Lie::none || map == nullptr || map->rows.empty()) return map;
    auto false_map = std::make_shared<PublishedMap>(*map);
    switch (lie) {
    case Lie::none: break;
    case Lie::index_out_of_range: false_map->rows.back()[0] = static_cast<int>(map->servers.size()); break;
    case Lie::short_row:
        // A row of the active node alone; where there are no replicas it lacks even that.
        false_map->rows.back().resize(map->replicas);
        break;
    case Lie::odd_vbucket_count:
        if (map->rows.size() > 2) false_map->rows.pop_back();
        else false_map->rows.resize(3, map->rows.front());
        break;
    case Lie::broken_json: false_map->break_off(); break;
    }
    if (lie != Lie::broken_json) false_map->forget_documents();
    return false_map;
}

}  // namespace tenon::devcluster
