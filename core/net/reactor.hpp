// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <tenon/io.h>

namespace tenon::net {

class Resolver;
class Timer;

/// Something with bytes to send at the end of the turn. Embedded in its owner; queued at most once.
struct FlushHook {
    void (*flush)(void *owner) = nullptr;
    void *owner = nullptr;
    bool queued = false;
};

/// What the core keeps for one IO table, shared by every instance, server and HTTP client on it: the table to call
/// (with a plugin's quirks already hidden), the end-of-turn flush, the receive buffer and the resolver.
///
/// Found through `io->core`; made for the first user, torn down with the last one, so that the table may be destroyed
/// right after. One thread, the table's.
class Reactor {
public:
    Reactor(const Reactor &) = delete;
    Reactor &operator=(const Reactor &) = delete;

    /// The table to call: the one given, or an adapter in front of it if that is of revision 0.
    tenon_io_ops *io() const { return io_; }

    /// Microseconds on the table's clock, read now.
    std::uint64_t now() const;
    /// The same as of the first call in the Turn that is alive (there has to be one): one look at the clock serves a turn.
    std::uint64_t turn_time() {
        if (timed_turn_ != turn_) {
            timed_turn_ = turn_;
            turn_time_ = now();
        }
        return turn_time_;
    }

    /// Has `hook.flush` called once: at the end of the engine callback that is running, else from a 0 µs timer.
    void want_flush(FlushHook &hook) {
        if (!hook.queued) queue_flush(hook);
    }
    /// Takes a hook out again; its owner may then go.
    void forget(FlushHook &hook);

    /// Whether engine code was entered from the loop (a `Turn` is alive).
    bool in_turn() const { return turns_ != 0; }
    /// Counts outermost Turns: tells whether what was noted earlier belongs to the one alive now.
    std::uint64_t turn() const { return turn_; }

    /// A Turn by hand: between these two nothing is flushed; the end of the outermost one flushes.
    void begin_turn() {
        if (turns_++ == 0) ++turn_;
    }
    void end_turn();

    /// Has `destroy(object)` called when no engine code is on the stack any more: at once, or at the end of the
    /// outermost Turn. It runs after what was to be flushed, and must not call the table.
    void bury(void *object, void (*destroy)(void *object));

    /// Scratch for one read: at least 64 KiB, the same memory for every connection, valid until the callback returns.
    std::span<std::byte> receive_buffer();

    /// Lazily made.
    Resolver &resolver();

private:
    friend class ReactorRef;
    friend class Timer;

    explicit Reactor(tenon_io_ops *table);
    ~Reactor();

    void release();
    void tear_down();
    void queue_flush(FlushHook &hook);
    void flush_all();
    static void on_flush_timer(int, short, void *self);

    tenon_io_ops *io_;
    tenon_io_ops *table_;
    unsigned users_ = 0;
    unsigned turns_ = 0;
    std::uint64_t turn_ = 0;
    std::uint64_t timed_turn_ = 0;  ///< the one that turn_time_ belongs to
    std::uint64_t turn_time_ = 0;
    bool flush_armed_ = false;
    void *flush_timer_ = nullptr;
    std::vector<FlushHook *> flush_queue_;
    std::vector<std::pair<void *, void (*)(void *)>> buried_;
    std::vector<Timer *> unarmed_;  // that the plugin refused to arm
    std::unique_ptr<std::byte[]> receive_buffer_;
    std::unique_ptr<Resolver> resolver_;
};

/// A share in a table's Reactor. Takes an `io` that outlives it.
class ReactorRef {
public:
    explicit ReactorRef(tenon_io_ops *io);
    ReactorRef(const ReactorRef &other);
    ReactorRef &operator=(const ReactorRef &) = delete;
    ~ReactorRef();

    Reactor *operator->() const { return reactor_; }
    Reactor &operator*() const { return *reactor_; }

private:
    Reactor *reactor_;
};

/// Alive while engine code runs that the loop called. The end of the outermost one flushes what was scheduled, once.
/// The owner of whatever was called back, and the table itself, may be destroyed while a Turn is alive.
class Turn {
public:
    explicit Turn(Reactor &reactor) : reactor_(reactor) { reactor_.begin_turn(); }
    Turn(const Turn &) = delete;
    Turn &operator=(const Turn &) = delete;
    ~Turn() { reactor_.end_turn(); }

private:
    Reactor &reactor_;
};

/// A one-shot timer of the table. Its callback runs inside a Turn and may destroy the Timer.
class Timer {
public:
    Timer(Reactor &reactor, void *owner, void (*fire)(void *owner));
    Timer(const Timer &) = delete;
    Timer &operator=(const Timer &) = delete;
    ~Timer();

    /// Calls `fire` once, `usec` microseconds from now (any 64-bit value), instead of what was armed before. Where the
    /// plugin cannot arm it, it is tried again at the end of every turn, for the same moment.
    void arm(std::uint64_t usec);
    void cancel();
    bool armed() const { return armed_; }

private:
    friend class Reactor;

    static void on_fire(int, short, void *self);
    void arm_part(std::uint64_t usec);
    void arm_late();

    Reactor &reactor_;
    void *handle_;
    void *owner_;
    void (*fire_)(void *);
    std::uint64_t rest_ = 0;  // beyond the 32 bits that the table's timers have
    std::uint64_t due_ = 0;   // of one that could not be armed
    bool armed_ = false;
};

/// The watch of one socket. Its callback runs inside a Turn and may destroy the Watch.
class Watch {
public:
    Watch(Reactor &reactor, void *owner, void (*ready)(void *owner, short which));
    Watch(const Watch &) = delete;
    Watch &operator=(const Watch &) = delete;
    ~Watch();

    /// Asks for TENON_IO_* `flags` on `sock`; false with `io->error` set if the plugin cannot watch it.
    bool set(int sock, short flags);
    /// Stops watching; to be called before the socket is closed.
    void clear();

private:
    static void on_ready(int sock, short which, void *self);

    Reactor &reactor_;
    void *handle_;
    void *owner_;
    void (*ready_)(void *, short);
    int sock_ = -1;
    short flags_ = 0;
};

}  // namespace tenon::net
