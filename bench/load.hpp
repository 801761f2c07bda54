// SPDX-License-Identifier: Apache-2.0
/// @file
/// The load generator of tenon-bench: batches of gets and sets through one client.
#pragma once

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tenon/tenon.hpp>

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

/// Runs batches over a client: schedules one, and from the callback of its last completion the next one, so that the
/// loop is never left in between. Its own cost an operation is a key looked up in a flat array, one step of a xorshift
/// and, for a sample of the completions, one read of the clock: below 20 ns.
///
/// Latency is counted from the start of the batch, one clock read a batch. With small batches every completion is
/// recorded, with larger ones one in kSample; the last one of each batch takes part in the maximum always.
class Load {
public:
    /// `client` must outlive this. Throws std::invalid_argument if `key_size` is too small to tell the items apart, or
    /// another option makes no sense.
    Load(Client &client, const LoadOptions &options);

    /// Stores every item once; returns when all are done, or after the first batch with a failure (see failures()).
    std::error_code prefill();
    /// Runs `cycles` batches, or those of `duration`; returns when the last one is complete. May be called again:
    /// figures add up.
    std::error_code run();

    std::uint64_t operations() const { return operations_; }
    std::uint64_t errors() const { return errors_; }
    /// By message of the error.
    const std::map<std::string, Failure> &failures() const { return failures_; }
    const Histogram &latency() const { return latency_; }
    /// Of the last run; a batch counts when its last operation is complete.
    const Timeline &timeline() const { return timeline_; }

private:
    static constexpr std::size_t kSample = 17;  // odd and prime: no batch size resonates with it
    using Clock = std::chrono::steady_clock;

    bool over() const;
    void schedule_batches();
    std::error_code schedule_one();
    void complete(const Reply &reply);
    void fail(std::error_code error, std::string_view detail);
    std::string_view key(std::size_t item) const {
        return {keys_.data() + item * options_.key_size, options_.key_size};
    }

    Client &client_;
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
    std::map<std::string, Failure> failures_;
};

}  // namespace tenon::bench
