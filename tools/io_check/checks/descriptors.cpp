// SPDX-License-Identifier: Apache-2.0
//
// Rule 12: what happens to a descriptor's number after delete_event.
#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.hpp"

namespace tenon::conformance {
namespace {

constexpr short kRead = TENON_IO_READ;
constexpr short kWrite = TENON_IO_WRITE;

/// When the old handle goes: the last two let the loop's own close of it come after the number has a new owner.
enum class Old { kDestroyedBeforeClose, kDestroyedAfterReuse, kDestroyedLater };

/// Has the number of `fd`, which is closed through the table, name the socket behind `fresh` instead.
Fd reuse_number(Context &c, Fd &fd, Fd &fresh) {
    const int number = fd.release();
    c.io()->close(c.io(), number);
    expect(fcntl(number, F_GETFD) == -1 && errno == EBADF, "close frees the number at once", "it is still open");
    expect_equal("dup2 onto the number", number, dup2(fresh, number));
    fresh.reset();
    return Fd(number);
}

void stop_close_reuse(Context &c, Old old_handle, bool in_callback) {
    Pair old = unix_pair();
    Pair fresh = unix_pair();
    put(old.b, "x");
    Watch first(c.loop);
    Watch second(c.loop);
    Fd reused;
    std::string got;
    const auto swap = [&] {
        first.remove();
        if (old_handle == Old::kDestroyedBeforeClose) first.destroy();
        reused = reuse_number(c, old.a, fresh.a);
        second.set(reused, kRead, [&](short) {
            char buffer[16];
            const ssize_t n = c.io()->recv(c.io(), reused, buffer, sizeof buffer, 0);
            if (n == -1) return expect_equal("recv's error", EAGAIN, c.io()->error);
            got.append(buffer, static_cast<std::size_t>(n));
            c.loop.stop();
        });
        if (old_handle == Old::kDestroyedAfterReuse) first.destroy();
    };
    first.set(old.a, kRead, [&](short) {
        if (in_callback) swap();
        c.loop.stop();
    });
    c.loop.run();
    if (!in_callback) swap();
    c.loop.turn(3);
    if (old_handle == Old::kDestroyedLater) first.destroy();
    c.loop.turn(3);
    expect(fcntl(reused, F_GETFD) != -1, "the number's new owner stays open", "it was closed");
    for (const char *words : {"one", "two"}) {
        got.clear();
        put(fresh.b, words);
        c.step(text("\"", words, "\" on the socket that has the number now"));
        c.loop.run();
        expect_equal("what its watch receives", std::string(words), got);
        c.loop.turn(2);
    }
    old.b.reset();
    c.loop.turn(2);
    expect_equal("callbacks of the old watch", 1, first.calls());
}

void reuse_after_destroy(Context &c) {
    for (const bool in_callback : {false, true}) stop_close_reuse(c, Old::kDestroyedBeforeClose, in_callback);
}

void reuse_before_destroy(Context &c) {
    for (const bool in_callback : {false, true}) stop_close_reuse(c, Old::kDestroyedAfterReuse, in_callback);
}

void late_close(Context &c) {
    for (const bool in_callback : {false, true}) stop_close_reuse(c, Old::kDestroyedLater, in_callback);
}

void same_handle_again(Context &c) {
    // The engine's reconnect: one handle, a new socket that got the old one's number, within one callback.
    Pair old = unix_pair();
    Pair fresh = unix_pair();
    put(old.b, "x");
    Watch watch(c.loop);
    Fd reused;
    Timer more(c.loop);
    int served = 0;
    watch.set(old.a, kRead, [&](short) {
        watch.remove();
        reused = reuse_number(c, old.a, fresh.a);
        watch.set(reused, kRead, [&](short) {
            if (drain(reused).empty()) return;
            if (++served == 2) return c.loop.stop();
            more.arm(2000, [&] { put(fresh.b, "x"); });
        });
        put(fresh.b, "x");
    });
    c.step("two messages on a socket with the old number and the old handle");
    c.loop.run();
}

void pending_number_reused(Context &c) {
    // Two are ready; the first one called closes the other's socket and gives its number to a new one.
    Pair x = unix_pair();
    Pair y = unix_pair();
    Pair fresh = unix_pair();
    put(x.b, "x");
    put(y.b, "x");
    Watch watch_x(c.loop);
    Watch watch_y(c.loop);
    Watch next(c.loop);
    Fd reused;
    const auto take_over = [&](Watch &mine, Watch &other, Fd &fd) {
        mine.remove();
        other.remove();
        reused = reuse_number(c, fd, fresh.a);
        next.set(reused, kWrite | kRead, [&](short which) {
            if ((which & kWrite) != 0) c.loop.stop();
        });
    };
    watch_x.set(x.a, kRead, [&](short) { take_over(watch_x, watch_y, y.a); });
    watch_y.set(y.a, kRead, [&](short) { take_over(watch_y, watch_x, x.a); });
    c.step("WRITE on a socket that took a pending one's number");
    c.loop.run();
}

void duplicate_lives_on(Context &c) {
    // close(2) does not take a socket out of the kernel's set while a duplicate of it is open: delete_event has to.
    Pair old = unix_pair();
    Pair fresh = unix_pair();
    Watch watch(c.loop);
    watch.set(old.a, kRead, [](short) {});
    c.loop.turn(2);
    const Fd duplicate(dup(old.a));
    watch.destroy();
    const Fd reused = reuse_number(c, old.a, fresh.a);
    Watch next(c.loop);
    next.set(reused, kRead, [&](short) {
        if (!drain(reused).empty()) c.loop.stop();
    });
    put(old.b, "x");
    const std::uint64_t cpu = cpu_usec();
    constexpr unsigned kMsec = 60;
    c.loop.run_for(kMsec);
    const std::uint64_t used = cpu_usec() - cpu;
    expect(used < kMsec * 1000 / 2, "the deleted socket's readiness wakes nothing", text(used, " us of CPU time in 60 ms"));
    put(fresh.b, "x");
    c.step("a message for the new owner of the number");
    c.loop.run();
}

void number_is_left_alone(Context &c) {
    Pair old = unix_pair();
    Watch watch(c.loop);
    watch.set(old.a, kRead | kWrite, [&](short) { c.loop.stop(); });
    c.loop.run();
    watch.remove();
    int fds[2];
    expect(pipe(fds) == 0, "pipe", "failed");
    Fd read_end(fds[0]);
    const Fd write_end(fds[1]);
    const Fd reused = reuse_number(c, old.a, read_end);
    const int flags = fcntl(reused, F_GETFL);
    put(write_end, "untouched");
    c.loop.turn(3);
    watch.destroy();
    c.loop.turn(3);
    expect_equal("flags of the number's new owner", flags, fcntl(reused, F_GETFL));
    char buffer[16];
    expect_equal("bytes still in it", static_cast<ssize_t>(9), read(reused, buffer, sizeof buffer));
}

}  // namespace

std::vector<Check> descriptor_checks() {
    return {
        {12, 1, "stop, destroy, close, reuse", reuse_after_destroy},
        {12, 2, "stop, close, reuse, destroy", reuse_before_destroy},
        {12, 3, "stop, close, reuse, a late internal close", late_close},
        {12, 4, "the same handle and number, another socket", same_handle_again},
        {12, 5, "a pending socket's number is reused", pending_number_reused},
        {12, 6, "a duplicate of a deleted socket lives on", duplicate_lives_on},
        {12, 7, "a deleted number is left alone", number_is_left_alone},
    };
}

}  // namespace tenon::conformance
