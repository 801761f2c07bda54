// SPDX-License-Identifier: Apache-2.0
//
// The table's calls that concern watches, timers, names and the loop.
#include <new>

#include "judge.hpp"

namespace tenon::sim {
namespace {

// -- Watches

void *create_event(tenon_io_ops *io) {
    Table &table = of(io);
    Watch &watch = table.kernel.watches.make(table);
    ++table.events;
    return static_cast<Handle *>(&watch);
}

void destroy_event(tenon_io_ops *io, void *handle) {
    if (Watch *watch = find_handle<Watch>(of(io), handle, "destroy_event")) destroy_watch(*watch);
}

void delete_event(tenon_io_ops *io, int, void *handle) {
    if (Watch *watch = find_handle<Watch>(of(io), handle, "delete_event")) stop_watch(*watch);
}

int update_event(tenon_io_ops *io, int number, void *handle, short flags, void *arg, tenon_io_handler handler) {
    Table &table = of(io);
    Watch *const watch = find_handle<Watch>(table, handle, "update_event");
    if (watch == nullptr) return -1;
    watch->arg = arg;
    watch->handler = handler;
    if (watch->socket == nullptr || watch->socket->number != number || flags == 0) stop_watch(*watch);
    if (flags == 0) return 0;
    Socket *const socket = find_socket(table, number, "update_event");
    if (socket == nullptr) return -1;
    if (socket->watch != nullptr && socket->watch != watch)
        return misused(table, EEXIST, "a second watch on socket " + std::to_string(number));
    if (socket->watch == nullptr) ++table.watched;
    socket->watch = watch;
    watch->socket = socket;
    watch->flags = flags;
    table.look_at(*socket);
    return 0;
}

// -- Timers

void *create_timer(tenon_io_ops *io) {
    Table &table = of(io);
    Timer &timer = table.kernel.timers.make(table);
    table.timers.add_timer();
    ++table.timer_handles;
    return static_cast<Handle *>(&timer);
}

void destroy_timer_call(tenon_io_ops *io, void *handle) {
    if (Timer *timer = find_handle<Timer>(of(io), handle, "destroy_timer")) destroy_timer(*timer);
}

void delete_timer(tenon_io_ops *io, void *handle) {
    if (Timer *timer = find_handle<Timer>(of(io), handle, "delete_timer")) stop_timer(*timer);
}

int update_timer(tenon_io_ops *io, void *handle, std::uint32_t usec, void *arg, tenon_io_handler handler) {
    Table &table = of(io);
    Timer *const timer = find_handle<Timer>(table, handle, "update_timer");
    if (timer == nullptr) return -1;
    stop_timer(*timer);
    timer->node.arg = arg;
    timer->node.handler = handler;
    const std::uint64_t due = table.kernel.now + usec;
    if (usec == 0)
        table.timers.arm_immediate(timer->node);
    else
        table.timers.arm_at(timer->node, due);
    ++table.armed;
    table.wake_at(due);
    return 0;
}

// -- Names, posts

void *resolve(tenon_io_ops *io, const char *host, int family, void *arg, tenon_io_resolve_handler handler) {
    Table &table = of(io);
    return static_cast<Handle *>(&table.kernel.names.ask(table, host, family, arg, handler));
}

void cancel_resolve(tenon_io_ops *io, void *handle) {
    if (Query *query = find_handle<Query>(of(io), handle, "cancel_resolve")) query->table->kernel.names.forget(*query);
}

int post(tenon_io_ops *io, void (*fn)(void *arg), void *arg) {
    Table &table = of(io);
    const std::lock_guard lock(table.mutex);
    try {
        table.posts.emplace_back(fn, arg);
    } catch (const std::bad_alloc &) {
        errno = ENOMEM;
        return -1;
    }
    table.posted.store(true, std::memory_order_relaxed);
    table.kernel.posted.store(true);
    return 0;
}

}  // namespace

void stop_watch(Watch &watch) {
    if (watch.socket == nullptr) return;
    watch.socket->watch = nullptr;
    watch.socket = nullptr;
    --watch.table->watched;
}

void destroy_watch(Watch &watch) {
    stop_watch(watch);
    --watch.table->events;
    watch.table->kernel.watches.destroy(watch);
}

void stop_timer(Timer &timer) {
    if (!timer.node.armed()) return;
    timer.table->timers.disarm(timer.node);
    --timer.table->armed;
}

void destroy_timer(Timer &timer) {
    stop_timer(timer);
    timer.table->timers.remove_timer();
    --timer.table->timer_handles;
    timer.table->kernel.timers.destroy(timer);
}

void fill_calls(tenon_io_ops &ops) {
    fill_socket_calls(ops);
    ops.destructor = [](tenon_io_ops *io) { of(io).destroy(); };
    ops.create_timer = create_timer;
    ops.destroy_timer = destroy_timer_call;
    ops.delete_timer = delete_timer;
    ops.update_timer = update_timer;
    ops.create_event = create_event;
    ops.destroy_event = destroy_event;
    ops.update_event = update_event;
    ops.delete_event = delete_event;
    ops.stop_event_loop = [](tenon_io_ops *io) { of(io).stop(); };
    ops.run_event_loop = [](tenon_io_ops *io) { of(io).run(); };
    ops.now = [](tenon_io_ops *io) { return of(io).kernel.now; };
    ops.resolve = resolve;
    ops.cancel_resolve = cancel_resolve;
    ops.tick = [](tenon_io_ops *io) { return of(io).tick(); };
    ops.post = post;
}

}  // namespace tenon::sim
