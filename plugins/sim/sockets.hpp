// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <vector>

#include "handles.hpp"
#include "queue.hpp"
#include "sim.hpp"

namespace tenon::sim {

constexpr std::uint32_t kNone = 0xffffffff;

/// A socket as a program sees it; what it is connected by is the transport's.
struct Socket {
    int number = -1;
    std::uint64_t serial = 0;  ///< tells it from another one that had the number before
    Table *table = nullptr;    ///< null: closed
    Endpoint local;
    std::uint32_t host = kNone;  ///< number of the local address; kNone: not bound
    bool bound = false;          ///< holds its port
    int backlog = 0;             ///< above 0: listening
    Queue<std::uint32_t> waiting;    ///< connections to accept
    std::uint32_t connection = kNone;
    unsigned end = 0;  ///< of the connection
    int keepalive = 0;
    Watch *watch = nullptr;
    bool queued = false;  ///< among those its table looks at in the next turn
};

/// All sockets of a world by number. Numbers begin where no real descriptor is and are used again lowest first, as a
/// kernel does: a number used after it was closed meets another socket soon.
class Sockets {
public:
    static constexpr int kFirst = 1 << 20;

    Socket &make(Table &table) {
        std::size_t place = all_.size();
        if (free_.empty()) {
            all_.emplace_back();
        } else {
            place = static_cast<std::size_t>(free_.top());
            free_.pop();
        }
        Socket &socket = all_[place];
        socket = Socket{};
        socket.number = kFirst + static_cast<int>(place);
        socket.serial = ++last_serial_;
        socket.table = &table;
        return socket;
    }
    void free(Socket &socket) {
        socket.table = nullptr;
        free_.push(socket.number - kFirst);
    }
    /// Null if no open socket has that number.
    Socket *find(int number) {
        if (number < kFirst || static_cast<std::size_t>(number - kFirst) >= all_.size()) return nullptr;
        Socket &socket = all_[static_cast<std::size_t>(number - kFirst)];
        return socket.table != nullptr ? &socket : nullptr;
    }
    auto begin() { return all_.begin(); }
    auto end() { return all_.end(); }

private:
    std::deque<Socket> all_;
    std::priority_queue<int, std::vector<int>, std::greater<>> free_;
    std::uint64_t last_serial_ = 0;
};

}  // namespace tenon::sim
