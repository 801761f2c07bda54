// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "devcluster/request.hpp"

namespace tenon::devcluster {

/// Executes one request and sends its answers through the connection. `now`: the cluster's clock. False: its vBucket is
/// pending, and it has to wait until that is over.
bool execute(DataConnection &connection, const wire::Frame &frame, std::uint64_t now);

/// The commands; each is called with a frame of its shape.
namespace commands {

// items (item_commands.cpp)
void get(Request &request);
void get_and_touch(Request &request);
void store(Request &request);
void extend(Request &request);
void remove(Request &request);
void count(Request &request);
void touch(Request &request);
void get_and_lock(Request &request);
void unlock(Request &request);
void get_replica(Request &request);
void observe(Request &request);

// the connection (connection_commands.cpp)
void noop(Request &request);
void version(Request &request);
void verbosity(Request &request);
void quit(Request &request);
void hello(Request &request);
void sasl_list(Request &request);
void sasl_auth(Request &request);
void sasl_step(Request &request);
void select_bucket(Request &request);

// the node (node_commands.cpp)
void flush(Request &request);
void stat(Request &request);
void get_cluster_config(Request &request);
void get_vbucket(Request &request);
void set_vbucket(Request &request);
void del_vbucket(Request &request);

// disk and replication (engine_commands.cpp)
void stop_persistence(Request &request);
void start_persistence(Request &request);
void set_param(Request &request);
void stop_replication(Request &request);
void start_replication(Request &request);
void set_tap_param(Request &request);
void evict_key(Request &request);

}  // namespace commands
}  // namespace tenon::devcluster
