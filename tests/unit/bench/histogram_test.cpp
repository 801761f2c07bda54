// SPDX-License-Identifier: Apache-2.0
#include "bench/histogram.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <doctest/doctest.h>

using tenon::bench::Histogram;

TEST_CASE("an empty histogram says 0") {
    const Histogram histogram;
    CHECK(histogram.total() == 0);
    CHECK(histogram.max() == 0);
    CHECK(histogram.percentile(50) == 0);
    CHECK(histogram.percentile(100) == 0);
}

TEST_CASE("small values are exact") {
    Histogram histogram;
    for (std::uint64_t v = 1; v <= 100; ++v) histogram.record(v);
    CHECK(histogram.percentile(1) == 1);
    CHECK(histogram.percentile(50) == 50);
    CHECK(histogram.percentile(99) == 99);
    CHECK(histogram.percentile(100) == 100);
}

TEST_CASE("any value lands in a bucket no wider than 1/64 of it") {
    std::mt19937_64 random(1);
    for (int i = 0; i < 2000; ++i) {
        const std::uint64_t value = random() >> (random() % 64);
        Histogram histogram;
        histogram.record(value);
        histogram.note_max(~std::uint64_t{0});  // so that the bucket's upper end shows
        const std::uint64_t shown = histogram.percentile(50);
        CHECK(shown >= value);
        CHECK(shown - value <= value / 64);
    }
}

TEST_CASE("percentiles of a spread agree with the sorted values") {
    std::mt19937_64 random(2);
    std::vector<std::uint64_t> values(10000);
    Histogram histogram;
    for (auto &value : values) histogram.record(value = random() % 1000000);
    std::sort(values.begin(), values.end());
    for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9}) {
        const auto exact = values[static_cast<std::size_t>(percent / 100 * 10000) - 1];
        const auto shown = histogram.percentile(percent);
        CHECK(shown >= exact);
        CHECK(shown - exact <= exact / 64);
    }
    CHECK(histogram.max() == values.back());
}

TEST_CASE("what is noted but not recorded raises the maximum only") {
    Histogram histogram;
    histogram.record(10);
    histogram.note_max(1000);
    CHECK(histogram.total() == 1);
    CHECK(histogram.percentile(100) == 10);
    CHECK(histogram.max() == 1000);
}

TEST_CASE("values beyond a histogram's bits count as its largest") {
    tenon::LatencyHistogram histogram;
    const std::uint64_t largest = 0xffffffff;
    for (const std::uint64_t value : {largest - 1, largest, largest + 1, ~std::uint64_t{0}}) histogram.record(value);
    CHECK(histogram.total() == 4);
    CHECK(histogram.percentile(100) == largest);
    CHECK(histogram.max() == ~std::uint64_t{0});
}
