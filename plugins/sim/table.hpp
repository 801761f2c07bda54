// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <tenon/io.h>

#include "handles.hpp"
#include "sim.hpp"
#include "timer_queue.hpp"

namespace tenon::sim {

class Kernel;
struct Socket;

/// One table and its loop.
struct Table {
    Table(Kernel &k, std::uint32_t number, std::uint32_t home);
    Table(const Table &) = delete;
    Table &operator=(const Table &) = delete;

    /// Has the loop turn as soon as it may, but not before `time`.
    void wake_at(std::uint64_t time);
    void wake();
    /// The socket may have become ready: the next turn looks.
    void look_at(Socket &socket);
    /// It is closed.
    void forget(const Socket &socket);
    void stall(std::uint64_t usec);

    /// Serves what is due; the event queue's.
    void turn();
    void run();
    int tick();
    void stop() { stopping = running; }
    bool idle() const { return watched == 0 && armed == 0 && queries == 0; }
    /// The destructor of the table. The object stays, so that calls that come late are found out.
    void destroy();
    void violation(const std::string &what) const;
    Census census() const;

    Kernel &kernel;
    const std::uint32_t index;
    const std::uint32_t host;
    tenon_io_ops ops{};
    ops::TimerQueue timers;
    std::vector<Socket *> ready;  ///< to be looked at in the next turn
    std::vector<Socket *> round;  ///< in this one; null: gone
    std::vector<std::pair<std::uint32_t, std::uint32_t>> answers;  ///< queries that can be answered, with their tickets
    std::size_t sockets = 0, events = 0, watched = 0, timer_handles = 0, armed = 0, queries = 0;
    std::uint64_t earliest = 0;  ///< no turn before
    std::uint64_t due = 0;       ///< when the turn that is scheduled comes; only if `scheduled`
    bool scheduled = false;
    bool put_off = false;   ///< the next turn has been stalled by the network's chance
    bool running = false;   ///< run_event_loop is on the stack
    bool stopping = false;
    bool destroyed = false;
    std::unique_ptr<World> world;  ///< of a table that has one of its own
    mutable std::mutex mutex;              ///< of `posts`
    std::vector<std::pair<void (*)(void *), void *>> posts;
    std::atomic<bool> posted = false;

private:
    bool has_work() const;
    void schedule();
    void fire_timers();
    void serve_sockets();
    void serve(Socket &socket);
    void deliver_answers();
    void run_posts();
    void dispose();
};

// The calls of a table, and what destroying it does by itself.
void fill_calls(tenon_io_ops &ops);
void stop_watch(Watch &watch);
void destroy_watch(Watch &watch);
void stop_timer(Timer &timer);
void destroy_timer(Timer &timer);
void close_socket(Kernel &kernel, Socket &socket);
/// The bits that are ready, ERROR for failed or hung up.
short readiness(Kernel &kernel, const Socket &socket);

}  // namespace tenon::sim
