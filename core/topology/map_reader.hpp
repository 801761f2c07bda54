// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "topology/map_draft.hpp"

namespace tenon::topology {

/// What came of reading a document.
struct Reading {
    MapDraft draft;
    bool found = false;    ///< the bucket that was looked for is there
    std::string fault;     ///< the document is no JSON: where and why
    std::string buckets;   ///< names that were there instead: "a", "b"
};

/// Reads the one bucket a document describes.
Reading read_bucket(std::string_view json, std::string_view asked_host);

/// Reads the bucket called `wanted` out of the array `buckets`.
Reading read_sasl_buckets(std::string_view json, std::string_view wanted, std::string_view asked_host);

}  // namespace tenon::topology
