// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/error.hpp"

namespace tenon::devcluster {

class Cluster;
class Form;

/// Calls that no real cluster has, each a POST with a form:
/// - /devcluster/faults: otpNode, and of the switches in Faults those that are to be on; all others are off. A range is
///   "100-500" or "100", a rate 0 to 1, a switch 0 or 1: delay, drop_requests, drop_replies, not_my_vbucket,
///   temporary_failure, busy, out_of_memory, cut_reply, cut_at, stale_maps, half_open, refuse_connections; lie is
///   index_out_of_range, short_row, odd_vbucket_count or broken_json.
/// - /devcluster/stop, pause, resume (otpNode), restart (otpNode; items=lose to begin empty).
/// - /devcluster/split (otpNodes: one half, with commas between), /devcluster/heal.
/// - /devcluster/pace: moves_at_once, items_per_step, step_usec, takeover_usec, map_interval_usec ("never": only the
///   first and the last), fast_forward; what is not named stays.
bool is_own_call(std::string_view path);
/// Does what was asked for; an Error says what is wrong with it. A node may be told to stop on its own port: stop,
/// pause and faults happen right after the answer.
Error own_call(Cluster &cluster, std::string_view path, const Form &form);

}  // namespace tenon::devcluster
