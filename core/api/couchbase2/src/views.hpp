// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include <libcouchbase/views.h>

namespace tenon::couchbase2 {

/// An instance's view queries that have not ended.
using ViewQueries = std::vector<std::shared_ptr<lcbview_REQUEST_st>>;

/// Ends all without a call.
void cancel_views(lcb_t instance);

}  // namespace tenon::couchbase2
