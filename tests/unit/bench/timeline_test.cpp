// SPDX-License-Identifier: Apache-2.0
#include "bench/timeline.hpp"

#include <chrono>
#include <vector>

#include <doctest/doctest.h>

using tenon::bench::Timeline;
using namespace std::chrono_literals;

namespace {

/// A timeline of 100 ms intervals with these counts.
Timeline timeline(const std::vector<std::uint64_t> &counts) {
    Timeline line(100ms);
    const Timeline::Clock::time_point start{};
    line.begin(start);
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] != 0) line.record(start + static_cast<int>(i) * 100ms + 30ms, counts[i], 0);
    return line;
}

}  // namespace

TEST_CASE("operations are counted in the interval they completed in") {
    Timeline line(100ms);
    const Timeline::Clock::time_point start{};
    line.begin(start);
    line.record(start + 10ms, 5, 0);
    line.record(start + 99ms, 5, 1);
    line.record(start + 100ms, 7, 0);
    line.record(start + 350ms, 1, 1);
    REQUIRE(line.intervals().size() == 4);
    CHECK(line.intervals()[0].operations == 10);
    CHECK(line.intervals()[0].errors == 1);
    CHECK(line.intervals()[1].operations == 7);
    CHECK(line.intervals()[2].operations == 0);
    CHECK(line.intervals()[3].errors == 1);
}

TEST_CASE("the longest slow time is that below half the median, without the last interval") {
    CHECK(timeline({}).longest_slow() == 0ms);
    CHECK(timeline({10, 10, 10, 1}).longest_slow() == 0ms);
    CHECK(timeline({10, 10, 4, 10, 10, 10}).longest_slow() == 100ms);
    CHECK(timeline({10, 10, 5, 10, 10, 10}).longest_slow() == 0ms);
    CHECK(timeline({10, 4, 10, 10, 0, 0, 0, 10, 10, 10, 10}).longest_slow() == 300ms);
    CHECK(timeline({10, 10, 10, 10, 10, 0, 0, 5}).longest_slow() == 200ms);
}

TEST_CASE("without an interval nothing is counted") {
    Timeline line(0ms);
    line.begin({});
    line.record(Timeline::Clock::time_point{} + 1s, 5, 5);
    CHECK(line.intervals().empty());
    CHECK(line.longest_slow() == 0ms);
}
