// SPDX-License-Identifier: Apache-2.0
#include "post_queue.hpp"

#include <cerrno>
#include <new>

#include <unistd.h>

#include "sockets.hpp"

namespace tenon::ops {

PostQueue::~PostQueue() {
    for (const int end : pipe_)
        if (end != -1) ::close(end);
}

bool PostQueue::open() { return ::pipe(pipe_) == 0 && make_nonblocking(pipe_[0]) && make_nonblocking(pipe_[1]); }

int PostQueue::post(void (*fn)(void *arg), void *arg) noexcept {
    const std::lock_guard lock(mutex_);
    try {
        calls_.push_back({fn, arg});
    } catch (const std::bad_alloc &) {
        errno = ENOMEM;
        return -1;
    }
    // One byte wakes the loop for all that is queued; it is read under the same lock.
    while (calls_.size() == 1 && pipe_[1] != -1 && ::write(pipe_[1], "", 1) == -1 && errno == EINTR) {}
    return 0;
}

std::vector<PostQueue::Call> &PostQueue::take() {
    taken_.clear();
    const std::lock_guard lock(mutex_);
    if (calls_.empty()) return taken_;
    char byte = 0;
    while (pipe_[0] != -1 && ::read(pipe_[0], &byte, 1) == -1 && errno == EINTR) {}
    taken_.swap(calls_);
    return taken_;
}

}  // namespace tenon::ops
