// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <libcouchbase/timings.h>

namespace tenon::couchbase2 {

/// Times counted in bars: one below a microsecond, then a hundred each of 10 µs, 100 µs and 10 ms, then seconds.
class Histogram {
public:
    void record(std::uint64_t nanoseconds) {
        const auto ends_later = [nanoseconds](const Range &range) { return nanoseconds < range.end; };
        const auto bar = static_cast<std::size_t>(std::ranges::find_if(kRanges, ends_later) - kRanges.begin());
        if (bar == kRanges.size()) {
            ++counts_.back();
            return;
        }
        const Range &range = kRanges[bar];
        ++counts_[range.first + (nanoseconds - range.begin) / range.width];
    }

    /// Calls `tell(unit, min, max, total, highest)` for each bar that is not empty.
    template <class Tell>
    void each(Tell tell) const {
        const std::uint32_t highest = *std::ranges::max_element(counts_);
        for (const Range &range : kRanges)
            for (std::uint64_t from = range.begin, bar = range.first; from < range.end; from += range.width, ++bar)
                if (const std::uint32_t total = counts_[bar]; total != 0)
                    tell(range.unit, static_cast<std::uint32_t>(from / range.one),
                         static_cast<std::uint32_t>((from + range.width) / range.one - 1), total, highest);
        if (counts_.back() != 0) tell(LCB_TIMEUNIT_SEC, 10U, 99999U, counts_.back(), highest);
    }

private:
    static constexpr std::uint64_t kMicro = 1000, kMilli = 1000 * kMicro, kSecond = 1000 * kMilli;
    /// Bars of one width, told in one unit; all numbers in nanoseconds but `first`, the first bar's index.
    struct Range {
        std::uint64_t begin, end, width, first;
        lcb_timeunit_t unit;
        std::uint64_t one;
    };
    static constexpr std::array<Range, 6> kRanges{{
        {0, kMicro, kMicro, 0, LCB_TIMEUNIT_NSEC, 1},
        {kMicro, 10 * kMicro, 9 * kMicro, 1, LCB_TIMEUNIT_USEC, kMicro},
        {10 * kMicro, kMilli, 10 * kMicro, 2, LCB_TIMEUNIT_USEC, kMicro},
        {kMilli, 10 * kMilli, 100 * kMicro, 101, LCB_TIMEUNIT_USEC, kMicro},
        {10 * kMilli, kSecond, 10 * kMilli, 191, LCB_TIMEUNIT_MSEC, kMilli},
        {kSecond, 10 * kSecond, kSecond, 290, LCB_TIMEUNIT_SEC, kSecond},
    }};
    std::array<std::uint32_t, 300> counts_{};
};

}  // namespace tenon::couchbase2
