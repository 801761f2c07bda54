// SPDX-License-Identifier: Apache-2.0
#include "load.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace tenon::bench {

namespace {

constexpr std::size_t kPrefillBatch = 1000;
constexpr std::size_t kMaxKeySize = 250;

/// `count` keys of `size` characters side by side: "key-" if there is room, then the number, zero-padded.
std::vector<char> make_keys(std::size_t count, std::size_t size) {
    if (size == 0 || size > kMaxKeySize) throw std::invalid_argument("a key has 1 to 250 bytes");
    constexpr std::string_view kPrefix = "key-";
    const std::size_t digits = std::to_string(count - 1).size();
    if (digits > size) throw std::invalid_argument("the key size is too small for that many items");
    std::vector<char> keys(count * size, '0');
    for (std::size_t i = 0; i < count; ++i) {
        char *key = keys.data() + i * size;
        if (size >= digits + kPrefix.size()) std::copy(kPrefix.begin(), kPrefix.end(), key);
        const std::string number = std::to_string(i);
        std::copy(number.begin(), number.end(), key + size - number.size());
    }
    return keys;
}

std::uint64_t nanoseconds(std::chrono::steady_clock::duration time) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
}

}  // namespace

Load::Load(Client &client, const LoadOptions &options)
    : client_(client),
      options_(options),
      value_(options.value_size, std::byte{'x'}),
      set_threshold_((std::uint64_t{options.set_percent} << 32) / 100),
      sample_every_(options.batch < kSample ? 1 : kSample),
      timeline_(options.interval) {
    if (options.items == 0 || options.items >= (std::uint64_t{1} << 32))
        throw std::invalid_argument("the number of items is 1 to 2^32 - 1");
    if (options.batch == 0) throw std::invalid_argument("a batch has one operation at least");
    if (options.set_percent > 100) throw std::invalid_argument("the percentage of sets is 0 to 100");
    keys_ = make_keys(options.items, options.key_size);
}

std::error_code Load::prefill() {
    for (std::size_t next = 0; next < options_.items;) {
        {
            const Batch together(client_);
            for (const std::size_t end = std::min(next + kPrefillBatch, options_.items); next < end; ++next) {
                const auto error = client_.set(key(next), value_, [this](const Reply &reply) {
                    if (reply.error) fail(reply.error, reply.detail);
                });
                if (error) return error;
            }
        }
        if (const auto error = client_.wait()) return error;
        if (!failures_.empty()) break;
    }
    return {};
}

std::error_code Load::run() {
    cycle_ = 0;
    const Clock::time_point now = Clock::now();
    end_ = now + options_.duration;
    timeline_.begin(now);
    told_operations_ = operations_;
    told_errors_ = errors_;
    {
        const Batch together(client_);
        schedule_batches();
    }
    return client_.wait();
}

bool Load::over() const {
    if (options_.stop != nullptr && *options_.stop != 0) return true;
    return options_.duration.count() != 0 ? Clock::now() >= end_ : cycle_ >= options_.cycles;
}

void Load::schedule_batches() {
    // More than once round only if not one operation of a batch could be scheduled: nothing would call us again.
    while (outstanding_ == 0 && !over()) {
        ++cycle_;
        batch_start_ = Clock::now();
        for (std::size_t i = 0; i < options_.batch; ++i) {
            if (const auto error = schedule_one()) {
                ++operations_;
                fail(error, {});
            } else {
                ++outstanding_;
            }
        }
    }
}

std::error_code Load::schedule_one() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    const std::size_t item = ((random_ >> 32) * options_.items) >> 32;
    const auto done = [this](const Reply &reply) { complete(reply); };
    if ((random_ & 0xffffffff) < set_threshold_) return client_.set(key(item), value_, done);
    return client_.get(key(item), done);
}

void Load::complete(const Reply &reply) {
    ++operations_;
    if (reply.error) fail(reply.error, reply.detail);
    const bool last = --outstanding_ == 0;
    const bool sampled = until_sample_ == 0;
    until_sample_ = sampled ? sample_every_ - 1 : until_sample_ - 1;
    if (!sampled && !last) return;
    const Clock::time_point now = Clock::now();
    const std::uint64_t latency = nanoseconds(now - batch_start_);
    if (sampled) latency_.record(latency);
    latency_.note_max(latency);
    if (!last) return;
    timeline_.record(now, operations_ - std::exchange(told_operations_, operations_),
                     errors_ - std::exchange(told_errors_, errors_));
    schedule_batches();
}

void Load::fail(std::error_code error, std::string_view detail) {
    ++errors_;
    Failure &failure = failures_[error.message()];
    if (failure.count++ == 0) failure.first = detail;
}

}  // namespace tenon::bench
