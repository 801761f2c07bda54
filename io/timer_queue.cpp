// SPDX-License-Identifier: Apache-2.0
#include "timer_queue.hpp"

namespace tenon::ops {

void TimerQueue::append(TimerNode &list, TimerNode &node) {
    node.previous = list.previous;
    node.next = &list;
    list.previous->next = &node;
    list.previous = &node;
}

void TimerQueue::unlink(TimerNode &node) {
    node.previous->next = node.next;
    node.next->previous = node.previous;
}

void TimerQueue::put(std::size_t place, TimerNode *node) {
    heap_[place] = node;
    node->place = place;
}

void TimerQueue::sift_up(std::size_t place, TimerNode *node) {
    while (place != 0) {
        const std::size_t parent = (place - 1) / 2;
        if (!before(*node, *heap_[parent])) break;
        put(place, heap_[parent]);
        place = parent;
    }
    put(place, node);
}

void TimerQueue::sift_down(std::size_t place, TimerNode *node) {
    for (;;) {
        std::size_t child = 2 * place + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child])) ++child;
        if (!before(*heap_[child], *node)) break;
        put(place, heap_[child]);
        place = child;
    }
    put(place, node);
}

void TimerQueue::arm_immediate(TimerNode &node) {
    disarm(node);
    append(waiting_, node);
    node.place = TimerNode::kListed;
}

void TimerQueue::arm_at(TimerNode &node, std::uint64_t due) {
    disarm(node);
    node.due = due;
    node.order = next_order_++;
    heap_.push_back(&node);
    sift_up(heap_.size() - 1, &node);
}

void TimerQueue::disarm(TimerNode &node) {
    const std::size_t place = node.place;
    if (place == TimerNode::kIdle) return;
    node.place = TimerNode::kIdle;
    if (place == TimerNode::kListed) return unlink(node);
    TimerNode *last = heap_.back();
    heap_.pop_back();
    if (last == &node) return;
    if (place != 0 && before(*last, *heap_[(place - 1) / 2]))
        sift_up(place, last);
    else
        sift_down(place, last);
}

void TimerQueue::begin_round(std::uint64_t now) {
    if (waiting_.next != &waiting_) {
        TimerNode *first = waiting_.next;
        TimerNode *last = waiting_.previous;
        first->previous = round_.previous;
        round_.previous->next = first;
        last->next = &round_;
        round_.previous = last;
        waiting_.previous = waiting_.next = &waiting_;
    }
    round_now_ = now;
    round_end_ = next_order_;
}

TimerNode *TimerQueue::next_in_round() {
    TimerNode *node = nullptr;
    if (round_.next != &round_)
        node = round_.next;
    else if (!heap_.empty() && heap_.front()->due <= round_now_ && heap_.front()->order < round_end_)
        node = heap_.front();
    if (node != nullptr) disarm(*node);
    return node;
}

}  // namespace tenon::ops
