// SPDX-License-Identifier: Apache-2.0
#include "check_map.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    tenon::fuzz::check_map(tenon::topology::ClusterMap::parse(tenon::fuzz::as_text(data, size), "asked.host"));
    return 0;
}
