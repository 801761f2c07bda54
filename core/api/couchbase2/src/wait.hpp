// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libcouchbase/couchbase.h>

namespace tenon::couchbase2 {

/// To be called when something that lcb_wait waits for beside the client's own operations has ended.
void stop_waiting_if_done(lcb_t instance);

}  // namespace tenon::couchbase2
