// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <libcouchbase/couchbase.h>

namespace tenon::couchbase2 {

/// An instance's requests that have not ended.
using HttpRequests = std::vector<std::shared_ptr<lcb_http_request_st>>;

/// Ends all requests without a call.
void cancel_http_requests(lcb_t instance);

}  // namespace tenon::couchbase2

struct lcb_http_request_st {
    lcb_t instance;
    const void *cookie;
    std::string path;
    std::uint64_t id = 0;
};
