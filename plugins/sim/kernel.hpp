// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event_queue.hpp"
#include "handles.hpp"
#include "hosts.hpp"
#include "names.hpp"
#include "random.hpp"
#include "record.hpp"
#include "sim.hpp"
#include "sockets.hpp"
#include "table.hpp"
#include "transport.hpp"
#include "turns.hpp"

namespace tenon::sim {

/// Who is given to tenon_create_sim_io_ops as a cookie. The function is that of the World's own copy of this code.
struct Seat {
    int (*create)(Kernel &kernel, std::uint32_t host, tenon_io_ops **io) = nullptr;
    Kernel *kernel = nullptr;
    std::uint32_t host = 0;
};

/// What a world consists of. Everything that happens goes through `step`.
class Kernel {
public:
    Kernel(std::uint64_t seed, const Network &settings)
        : network(settings), random(seed), transport(*this), names(*this) {}
    Kernel(const Kernel &) = delete;
    Kernel &operator=(const Kernel &) = delete;

    /// Puts an event where its time is; among others of the same time the seed decides.
    void schedule(std::uint64_t time, EventKind kind, std::uint32_t index, std::uint32_t ticket) {
        const Event event{time, next_order(), index, ticket, kind};
        (event.is_distant() ? distant_ : near_).push(event);
    }
    /// The same for the turn of a table, in the place of the one it had.
    void schedule_turn(std::uint64_t time, std::uint32_t table) { turns_.set(table, time, next_order()); }
    void cancel_turn(std::uint32_t table) { turns_.clear(table); }
    void act_at(std::uint64_t time, std::function<void()> fn);

    /// The next event, if there is one no later than `limit`.
    bool step(std::uint64_t limit);
    /// Whether nothing is left to happen.
    bool over() { return next() == nullptr; }
    /// Whether a callback or an act is on the stack: then nothing may run.
    bool busy() const { return busy_; }
    /// Runs somebody's code, during which nothing else may run.
    template <typename Fn>
    void call_out(Fn fn) {
        struct Scope {
            explicit Scope(bool &busy) : busy_(busy), before_(std::exchange(busy, true)) {}
            Scope(const Scope &) = delete;
            Scope &operator=(const Scope &) = delete;
            ~Scope() { busy_ = before_; }
            bool &busy_;
            bool before_;
        };
        const Scope scope(busy_);
        fn();
    }

    /// The number of a host by its address in words; none, and a breach, if it is none.
    std::optional<std::uint32_t> host(std::string_view address);
    void violation(const std::string &what) { record.violation(now, what); }
    /// Lets the tables look at what other threads posted.
    void take_posts();

    Network network;
    Random random;
    Record record;
    std::uint64_t now = 1'000'000;
    std::uint64_t horizon = UINT64_MAX;  ///< of tables' own runs
    Hosts hosts;
    Sockets sockets;
    Handles<Watch> watches;
    Handles<Timer> timers;
    Transport transport;
    Names names;
    std::deque<Table> tables;
    std::deque<Seat> seats;
    std::atomic<bool> posted = false;

private:
    std::uint64_t next_order() { return (random.next() & 0xffffffff00000000) | next_event_++; }
    bool is_current(const Event &event);
    const Event *front(EventQueue &queue);
    const Event *next();
    void dispatch(const Event &event);

    // What is about to happen, and what is planned for later or hardly ever happens: the many of these are not to be
    // moved about with each of those.
    EventQueue near_, distant_;
    Turns turns_;
    std::deque<std::function<void()>> acts_;
    std::vector<std::uint32_t> free_acts_;
    std::uint32_t next_event_ = 0;
    bool busy_ = false;
};

}  // namespace tenon::sim
