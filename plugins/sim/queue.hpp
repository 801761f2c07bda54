// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

namespace tenon::sim {

/// First in, first out, in one contiguous piece; keeps its memory. What is copied to make room was consumed before in
/// the same amount, so that a byte costs O(1).
template <typename T>
class Queue {
public:
    std::size_t size() const { return items_.size() - head_; }
    bool empty() const { return size() == 0; }
    std::span<const T> all() const { return {items_.data() + head_, size()}; }
    T &front() { return items_[head_]; }
    const T &front() const { return items_[head_]; }
    const T &last() const { return items_.back(); }

    void append(const T *from, std::size_t count) {
        make_room(count);
        items_.insert(items_.end(), from, from + count);
    }
    void push(const T &item) {
        make_room(1);
        items_.push_back(item);
    }
    /// Takes `count` off the front.
    void consume(std::size_t count) {
        head_ += count;
        if (head_ == items_.size()) clear();
    }
    /// Leaves the first `count`.
    void truncate(std::size_t count) {
        items_.resize(head_ + count);
        if (count == 0) clear();
    }
    void clear() {
        items_.clear();
        head_ = 0;
    }

private:
    void make_room(std::size_t count) {
        if (head_ == 0 || items_.size() + count <= items_.capacity() || head_ < size()) return;
        items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }

    std::vector<T> items_;
    std::size_t head_ = 0;
};

using ByteQueue = Queue<std::byte>;

}  // namespace tenon::sim
