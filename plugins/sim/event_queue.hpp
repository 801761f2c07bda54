// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenon::sim {

enum class EventKind : std::uint8_t {
    turn,     ///< of table `index`: see Turns
    arrival,  ///< of the first piece of direction `index`
    relief,   ///< direction `index` takes bytes again after a short write
    silence,  ///< end `index` gives up, or probes
    answer,   ///< to query `index`
    act,      ///< number `index`
};

/// Something that will happen, unless its ticket is no longer the one its subject holds: then it was called off.
struct Event {
    std::uint64_t time = 0;
    std::uint64_t order = 0;  ///< among those of the same time
    std::uint32_t index = 0;
    std::uint32_t ticket = 0;
    EventKind kind = EventKind::act;

    /// Of a kind that is planned long before, or hardly ever happens.
    bool is_distant() const { return kind == EventKind::silence || kind == EventKind::act; }
};

inline bool before(const Event &a, const Event &b) { return a.time != b.time ? a.time < b.time : a.order < b.order; }

/// What will happen, soonest first: a heap of four children a node, which touches fewer cache lines than one of two.
class EventQueue {
public:
    bool empty() const { return heap_.empty(); }
    const Event &front() const { return heap_.front(); }

    void push(const Event &event) {
        heap_.push_back(event);
        std::size_t place = heap_.size() - 1;
        while (place != 0) {
            const std::size_t parent = (place - 1) / kChildren;
            if (!before(event, heap_[parent])) break;
            heap_[place] = heap_[parent];
            place = parent;
        }
        heap_[place] = event;
    }

    void pop() {
        const Event last = heap_.back();
        heap_.pop_back();
        if (heap_.empty()) return;
        std::size_t place = 0;
        for (;;) {
            const std::size_t first = kChildren * place + 1;
            if (first >= heap_.size()) break;
            std::size_t least = first;
            const std::size_t end = std::min(first + kChildren, heap_.size());
            for (std::size_t child = first + 1; child < end; ++child)
                if (before(heap_[child], heap_[least])) least = child;
            if (!before(heap_[least], last)) break;
            heap_[place] = heap_[least];
            place = least;
        }
        heap_[place] = last;
    }

private:
    static constexpr std::size_t kChildren = 4;

    std::vector<Event> heap_;
};

}  // namespace tenon::sim
