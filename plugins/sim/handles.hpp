// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include <tenon/io.h>

#include "queue.hpp"
#include "timer_queue.hpp"

namespace tenon::sim {

struct Socket;
struct Table;

enum class HandleKind : std::uint8_t { watch, timer, query };

/// What stands at the beginning of everything a table hands out as `void *`, so that one that was destroyed, is another
/// table's or of another kind is told from a good one. Its memory stays readable as long as the world lives.
struct Handle {
    HandleKind kind = HandleKind::watch;
    bool alive = false;
    std::uint32_t index = 0;  ///< among those of its kind
    Table *table = nullptr;
};

struct Watch : Handle {
    static constexpr HandleKind kKind = HandleKind::watch;
    Socket *socket = nullptr;  ///< null while it asks for nothing
    short flags = 0;
    void *arg = nullptr;
    tenon_io_handler handler = nullptr;
};

struct Timer : Handle {
    static constexpr HandleKind kKind = HandleKind::timer;
    ops::TimerNode node;
};

struct Query : Handle {
    static constexpr HandleKind kKind = HandleKind::query;
    std::uint32_t ticket = 0;
    int family = 0;
    std::string name;
    void *arg = nullptr;
    tenon_io_resolve_handler handler = nullptr;
};

/// Handles of one kind. One that was destroyed is used again only after kQuarantine others: whoever still holds it is
/// found out until then.
template <typename T>
class Handles {
public:
    T &make(Table &table) {
        T *made = nullptr;
        if (resting_.size() > kQuarantine) {
            made = resting_.front();
            resting_.consume(1);
        } else {
            made = &all_.emplace_back();
            made->index = static_cast<std::uint32_t>(all_.size() - 1);
        }
        made->kind = T::kKind;
        made->alive = true;
        made->table = &table;
        return *made;
    }
    void destroy(T &handle) {
        handle.alive = false;
        resting_.push(&handle);
    }
    /// Null for a handle that is not `table`'s, or no longer.
    static T *find(void *handle, const Table &table) {
        auto *const found = static_cast<Handle *>(handle);
        const bool good = found != nullptr && found->kind == T::kKind && found->alive && found->table == &table;
        return good ? static_cast<T *>(found) : nullptr;
    }
    T &operator[](std::size_t index) { return all_[index]; }
    auto begin() { return all_.begin(); }
    auto end() { return all_.end(); }

private:
    static constexpr std::size_t kQuarantine = 256;

    std::deque<T> all_;
    Queue<T *> resting_;
};

}  // namespace tenon::sim
