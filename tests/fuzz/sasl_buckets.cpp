// SPDX-License-Identifier: Apache-2.0
#include "check_map.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    using namespace tenon;
    const auto parsed = topology::ClusterMap::parse_sasl_buckets(fuzz::as_text(data, size), "default", "asked.host");
    fuzz::check_map(parsed);
    if (parsed.map) fuzz::require(parsed.map->bucket() == "default", "another bucket than was asked for");
    return 0;
}
