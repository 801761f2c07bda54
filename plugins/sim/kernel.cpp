// SPDX-License-Identifier: Apache-2.0
#include "kernel.hpp"

#include <algorithm>

namespace tenon::sim {

std::optional<std::uint32_t> Kernel::host(std::string_view address) {
    if (const std::optional<std::uint32_t> number = parse_address(address)) return hosts.at(*number);
    violation("\"" + std::string(address) + "\" is no address of a host");
    return std::nullopt;
}

void Kernel::act_at(std::uint64_t time, std::function<void()> fn) {
    std::uint32_t place = static_cast<std::uint32_t>(acts_.size());
    if (free_acts_.empty()) {
        acts_.emplace_back();
    } else {
        place = free_acts_.back();
        free_acts_.pop_back();
    }
    acts_[place] = std::move(fn);
    schedule(std::max(time, now), EventKind::act, place, 0);
}

bool Kernel::is_current(const Event &event) {
    switch (event.kind) {
    case EventKind::answer: return names.is_current(event.index, event.ticket);
    case EventKind::turn:
    case EventKind::act: return true;
    default: return transport.is_current(event.kind, event.index, event.ticket);
    }
}

/// The first in `queue`; null if there is none. What was called off goes without the clock: it must not carry anybody
/// past the last thing that happens.
const Event *Kernel::front(EventQueue &queue) {
    while (!queue.empty() && !is_current(queue.front())) queue.pop();
    return queue.empty() ? nullptr : &queue.front();
}

const Event *Kernel::next() {
    const Event *first = turns_.soonest();
    for (EventQueue *queue : {&near_, &distant_})
        if (const Event *other = front(*queue); other != nullptr && (first == nullptr || before(*other, *first)))
            first = other;
    return first;
}

bool Kernel::step(std::uint64_t limit) {
    if (posted.load(std::memory_order_relaxed)) take_posts();
    const Event *const first = next();
    if (first == nullptr || first->time > limit) return false;
    const Event event = *first;
    if (event.kind != EventKind::turn) (event.is_distant() ? distant_ : near_).pop();
    now = std::max(now, event.time);
    ++record.statistics.events;
    record.add(now);
    record.add(static_cast<std::uint64_t>(event.kind) << 32 | event.index);
    dispatch(event);
    return true;
}

void Kernel::dispatch(const Event &event) {
    switch (event.kind) {
    case EventKind::turn: return tables[event.index].turn();
    case EventKind::arrival: return transport.on_arrival(event.index);
    case EventKind::relief: return transport.on_relief(event.index);
    case EventKind::silence: return transport.on_silence(event.index);
    case EventKind::answer: return names.on_answer(event.index);
    case EventKind::act: {
        const std::function<void()> fn = std::exchange(acts_[event.index], {});
        free_acts_.push_back(event.index);
        call_out(fn);
    }
    }
}

void Kernel::take_posts() {
    posted.store(false);
    for (Table &table : tables) {
        const std::lock_guard lock(table.mutex);
        if (!table.posts.empty() && !table.destroyed) table.wake();
    }
}

}  // namespace tenon::sim
