// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <time.h>

#include <memory>

#include <tenon/io_check.h>

namespace {

struct Host {
    sd_event *loop = nullptr;
    bool stopped = false;
};

struct Work {
    sd_event_source *source = nullptr;
    std::uint64_t usec = 0;  ///< a timer's period
    void (*fn)(void *) = nullptr;
    void *arg = nullptr;
};

Host &of(void *host) { return *static_cast<Host *>(host); }

int on_timer(sd_event_source *timer, std::uint64_t due, void *arg) {
    const Work &work = *static_cast<Work *>(arg);
    sd_event_source_set_time(timer, due + work.usec);
    sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
    work.fn(work.arg);
    return 0;
}

int on_io(sd_event_source *, int, std::uint32_t, void *arg) {
    const Work &work = *static_cast<Work *>(arg);
    work.fn(work.arg);
    return 0;
}

void *make() {
    Host *host = new Host;
    sd_event_new(&host->loop);
    return host;
}

void *cookie(void *host) { return of(host).loop; }

// Not sd_event_loop(): it ends for good.
void run(void *host) {
    for (of(host).stopped = false; !of(host).stopped && sd_event_run(of(host).loop, UINT64_MAX) >= 0;) {
    }
}

void stop(void *host) { of(host).stopped = true; }

void *every(void *host, unsigned msec, void (*fn)(void *), void *arg) {
    Work *work = new Work{nullptr, msec * 1000ULL, fn, arg};
    std::uint64_t now = 0;
    sd_event_now(of(host).loop, CLOCK_MONOTONIC, &now);
    sd_event_add_time(of(host).loop, &work->source, CLOCK_MONOTONIC, now + work->usec, 1, on_timer, work);
    return work;
}

void *readable(void *host, int fd, void (*fn)(void *), void *arg) {
    Work *work = new Work{nullptr, 0, fn, arg};
    sd_event_add_io(of(host).loop, &work->source, fd, EPOLLIN, on_io, work);
    return work;
}

void remove(void *, void *item) {
    const std::unique_ptr<Work> work(static_cast<Work *>(item));
    sd_event_source_unref(work->source);
}

/// A source holds a reference to its loop, as does the table: with the host's own gone nothing may keep it open.
const char *free_host(void *host) {
    const std::unique_ptr<Host> owned(static_cast<Host *>(host));
    const char *complaint = nullptr;
    if (sd_event_get_state(owned->loop) != SD_EVENT_INITIAL) complaint = "the sd_event is left in the middle of a run";
    else if (sd_event_run(owned->loop, 0) != 0) complaint = "something on the sd_event is still ready";
    const int descriptor = sd_event_get_fd(owned->loop);
    sd_event_unref(owned->loop);
    if (fcntl(descriptor, F_GETFD) != -1 && complaint == nullptr) complaint = "something still holds the sd_event";
    return complaint;
}

}  // namespace

extern "C" const tenon_io_check_host *tenon_io_check_host_loop() {
    static const tenon_io_check_host host{TENON_IO_CHECK_VERSION, make, cookie, run, stop, every, readable, remove,
                                          free_host, nullptr, nullptr};
    return &host;
}
