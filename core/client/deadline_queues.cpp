// SPDX-License-Identifier: Apache-2.0
#include "client/deadline_queues.hpp"

namespace tenon::client {

unsigned DeadlineQueues::queue_for(std::uint64_t timeout) {
    for (unsigned i = 0; i < kQueues - 1; ++i) {
        if (queues_[i].timeout == timeout) return i;
        if (queues_[i].timeout == 0 || (i != 0 && queues_[i].head == kNoOperation)) {  // unused, or free again
            queues_[i].timeout = timeout;
            return i;
        }
    }
    return kQueues - 1;
}

void DeadlineQueues::insert_sorted(Operation &operation) {
    Queue &queue = queues_[kQueues - 1];
    std::uint32_t before = queue.tail;
    while (before != kNoOperation && pool_.at(before).deadline > operation.deadline) before = pool_.at(before).previous;
    if (before == queue.tail) return push_back(queue, operation);
    operation.previous = before;
    operation.next = before == kNoOperation ? queue.head : pool_.at(before).next;
    (before == kNoOperation ? queue.head : pool_.at(before).next) = operation.self;
    pool_.at(operation.next).previous = operation.self;
}

Operation *DeadlineQueues::first() {
    Operation *first = nullptr;
    for (const Queue &queue : queues_) {
        if (queue.head == kNoOperation) continue;
        Operation &head = pool_.at(queue.head);
        if (first == nullptr || head.deadline < first->deadline) first = &head;
    }
    return first;
}

void DeadlineQueues::rebase(std::uint64_t stale, std::uint64_t fresh) {
    // The shared last queue mixes timeouts: which of its operations are new cannot be told from their deadlines.
    for (unsigned i = 0; i < kQueues - 1; ++i) {
        const Queue &queue = queues_[i];
        for (std::uint32_t at = queue.tail; at != kNoOperation; at = pool_.at(at).previous) {
            if (pool_.at(at).deadline < stale + queue.timeout) break;
            pool_.at(at).deadline = fresh + queue.timeout;
        }
    }
}

}  // namespace tenon::client
