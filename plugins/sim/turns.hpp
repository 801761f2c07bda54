// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "event_queue.hpp"

namespace tenon::sim {

/// The next turn of each table, of which there is one at most. Tables are few, and put their turns forward all the
/// time: what is looked for among all of them leaves nothing behind, as it would in a queue.
class Turns {
public:
    void set(std::uint32_t table, std::uint64_t time, std::uint64_t order) {
        if (turns_.size() <= table) turns_.resize(table + 1, {kNever, 0, 0, 0, EventKind::turn});
        turns_[table] = {time, order, table, 0, EventKind::turn};
        if (known_ && before(turns_[table], turns_[soonest_])) soonest_ = table;
        else known_ = known_ && soonest_ != table;
    }
    void clear(std::uint32_t table) {
        if (turns_.size() <= table) return;
        turns_[table].time = kNever;
        known_ = known_ && soonest_ != table;
    }
    /// Null if no table has one.
    const Event *soonest() {
        if (!known_) find();
        return known_ ? &turns_[soonest_] : nullptr;
    }

private:
    static constexpr std::uint64_t kNever = UINT64_MAX;

    void find() {
        soonest_ = 0;
        for (std::uint32_t i = 1; i < turns_.size(); ++i)
            if (before(turns_[i], turns_[soonest_])) soonest_ = i;
        known_ = !turns_.empty() && turns_[soonest_].time != kNever;
    }

    std::vector<Event> turns_;  // by table
    std::uint32_t soonest_ = 0;
    bool known_ = false;  // which is the soonest, and that there is one
};

}  // namespace tenon::sim
