// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

namespace tenon {

/// Pauses between tries: each about twice the last, up to a longest one, with a jitter that keeps many clients from
/// trying in step. The jitter is decided by the seed alone.
class Backoff {
public:
    Backoff(std::uint64_t seed, std::uint64_t first_usec, std::uint64_t longest_usec)
        : random_(seed), first_(first_usec), longest_(longest_usec), next_(first_usec) {}

    /// Microseconds to wait now: between half and all of the pause that is due.
    std::uint64_t next() {
        const std::uint64_t pause = next_;
        next_ = std::min(next_ * 2, longest_);
        return pause / 2 + random() % (pause / 2 + 1);
    }

    /// A try succeeded: the next pause is a first one.
    void reset() { next_ = first_; }

private:
    // SplitMix64: any seed will do, 0 too.
    std::uint64_t random() {
        std::uint64_t z = random_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    std::uint64_t random_;
    std::uint64_t first_;
    std::uint64_t longest_;
    std::uint64_t next_;
};

}  // namespace tenon
