// SPDX-License-Identifier: Apache-2.0
//
// A table's loop: when it turns and what a turn does.
#include "table.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "kernel.hpp"

namespace tenon::sim {

Table::Table(Kernel &k, std::uint32_t number, std::uint32_t home) : kernel(k), index(number), host(home) {
    ops.revision = TENON_IO_REVISION;
    ops.cookie = this;
    fill_calls(ops);
}

void Table::wake_at(std::uint64_t time) {
    time = std::max({time, kernel.now, earliest});
    if (destroyed || (scheduled && due <= time)) return;
    scheduled = true;
    due = time;
    kernel.schedule_turn(time, index);
}

void Table::wake() { wake_at(kernel.now); }

void Table::look_at(Socket &socket) {
    if (socket.queued) return;
    socket.queued = true;
    ready.push_back(&socket);
    wake();
}

void Table::forget(const Socket &socket) {
    if (!socket.queued) return;
    std::erase(ready, &socket);
    std::replace(round.begin(), round.end(), const_cast<Socket *>(&socket), static_cast<Socket *>(nullptr));
}

void Table::stall(std::uint64_t usec) { earliest = std::max(earliest, kernel.now + usec); }

bool Table::has_work() const {
    return !ready.empty() || !answers.empty() || posted.load(std::memory_order_relaxed) || timers.has_immediate() ||
           (timers.has_timed() && timers.next_due() <= kernel.now);
}

/// Has the next turn come when there is something to do for it.
void Table::schedule() {
    if (has_work()) return wake();
    if (timers.has_timed()) wake_at(timers.next_due());
}

void Table::turn() {
    scheduled = false;
    kernel.cancel_turn(index);
    if (destroyed) return;
    if (kernel.now < earliest || !has_work()) return schedule();
    const Network &network = kernel.network;
    // Once a turn: the longest time that one can be late is the one that the network names.
    if (!put_off && kernel.random.chance(network.stall)) {
        put_off = true;
        stall(kernel.random.in(network.stall_time));
        return schedule();
    }
    put_off = false;
    ++kernel.record.statistics.turns;
    kernel.call_out([&] {
        const bool timers_first = kernel.random.below(2) == 0;
        if (timers_first) fire_timers();
        serve_sockets();
        if (!timers_first) fire_timers();
        deliver_answers();
        run_posts();
    });
    earliest = std::max(earliest, kernel.now + std::max<std::uint64_t>(1, kernel.random.in(network.turn)));
    schedule();
}

void Table::fire_timers() {
    if (destroyed || timers.empty()) return;
    timers.begin_round(kernel.now);
    while (ops::TimerNode *timer = timers.next_in_round()) {
        --armed;
        ++kernel.record.statistics.callbacks;
        kernel.record.add(index);
        timer->handler(-1, 0, timer->arg);
        if (destroyed) return;
    }
}

void Table::serve_sockets() {
    if (destroyed) return;
    round.swap(ready);
    for (std::size_t i = round.size(); i > 1; --i) std::swap(round[i - 1], round[kernel.random.below(i)]);
    for (std::size_t i = 0; i < round.size() && !destroyed; ++i) {
        Socket *const socket = round[i];
        if (socket == nullptr) continue;
        socket->queued = false;
        serve(*socket);
    }
    round.clear();
}

void Table::serve(Socket &socket) {
    const auto reported = [&] {
        if (socket.watch == nullptr) return 0;
        const short state = readiness(kernel, socket);
        return (state & TENON_IO_ERROR) != 0 ? socket.watch->flags | TENON_IO_ERROR : socket.watch->flags & state;
    };
    const int which = reported();
    if (which == 0) return;
    const std::uint64_t serial = socket.serial;
    ++kernel.record.statistics.callbacks;
    kernel.record.add(static_cast<std::uint64_t>(socket.number) << 8 | static_cast<unsigned>(which));
    socket.watch->handler(socket.number, static_cast<short>(which), socket.watch->arg);
    // Level-triggered: what is left is reported again.
    if (!destroyed && socket.table == this && socket.serial == serial && reported() != 0) look_at(socket);
}

void Table::deliver_answers() {
    if (destroyed) return;
    for (const auto &[query, current] : std::exchange(answers, {})) {
        if (!kernel.names.is_current(query, current)) continue;
        ++kernel.record.statistics.callbacks;
        kernel.names.answer(query);
        if (destroyed) return;
    }
}

void Table::run_posts() {
    if (destroyed || !posted.load(std::memory_order_relaxed)) return;
    std::vector<std::pair<void (*)(void *), void *>> calls;
    {
        const std::lock_guard lock(mutex);
        posted.store(false, std::memory_order_relaxed);
        calls.swap(posts);
    }
    for (const auto &[fn, arg] : calls) {
        ++kernel.record.statistics.callbacks;
        fn(arg);
        if (destroyed) return;
    }
}

void Table::run() {
    if (kernel.busy()) {
        ops.error = EDEADLK;
        return;
    }
    running = true;
    stopping = false;
    if (idle()) kernel.call_out([&] { run_posts(); });
    while (!idle() && !stopping && !destroyed) {
        if (kernel.step(kernel.horizon)) continue;
        violation(kernel.over() ? "run_event_loop would never return: nothing at all is left to happen"
                                       : "run_event_loop was still running at the horizon");
        break;
    }
    running = false;
    if (destroyed) dispose();
}

int Table::tick() {
    if (kernel.busy()) {
        ops.error = EDEADLK;
        return -1;
    }
    // A host that does nothing but tick sees time go on, too.
    const std::uint64_t limit =
        std::max(earliest, kernel.now + std::max<std::uint64_t>(1, kernel.random.in(kernel.network.turn)));
    while (kernel.step(limit)) {}
    kernel.now = limit;
    turn();
    if (destroyed) dispose();
    return 0;
}

void Table::violation(const std::string &what) const {
    const std::string address = Endpoint{kernel.hosts[host].address, 0}.to_string();
    kernel.violation(address.substr(0, address.size() - 2) + ": " + what);
}

Census Table::census() const {
    Census census{sockets, events, watched, timer_handles, armed, queries, 0, 0};
    {
        const std::lock_guard lock(mutex);
        census.posted = posts.size();
    }
    for (const Connection &c : kernel.transport.all())
        for (unsigned i = 0; i < 2; ++i)
            if (c.number != 0 && c.ends[i].table == this) census.in_flight += c.ways[i].bytes.size();
    return census;
}

void Table::destroy() {
    if (destroyed) return violation("a table was destroyed twice");
    if (sockets + events + timer_handles != 0)
        violation("a table was destroyed with " + std::to_string(sockets) + " sockets, " + std::to_string(events) +
                  " watches and " + std::to_string(timer_handles) + " timers left");
    for (Watch &watch : kernel.watches)
        if (watch.alive && watch.table == this) destroy_watch(watch);
    for (Timer &timer : kernel.timers)
        if (timer.alive && timer.table == this) destroy_timer(timer);
    for (Socket &socket : kernel.sockets)
        if (socket.table == this) close_socket(kernel, socket);
    kernel.names.forget_all(*this);
    destroyed = true;
    kernel.cancel_turn(index);
    stop();
    if (!kernel.busy() && !running) dispose();
}

/// A table with a world of its own takes it along.
void Table::dispose() { const std::unique_ptr<World> last = std::move(world); }

}  // namespace tenon::sim
