// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "client/operation_pool.hpp"

namespace tenon::client {

/// All pending operations of an instance, ordered by deadline: one FIFO for each length of timeout in use, since equal
/// timeouts expire in the order they began. Adding and removing is O(1). More than kQueues - 1 different lengths share
/// the last queue, kept in order by insertion from its end.
class DeadlineQueues {
public:
    static constexpr std::uint64_t kNever = ~std::uint64_t{0};

    explicit DeadlineQueues(OperationPool &pool) : pool_(pool) {}

    /// Adds with deadline now + timeout.
    void add(Operation &operation, std::uint64_t now, std::uint64_t timeout) {
        operation.deadline = now + timeout;
        const unsigned index = queues_[0].timeout == timeout ? 0 : queue_for(timeout);
        operation.queue = static_cast<std::uint8_t>(index);
        if (index == kQueues - 1) return insert_sorted(operation);
        push_back(queues_[index], operation);
    }

    void remove(const Operation &operation) {
        Queue &queue = queues_[operation.queue];
        (operation.previous == kNoOperation ? queue.head : pool_.at(operation.previous).next) = operation.next;
        (operation.next == kNoOperation ? queue.tail : pool_.at(operation.next).previous) = operation.previous;
    }

    /// When the operation was scheduled; 0 if that is not known (it is in the shared queue).
    std::uint64_t started(const Operation &operation) const {
        return operation.queue == kQueues - 1 ? 0 : operation.deadline - queues_[operation.queue].timeout;
    }

    /// The operation that expires first, or null.
    Operation *first();

    /// Operations that were added at `stale` (the time of a turn's start) or later count from `fresh` instead: their
    /// turn took long, and nothing could have answered them meanwhile.
    void rebase(std::uint64_t stale, std::uint64_t fresh);

private:
    static constexpr unsigned kQueues = 16;

    struct Queue {
        std::uint64_t timeout = 0;  ///< 0: unused
        std::uint32_t head = kNoOperation;
        std::uint32_t tail = kNoOperation;
    };

    unsigned queue_for(std::uint64_t timeout);
    void insert_sorted(Operation &operation);

    void push_back(Queue &queue, Operation &operation) {
        operation.next = kNoOperation;
        operation.previous = queue.tail;
        (queue.tail == kNoOperation ? queue.head : pool_.at(queue.tail).next) = operation.self;
        queue.tail = operation.self;
    }

    OperationPool &pool_;
    std::array<Queue, kQueues> queues_{};
};

}  // namespace tenon::client
