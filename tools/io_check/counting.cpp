// SPDX-License-Identifier: Apache-2.0
#include "counting.hpp"

#ifndef __linux__

namespace tenon::conformance {

std::function<CallCount()> call_counter() { return {}; }

}  // namespace tenon::conformance

#else

#include <atomic>
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <time.h>

namespace {

std::atomic<long> g_interest{0};
std::atomic<long> g_waits{0};

/// The function of this name that ours stands before.
template <class Function>
Function *next(const char *name, Function *) {
    return reinterpret_cast<Function *>(dlsym(RTLD_NEXT, name));
}

}  // namespace

namespace tenon::conformance {

std::function<CallCount()> call_counter() {
    return [] { return CallCount{g_interest.load(), g_waits.load()}; };
}

}  // namespace tenon::conformance

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED int epoll_ctl(int set, int op, int fd, struct epoll_event *event) noexcept {
    static auto *const real = next("epoll_ctl", epoll_ctl);
    ++g_interest;
    return real(set, op, fd, event);
}

EXPORTED int epoll_wait(int set, struct epoll_event *events, int count, int msec) {
    static auto *const real = next("epoll_wait", epoll_wait);
    ++g_waits;
    return real(set, events, count, msec);
}

EXPORTED int epoll_pwait(int set, struct epoll_event *events, int count, int msec, const sigset_t *mask) {
    static auto *const real = next("epoll_pwait", epoll_pwait);
    ++g_waits;
    return real(set, events, count, msec, mask);
}

EXPORTED int epoll_pwait2(int set, struct epoll_event *events, int count, const timespec *time, const sigset_t *mask) {
    static auto *const real = next("epoll_pwait2", epoll_pwait2);
    ++g_waits;
    return real(set, events, count, time, mask);
}

EXPORTED int poll(struct pollfd *fds, nfds_t count, int msec) {
    static auto *const real = next("poll", poll);
    ++g_waits;
    return real(fds, count, msec);
}

EXPORTED int ppoll(struct pollfd *fds, nfds_t count, const timespec *time, const sigset_t *mask) {
    static auto *const real = next("ppoll", ppoll);
    ++g_waits;
    return real(fds, count, time, mask);
}

#endif
