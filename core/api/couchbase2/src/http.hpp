// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <libcouchbase/couchbase.h>

namespace tenon::couchbase2 {

/// An instance's requests that have not ended.
using HttpRequests = std::vector<std::shared_ptr<lcb_http_request_st>>;

/// Names and values in turn, a null pointer behind the last, as C has them.
std::vector<const char *> header_list(std::span<const std::pair<std::string, std::string>> headers);

/// Ends all requests without a call.
void cancel_http_requests(lcb_t instance);

}  // namespace tenon::couchbase2

struct lcb_http_request_st {
    lcb_t instance;
    const void *cookie;
    std::string path;
    std::uint64_t id = 0;
};
