// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <system_error>

#include "base/error.hpp"

namespace tenon::devcluster {

/// Why the cluster does not do what it was told.
enum class management_errc {
    unknown_node = 1,          ///< no such node, or none run here
    wrong_state,               ///< the node is not in a state for it: message
    rebalance_running,
    known_nodes_mismatch,      ///< the nodes named are not those of the cluster
    no_active_nodes_left,
    last_node,                 ///< the last active node cannot be failed over
    not_graceful,              ///< an active vBucket has no replica to move to
    delta_not_possible,        ///< the nodes are not those of before the failover, or the node lost its items
    rebalance_stopped,         ///< by stop_rebalance, or a hard failover
    rebalance_failed,          ///< a node taking part went away
    split,                     ///< the cluster is split
    fixed_cluster,             ///< data nodes run elsewhere: it stays as it is
    bucket_exists,
    unknown_bucket,
};

const std::error_category &management_category();
inline std::error_code make_error_code(management_errc e) { return {static_cast<int>(e), management_category()}; }
/// With the words the category has for it, and after a colon what it is about.
Error management_error(management_errc e, const std::string &about = {});

}  // namespace tenon::devcluster

template <>
struct std::is_error_code_enum<tenon::devcluster::management_errc> : std::true_type {};
