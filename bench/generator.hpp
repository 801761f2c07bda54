// SPDX-License-Identifier: Apache-2.0
/// @file
/// What the loads of tenon-bench consist of, whichever face they go through: which item is next, and what came of it.
#pragma once

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "histogram.hpp"
#include "timeline.hpp"

namespace tenon::bench {

struct LoadOptions {
    std::size_t items = 10000;
    std::size_t batch = 100;
    std::size_t cycles = 1000;
    std::size_t key_size = 16;
    std::size_t value_size = 100;
    unsigned set_percent = 20;
    /// Instead of `cycles`, as many batches as begin in this time; 0: `cycles`.
    std::chrono::milliseconds duration{0};
    /// Of the timeline; 0: there is none.
    std::chrono::milliseconds interval{0};
    /// No batch begins any more once this is set; may be null.
    const volatile std::sig_atomic_t *stop = nullptr;
};

/// Failures of one kind: how many, and what the first one said.
struct Failure {
    std::uint64_t count = 0;
    std::string first;
};

/// Its own cost an operation is a key looked up in a flat array, one step of a xorshift and, for a sample of the
/// completions, one read of the clock: below 20 ns.
///
/// Latency is counted from the start of the batch, one clock read a batch. With small batches every completion is
/// recorded, with larger ones one in kSample; the last one of each batch takes part in the maximum always.
class Generator {
public:
    /// Throws std::invalid_argument if `key_size` is too small to tell the items apart, or another option makes no
    /// sense.
    explicit Generator(const LoadOptions &options);

    const LoadOptions &options() const { return options_; }
    std::string_view key(std::size_t item) const {
        return {keys_.data() + item * options_.key_size, options_.key_size};
    }
    std::span<const std::byte> value() const { return value_; }

    /// A run begins: `cycles` batches, or those of `duration`. Figures of several runs add up.
    void begin_run();
    /// False: the run is over.
    bool begin_batch();

    struct Step {
        std::string_view key;
        bool store;
    };
    Step next() {
        random_ ^= random_ << 13;
        random_ ^= random_ >> 7;
        random_ ^= random_ << 17;
        return {key(((random_ >> 32) * options_.items) >> 32), (random_ & 0xffffffff) < set_threshold_};
    }
    /// What `next` told was scheduled.
    void scheduled() { ++outstanding_; }
    /// It could not be scheduled.
    void refused(std::string_view why) {
        ++operations_;
        failed(why, {});
    }
    bool batch_pending() const { return outstanding_ != 0; }

    /// One of the batch's operations is over. True: it was the last.
    bool completed() {
        ++operations_;
        const bool last = --outstanding_ == 0;
        const bool sampled = until_sample_ == 0;
        until_sample_ = sampled ? sample_every_ - 1 : until_sample_ - 1;
        if (sampled || last) note_time(sampled, last);
        return last;
    }
    /// It was no success.
    void failed(std::string_view why, std::string_view detail);

    std::uint64_t operations() const { return operations_; }
    std::uint64_t errors() const { return errors_; }
    /// By message of the error.
    const std::map<std::string, Failure, std::less<>> &failures() const { return failures_; }
    const Histogram &latency() const { return latency_; }
    /// Of the last run; a batch counts when its last operation is complete.
    const Timeline &timeline() const { return timeline_; }

private:
    static constexpr std::size_t kSample = 17;  // odd and prime: no batch size resonates with it
    using Clock = std::chrono::steady_clock;

    void note_time(bool sampled, bool last);

    LoadOptions options_;
    std::vector<char> keys_;
    std::vector<std::byte> value_;
    std::uint64_t random_ = 0x9e3779b97f4a7c15;
    std::uint64_t set_threshold_;
    std::size_t sample_every_;

    std::size_t cycle_ = 0;
    std::size_t outstanding_ = 0;
    std::size_t until_sample_ = 0;
    Clock::time_point batch_start_;
    Clock::time_point end_;
    std::uint64_t operations_ = 0, errors_ = 0;
    std::uint64_t told_operations_ = 0, told_errors_ = 0;  // of these, what is in the timeline
    Histogram latency_;
    Timeline timeline_;
    std::map<std::string, Failure, std::less<>> failures_;
};

}  // namespace tenon::bench
