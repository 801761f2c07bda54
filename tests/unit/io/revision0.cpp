// SPDX-License-Identifier: Apache-2.0
//
// The adapter in front of a table of revision 0, on a scripted table that notes each call and whose callbacks the test
// itself sets off. How it does on a real loop is the conformance suite's to say.
#include "revision0.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "sockets.hpp"

namespace {

struct Handle {
    bool armed = false;
    int sock = -1;
    short flags = 0;
    std::uint32_t usec = 0;
    void *arg = nullptr;
    tenon_io_handler handler = nullptr;
};

/// A plugin of the tutorial's era: arming what is armed is noted as corruption, timers stay armed when they fire.
struct EraTable {
    tenon_io_ops io{};
    tenon_io_ops *adapter = nullptr;
    std::vector<std::string> calls;
    std::vector<std::unique_ptr<Handle>> handles;  ///< null where destroyed
    int corrupted = 0;
    int send_flags = 0;
    int sends = 0;
    int quiet_errno = 0;  ///< the next recv fails with it, telling errno only
    void (*during_run)() = nullptr;

    EraTable();
    ~EraTable() {
        if (adapter != nullptr) tenon::ops::release_revision0(adapter);
    }
    EraTable(const EraTable &) = delete;
    EraTable &operator=(const EraTable &) = delete;

    std::size_t alive() const {
        return static_cast<std::size_t>(
            std::count_if(handles.begin(), handles.end(), [](const auto &handle) { return handle != nullptr; }));
    }
    void fire(std::size_t index, short which) {
        const Handle handle = *handles[index];
        handle.handler(handle.sock, which, handle.arg);
    }
};

EraTable &of(tenon_io_ops *io) { return *static_cast<EraTable *>(io->cookie); }

void *create(tenon_io_ops *io) {
    of(io).handles.push_back(std::make_unique<Handle>());
    return of(io).handles.back().get();
}

void destroy(tenon_io_ops *io, void *handle) {
    for (auto &kept : of(io).handles)
        if (kept.get() == handle) kept.reset();
}

int arm(tenon_io_ops *io, const Handle &state, void *target) {
    Handle &handle = *static_cast<Handle *>(target);
    if (handle.armed) ++of(io).corrupted;
    handle = state;
    handle.armed = true;
    return 0;
}

EraTable::EraTable() {
    tenon::ops::fill_sockets(io);
    io.cookie = this;
    io.recv = [](tenon_io_ops *table, int sock, void *buffer, size_t len, int flags) -> ssize_t {
        if (of(table).quiet_errno != 0) {
            errno = of(table).quiet_errno;
            of(table).quiet_errno = 0;
            return -1;
        }
        return ::recv(sock, buffer, len, flags);
    };
    io.send = [](tenon_io_ops *table, int sock, const void *msg, size_t len, int flags) {
        of(table).send_flags = flags;
        ++of(table).sends;
        return ::send(sock, msg, len, flags);
    };
    io.recvv = [](tenon_io_ops *table, int, tenon_iovec *, size_t) -> ssize_t { return ++of(table).corrupted, -1; };
    io.sendv = io.recvv;
    io.create_event = io.create_timer = create;
    io.destroy_event = io.destroy_timer = destroy;
    io.update_event = [](tenon_io_ops *table, int sock, void *event, short flags, void *arg, tenon_io_handler handler) {
        of(table).calls.push_back("watch " + std::to_string(flags));
        return arm(table, {true, sock, flags, 0, arg, handler}, event);
    };
    io.delete_event = [](tenon_io_ops *table, int, void *event) {
        of(table).calls.push_back("unwatch");
        static_cast<Handle *>(event)->armed = false;
    };
    io.update_timer = [](tenon_io_ops *table, void *timer, uint32_t usec, void *arg, tenon_io_handler handler) {
        return arm(table, {true, -1, 0, usec, arg, handler}, timer);
    };
    io.delete_timer = [](tenon_io_ops *, void *timer) { static_cast<Handle *>(timer)->armed = false; };
    io.run_event_loop = [](tenon_io_ops *table) {
        of(table).calls.emplace_back("run");
        if (of(table).during_run != nullptr) of(table).during_run();
    };
    io.stop_event_loop = [](tenon_io_ops *table) { of(table).calls.emplace_back("stop"); };
    adapter = tenon::ops::adapt_revision0(&io);
}

struct Counter {
    int calls = 0;
    static void on_call(int, short, void *self) { ++static_cast<Counter *>(self)->calls; }
};

/// The handle the adapter's newest watch or timer uses.
std::size_t newest(const EraTable &era) { return era.handles.size() - 1; }

}  // namespace

TEST_CASE("vectors go piece by piece through send and recv, without SIGPIPE") {
    EraTable era;
    tenon_io_ops *io = era.adapter;
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    REQUIRE(tenon::ops::make_nonblocking(pair[0]));
    REQUIRE(tenon::ops::make_nonblocking(pair[1]));
    char one[] = "one";
    char two[] = "two";
    char three[] = "three";
    tenon_iovec out[] = {{one, 3}, {nullptr, 0}, {two, 3}, {three, 5}};
    CHECK(io->sendv(io, pair[0], out, 4) == 11);
    CHECK((era.send_flags & MSG_NOSIGNAL) != 0);
    CHECK(era.sends == 3);
    char a[4];
    char b[20];
    tenon_iovec in[] = {{a, 4}, {b, 20}};
    CHECK(io->recvv(io, pair[1], in, 2) == 11);
    CHECK(std::string(a, 4) + std::string(b, 7) == "onetwothree");
    CHECK(io->recvv(io, pair[1], in, 2) == -1);
    CHECK(io->error == EAGAIN);
    ::close(pair[0]);
    CHECK(io->recvv(io, pair[1], in, 2) == 0);
    CHECK(era.corrupted == 0);
    ::close(pair[1]);
}

TEST_CASE("an error that the table does not tell is errno's; interruptions are retried") {
    EraTable era;
    tenon_io_ops *io = era.adapter;
    char byte = 0;
    era.quiet_errno = ECONNRESET;
    CHECK(io->recv(io, -1, &byte, 1, 0) == -1);
    CHECK(io->error == ECONNRESET);
    era.quiet_errno = EINTR;
    CHECK(io->recv(io, -1, &byte, 1, 0) == -1);
    CHECK(io->error == EBADF);
}

TEST_CASE("sockets are made non-blocking and close-on-exec whatever the plugin does") {
    EraTable era;
    era.io.socket = [](tenon_io_ops *, int domain, int type, int protocol) { return ::socket(domain, type, protocol); };
    const int sock = era.adapter->socket(era.adapter, AF_INET, SOCK_STREAM, 0);
    REQUIRE(sock != -1);
    CHECK((::fcntl(sock, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(sock, F_GETFD) & FD_CLOEXEC) != 0);
    era.adapter->close(era.adapter, sock);
}

TEST_CASE("a watch is deleted before it changes, and an argument alone never reaches the plugin") {
    EraTable era;
    tenon_io_ops *io = era.adapter;
    void *event = io->create_event(io);
    const std::size_t inner = newest(era);
    Counter first;
    Counter second;
    REQUIRE(io->update_event(io, 7, event, TENON_IO_READ, &first, Counter::on_call) == 0);
    REQUIRE(io->update_event(io, 7, event, TENON_IO_READ, &second, Counter::on_call) == 0);
    CHECK(era.calls == std::vector<std::string>{"watch 2"});
    era.fire(inner, TENON_IO_READ);
    CHECK(first.calls == 0);
    CHECK(second.calls == 1);
    REQUIRE(io->update_event(io, 7, event, TENON_IO_READ | TENON_IO_WRITE, &second, Counter::on_call) == 0);
    REQUIRE(io->update_event(io, 7, event, 0, &second, Counter::on_call) == 0);
    CHECK(era.calls == std::vector<std::string>{"watch 2", "unwatch", "watch 6", "unwatch"});
    CHECK(era.corrupted == 0);
    io->destroy_event(io, event);
}

TEST_CASE("a plugin that still calls back for a deleted or destroyed watch is not heard") {
    EraTable era;
    tenon_io_ops *io = era.adapter;
    void *event = io->create_event(io);
    const std::size_t inner = newest(era);
    Counter counter;
    io->update_event(io, 7, event, TENON_IO_READ, &counter, Counter::on_call);
    era.fire(inner, TENON_IO_WRITE);  // not asked for
    io->delete_event(io, 7, event);
    era.fire(inner, TENON_IO_READ);
    io->destroy_event(io, event);
    era.fire(inner, TENON_IO_READ);
    CHECK(counter.calls == 0);
    // The next watch stands on the same handle; a late call for the old socket is not its own.
    void *next = io->create_event(io);
    CHECK(newest(era) == inner);
    io->update_event(io, 8, next, TENON_IO_READ, &counter, Counter::on_call);
    era.handles[inner]->sock = 7;
    era.fire(inner, TENON_IO_READ);
    CHECK(counter.calls == 0);
    io->destroy_event(io, next);
}

TEST_CASE("timers: disarmed before each use, once each, and never early") {
    EraTable era;
    tenon_io_ops *io = era.adapter;
    Counter counter;
    const auto armed_timer = [&]() -> Handle & {
        const auto found = std::find_if(era.handles.begin(), era.handles.end(),
                                        [](const auto &handle) { return handle && handle->armed; });
        REQUIRE(found != era.handles.end());
        return **found;
    };
    void *timer = io->create_timer(io);
    REQUIRE(io->update_timer(io, timer, 60'000'000, &counter, Counter::on_call) == 0);
    REQUIRE(io->update_timer(io, timer, 30'000'000, &counter, Counter::on_call) == 0);
    {
        const Handle early = armed_timer();
        early.handler(-1, 0, early.arg);  // the loop's cached time was stale
        CHECK(counter.calls == 0);
        CHECK(armed_timer().usec <= 30'000'000);
        CHECK(armed_timer().usec > 20'000'000);
    }
    REQUIRE(io->update_timer(io, timer, 0, &counter, Counter::on_call) == 0);
    const Handle due = armed_timer();
    due.handler(-1, 0, due.arg);
    due.handler(-1, 0, due.arg);
    CHECK(counter.calls == 1);
    CHECK(std::none_of(era.handles.begin(), era.handles.end(), [](const auto &handle) { return handle && handle->armed; }));
    CHECK(era.corrupted == 0);
    io->destroy_timer(io, timer);
}

TEST_CASE("stop reaches the plugin only inside our own run; a run inside a callback is refused") {
    static EraTable *current = nullptr;
    static bool refused = false;
    EraTable era;
    current = &era;
    tenon_io_ops *io = era.adapter;
    io->stop_event_loop(io);
    CHECK(era.calls.empty());
    void *event = io->create_event(io);
    io->update_event(io, 7, event, TENON_IO_READ, nullptr, [](int, short, void *) {
        current->adapter->run_event_loop(current->adapter);
        refused = current->adapter->error == EDEADLK;
        current->adapter->stop_event_loop(current->adapter);
    });
    era.calls.clear();
    std::size_t index = 0;
    while (!era.handles[index]->armed) ++index;
    static std::size_t watched = 0;
    watched = index;
    era.during_run = [] { current->fire(watched, TENON_IO_READ); };
    io->run_event_loop(io);
    CHECK(refused);
    CHECK(era.calls == std::vector<std::string>{"run", "stop"});
    io->destroy_event(io, event);
}

TEST_CASE("released inside a callback: the plugin's handles go at once") {
    static EraTable *current = nullptr;
    EraTable era;
    current = &era;
    tenon_io_ops *io = era.adapter;
    void *event = io->create_event(io);
    const std::size_t inner = newest(era);
    io->update_event(io, 7, event, TENON_IO_READ, event, [](int, short, void *own) {
        current->adapter->destroy_event(current->adapter, own);
        tenon::ops::release_revision0(current->adapter);
        current->adapter = nullptr;
        CHECK(current->alive() == 0);
    });
    era.fire(inner, TENON_IO_READ);
    CHECK(era.adapter == nullptr);
}
