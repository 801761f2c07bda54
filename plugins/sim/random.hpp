// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tenon::sim {

/// From `least` to `most`, both included.
struct Range {
    std::uint64_t least = 0;
    std::uint64_t most = 0;
};

/// The generator of a simulation: SplitMix64 (any seed will do, 0 too). What a draw yields is written out here, so that
/// a seed means the same with every compiler and library.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    /// 0 to `count` - 1; 0 for a `count` of 0. One draw: the bias is below count / 2^64, and nobody here can tell.
    std::uint64_t below(std::uint64_t count) { return count == 0 ? 0 : next() % count; }
    std::uint64_t in(const Range &range) {
        return range.most <= range.least ? range.least : range.least + below(range.most - range.least + 1);
    }
    /// True `millionths` times out of a million. A chance of none or of all costs no draw.
    bool chance(std::uint32_t millionths) {
        if (millionths == 0) return false;
        return millionths >= 1'000'000 || below(1'000'000) < millionths;
    }

private:
    std::uint64_t state_;
};

}  // namespace tenon::sim
