// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libcouchbase/couchbase.h>

namespace tenon::couchbase2 {

/// Completes what lcb_sched_leave could not schedule. The program's callbacks may destroy the instance.
void tell_failed(lcb_t instance);

}  // namespace tenon::couchbase2
