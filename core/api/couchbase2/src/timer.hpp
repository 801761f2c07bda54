// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include <libcouchbase/couchbase.h>

namespace tenon::couchbase2 {

/// One timer of a table, which may be of the tutorial's era. Throws std::bad_alloc.
class LoopTimer {
public:
    LoopTimer(tenon_io_ops *io, void *owner, void (*fire)(void *owner));
    LoopTimer(const LoopTimer &) = delete;
    LoopTimer &operator=(const LoopTimer &) = delete;
    ~LoopTimer();

    /// Arms it, or arms it anew: `fire` is called once. It may destroy this. Throws std::bad_alloc if the table
    /// refuses.
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

/// A timer of a program. Its handle is a number, never used again, so that one which is gone is nobody.
struct ProgramTimer {
    ProgramTimer(lcb_t of, lcb_timer_t as, const void *with, std::uint32_t interval, bool again,
                 lcb_timer_callback to_call);

    const lcb_t instance;
    const lcb_timer_t handle;
    const void *const cookie;
    const std::uint32_t usec;
    const bool periodic;
    const lcb_timer_callback callback;
    LoopTimer timer;
};

/// The timers of an instance, see lcb_timer_create.
using Timers = std::map<lcb_timer_t, std::unique_ptr<ProgramTimer>>;

}  // namespace tenon::couchbase2
