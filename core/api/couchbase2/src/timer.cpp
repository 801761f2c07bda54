// SPDX-License-Identifier: Apache-2.0
#include "timer.hpp"

#include <new>
#include <utility>

#include "error.hpp"
#include "instance.hpp"
#include "wait.hpp"

namespace tenon::couchbase2 {

LoopTimer::LoopTimer(tenon_io_ops *io, void *owner, void (*fire)(void *))
    : io_(io), handle_(io->create_timer(io)), owner_(owner), fire_(fire) {
    if (handle_ == nullptr) throw std::bad_alloc();
}

LoopTimer::~LoopTimer() {
    if (armed_) io_->delete_timer(io_, handle_);
    io_->destroy_timer(io_, handle_);
}

void LoopTimer::arm(std::uint32_t usec) {
    // Plugins of the tutorial's era corrupt their loop when an armed timer is armed again.
    if (armed_) io_->delete_timer(io_, handle_);
    armed_ = io_->update_timer(io_, handle_, usec, this, on_fire) == 0;
    if (!armed_) throw std::bad_alloc();
}

void LoopTimer::on_fire(int, short, void *self) {
    LoopTimer &timer = *static_cast<LoopTimer *>(self);
    // And theirs repeat until they are deleted.
    if (timer.io_->revision == 0) timer.io_->delete_timer(timer.io_, timer.handle_);
    timer.armed_ = false;
    timer.fire_(timer.owner_);
}

namespace {

void destroy(lcb_t instance, lcb_timer_t handle) {
    const auto gone = instance->timers.extract(handle);
    if (!gone.empty()) stop_waiting_if_done(instance);
}

void on_due(void *due) {
    ProgramTimer *const timer = static_cast<ProgramTimer *>(due);
    const lcb_t instance = timer->instance;
    const lcb_timer_t handle = timer->handle;
    const std::weak_ptr<char> life = instance->life;
    timer->callback(handle, instance, timer->cookie);
    if (life.expired() || !instance->timers.contains(handle)) return;  // the callback destroyed it
    if (!timer->periodic) return destroy(instance, handle);
    if (guarded([&] {
            timer->timer.arm(timer->usec);
            return LCB_SUCCESS;
        }) != LCB_SUCCESS)
        destroy(instance, handle);
}

}  // namespace

ProgramTimer::ProgramTimer(lcb_t of, lcb_timer_t as, const void *with, std::uint32_t interval, bool again,
                           lcb_timer_callback to_call)
    : instance(of), handle(as), cookie(with), usec(interval), periodic(again), callback(to_call),
      timer(of->io, this, on_due) {}

}  // namespace tenon::couchbase2

using namespace tenon::couchbase2;

lcb_timer_t lcb_timer_create(lcb_t instance, const void *command_cookie, lcb_uint32_t usec, int periodic,
                             lcb_timer_callback callback, lcb_error_t *error) {
    lcb_timer_t made = nullptr;
    const lcb_error_t outcome = guarded([&] {
        if (callback == nullptr || instance->destroying) return LCB_EINVAL;
        const auto handle = reinterpret_cast<lcb_timer_t>(++instance->last_timer);
        auto timer = std::make_unique<ProgramTimer>(instance, handle, command_cookie, usec, periodic != 0, callback);
        timer->timer.arm(usec);
        instance->timers.emplace(handle, std::move(timer));
        made = handle;
        return LCB_SUCCESS;
    });
    if (error != nullptr) *error = outcome;
    return made;
}

lcb_error_t lcb_timer_destroy(lcb_t instance, lcb_timer_t timer) {
    destroy(instance, timer);
    return LCB_SUCCESS;
}
