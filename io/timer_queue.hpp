// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <tenon/io.h>

namespace tenon::ops {

/// A one-shot timer as TimerQueue keeps it. Its owner destroys it only when it is not armed.
struct TimerNode {
    void *arg = nullptr;
    tenon_io_handler handler = nullptr;
    std::uint64_t due = 0;
    std::uint64_t order = 0;
    std::size_t place = kIdle;      ///< where it is: index in the heap, or one of the marks below
    TimerNode *previous = nullptr;  ///< neighbours in a list of immediate timers
    TimerNode *next = nullptr;

    static constexpr std::size_t kIdle = static_cast<std::size_t>(-1);
    static constexpr std::size_t kListed = static_cast<std::size_t>(-2);

    bool armed() const { return place != kIdle; }
};

/// The timers of a loop that has none of its own: a heap by due time, and beside it a list for those of 0 µs, which
/// cost neither a clock reading nor a sift.
///
/// A round fires what was due at its beginning. What is armed during a round waits for the next one, so that a timer
/// that re-arms itself with 0 µs leaves the loop time to serve sockets [R8].
class TimerQueue {
public:
    static constexpr std::uint64_t kNever = UINT64_MAX;

    TimerQueue() { waiting_.previous = waiting_.next = &waiting_; round_.previous = round_.next = &round_; }
    TimerQueue(const TimerQueue &) = delete;
    TimerQueue &operator=(const TimerQueue &) = delete;

    /// Makes room for one more timer, so that arming never allocates. Throws std::bad_alloc.
    void add_timer() {
        if (timers_ == heap_.capacity()) heap_.reserve(timers_ < 16 ? 32 : 2 * timers_);
        ++timers_;
    }
    /// Gives the room of a timer that is not armed back.
    void remove_timer() { --timers_; }

    bool empty() const { return heap_.empty() && !has_immediate(); }
    bool has_immediate() const { return waiting_.next != &waiting_ || round_.next != &round_; }
    bool has_timed() const { return !heap_.empty(); }
    /// When the first of the heap is due, or kNever.
    std::uint64_t next_due() const { return has_timed() ? heap_.front()->due : kNever; }

    void arm_immediate(TimerNode &node);
    void arm_at(TimerNode &node, std::uint64_t due);
    void disarm(TimerNode &node);

    /// Begins a round at time `now`, then next_in_round() disarms and returns one due timer after the other, null at
    /// the end. A round may be left early: the rest is the beginning of the next one.
    void begin_round(std::uint64_t now);
    TimerNode *next_in_round();

private:
    static bool before(const TimerNode &a, const TimerNode &b) {
        return a.due != b.due ? a.due < b.due : a.order < b.order;
    }
    static void append(TimerNode &list, TimerNode &node);
    static void unlink(TimerNode &node);
    void put(std::size_t place, TimerNode *node);
    void sift_up(std::size_t place, TimerNode *node);
    void sift_down(std::size_t place, TimerNode *node);

    std::vector<TimerNode *> heap_;
    std::size_t timers_ = 0;
    TimerNode waiting_;  ///< heads of circular lists: immediate timers armed since the round began …
    TimerNode round_;    ///< … and those it has yet to fire
    std::uint64_t next_order_ = 0;
    std::uint64_t round_now_ = 0;
    std::uint64_t round_end_ = 0;  ///< the first `order` that belongs to the next round
};

}  // namespace tenon::ops
