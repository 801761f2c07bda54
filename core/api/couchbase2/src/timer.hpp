// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <libcouchbase/couchbase.h>

namespace tenon::couchbase2 {

/// One timer of a table, which may be of the tutorial's era. Throws std::bad_alloc.
class LoopTimer {
public:
    LoopTimer(tenon_io_ops *io, void *owner, void (*fire)(void *owner));
    LoopTimer(const LoopTimer &) = delete;
    LoopTimer &operator=(const LoopTimer &) = delete;
    ~LoopTimer();

    /// Arms it, or arms it anew: `fire` is called once. It may destroy this. Throws std::bad_alloc if the table refuses.
    void arm(std::uint32_t usec);
    bool armed() const { return armed_; }

private:
    static void on_fire(int, short, void *self);

    tenon_io_ops *const io_;
    void *const handle_;
    void *const owner_;
    void (*const fire_)(void *);
    bool armed_ = false;
};

/// The timers of an instance, see lcb_timer_create. Empty: nothing to wait for.
using Timers = std::vector<std::unique_ptr<lcb_timer_st>>;

}  // namespace tenon::couchbase2

struct lcb_timer_st {
    lcb_timer_st(lcb_t of, const void *with, std::uint32_t interval, bool again, lcb_timer_callback to_call);

    const lcb_t instance;
    const void *const cookie;
    const std::uint32_t usec;
    const bool periodic;
    const lcb_timer_callback callback;
    tenon::couchbase2::LoopTimer timer;
};
