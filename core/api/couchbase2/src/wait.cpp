// SPDX-License-Identifier: Apache-2.0
#include "wait.hpp"

#include <cerrno>
#include <memory>
#include <system_error>

#include <tenon/errc.hpp>

#include "error.hpp"
#include "instance.hpp"

namespace tenon::couchbase2 {
namespace {

/// Besides what the client itself waits for.
bool something_else_pending(lcb_t instance) { return !instance->timers.empty(); }

/// Runs the loop until stop_waiting_if_done or lcb_breakout stops it.
lcb_error_t run_until_stopped(lcb_t instance, const std::weak_ptr<char> &life) {
    tenon_io_ops *io = instance->io;
    if (io->run_event_loop == nullptr) return LCB_NOT_SUPPORTED;
    instance->waiting = lcb_st::Waiting::timers;
    instance->wait_is_done = false;
    io->error = 0;
    io->run_event_loop(io);
    if (life.expired()) return LCB_ERROR;
    return io->error == EDEADLK ? LCB_BUSY : LCB_SUCCESS;
}

/// Takes turns with the client: it runs the loop while operations are pending, this while only something else is.
lcb_error_t wait(lcb_t instance) {
    const std::weak_ptr<char> life = instance->life;
    const std::shared_ptr<tenon_io_ops> table = instance->owned_table;  // not destroyed before its run is over
    instance->broke_out = false;
    lcb_error_t outcome = LCB_SUCCESS;
    for (;;) {
        std::error_code error = errc::not_connected;
        if (instance->client) {
            instance->waiting = lcb_st::Waiting::client;
            error = instance->client->wait();
            if (life.expired()) return LCB_ERROR;
            // A callback made another client: lcb_connect, once more.
            if (error == errc::cancelled && !instance->broke_out) continue;
        }
        outcome = to_lcb(error);
        if (error == errc::in_callback || error == errc::io_plugin) break;
        const bool left = instance->connecting || (instance->client && instance->client->pending() != 0);
        if (left || instance->broke_out || !something_else_pending(instance)) break;
        const lcb_error_t ran = run_until_stopped(instance, life);
        if (ran == LCB_ERROR) return ran;
        if (ran != LCB_SUCCESS) outcome = ran;
        // Else a program stopped the loop. (Behind the last timer's end its callback may have made another one.)
        if (ran != LCB_SUCCESS || instance->broke_out || !instance->wait_is_done) break;
    }
    instance->waiting = lcb_st::Waiting::no;
    if (outcome == LCB_BUSY || outcome == LCB_NOT_SUPPORTED) return outcome;
    if (instance->has_map()) return LCB_SUCCESS;
    return outcome != LCB_SUCCESS ? outcome : LCB_CLIENT_ETMPFAIL;
}

}  // namespace

void stop_waiting_if_done(lcb_t instance) {
    if (instance->waiting != lcb_st::Waiting::timers || something_else_pending(instance)) return;
    instance->wait_is_done = true;
    instance->io->stop_event_loop(instance->io);
}

}  // namespace tenon::couchbase2

using namespace tenon::couchbase2;

lcb_error_t lcb_wait(lcb_t instance) {
    return guarded([&] {
        if (instance->destroying) return LCB_CLIENT_ETMPFAIL;
        if (instance->waiting != lcb_st::Waiting::no) return LCB_BUSY;
        return wait(instance);
    });
}

void lcb_wait3(lcb_t instance, lcb_WAITFLAGS) { (void)lcb_wait(instance); }

void lcb_breakout(lcb_t instance) {
    if (instance->destroying || instance->waiting == lcb_st::Waiting::no) return;
    instance->broke_out = true;
    if (instance->waiting == lcb_st::Waiting::timers)
        instance->io->stop_event_loop(instance->io);
    else
        instance->client->breakout();
}

int lcb_is_waiting(lcb_t instance) { return instance->waiting != lcb_st::Waiting::no ? 1 : 0; }

void lcb_run_loop(lcb_t instance) {
    const std::shared_ptr<tenon_io_ops> table = instance->owned_table;
    if (instance->io->run_event_loop != nullptr) instance->io->run_event_loop(instance->io);
}

void lcb_stop_loop(lcb_t instance) { instance->io->stop_event_loop(instance->io); }
