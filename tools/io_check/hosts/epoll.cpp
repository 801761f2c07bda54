// SPDX-License-Identifier: Apache-2.0
//
// A host with a loop of its own making, over poll(2): it carries the epoll plugin's tables by their one descriptor and
// `tick`, as that plugin's cookie says.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <poll.h>
#include <time.h>
#include <vector>

#include <tenon/io_check.h>

namespace {

struct Work {
    int fd = -1;        ///< -1: a timer
    unsigned msec = 0;
    std::int64_t due = 0;
    void (*fn)(void *) = nullptr;
    void *arg = nullptr;
};

struct Table {
    std::unique_ptr<int> descriptor;  ///< the cookie
    tenon_io_ops *io = nullptr;
};

struct Host {
    std::vector<std::unique_ptr<Work>> work;
    std::vector<Table> tables;
    bool stopped = false;
};

Host &of(void *host) { return *static_cast<Host *>(host); }

std::int64_t now_msec() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1'000'000;
}

void *make() { return new Host; }

void *cookie(void *host) {
    of(host).tables.push_back({std::make_unique<int>(-1), nullptr});
    return of(host).tables.back().descriptor.get();
}

void attach(void *host, void *given, tenon_io_ops *io) {
    for (Table &table : of(host).tables)
        if (table.descriptor.get() == given) table.io = io;
}

void detach(void *host, tenon_io_ops *io) {
    std::erase_if(of(host).tables, [io](const Table &table) { return table.io == io; });
}

void tick_table(Host &host, int descriptor) {
    for (const Table &table : host.tables)
        if (table.io != nullptr && *table.descriptor == descriptor) {
            table.io->tick(table.io);  // may take tables away: the list is not looked at after that
            return;
        }
}

void turn(Host &host) {
    std::vector<pollfd> fds;
    std::int64_t wait = -1;
    const std::int64_t before = now_msec();
    for (const auto &work : host.work) {
        if (work->fd != -1) fds.push_back({work->fd, POLLIN, 0});
        else wait = std::max<std::int64_t>(0, wait == -1 ? work->due - before : std::min(wait, work->due - before));
    }
    const std::size_t own = fds.size();
    for (const Table &table : host.tables)
        if (table.io != nullptr) fds.push_back({*table.descriptor, POLLIN, 0});
    if (poll(fds.data(), fds.size(), static_cast<int>(wait)) < 0) return;
    for (std::size_t i = 0; i < fds.size(); ++i) {
        if (fds[i].revents == 0) continue;
        if (i >= own) {
            tick_table(host, fds[i].fd);
            continue;
        }
        for (const auto &work : host.work)
            if (work->fd == fds[i].fd) {
                work->fn(work->arg);
                break;
            }
    }
    const std::int64_t now = now_msec();
    for (const auto &work : host.work)
        if (work->fd == -1 && work->due <= now) {
            work->due = now + work->msec;
            work->fn(work->arg);
        }
}

void run(void *host) {
    for (of(host).stopped = false; !of(host).stopped;) turn(of(host));
}

void stop(void *host) { of(host).stopped = true; }

void *add(void *host, Work work) {
    of(host).work.push_back(std::make_unique<Work>(work));
    return of(host).work.back().get();
}

void *every(void *host, unsigned msec, void (*fn)(void *), void *arg) {
    return add(host, {-1, msec, now_msec() + msec, fn, arg});
}

void *readable(void *host, int fd, void (*fn)(void *), void *arg) { return add(host, {fd, 0, 0, fn, arg}); }

void remove(void *host, void *item) {
    std::erase_if(of(host).work, [item](const std::unique_ptr<Work> &work) { return work.get() == item; });
}

const char *free_host(void *host) {
    const std::unique_ptr<Host> owned(static_cast<Host *>(host));
    return owned->tables.empty() && owned->work.empty() ? nullptr : "a table or work is left on the host";
}

}  // namespace

extern "C" const tenon_io_check_host *tenon_io_check_host_loop() {
    static const tenon_io_check_host host{TENON_IO_CHECK_VERSION, make, cookie, run, stop, every, readable, remove,
                                          free_host, attach, detach};
    return &host;
}
