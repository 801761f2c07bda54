// SPDX-License-Identifier: Apache-2.0
#include "client/deadline_queues.hpp"

#include <algorithm>
#include <utility>

namespace tenon::client {
namespace {

constexpr std::uint32_t kFirstCapacity = 64;
/// A turn is long to operations whose timeout it takes more than a 64th of; of 10 ms (µs) it is to all.
constexpr std::uint64_t kNoticed = 64, kLong = 10'000;

}  // namespace

/// Twice as much; or as much as before without the holes, where half of it is holes.
void DeadlineQueues::Queue::make_room() {
    std::uint32_t live = 0;
    for (std::uint32_t place = head; place != tail; ++place) live += at(place) != nullptr;
    const std::uint32_t larger = capacity == 0 ? kFirstCapacity : live > capacity / 2 ? capacity * 2 : capacity;
    Queue roomy;
    roomy.slots = std::make_unique_for_overwrite<Operation *[]>(larger);
    roomy.capacity = larger;
    roomy.mask = larger - 1;
    for (std::uint32_t place = head; place != tail; ++place)
        if (Operation *operation = at(place)) roomy.push(*operation);
    roomy.timeout = timeout;
    *this = std::move(roomy);
}

void DeadlineQueues::add_elsewhere(Operation &operation, std::uint64_t timeout) {
    const unsigned index = queue_for(timeout);
    operation.queue = static_cast<std::uint8_t>(index);
    queues_[index].push(operation);
    if (index == kQueues - 1) sort_in(operation);
}

/// The one of this timeout; else one that is unused, or free again; else the shared one.
unsigned DeadlineQueues::queue_for(std::uint64_t timeout) {
    unsigned free = kQueues - 1;
    for (unsigned i = 0; i < kQueues - 1; ++i) {
        if (queues_[i].timeout == timeout) return i;
        const bool is_free = queues_[i].timeout == 0 || (i != 0 && queues_[i].empty());
        if (is_free && free == kQueues - 1) free = i;
    }
    if (free != kQueues - 1) queues_[free].timeout = timeout;
    return free;
}

/// The newest of the shared queue goes before those that expire later.
void DeadlineQueues::sort_in(Operation &operation) {
    Queue &queue = queues_[kQueues - 1];
    for (; operation.place != queue.head; --operation.place) {
        Operation *before = queue.at(operation.place - 1);
        if (before != nullptr && before->deadline <= operation.deadline) break;
        queue.at(operation.place) = before;
        if (before != nullptr) before->place = operation.place;
    }
    queue.at(operation.place) = &operation;
}

Operation *DeadlineQueues::first() {
    Operation *first = nullptr;
    for (Queue &queue : queues_) {
        if (queue.empty()) continue;
        Operation *head = queue.at(queue.head);
        if (first == nullptr || head->deadline < first->deadline) first = head;
    }
    return first;
}

void DeadlineQueues::rebase(std::uint64_t stale, std::uint64_t fresh) {
    // The shared last queue mixes timeouts: which of its operations are new cannot be told from their deadlines.
    for (unsigned i = 0; i < kQueues - 1; ++i) {
        Queue &queue = queues_[i];
        if (fresh - stale <= std::min(queue.timeout / kNoticed, kLong)) continue;
        for (std::uint32_t place = queue.tail; place != queue.head;) {
            Operation *operation = queue.at(--place);
            if (operation == nullptr) continue;
            if (operation->deadline < stale + queue.timeout) break;
            operation->deadline = fresh + queue.timeout;
        }
    }
}

void DeadlineQueues::trim() {
    for (Queue &queue : queues_) {
        if (!queue.empty() || queue.capacity <= kFirstCapacity) continue;
        queue.slots.reset();
        queue.capacity = 0;
    }
}

}  // namespace tenon::client
