// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/request.hpp"

namespace tenon::test {

using Bytes = std::vector<std::byte>;

inline Bytes bytes(std::initializer_list<unsigned> numbers) {
    Bytes out;
    for (unsigned n : numbers) out.push_back(static_cast<std::byte>(n));
    return out;
}

inline Bytes bytes(std::string_view text) {
    const auto view = wire::as_bytes(text);
    return {view.begin(), view.end()};
}

inline Bytes encoded(const wire::Message &m) {
    Bytes out(wire::encoded_size(m));
    wire::encode(m, out.data());
    return out;
}

inline Bytes encoded(const wire::Request &r) { return encoded(r.message()); }

/// A copy on the heap of exactly its size, so that a sanitizer sees the first byte read beyond it.
class Exact {
public:
    explicit Exact(std::span<const std::byte> from) : data_(new std::byte[from.size()]), size_(from.size()) {
        if (size_ != 0) std::memcpy(data_.get(), from.data(), size_);
    }
    std::span<const std::byte> view() const { return {data_.get(), size_}; }

private:
    std::unique_ptr<std::byte[]> data_;
    std::size_t size_;
};

/// Seeded: the same run every time.
struct Random {
    std::mt19937_64 engine;

    explicit Random(std::uint64_t seed) : engine(seed) {}
    /// 0 .. limit - 1
    std::size_t below(std::size_t limit) { return engine() % limit; }
    Bytes bytes(std::size_t size) {
        Bytes out(size);
        for (auto &b : out) b = static_cast<std::byte>(engine());
        return out;
    }
    std::string text(std::size_t size) {
        std::string out(size, 0);
        for (auto &c : out) c = static_cast<char>(engine());
        return out;
    }
};

}  // namespace tenon::test
