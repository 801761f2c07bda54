// SPDX-License-Identifier: Apache-2.0
//
// What the checks are written with: a loop to run, watches and timers with closures, descriptors that close themselves.
// Rules 2, 7, 9 and 10 are watched over here in every callback of every check.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "suite.hpp"

namespace tenon::conformance {

/// A table of the plugin under test and what drives it: the plugin's own run, or a host that has work of its own.
class Loop {
public:
    explicit Loop(const Subject &subject);
    Loop(const Loop &) = delete;
    Loop &operator=(const Loop &) = delete;

    tenon_io_ops *io() const { return io_; }
    bool hosted() const { return host_ != nullptr; }

    /// Runs until `stop`, then throws what a callback recorded.
    void run();
    /// Ends `run`, from a callback.
    void stop();
    void run_for(unsigned msec);
    /// Lets the loop turn `count` times without waiting for anything.
    void turn(int count);

    /// A further table on the same loop, made and undone as the first one.
    tenon_io_ops *make_guest();
    void destroy_guest(tenon_io_ops *io);

    /// Destroys the table, as its creator may, also from inside a callback.
    void destroy_table();
    /// Undoes everything; with a host, expects that its work goes on after the table and that nothing is left on its loop.
    void finish();

    /// How often the host's own timer and socket fired.
    long host_beats() const { return beats_; }

    std::uint64_t now() const;

    /// Keeps the first failure of a callback and ends the run.
    void fail(const Failure &failure);

    /// Runs a callback's body: contract calls in progress forbid it [R9], exceptions end in `fail`.
    void enter(const std::function<void()> &body);
    /// Makes a contract call, during which no callback may run [R9].
    template <class F>
    auto call(F &&f) {
        const CallScope scope(*this);
        return f(io_);
    }

private:
    struct CallScope {
        explicit CallScope(Loop &loop) : loop_(loop) { ++loop_.calls_; }
        CallScope(const CallScope &) = delete;
        CallScope &operator=(const CallScope &) = delete;
        ~CallScope() { --loop_.calls_; }
        Loop &loop_;
    };

    void start_host_work();
    static void on_host_timer(void *self);
    static void on_host_socket(void *self);

    const Subject &subject_;
    void *host_ = nullptr;
    tenon_io_ops *io_ = nullptr;
    int calls_ = 0;
    std::optional<Failure> failure_;
    void *host_timer_ = nullptr;
    void *host_watch_ = nullptr;
    int host_pipe_[2] = {-1, -1};
    long beats_ = 0;
    long stop_at_beat_ = -1;
};

/// What a check gets.
class Context {
public:
    explicit Context(const Subject &subject) : subject(subject), loop(subject) {}

    const Subject &subject;
    Loop loop;

    tenon_io_ops *io() const { return loop.io(); }
    void step(const std::string &what) const { if (subject.step) subject.step(what); }
    void note(const std::string &what) const { if (subject.note) subject.note(what); }
};

/// A watch with a closure. The handle may be destroyed from any callback; the object outlives it, so that a callback after
/// that is seen and told as a breach.
class Watch {
public:
    explicit Watch(Loop &loop);
    Watch(const Watch &) = delete;
    Watch &operator=(const Watch &) = delete;
    ~Watch() { destroy(); }

    /// update_event; returns its result.
    int try_set(int fd, short flags, std::function<void(short)> fn);
    /// update_event that has to succeed.
    void set(int fd, short flags, std::function<void(short)> fn);
    void remove();
    void destroy();

    void *handle() const { return handle_; }
    int calls() const { return calls_; }

private:
    static void on_ready(int fd, short which, void *self);

    Loop &loop_;
    void *handle_;
    int fd_ = -1;
    short flags_ = 0;
    bool removed_ = false;
    int calls_ = 0;
    std::shared_ptr<std::function<void(short)>> fn_;
};

/// A timer with a closure, on the same terms.
class Timer {
public:
    explicit Timer(Loop &loop);
    Timer(const Timer &) = delete;
    Timer &operator=(const Timer &) = delete;
    ~Timer() { destroy(); }

    void arm(std::uint32_t usec, std::function<void()> fn);
    void remove();
    void destroy();

    int calls() const { return calls_; }

private:
    static void on_fire(int fd, short which, void *self);

    Loop &loop_;
    void *handle_;
    bool armed_ = false;
    bool removed_ = false;
    std::uint64_t due_ = 0;
    int calls_ = 0;
    std::shared_ptr<std::function<void()>> fn_;
};

/// A descriptor, closed at the end.
class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd &&other) noexcept : fd_(other.release()) {}
    Fd &operator=(Fd &&other) noexcept;
    ~Fd() { reset(); }

    int get() const { return fd_; }
    operator int() const { return fd_; }
    int release();
    void reset();

private:
    int fd_ = -1;
};

/// Two connected descriptors, non-blocking.
struct Pair {
    Fd a;
    Fd b;
};

Pair make_pipe();  ///< a reads, b writes
Pair unix_pair();
Pair tcp_pair();
/// A TCP socket that has a free port of 127.0.0.1 and does not listen.
Fd bound_tcp_socket(std::uint16_t &port);
/// A TCP listener on a free port of 127.0.0.1.
Fd tcp_listener(std::uint16_t &port);

void put(int fd, const std::string &bytes);
/// Reads until nothing is left; returns what came.
std::string drain(int fd);
/// Makes close(2) send a reset.
void linger_zero(int fd);
/// The pending error, as rule 4 asks for it.
int pending_error(tenon_io_ops *io, int fd);
void sleep_msec(unsigned msec);
/// CPU time of the calling thread, µs.
std::uint64_t cpu_usec();
/// How long the calling thread was ready to run while the processors were others'; 0 where the system does not tell.
std::uint64_t waited_for_cpu_usec();

/// The smallest of up to `tries` measurements, done as soon as one is at most `limit`: what a plugin can do is judged, not
/// what else the machine had to do meanwhile.
template <class F>
std::int64_t best_of(int tries, std::int64_t limit, F measure) {
    std::int64_t best = measure();
    for (int i = 1; i < tries && best > limit; ++i) {
        const std::int64_t again = measure();
        if (again < best) best = again;
    }
    return best;
}

}  // namespace tenon::conformance
