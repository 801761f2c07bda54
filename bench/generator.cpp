// SPDX-License-Identifier: Apache-2.0
#include "generator.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tenon::bench {

namespace {

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

Generator::Generator(const LoadOptions &options)
    : options_(options),
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

void Generator::begin_run() {
    cycle_ = 0;
    const Clock::time_point now = Clock::now();
    end_ = now + options_.duration;
    timeline_.begin(now);
    told_operations_ = operations_;
    told_errors_ = errors_;
}

bool Generator::begin_batch() {
    if (options_.stop != nullptr && *options_.stop != 0) return false;
    const Clock::time_point now = Clock::now();
    if (options_.duration.count() != 0 ? now >= end_ : cycle_ >= options_.cycles) return false;
    ++cycle_;
    batch_start_ = now;
    return true;
}

void Generator::note_time(bool sampled, bool last) {
    const Clock::time_point now = Clock::now();
    const std::uint64_t latency = nanoseconds(now - batch_start_);
    if (sampled) latency_.record(latency);
    latency_.note_max(latency);
    if (!last) return;
    timeline_.record(now, operations_ - std::exchange(told_operations_, operations_),
                     errors_ - std::exchange(told_errors_, errors_));
}

void Generator::failed(std::string_view why, std::string_view detail) {
    ++errors_;
    auto kind = failures_.find(why);
    if (kind == failures_.end()) kind = failures_.emplace(std::string(why), Failure{}).first;
    if (kind->second.count++ == 0) kind->second.first = detail;
}

}  // namespace tenon::bench
