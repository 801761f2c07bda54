// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace tenon::devcluster {

class Cluster;
class HttpConnection;
struct HttpRequest;

/// The calls that change the cluster, each a POST with a form, by an administrator (see Options).
///
/// Couchbase's own:
/// - /controller/addNode (hostname); reAddNode, setRecoveryType (recoveryType=delta|full), failOver,
///   startGracefulFailover, ejectNode (each with otpNode); rebalance (knownNodes, ejectedNodes: names with commas
///   between), stopRebalance;
/// - /pools/default/buckets (name, saslPassword), and DELETE on /pools/default/buckets/NAME.
/// `hostname` is where a node is to run that the cluster starts itself: a numeric address, with a management port if
/// that matters; or the management address of a node that was ejected, which is taken back.
///
/// Of this cluster only, see own_calls.hpp: /devcluster/…
bool is_managed(std::string_view path, const HttpRequest &request);
/// Answers such a call.
void manage(Cluster &cluster, HttpConnection &connection, std::string_view path, const HttpRequest &request);

/// What /pools/default/rebalanceProgress and /pools/default/tasks answer.
std::string rebalance_progress_json(const Cluster &cluster);
std::string tasks_json(const Cluster &cluster);

}  // namespace tenon::devcluster
