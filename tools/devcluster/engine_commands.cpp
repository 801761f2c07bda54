// SPDX-License-Identifier: Apache-2.0
// What goes on behind the items: writing to disk, replication, and what of them is set by hand.
#include <algorithm>
#include <array>
#include <string_view>

#include "devcluster/cluster.hpp"
#include "devcluster/commands.hpp"

namespace tenon::devcluster::commands {
namespace {

using wire::Status;

// The names that servers know; all take numbers. Nothing here depends on them.
constexpr std::array<std::string_view, 12> kEngineParameters = {
    "max_size",      "mem_high_wat",   "mem_low_wat",   "min_data_age",  "queue_age_cap", "max_txn_size",
    "bg_fetch_delay", "exp_pager_stime", "alog_sleep_time", "alog_task_time", "flushall_enabled", "timing_log"};
constexpr std::array<std::string_view, 5> kTapParameters = {"tap_keepalive", "tap_throttle_queue_cap",
                                                            "tap_throttle_threshold", "tap_throttle_cap_pcnt",
                                                            "replication_throttle_cap_pcnt"};

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

template <std::size_t kCount>
void set(const Request &request, const std::array<std::string_view, kCount> &names) {
    const bool known = std::find(names.begin(), names.end(), request.frame.key) != names.end();
    const std::string_view value = wire::as_text(request.frame.value);
    const bool named = request.frame.key == "timing_log" || value == "true" || value == "false";
    if (!known || !(named || is_number(value))) return request.refuse(Status::invalid_arguments);
    request.done();
}

Shard &shard(const Request &request) { return request.node().shard(request.bucket->index()); }

}  // namespace

void stop_persistence(Request &request) {
    shard(request).disk.stop(request.now);
    request.done();
}

void start_persistence(Request &request) {
    shard(request).disk.start(request.now);
    request.done();
}

void set_param(Request &request) { set(request, kEngineParameters); }
void set_tap_param(Request &request) { set(request, kTapParameters); }

void stop_replication(Request &request) {
    shard(request).replicates = false;
    request.done();
}

void start_replication(Request &request) {
    shard(request).replicates = true;
    request.cluster().replication().catch_up(request.node());
    request.done();
}

/// Memory is all there is here: the item stays, but what a server refuses is refused.
void evict_key(Request &request) {
    const Item *const item = request.vbucket->store.find(request.frame.key, request.now);
    if (item == nullptr) return request.refuse(Status::not_found);
    if (!shard(request).disk.has(item->changed_at, request.now)) return request.refuse(Status::exists);
    request.answer({.value = wire::as_bytes("Ejected.")});
}

}  // namespace tenon::devcluster::commands
