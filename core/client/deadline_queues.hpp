// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "session/operation.hpp"

namespace tenon::client {

using session::Operation;

/// All pending operations of an instance, ordered by deadline: one FIFO for each length of timeout in use, since equal
/// timeouts expire in the order they began. Adding and removing is O(1). More than kQueues - 1 different lengths share
/// the last queue, kept in order by insertion from its end.
class DeadlineQueues {
public:
    static constexpr std::uint64_t kNever = ~std::uint64_t{0};

    DeadlineQueues() { queues_[kQueues - 1].timeout = kMixed; }

    /// Adds with deadline now + timeout.
    void add(Operation &operation, std::uint64_t now, std::uint64_t timeout) {
        operation.deadline = now + timeout;
        operation.queue = 0;
        if (queues_[0].timeout == timeout) [[likely]] return queues_[0].push(operation);
        add_elsewhere(operation, timeout);
    }

    void remove(const Operation &operation) { queues_[operation.queue].remove(operation.place); }

    /// When the operation was scheduled; far in the future if that is not known: it is in the shared queue
    /// (with a timeout of under 290,000 years).
    std::uint64_t started(const Operation &operation) const {
        return operation.deadline - queues_[operation.queue].timeout;
    }

    /// The operation that expires first, or null.
    Operation *first();

    /// Operations that were added at `stale` (the time of a turn's start) or later count from `fresh` instead: their
    /// turn took long, and nothing could have answered them meanwhile. Not those to whose timeout it makes little
    /// difference: a turn of some milliseconds may be long because much is scheduled in it.
    void rebase(std::uint64_t stale, std::uint64_t fresh);

    /// Gives back the memory of queues that nothing is in.
    void trim();

private:
    static constexpr unsigned kQueues = 16;
    static constexpr std::uint64_t kMixed = std::uint64_t{1} << 63;  ///< the timeout of the shared queue

    /// A ring of pointers, in which removed ones leave holes.
    struct Queue {
        std::uint64_t timeout = 0;  ///< 0: unused
        std::unique_ptr<Operation *[]> slots;
        std::uint32_t capacity = 0;  ///< a power of two, and one less
        std::uint32_t mask = 0;
        std::uint32_t head = 0;      ///< never a hole
        std::uint32_t tail = 0;

        bool empty() const { return head == tail; }
        Operation *&at(std::uint32_t place) { return slots[place & mask]; }

        void push(Operation &operation) {
            if (tail - head == capacity) [[unlikely]] make_room();
            operation.place = tail;
            at(tail++) = &operation;
        }
        void remove(std::uint32_t place) {
            at(place) = nullptr;
            while (head != tail && at(head) == nullptr) ++head;
        }
        void make_room();
    };

    void add_elsewhere(Operation &operation, std::uint64_t timeout);
    unsigned queue_for(std::uint64_t timeout);
    void sort_in(Operation &operation);

    std::array<Queue, kQueues> queues_{};
};

}  // namespace tenon::client
