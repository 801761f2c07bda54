// SPDX-License-Identifier: Apache-2.0
#include <uv.h>

#include <memory>

#include <tenon/io_check.h>

namespace {

struct Work {
    uv_timer_t timer;
    uv_poll_t poll;
    bool is_timer;
    void (*fn)(void *);
    void *arg;
};

uv_loop_t *loop_of(void *host) { return static_cast<uv_loop_t *>(host); }

void on_timer(uv_timer_t *timer) {
    const Work &work = *static_cast<Work *>(timer->data);
    work.fn(work.arg);
}

void on_poll(uv_poll_t *poll, int, int) {
    const Work &work = *static_cast<Work *>(poll->data);
    work.fn(work.arg);
}

void *make() {
    uv_loop_t *loop = new uv_loop_t;
    uv_loop_init(loop);
    return loop;
}

void *cookie(void *host) { return host; }
void run(void *host) { uv_run(loop_of(host), UV_RUN_DEFAULT); }
void stop(void *host) { uv_stop(loop_of(host)); }

void *every(void *host, unsigned msec, void (*fn)(void *), void *arg) {
    Work *work = new Work{{}, {}, true, fn, arg};
    uv_timer_init(loop_of(host), &work->timer);
    work->timer.data = work;
    uv_timer_start(&work->timer, on_timer, msec, msec);
    return work;
}

void *readable(void *host, int fd, void (*fn)(void *), void *arg) {
    Work *work = new Work{{}, {}, false, fn, arg};
    uv_poll_init(loop_of(host), &work->poll, fd);
    work->poll.data = work;
    uv_poll_start(&work->poll, UV_READABLE, on_poll);
    return work;
}

void remove(void *, void *item) {
    Work *work = static_cast<Work *>(item);
    uv_handle_t *handle =
        work->is_timer ? reinterpret_cast<uv_handle_t *>(&work->timer) : reinterpret_cast<uv_handle_t *>(&work->poll);
    uv_close(handle, [](uv_handle_t *closed) { delete static_cast<Work *>(closed->data); });
}

/// Runs the loop with a timer of `msec`; whether it lasted until that fired. `counted`: the timer keeps it alive itself.
bool lasts(uv_loop_t *loop, unsigned msec, bool counted) {
    bool fired = false;
    uv_timer_t timer;
    uv_timer_init(loop, &timer);
    timer.data = &fired;
    uv_timer_start(&timer, [](uv_timer_t *t) {
        *static_cast<bool *>(t->data) = true;
        uv_stop(t->loop);
    }, msec, 0);
    uv_handle_t *handle = reinterpret_cast<uv_handle_t *>(&timer);
    if (!counted) uv_unref(handle);
    uv_run(loop, UV_RUN_DEFAULT);
    uv_close(handle, nullptr);
    uv_run(loop, UV_RUN_NOWAIT);
    return fired;
}

const char *free_host(void *host) {
    const std::unique_ptr<uv_loop_t> loop(loop_of(host));
    uv_run(loop.get(), UV_RUN_NOWAIT);  // the turn in which libuv closes handles
    const char *complaint = nullptr;
    if (lasts(loop.get(), 500, false)) complaint = "something is still active on the uv_loop_t";
    else if (!lasts(loop.get(), 2, true)) complaint = "the uv_loop_t ends although a timer is active";
    if (uv_loop_close(loop.get()) != 0 && complaint == nullptr) complaint = "uv_loop_close says EBUSY after a further turn";
    return complaint;
}

}  // namespace

extern "C" const tenon_io_check_host *tenon_io_check_host_loop() {
    static const tenon_io_check_host host{TENON_IO_CHECK_VERSION, make, cookie, run, stop, every, readable, remove,
                                          free_host, nullptr, nullptr};
    return &host;
}
