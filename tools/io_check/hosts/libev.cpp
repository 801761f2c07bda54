// SPDX-License-Identifier: Apache-2.0
#include <ev.h>

#include <memory>

#include <tenon/io_check.h>

namespace {

struct Host {
    struct ev_loop *loop;
};

struct Work {
    ev_timer timer{};
    ev_io io{};
    void (*fn)(void *) = nullptr;
    void *arg = nullptr;
};

struct ev_loop *loop_of(void *host) { return static_cast<Host *>(host)->loop; }

void on_timer(struct ev_loop *, ev_timer *timer, int) {
    const Work &work = *static_cast<Work *>(timer->data);
    work.fn(work.arg);
}

void on_io(struct ev_loop *, ev_io *io, int) {
    const Work &work = *static_cast<Work *>(io->data);
    work.fn(work.arg);
}

void *make() { return new Host{ev_loop_new(EVFLAG_NOENV)}; }
void *cookie(void *host) { return loop_of(host); }
void run(void *host) { ev_run(loop_of(host), 0); }
void stop(void *host) { ev_break(loop_of(host), EVBREAK_ONE); }

void *every(void *host, unsigned msec, void (*fn)(void *), void *arg) {
    Work *work = new Work{{}, {}, fn, arg};
    const double seconds = msec / 1000.0;
    ev_timer_init(&work->timer, on_timer, seconds, seconds);
    ev_init(&work->io, on_io);
    work->timer.data = work;
    ev_timer_start(loop_of(host), &work->timer);
    return work;
}

void *readable(void *host, int fd, void (*fn)(void *), void *arg) {
    Work *work = new Work{{}, {}, fn, arg};
    ev_init(&work->timer, on_timer);
    ev_io_init(&work->io, on_io, fd, EV_READ);
    work->io.data = work;
    ev_io_start(loop_of(host), &work->io);
    return work;
}

void remove(void *host, void *work) {
    const std::unique_ptr<Work> owned(static_cast<Work *>(work));
    ev_timer_stop(loop_of(host), &owned->timer);
    ev_io_stop(loop_of(host), &owned->io);
}

/// Whether the loop runs until a timer of `seconds` fires, that timer being the only thing that should keep it alive
/// (`counted`), or should not (then a loop with nothing else on it ends at once).
bool lasts(struct ev_loop *loop, double seconds, bool counted) {
    bool fired = false;
    ev_timer timer{};
    ev_timer_init(&timer, [](struct ev_loop *l, ev_timer *t, int) {
        *static_cast<bool *>(t->data) = true;
        ev_break(l, EVBREAK_ONE);
    }, seconds, 0.);
    timer.data = &fired;
    ev_timer_start(loop, &timer);
    if (!counted) ev_unref(loop);
    ev_run(loop, 0);
    if (!counted) ev_ref(loop);
    ev_timer_stop(loop, &timer);
    return fired;
}

const char *free_host(void *host) {
    const std::unique_ptr<Host> owned(static_cast<Host *>(host));
    const char *complaint = nullptr;
    if (lasts(owned->loop, 0.5, false)) complaint = "something is still active on the ev_loop";
    else if (!lasts(owned->loop, 0.002, true)) complaint = "the ev_loop ends although a timer is active: one unref too many";
    ev_loop_destroy(owned->loop);
    return complaint;
}

}  // namespace

extern "C" const tenon_io_check_host *tenon_io_check_host_loop() {
    static const tenon_io_check_host host{TENON_IO_CHECK_VERSION, make, cookie, run, stop, every, readable, remove,
                                          free_host, nullptr, nullptr};
    return &host;
}
