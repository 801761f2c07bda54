// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libcouchbase/cntl.h>
#include <libcouchbase/vbucket.h>

/// What lcb_cntl tells of servers, and of where keys go. Each returns LCB_CLIENT_ETMPFAIL before the first map.
namespace tenon::couchbase2 {

lcb_error_t tell_server_of(lcb_t instance, lcb_cntl_vbinfo_t &info);
/// A map that lives until the next call, or the instance's end.
lcb_error_t tell_map(lcb_t instance, lcbvb_CONFIG *&map);
lcb_error_t tell_data_node(lcb_t instance, lcb_cntl_server_t &info);
lcb_error_t tell_config_node(lcb_t instance, lcb_cntl_server_t &info);
lcb_error_t tell_default_types(lcb_cntl_iops_info_st &info);

}  // namespace tenon::couchbase2
