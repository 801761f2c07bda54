// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace tenon::bootstrap {

/// Where a document of the management API leads on the way to a bucket's stream.
struct Lead {
    std::string uri;  ///< absolute path or full URL
    Error error;      ///< errc::bucket_not_found: the list does not name it; errc::http: the document leads nowhere
};

/// /pools leads to a pool (the one named "default", else the first), a pool to its buckets, the list of buckets (or
/// one bucket's own document) to the stream of `bucket`. Told by what is in the document, not by where it came from.
Lead next_lead(std::string_view json, std::string_view bucket);

}  // namespace tenon::bootstrap
