// SPDX-License-Identifier: Apache-2.0
#include "value.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace tenon::simulation;

TEST_CASE("values say who wrote them, and garbage is told from them") {
    CHECK(normalised(make_value(12, 0)) == "w12;");
    CHECK(normalised(make_value(12, 1000) + make_value(13, 3)) == "w12;w13;");
    CHECK(normalised("4711") == "4711");
    CHECK(normalised("").empty());
    std::string broken = make_value(12, 1000);
    broken[500] ^= 1;
    CHECK(is_garbage(normalised(broken)));
    CHECK(is_garbage(normalised(make_value(12, 10).substr(0, 8))));
    CHECK(is_garbage(normalised("nonsense")));
    std::vector<std::uint32_t> ids;
    for_each_token("w12;w7;", [&](std::uint32_t id) { ids.push_back(id); });
    CHECK(ids == std::vector<std::uint32_t>{12, 7});
}
