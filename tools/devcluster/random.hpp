// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>

namespace tenon::devcluster {

/// From `least` to `most`, both included; units are where it is used.
struct Range {
    std::uint64_t least = 0, most = 0;

    bool operator==(const Range &) const = default;
};

/// The cluster's one source of chance: the same seed gives the same on every machine, which the standard's
/// distributions do not promise.
class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    std::uint64_t next() { return engine_(); }
    std::uint64_t in(const Range &range) {
        if (range.most <= range.least) return range.least;
        const std::uint64_t width = range.most - range.least + 1;
        return range.least + (width == 0 ? next() : next() % width);
    }
    /// True with a probability from 0 to 1. At 0 and 1 nothing is drawn: what is off leaves the others' sequence alone.
    bool chance(double probability) {
        if (probability <= 0) return false;
        return probability >= 1 || static_cast<double>(next() >> 11) * 0x1p-53 < probability;
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace tenon::devcluster
