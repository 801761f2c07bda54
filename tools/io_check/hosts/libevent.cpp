// SPDX-License-Identifier: Apache-2.0
#include <event2/event.h>

#include <memory>

#include <tenon/io_check.h>

namespace {

struct Work {
    event *handle;
    void (*fn)(void *);
    void *arg;
};

event_base *base_of(void *host) { return static_cast<event_base *>(host); }

void on_event(evutil_socket_t, short, void *arg) {
    const Work &work = *static_cast<Work *>(arg);
    work.fn(work.arg);
}

void *make() { return event_base_new(); }
void *cookie(void *host) { return host; }
void run(void *host) { event_base_dispatch(base_of(host)); }
void stop(void *host) { event_base_loopbreak(base_of(host)); }

void *every(void *host, unsigned msec, void (*fn)(void *), void *arg) {
    Work *work = new Work{nullptr, fn, arg};
    work->handle = event_new(base_of(host), -1, EV_PERSIST, on_event, work);
    const timeval period{msec / 1000, static_cast<long>(msec % 1000) * 1000};
    event_add(work->handle, &period);
    return work;
}

void *readable(void *host, int fd, void (*fn)(void *), void *arg) {
    Work *work = new Work{nullptr, fn, arg};
    work->handle = event_new(base_of(host), fd, EV_READ | EV_PERSIST, on_event, work);
    event_add(work->handle, nullptr);
    return work;
}

void remove(void *, void *item) {
    const std::unique_ptr<Work> work(static_cast<Work *>(item));
    event_free(work->handle);
}

const char *free_host(void *host) {
    event_base *base = base_of(host);
    const char *complaint = nullptr;
    if (event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED | EVENT_BASE_COUNT_ACTIVE | EVENT_BASE_COUNT_VIRTUAL) != 0)
        complaint = "something is still active on the event_base";
    else if (event_base_dispatch(base) != 1)
        complaint = "an empty event_base does not end by itself";
    event_base_free(base);
    return complaint;
}

}  // namespace

extern "C" const tenon_io_check_host *tenon_io_check_host_loop() {
    static const tenon_io_check_host host{TENON_IO_CHECK_VERSION, make, cookie, run, stop, every, readable, remove,
                                          free_host, nullptr, nullptr};
    return &host;
}
