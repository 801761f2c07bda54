// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <vector>

namespace tenon::ops {

/// Calls that other threads hand to a table's thread [R17]. The loop watches `descriptor()` for reading, without being
/// kept alive by it, and calls `take` when it is ready.
class PostQueue {
public:
    struct Call {
        void (*fn)(void *arg);
        void *arg;
    };

    PostQueue() = default;
    PostQueue(const PostQueue &) = delete;
    PostQueue &operator=(const PostQueue &) = delete;
    ~PostQueue();

    /// Makes the descriptors; false with errno set. Once, before anything else; a loop that wakes itself after each
    /// `post` does without.
    bool open();
    int descriptor() const { return pipe_[0]; }

    /// From any thread. 0, or -1 with errno ENOMEM.
    int post(void (*fn)(void *arg), void *arg) noexcept;

    /// On the loop's thread: what was posted so far, in order; clears the readiness. The result is the caller's until
    /// the next `take`.
    std::vector<Call> &take();

private:
    std::mutex mutex_;
    std::vector<Call> calls_;
    std::vector<Call> taken_;
    int pipe_[2] = {-1, -1};
};

}  // namespace tenon::ops
