// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "session/operation.hpp"

namespace tenon::session {

/// The operations in flight on one connection, found by opaque without hashing: opaques count up, and the slot is the
/// opaque's low bits.
class Ring {
public:
    /// Takes the next opaque for `operation`.
    std::uint32_t push(Operation *operation) {
        if (tail_ - head_ == capacity_) grow();
        slots_[tail_ & mask_] = operation;
        return tail_++;
    }

    enum class Found : std::uint8_t {
        operation,
        abandoned,  ///< its operation completed without the reply, which may still come
        nobody,     ///< never sent, or answered before
    };
    Found find(std::uint32_t opaque, Operation *&operation) const {
        if (opaque - head_ >= tail_ - head_) return Found::nobody;
        operation = slots_[opaque & mask_];
        if (operation == nullptr) return Found::nobody;
        return operation == abandoned() ? Found::abandoned : Found::operation;
    }

    /// Starts to fetch the operation that some replies after this one may be for: where many are pending it has left the
    /// caches long ago, and most replies come in the order of their requests.
    void fetch_ahead(std::uint32_t opaque) const {
        constexpr std::uint32_t kAhead = 6;  // of 6 and 12 neither was better than the other
        // The pointer may be of no operation, or none: nothing is read through it.
        const auto at = reinterpret_cast<std::uintptr_t>(slots_[(opaque + kAhead) & mask_]);
        __builtin_prefetch(reinterpret_cast<const void *>(at));
        __builtin_prefetch(reinterpret_cast<const void *>(at + sizeof(Operation) - 1));
    }

    /// The reply came.
    void remove(std::uint32_t opaque) {
        slots_[opaque & mask_] = nullptr;
        while (head_ != tail_ && slots_[head_ & mask_] == nullptr) ++head_;
    }

    /// The operation is gone; its reply, should it come, is swallowed.
    void abandon(std::uint32_t opaque) { slots_[opaque & mask_] = abandoned(); }

    /// Waits for no reply, not even for one that nobody wants any more.
    bool empty() const { return head_ == tail_; }
    /// From the oldest opaque waited for to the newest.
    std::uint32_t span() const { return tail_ - head_; }

    /// Every operation waited for, oldest first; `visit(Operation &)`.
    template <class Visit>
    void for_each(Visit visit) const {
        for (std::uint32_t at = head_; at != tail_; ++at) {
            Operation *operation = slots_[at & mask_];
            if (operation != nullptr && operation != abandoned()) visit(*operation);
        }
    }

    /// Waits for no operation, at most for replies that nobody wants any more.
    bool drained() const {
        for (std::uint32_t at = head_; at != tail_; ++at) {
            const Operation *operation = slots_[at & mask_];
            if (operation != nullptr && operation != abandoned()) return false;
        }
        return true;
    }

    /// Forgets `opaque` and all after it.
    void cut(std::uint32_t opaque) {
        tail_ = opaque;
        while (tail_ != head_ && slots_[(tail_ - 1) & mask_] == nullptr) --tail_;
    }
    void clear() { head_ = tail_; }
    /// Gives back the memory of a ring that waits for nothing.
    void trim() {
        if (!empty()) return;
        slots_.reset();
        capacity_ = 0;
    }

private:
    static Operation *abandoned() { return reinterpret_cast<Operation *>(std::uintptr_t{1}); }

    [[gnu::noinline]] void grow() {
        const std::uint32_t capacity = capacity_ == 0 ? 64 : capacity_ * 2;
        auto slots = std::make_unique<Operation *[]>(capacity);  // cleared: fetch_ahead reads what was never written
        for (std::uint32_t at = head_; at != tail_; ++at) slots[at & (capacity - 1)] = slots_[at & mask_];
        slots_ = std::move(slots);
        capacity_ = capacity;
        mask_ = capacity - 1;
    }

    std::unique_ptr<Operation *[]> slots_;
    std::uint32_t capacity_ = 0;
    std::uint32_t mask_ = 0;
    std::uint32_t head_ = 0;
    std::uint32_t tail_ = 0;
};

}  // namespace tenon::session
