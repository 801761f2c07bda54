// SPDX-License-Identifier: Apache-2.0
/// @file
/// A histogram of fixed size: recording is a few instructions and allocates nothing.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>

namespace tenon {

/// Counts values by magnitude: exact below 2^(kSubBits + 1), above that in buckets no wider than 1/2^kSubBits of their
/// value. Values of more than kBits bits count as the largest of so many. The maximum is kept exactly. Unit-free.
template <unsigned kSubBits, unsigned kBits = 64>
class Histogram {
public:
    /// Counts one value.
    void record(std::uint64_t value) {
        if (value > bound_) [[unlikely]] {
            note_max(value);
            value = std::min(value, kLargest);
        }
        ++counts_[bucket(value)];
    }
    /// Takes part in max() only: for a value that is known anyway but was not sampled.
    void note_max(std::uint64_t value) {
        if (value <= max_) return;
        max_ = value;
        bound_ = std::min(value, kLargest);
    }

    /// How many values were counted.
    std::uint64_t total() const { return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0}); }
    /// The largest one; 0 if there is none.
    std::uint64_t max() const { return max_; }

    /// The value that `percent` (0 to 100) of the records do not exceed: the upper end of its bucket. 0 if empty.
    std::uint64_t percentile(double percent) const {
        const auto rank = static_cast<std::uint64_t>(std::ceil(static_cast<double>(total()) * percent / 100));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < kBuckets; ++i) {
            seen += counts_[i];
            if (seen != 0 && seen >= rank) return std::min(upper_end(i), max_);
        }
        return 0;
    }

private:
    static constexpr std::uint64_t kSub = std::uint64_t{1} << kSubBits;
    static constexpr std::size_t kBuckets = (kBits - kSubBits + 1) * kSub;
    static constexpr std::uint64_t kLargest = ~std::uint64_t{0} >> (64 - kBits);  // that has a bucket

    /// Values below 2 * kSub are their own bucket; a larger one keeps its top kSubBits + 1 bits.
    static std::size_t bucket(std::uint64_t value) {
        const unsigned shift = static_cast<unsigned>(std::bit_width(value | (2 * kSub - 1))) - kSubBits - 1;
        return shift * kSub + (value >> shift);
    }
    static std::uint64_t upper_end(std::size_t bucket) {
        if (bucket < 2 * kSub) return bucket;
        const std::size_t shift = bucket / kSub - 1;
        return ((bucket % kSub + kSub + 1) << shift) - 1;
    }

    std::array<std::uint64_t, kBuckets> counts_{};
    std::uint64_t max_ = 0;
    std::uint64_t bound_ = 0;  // max_, at most kLargest: what is not above it needs no second look
};

/// What a client keeps of each kind of operation at each node, in microseconds up to an hour: off by 1/8 at most.
using LatencyHistogram = Histogram<3, 32>;

}  // namespace tenon
