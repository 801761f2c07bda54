// SPDX-License-Identifier: Apache-2.0
//
// Rules 1, 2, 5 and 6: watches.
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.hpp"

namespace tenon::conformance {
namespace {

constexpr short kRead = TENON_IO_READ;
constexpr short kWrite = TENON_IO_WRITE;
constexpr short kBoth = TENON_IO_READ | TENON_IO_WRITE;

void level_triggered(Context &c) {
    const Pair pipe = make_pipe();
    Watch watch(c.loop);
    std::string got;
    put(pipe.b, "abc");
    watch.set(pipe.a, kRead, [&](short) {
        char byte = 0;
        if (read(pipe.a, &byte, 1) == 1) got += byte;
        if (got.size() == 3) c.loop.stop();
    });
    c.step("three callbacks for three bytes read one at a time");
    c.loop.run();
    expect_equal("bytes read", std::string("abc"), got);
}

void stays_until_replaced(Context &c) {
    const Pair pipe = make_pipe();
    Watch watch(c.loop);
    Timer feed(c.loop);
    int rounds = 0;
    const std::function<void()> write_one = [&] { put(pipe.b, "x"); };
    watch.set(pipe.a, kRead, [&](short) {
        if (drain(pipe.a).empty()) return;
        if (++rounds == 5)
            c.loop.stop();
        else
            feed.arm(1000, write_one);
    });
    feed.arm(0, write_one);
    c.step("five rounds of data on one watch that was set once");
    c.loop.run();
    expect_equal("rounds", 5, rounds);
}

void interest_is_replaced(Context &c) {
    const Pair pair = unix_pair();
    put(pair.b, "x");
    Watch watch(c.loop);
    for (const short flags : {kWrite, kRead, kBoth, kWrite}) {
        short seen = 0;
        watch.set(pair.a, flags, [&](short which) {
            seen = static_cast<short>(seen | (which & kBoth));
            if (seen == flags) c.loop.stop();
        });
        c.step(text("bits ", flags, " on a socket that is both readable and writable"));
        c.loop.run();
    }
}

void handle_moves(Context &c) {
    const Pair first = unix_pair();
    const Pair second = unix_pair();
    put(first.b, "x");
    put(second.b, "x");
    Watch watch(c.loop);
    int from_first = 0;
    int from_second = 0;
    watch.set(first.a, kRead, [&](short) { ++from_first, c.loop.stop(); });
    c.step("a first socket");
    c.loop.run();
    watch.set(second.a, kRead, [&](short) { ++from_second, drain(second.a), c.loop.stop(); });
    c.step("a second socket on the same handle, by update_event alone");
    c.loop.run();
    c.loop.run_for(10);
    expect_equal("callbacks for the socket the handle was taken from", 1, from_first);
    expect_equal("callbacks for the socket it was given to", 1, from_second);
    Watch other(c.loop);
    other.set(first.a, kRead, [&](short) { c.loop.stop(); });
    c.step("the first socket on another handle");
    c.loop.run();
}

void delete_stops(Context &c) {
    const Pair pipe = make_pipe();
    put(pipe.b, "x");
    Watch watch(c.loop);
    watch.set(pipe.a, kRead, [](short) {});
    watch.remove();
    c.loop.run_for(10);  // the fixture fails a callback after delete
    watch.remove();      // deleting what is not watched does nothing
    watch.set(pipe.a, kRead, [&](short) { c.loop.stop(); });
    c.step("the same handle, watched again after delete_event");
    c.loop.run();
    expect_equal("callbacks", 1, watch.calls());
}

void flags_zero(Context &c) {
    const Pair hung_up = unix_pair();
    put(hung_up.b, "x");
    Watch watch(c.loop);
    watch.set(hung_up.a, kBoth, [&](short) { c.loop.stop(); });
    c.loop.run();
    Pair gone = unix_pair();
    Watch other(c.loop);
    other.set(gone.a, kRead, [](short) {});
    watch.set(hung_up.a, 0, [](short) {});
    other.set(gone.a, 0, [](short) {});
    gone.b.reset();  // a hang-up is what a kernel reports without being asked
    const int before = watch.calls();  // 2 where a loop reports the directions one by one
    const std::uint64_t cpu = cpu_usec();
    constexpr unsigned kMsec = 100;
    c.loop.run_for(kMsec);
    const std::uint64_t used = cpu_usec() - cpu;
    expect(used < kMsec * 1000 / 2, "no turn wakes for a watch with flags 0",
           text(used, " us of CPU time in ", kMsec, " ms of waiting"));
    expect_equal("callbacks after flags 0", before, watch.calls() + other.calls());
    if (c.loop.hosted()) return;
    c.step("run_event_loop to return, a watch with flags 0 being none");
    c.loop.run();
}

void unchanged_update_is_free(Context &c) {
    if (!c.subject.count_calls) throw Skip{"system calls are not counted here"};
    const Pair pair = unix_pair();
    Watch watch(c.loop);
    watch.set(pair.a, kRead, [](short) {});
    const CallCount first = c.subject.count_calls();
    c.loop.turn(3);
    if (c.subject.count_calls().waits == first.waits) throw Skip{"this loop waits in a way that is not counted"};
    // A host whose own work comes in between may tell the kernel something for it.
    const std::int64_t told = best_of(20, 0, [&] {
        const CallCount before = c.subject.count_calls();
        for (int i = 0; i < 100; ++i) watch.set(pair.a, kRead, [](short) {});
        expect_equal("waits during 100 unchanged updates", 0, c.subject.count_calls().waits - before.waits);
        c.loop.turn(3);
        for (int i = 0; i < 3; ++i) {
            watch.set(pair.a, kRead, [](short) {});
            c.loop.turn(1);
        }
        return static_cast<std::int64_t>(c.subject.count_calls().interest - before.interest);
    });
    expect_equal("epoll_ctl calls for unchanged updates, best of 20", std::int64_t{0}, told);
    c.note("counted: epoll_ctl, epoll_wait, epoll_pwait, poll, ppoll");
}

void last_update_counts(Context &c) {
    const Pair pipe = make_pipe();
    put(pipe.b, "x");
    struct Seen {
        Loop &loop;
        int calls = 0;
    };
    Seen first{c.loop};
    Seen second{c.loop};
    Seen third{c.loop};
    const tenon_io_handler count = [](int, short, void *arg) { ++static_cast<Seen *>(arg)->calls; };
    const tenon_io_handler count_and_stop = [](int, short, void *arg) {
        ++static_cast<Seen *>(arg)->calls;
        static_cast<Seen *>(arg)->loop.stop();
    };
    tenon_io_ops *io = c.io();
    void *event = io->create_event(io);
    expect_equal("update_event", 0, io->update_event(io, pipe.a, event, kRead, &first, count));
    expect_equal("update_event", 0, io->update_event(io, pipe.a, event, kRead, &second, count_and_stop));
    c.step("a callback with the second handler and argument");
    c.loop.run();
    expect_equal("update_event", 0, io->update_event(io, pipe.a, event, kRead, &third, count_and_stop));
    c.step("a callback with the third argument, flags and handler being the same");
    c.loop.run();
    io->delete_event(io, pipe.a, event);
    io->destroy_event(io, event);
    expect_equal("callbacks with the replaced argument", 0, first.calls);
    expect_equal("callbacks with the second argument", 1, second.calls);
    expect_equal("callbacks with the last argument", 1, third.calls);
}

void only_bits_asked_for(Context &c) {
    const Pair pair = unix_pair();
    put(pair.b, "x");
    Watch watch(c.loop);
    for (const short flags : {kRead, kWrite}) {
        short seen = 0;
        watch.set(pair.a, flags, [&](short which) { seen = which, c.loop.stop(); });
        c.loop.run();
        expect_equal("bits of a socket that is both readable and writable", flags, seen);
    }
}

void new_bits_in_the_same_turn(Context &c) {
    // Both are readable; whichever comes first asks for WRITE on the other: its stale READ must not arrive.
    const Pair x = unix_pair();
    const Pair y = unix_pair();
    put(x.b, "x");
    put(y.b, "x");
    Watch watch_x(c.loop);
    Watch watch_y(c.loop);
    const auto swap = [&c](Watch &other, int fd) {
        other.set(fd, kWrite, [&c](short which) {
            expect(which == kWrite, "only the bits of the last update_event", text("bits ", which));
            c.loop.stop();
        });
    };
    watch_x.set(x.a, kRead, [&](short) { watch_x.remove(), swap(watch_y, y.a); });
    watch_y.set(y.a, kRead, [&](short) { watch_y.remove(), swap(watch_x, x.a); });
    c.loop.run();
}

void kinds_of_descriptors(Context &c) {
    const auto wait_for = [&c](const char *what, int fd, short flags) {
        Watch watch(c.loop);
        c.step(text(what, " to be reported ready"));
        watch.set(fd, flags, [&](short) { c.loop.stop(); });
        c.loop.run();
    };
    const Pair pipe = make_pipe();
    wait_for("the writing end of a pipe", pipe.b, kWrite);
    put(pipe.b, "x");
    wait_for("the reading end of a pipe", pipe.a, kRead);

    std::uint16_t port = 0;
    const Fd listener = tcp_listener(port);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    expect(connect(client, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0, "connect", "failed");
    wait_for("a listening socket", listener, kRead);

    const Fd udp(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    address.sin_port = 0;
    socklen_t length = sizeof address;
    expect(bind(udp, reinterpret_cast<sockaddr *>(&address), length) == 0, "bind", "failed");
    getsockname(udp, reinterpret_cast<sockaddr *>(&address), &length);
    expect(sendto(udp, "x", 1, 0, reinterpret_cast<sockaddr *>(&address), length) == 1, "sendto", "failed");
    wait_for("a UDP socket", udp, kRead);

    const Pair packets = unix_pair();
    put(packets.b, "x");
    wait_for("a Unix socket", packets.a, kBoth);
}

void bad_descriptor(Context &c) {
    const Pair pipe = make_pipe();
    const int closed = dup(pipe.a);
    close(closed);
    Watch watch(c.loop);
    for (const int fd : {-1, closed}) {
        c.io()->error = 0;
        expect_equal("update_event for a descriptor that is not open", -1, watch.try_set(fd, kRead, [](short) {}));
        expect(c.io()->error != 0, "`error` says why", "it is 0");
    }
    c.loop.run_for(5);
    expect_equal("callbacks of the failed watch", 0, watch.calls());
    if (!c.loop.hosted()) {
        c.step("run_event_loop to return after update_event failed: nothing is watched");
        c.loop.run();
    }
    put(pipe.b, "x");
    c.step("the same handle on a good descriptor");
    watch.set(pipe.a, kRead, [&](short) { c.loop.stop(); });
    c.loop.run();
}

void regular_file(Context &c) {
    std::FILE *file = std::tmpfile();
    expect(file != nullptr, "a temporary file", "none");
    const Fd fd(dup(fileno(file)));
    std::fclose(file);
    Watch watch(c.loop);
    c.io()->error = 0;
    if (watch.try_set(fd, kRead, [&](short) { c.loop.stop(); }) == 0) {
        c.step("a regular file, which update_event took, to be reported readable");
        c.loop.run();
        c.note("a regular file is taken, and ready");
        return;
    }
    expect(c.io()->error != 0, "`error` says why a regular file is refused", "it is 0");
    c.loop.run_for(5);
    expect_equal("callbacks of the refused file", 0, watch.calls());
    if (!c.loop.hosted()) c.loop.run();
    c.note(text("a regular file is refused, error ", c.io()->error));
}

}  // namespace

std::vector<Check> event_checks() {
    return {
        {1, 1, "a watch is level-triggered", level_triggered},
        {1, 2, "a watch stays until replaced", stays_until_replaced},
        {1, 3, "update_event replaces the interest", interest_is_replaced},
        {1, 4, "a handle moves to another socket", handle_moves},
        {1, 5, "delete_event stops, the handle lives on", delete_stops},
        {1, 6, "flags 0 is delete_event, no turn wakes", flags_zero},
        {1, 7, "an unchanged update costs no system call", unchanged_update_is_free},
        {2, 1, "handler and argument of the last update", last_update_counts},
        {2, 2, "only bits asked for", only_bits_asked_for},
        {2, 3, "bits changed within the turn", new_bits_in_the_same_turn},
        {5, 1, "any pollable descriptor", kinds_of_descriptors},
        {6, 1, "a bad descriptor is refused, nothing watched", bad_descriptor},
        {6, 2, "a regular file is refused or ready", regular_file},
    };
}

}  // namespace tenon::conformance
