// SPDX-License-Identifier: Apache-2.0
//
// Plugins that each break one rule, so that the suite can be seen to notice: the epoll plugin's table with a call or two
// put in front. The creator's name says the breach.
#include <cerrno>
#include <cstdlib>
#include <map>
#include <memory>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tenon/io.h>

extern "C" int tenon_create_epoll_io_ops(int version, tenon_io_ops **io, void *cookie);

namespace {

tenon_io_ops g_epoll;  // the calls as they should be; the same for every table

/// What the user of a watch or timer asked for last.
struct Asked {
    tenon_io_ops *io = nullptr;
    void *handle = nullptr;
    int sock = -1;
    short flags = 0;
    std::uint32_t usec = 0;
    void *arg = nullptr;
    tenon_io_handler handler = nullptr;
    unsigned updates = 0;
};

/// By handle; never emptied, since breaking is all these tables are for.
std::map<void *, std::unique_ptr<Asked>> g_asked;

Asked &asked(void *handle) {
    auto &entry = g_asked[handle];
    if (!entry) entry = std::make_unique<Asked>();
    return *entry;
}

/// Puts `between` in front of the handler of every watch.
template <tenon_io_handler Between>
int update_event_through(tenon_io_ops *io, int sock, void *event, short flags, void *arg, tenon_io_handler handler) {
    Asked &mine = asked(event);
    mine = {io, event, sock, flags, 0, arg, handler, mine.updates + 1};
    return g_epoll.update_event(io, sock, event, flags, &mine, Between);
}

template <tenon_io_handler Between>
int update_timer_through(tenon_io_ops *io, void *timer, std::uint32_t usec, void *arg, tenon_io_handler handler) {
    Asked &mine = asked(timer);
    mine = {io, timer, -1, 0, usec, arg, handler, mine.updates + 1};
    return g_epoll.update_timer(io, timer, usec, &mine, Between);
}

void tell_once(int sock, short which, void *self) {
    Asked &mine = *static_cast<Asked *>(self);
    const unsigned updates = mine.updates;
    mine.handler(sock, which, mine.arg);
    if (mine.updates == updates) g_epoll.delete_event(mine.io, sock, mine.handle);
}

void hide_errors(int sock, short which, void *self) {
    const Asked &mine = *static_cast<Asked *>(self);
    mine.handler(sock, static_cast<short>(which & ~TENON_IO_ERROR), mine.arg);
}

void fire_and_repeat(int, short, void *self) {
    Asked &mine = *static_cast<Asked *>(self);
    g_epoll.update_timer(mine.io, mine.handle, mine.usec, self, fire_and_repeat);
    mine.handler(-1, 0, mine.arg);
}

void edge_triggered(tenon_io_ops &io) { io.update_event = update_event_through<tell_once>; }
void no_error_bit(tenon_io_ops &io) { io.update_event = update_event_through<hide_errors>; }
void repeating_timers(tenon_io_ops &io) { io.update_timer = update_timer_through<fire_and_repeat>; }

void early_timers(tenon_io_ops &io) {
    io.update_timer = [](tenon_io_ops *table, void *timer, std::uint32_t usec, void *arg, tenon_io_handler handler) {
        return g_epoll.update_timer(table, timer, usec - usec / 10, arg, handler);
    };
}

void late_timers(tenon_io_ops &io) {
    io.update_timer = [](tenon_io_ops *table, void *timer, std::uint32_t usec, void *arg, tenon_io_handler handler) {
        return g_epoll.update_timer(table, timer, usec + 4000, arg, handler);
    };
}

void callback_inside_a_call(tenon_io_ops &io) {
    io.update_event = [](tenon_io_ops *table, int sock, void *event, short flags, void *arg, tenon_io_handler handler) {
        const int result = g_epoll.update_event(table, sock, event, flags, arg, handler);
        pollfd ready{sock, POLLOUT, 0};
        if ((flags & TENON_IO_WRITE) != 0 && ::poll(&ready, 1, 0) == 1) handler(sock, TENON_IO_WRITE, arg);
        return result;
    };
}

void event_after_destroy(tenon_io_ops &io) {
    io.update_event = [](tenon_io_ops *table, int sock, void *event, short flags, void *arg, tenon_io_handler handler) {
        asked(event) = {table, event, sock, flags, 0, arg, handler, 1};
        return g_epoll.update_event(table, sock, event, flags, arg, handler);
    };
    io.destroy_event = [](tenon_io_ops *table, void *event) {
        const tenon_io_handler late = [](int, short, void *self) {
            const Asked &mine = *static_cast<Asked *>(self);
            mine.handler(mine.sock, mine.flags, mine.arg);
        };
        g_epoll.update_timer(table, g_epoll.create_timer(table), 0, &asked(event), late);
        g_epoll.destroy_event(table, event);
    };
}

void raises_sigpipe(tenon_io_ops &io) {
    io.send = [](tenon_io_ops *table, int sock, const void *msg, size_t len, int flags) {
        const ssize_t sent = ::send(sock, msg, len, flags);
        if (sent < 0) table->error = errno;
        return sent;
    };
}

void few_vectors(tenon_io_ops &io) {
    io.sendv = [](tenon_io_ops *table, int sock, tenon_iovec *iov, size_t niov) -> ssize_t {
        if (niov <= 64) return g_epoll.sendv(table, sock, iov, niov);
        table->error = EINVAL;
        return -1;
    };
}

void inherited_sockets(tenon_io_ops &io) {
    io.socket = [](tenon_io_ops *, int domain, int type, int protocol) {
        return ::socket(domain, type | SOCK_NONBLOCK, protocol);
    };
}

void limit_of_select(tenon_io_ops &io) {
    io.update_event = [](tenon_io_ops *table, int sock, void *event, short flags, void *arg, tenon_io_handler handler) {
        if (sock < 1024) return g_epoll.update_event(table, sock, event, flags, arg, handler);
        table->error = EINVAL;
        return -1;
    };
}

void argument_does_not_count(tenon_io_ops &io) {
    io.update_event = [](tenon_io_ops *table, int sock, void *event, short flags, void *arg, tenon_io_handler handler) {
        Asked &mine = asked(event);
        if (mine.handler == handler && mine.flags == flags) return 0;
        mine = {table, event, sock, flags, 0, arg, handler, 1};
        return g_epoll.update_event(table, sock, event, flags, arg, handler);
    };
}

void flags_zero_ignored(tenon_io_ops &io) {
    io.update_event = [](tenon_io_ops *table, int sock, void *event, short flags, void *arg, tenon_io_handler handler) {
        return flags == 0 ? 0 : g_epoll.update_event(table, sock, event, flags, arg, handler);
    };
}

void costly_updates(tenon_io_ops &io) {
    io.update_event = [](tenon_io_ops *table, int sock, void *event, short flags, void *arg, tenon_io_handler handler) {
        g_epoll.delete_event(table, sock, event);
        return g_epoll.update_event(table, sock, event, flags, arg, handler);
    };
}

void late_close(tenon_io_ops &io) {
    io.close = [](tenon_io_ops *table, int sock) {
        static int late = -1;
        late = sock;
        g_epoll.update_timer(table, g_epoll.create_timer(table), 0, nullptr, [](int, short, void *) { ::close(late); });
    };
}

void stop_remembered(tenon_io_ops &io) {
    static bool stopped;
    io.stop_event_loop = [](tenon_io_ops *table) {
        stopped = true;
        g_epoll.stop_event_loop(table);
    };
    io.run_event_loop = [](tenon_io_ops *table) {
        if (!stopped) g_epoll.run_event_loop(table);
        stopped = false;
    };
}

void deaf_to_stop(tenon_io_ops &io) {
    io.stop_event_loop = [](tenon_io_ops *) {};
}

void leaks_a_descriptor(tenon_io_ops &io) {
    if (::dup(STDERR_FILENO) != -1) io.cookie = g_epoll.cookie;
}

void post_runs_at_once(tenon_io_ops &io) {
    io.post = [](tenon_io_ops *, void (*fn)(void *), void *arg) {
        fn(arg);
        return 0;
    };
}

void crash_on_error(int sock, short which, void *self) {
    if ((which & TENON_IO_ERROR) != 0) std::abort();
    const Asked &mine = *static_cast<Asked *>(self);
    mine.handler(sock, which, mine.arg);
}

void crashes(tenon_io_ops &io) { io.update_event = update_event_through<crash_on_error>; }

void slows_the_host(tenon_io_ops &io) {
    io.tick = [](tenon_io_ops *table) {
        ::poll(nullptr, 0, 50);
        return g_epoll.tick(table);
    };
}

void nothing(tenon_io_ops &) {}

template <void (*Break)(tenon_io_ops &)>
int create_broken(int version, tenon_io_ops **io, void *cookie) {
    const int status = tenon_create_epoll_io_ops(version, io, cookie);
    if (status != TENON_IO_OK) return status;
    g_epoll = **io;
    Break(**io);
    return status;
}

}  // namespace

#define TENON_BREAKS(breach)                                                                    \
    extern "C" TENON_API int breach##_io_ops(int version, tenon_io_ops **io, void *cookie) {    \
        return create_broken<breach>(version, io, cookie);                                      \
    }

TENON_BREAKS(nothing)
TENON_BREAKS(crashes)
TENON_BREAKS(slows_the_host)
TENON_BREAKS(edge_triggered)
TENON_BREAKS(no_error_bit)
TENON_BREAKS(repeating_timers)
TENON_BREAKS(early_timers)
TENON_BREAKS(late_timers)
TENON_BREAKS(callback_inside_a_call)
TENON_BREAKS(event_after_destroy)
TENON_BREAKS(raises_sigpipe)
TENON_BREAKS(few_vectors)
TENON_BREAKS(inherited_sockets)
TENON_BREAKS(limit_of_select)
TENON_BREAKS(argument_does_not_count)
TENON_BREAKS(flags_zero_ignored)
TENON_BREAKS(costly_updates)
TENON_BREAKS(late_close)
TENON_BREAKS(stop_remembered)
TENON_BREAKS(deaf_to_stop)
TENON_BREAKS(leaks_a_descriptor)
TENON_BREAKS(post_runs_at_once)
