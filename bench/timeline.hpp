// SPDX-License-Identifier: Apache-2.0
/// @file
/// How many operations completed when: what shows that something stood still for a while.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenon::bench {

/// Counts per interval of time, from `begin` on.
class Timeline {
public:
    using Clock = std::chrono::steady_clock;
    struct Interval {
        std::uint64_t operations = 0, errors = 0;
    };

    /// An interval of 0 counts nothing.
    explicit Timeline(std::chrono::milliseconds interval) : interval_(interval) {}

    void begin(Clock::time_point now) {
        start_ = now;
        intervals_.clear();
    }
    /// What completed since the last call; `now` never goes back.
    void record(Clock::time_point now, std::uint64_t operations, std::uint64_t errors) {
        if (interval_.count() == 0) return;
        const auto place = static_cast<std::size_t>((now - start_) / interval_);
        if (place >= intervals_.size()) intervals_.resize(place + 1);
        intervals_[place].operations += operations;
        intervals_[place].errors += errors;
    }

    std::chrono::milliseconds interval() const { return interval_; }
    const std::vector<Interval> &intervals() const { return intervals_; }
    /// Of all intervals but the last, which may not be over.
    std::uint64_t median() const {
        std::vector<std::uint64_t> counts;
        for (std::size_t i = 0; i + 1 < intervals_.size(); ++i) counts.push_back(intervals_[i].operations);
        if (counts.empty()) return 0;
        const auto middle = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2);
        std::nth_element(counts.begin(), middle, counts.end());
        return *middle;
    }
    /// The longest time in which throughput was below half the median. The last interval is left out.
    std::chrono::milliseconds longest_slow() const {
        const std::uint64_t half = median() / 2;
        std::chrono::milliseconds longest{0}, current{0};
        for (std::size_t i = 0; i + 1 < intervals_.size(); ++i) {
            if (intervals_[i].operations < half) current += interval_;
            else current = std::chrono::milliseconds{0};
            longest = std::max(longest, current);
        }
        return longest;
    }

private:
    std::chrono::milliseconds interval_;
    Clock::time_point start_;
    std::vector<Interval> intervals_;
};

}  // namespace tenon::bench
