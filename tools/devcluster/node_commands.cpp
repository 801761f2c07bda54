// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include "devcluster/cluster.hpp"
#include "devcluster/commands.hpp"
#include "devcluster/version.hpp"

namespace tenon::devcluster::commands {
namespace {

using wire::Status;

void line(const Request &request, std::string_view name, std::string_view value) {
    request.answer({.key = name, .value = wire::as_bytes(value)});
}

void line(const Request &request, std::string_view name, std::uint64_t value) {
    line(request, name, std::string_view(std::to_string(value)));
}

void general(const Request &request) {
    const Statistics &s = request.node().statistics();
    std::uint64_t items = 0, active = 0, replica = 0;
    for (const VBucket &vbucket : request.node().shard(request.bucket->index()).vbuckets) {
        active += vbucket.state == VBucketState::active;
        replica += vbucket.state == VBucketState::replica;
        if (vbucket.state == VBucketState::active) items += vbucket.store.size();
    }
    line(request, "version", kServerVersion);
    line(request, "uptime", request.cluster().uptime());
    line(request, "time", request.cluster().unix_time());
    line(request, "pointer_size", 8 * sizeof(void *));
    line(request, "curr_connections", request.node().connections());
    line(request, "total_connections", s.connections);
    line(request, "curr_items", items);
    line(request, "cmd_get", s.gets);
    line(request, "get_hits", s.hits);
    line(request, "get_misses", s.gets - s.hits);
    line(request, "cmd_set", s.sets);
    line(request, "cmd_touch", s.touches);
    line(request, "cmd_flush", s.flushes);
    line(request, "bytes_read", s.bytes_read);
    line(request, "bytes_written", s.bytes_written);
    line(request, "vb_active_num", active);
    line(request, "vb_replica_num", replica);
    line(request, "refused_vbuckets", s.refused_vbuckets);
}

void settings(const Request &request) {
    const Options &options = request.cluster().options();
    line(request, "item_size_max", options.max_value_size);
    line(request, "vbuckets", request.bucket->vbuckets());
    line(request, "replicas", request.bucket->replicas());
}

const char *name(VBucketState state) {
    switch (state) {
    case VBucketState::active: return "active";
    case VBucketState::replica: return "replica";
    case VBucketState::pending: return "pending";
    case VBucketState::dead: return "dead";
    case VBucketState::absent: break;
    }
    return "absent";
}

void vbuckets(const Request &request) {
    const std::vector<VBucket> &all = request.node().shard(request.bucket->index()).vbuckets;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i].state != VBucketState::absent) line(request, "vb_" + std::to_string(i), name(all[i].state));
}

/// The frame's vBucket on this node; null if there is none.
VBucket *present(const Request &request) {
    std::vector<VBucket> &all = request.node().shard(request.bucket->index()).vbuckets;
    const std::uint16_t number = request.frame.vbucket();
    return number < all.size() && all[number].state != VBucketState::absent ? &all[number] : nullptr;
}

}  // namespace

void flush(Request &request) {
    ++request.node().statistics().flushes;
    std::uint32_t seconds = 0;
    if (!request.frame.extras.empty()) seconds = wire::load<std::uint32_t>(request.frame.extras.data());
    request.cluster().flush(request.node(), *request.bucket, request.cluster().expiry(seconds));
    request.done();
}

void stat(Request &request) {
    const std::string_view group = request.frame.key;
    if (group.empty()) {
        general(request);
    } else if (group == "settings") {
        settings(request);
    } else if (group == "vbucket") {
        vbuckets(request);
    } else if (group == "reset") {
        request.node().statistics() = {};
    } else {
        return request.refuse(Status::not_found);
    }
    request.answer({});
}

void get_cluster_config(Request &request) {
    const MapRef map = request.node().map(*request.bucket);
    request.answer({.value = wire::as_bytes(map->data())});
}

void get_vbucket(Request &request) {
    const VBucket *const vbucket = present(request);
    if (vbucket == nullptr) return request.refuse(Status::not_my_vbucket);
    std::byte state[4];
    wire::put(state, static_cast<std::uint32_t>(vbucket->state));
    request.answer({.value = state});
}

void set_vbucket(Request &request) {
    const std::span<const std::byte> state = request.frame.extras.empty() ? request.frame.value : request.frame.extras;
    const std::uint16_t number = request.frame.vbucket();
    if (state.size() != 4 || number >= request.bucket->vbuckets()) return request.refuse(Status::invalid_arguments);
    const auto wanted = wire::load<std::uint32_t>(state.data());
    if (wanted < 1 || wanted > 4) return request.refuse(Status::invalid_arguments);
    std::vector<VBucket> &all = request.node().shard(request.bucket->index()).vbuckets;
    if (number >= all.size()) return request.refuse(Status::not_my_vbucket);  // nothing of the bucket is here
    all[number].become(static_cast<VBucketState>(wanted));
    request.done();
    request.node().look_again();
}

/// Only what is dead may be buried.
void del_vbucket(Request &request) {
    VBucket *const vbucket = present(request);
    if (vbucket == nullptr) return request.refuse(Status::not_my_vbucket);
    if (vbucket->state != VBucketState::dead) return request.refuse(Status::invalid_arguments);
    vbucket->store = Store(request.cluster().cas());
    vbucket->become(VBucketState::absent);
    request.done();
}

}  // namespace tenon::devcluster::commands
