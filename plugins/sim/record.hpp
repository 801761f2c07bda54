// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim.hpp"

namespace tenon::sim {

/// What is kept of a history: its sum, its counts, the breaches seen, and who wants to be told.
class Record {
public:
    /// Adds to the digest; what is added, and in which order, counts.
    void add(std::uint64_t word) { digest_ = std::rotl((digest_ ^ word) * 0x9e3779b97f4a7c15, 29); }
    void add(std::span<const std::byte> bytes) {
        add(bytes.size());
        for (; bytes.size() >= 8; bytes = bytes.subspan(8)) add(word(bytes, 8));
        if (!bytes.empty()) add(word(bytes, bytes.size()));
    }
    std::uint64_t digest() const { return digest_; }

    void violation(std::uint64_t time, const std::string &what) {
        if (violations_.size() < kMost) violations_.push_back(std::to_string(time) + " us: " + what);
    }
    const std::vector<std::string> &violations() const { return violations_; }
    void forget_violations() { violations_.clear(); }

    Statistics statistics;
    std::function<void(const Trace &)> trace;

private:
    static constexpr std::size_t kMost = 100;

    static std::uint64_t word(std::span<const std::byte> bytes, std::size_t size) {
        std::uint64_t value = 0;
        std::memcpy(&value, bytes.data(), size);
        return value;
    }

    std::uint64_t digest_ = 0;
    std::vector<std::string> violations_;
};

}  // namespace tenon::sim
