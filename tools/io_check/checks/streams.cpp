// SPDX-License-Identifier: Apache-2.0
//
// Rule 11: scatter, gather, and what happens when the kernel takes only a part.
#include <algorithm>
#include <climits>
#include <csignal>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fixture.hpp"

namespace tenon::conformance {
namespace {

constexpr short kRead = TENON_IO_READ;
constexpr short kWrite = TENON_IO_WRITE;
#ifdef IOV_MAX
constexpr std::size_t kIovMax = IOV_MAX;
#else
constexpr std::size_t kIovMax = 1024;
#endif

/// Bytes that differ from place to place, so that a piece sent twice or left out is seen.
std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    std::uint32_t state = 1;
    for (char &byte : bytes) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<char>(state >> 24);
    }
    return bytes;
}

void small_buffers(int fd) {
    const int size = 32 * 1024;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

void partial_sendv(Context &c) {
    const Pair pair = tcp_pair();
    small_buffers(pair.a);
    small_buffers(pair.b);
    tenon_io_ops *io = c.io();
    std::string all = pattern(4 << 20);
    constexpr std::size_t kPieces = 16;
    const std::size_t piece = all.size() / kPieces;
    std::size_t sent = 0;
    int partial = 0;
    Watch writer(c.loop);
    const std::function<void(short)> send_more = [&](short) {
        tenon_iovec iov[kPieces];
        std::size_t count = 0;
        for (std::size_t at = sent; at < all.size();) {
            const std::size_t end = std::min(all.size(), (at / piece + 1) * piece);
            iov[count++] = {all.data() + at, end - at};
            at = end;
        }
        const ssize_t n = io->sendv(io, pair.a, iov, count);
        if (n == -1) return expect_equal("the error of sendv", EAGAIN, io->error);
        expect(n > 0 && static_cast<std::size_t>(n) <= all.size() - sent, "sendv returns the bytes it took", text(n));
        sent += static_cast<std::size_t>(n);
        if (sent < all.size())
            ++partial;
        else
            writer.remove();
    };
    std::string got;
    std::string buffer(100'000, '\0');
    Watch reader(c.loop);
    reader.set(pair.b, kRead, [&](short) {
        const ssize_t n = io->recv(io, pair.b, buffer.data(), buffer.size(), 0);
        if (n > 0) got.append(buffer, 0, static_cast<std::size_t>(n));
        if (got.size() >= all.size()) c.loop.stop();
    });
    writer.set(pair.a, kWrite, send_more);
    c.step("4 MiB in 16 pieces through a small buffer");
    c.loop.run();
    expect(partial > 0, "sendv takes a part when the buffer is full", "it took all at once");
    expect(got == all, "what arrives is what was sent, in order", "it differs");
}

void recvv_three(Context &c) {
    const Pair pair = unix_pair();
    tenon_io_ops *io = c.io();
    Watch watch(c.loop);
    for (const bool hole : {false, true}) {
        std::string first(3, '-');
        std::string second(hole ? 0 : 5, '-');
        std::string third(100, '-');
        tenon_iovec iov[3] = {{first.data(), first.size()}, {second.data(), second.size()}, {third.data(), third.size()}};
        ssize_t n = 0;
        watch.set(pair.a, kRead, [&](short) { n = io->recvv(io, pair.a, iov, 3), c.loop.stop(); });
        put(pair.b, "abcdefghijkl");
        c.step("12 bytes into three vectors");
        c.loop.run();
        expect_equal("bytes received by recvv", static_cast<ssize_t>(12), n);
        const std::string rest = third.substr(0, 12 - first.size() - second.size());
        expect_equal("the three vectors in order", std::string("abcdefghijkl"), first + second + rest);
        expect(third.find_first_not_of('-', rest.size()) == std::string::npos, "no byte is written past the end", "one is");
    }
    shutdown(pair.b, SHUT_WR);
    char byte = 0;
    tenon_iovec iov[2] = {{&byte, 1}, {&byte, 1}};
    expect_equal("recvv at the end of file", static_cast<ssize_t>(0), io->recvv(io, pair.a, iov, 2));
}

/// `bytes` from `at` on, in pieces of three.
std::vector<tenon_iovec> in_threes(std::string &bytes, std::size_t at) {
    std::vector<tenon_iovec> pieces;
    for (; at < bytes.size(); at += 3) pieces.push_back({bytes.data() + at, std::min<std::size_t>(3, bytes.size() - at)});
    return pieces;
}

/// Moves `count` pieces of three bytes with `count` vectors on both sides. A call may move less, none may fail.
void vectors(Context &c, std::size_t count) {
    const Pair pair = unix_pair();
    tenon_io_ops *io = c.io();
    std::string out = pattern(3 * count);
    std::string in(out.size(), '\0');
    std::size_t sent = 0;
    std::size_t received = 0;
    while (received < in.size()) {
        if (std::vector<tenon_iovec> from = in_threes(out, sent); !from.empty()) {
            const ssize_t n = io->sendv(io, pair.a, from.data(), from.size());
            expect(n > 0, text("sendv of ", from.size(), " vectors sends bytes"), text(n, ", error ", io->error));
            sent += static_cast<std::size_t>(n);
        }
        std::vector<tenon_iovec> to = in_threes(in, received);
        const ssize_t n = io->recvv(io, pair.b, to.data(), to.size());
        expect(n > 0, text("recvv into ", to.size(), " vectors gives bytes"), text(n, ", error ", io->error));
        received += static_cast<std::size_t>(n);
    }
    expect(in == out, "the bytes arrive in order", "they differ");
}

void iov_counts(Context &c) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{17}, kIovMax - 1, kIovMax})
        vectors(c, count);
}

void echo(Context &c) {
    // One socket, both directions at once, one watch whose interest follows what there is to do.
    const Pair pair = tcp_pair();
    small_buffers(pair.a);
    small_buffers(pair.b);
    tenon_io_ops *io = c.io();
    const std::string all = pattern(1 << 20);
    std::size_t sent = 0;
    std::string back;
    std::string pending;
    std::vector<char> buffer(50'000);
    Watch client(c.loop);
    Watch server(c.loop);
    std::function<void(short)> on_client;
    std::function<void(short)> on_server;
    on_client = [&](short which) {
        if ((which & kRead) != 0) {
            const ssize_t n = io->recv(io, pair.a, buffer.data(), buffer.size(), 0);
            if (n > 0) back.append(buffer.data(), static_cast<std::size_t>(n));
        }
        if ((which & kWrite) != 0) {
            const ssize_t n = io->send(io, pair.a, all.data() + sent, all.size() - sent, 0);
            if (n > 0) sent += static_cast<std::size_t>(n);
        }
        if (back.size() >= all.size()) return c.loop.stop();
        client.set(pair.a, sent < all.size() ? kRead | kWrite : kRead, on_client);
    };
    on_server = [&](short which) {
        if ((which & kRead) != 0) {
            const ssize_t n = io->recv(io, pair.b, buffer.data(), buffer.size(), 0);
            if (n > 0) pending.append(buffer.data(), static_cast<std::size_t>(n));
        }
        if (!pending.empty()) {
            const ssize_t n = io->send(io, pair.b, pending.data(), pending.size(), 0);
            if (n > 0) pending.erase(0, static_cast<std::size_t>(n));
        }
        // Reads on only when what it holds is gone: the client feels it.
        server.set(pair.b, pending.empty() ? kRead : kWrite, on_server);
    };
    client.set(pair.a, kRead | kWrite, on_client);
    server.set(pair.b, kRead, on_server);
    c.step("1 MiB echoed under back-pressure");
    c.loop.run();
    expect(back == all, "what comes back is what was sent", "it differs");
}

void signals(Context &c) {
    // Signals without SA_RESTART interrupt whatever blocks: the loop and the calls go on as if nothing had been.
    static volatile std::sig_atomic_t delivered;
    delivered = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { delivered = delivered + 1; };
    sigaction(SIGALRM, &action, nullptr);
    const itimerval every{{0, 2000}, {0, 2000}};
    setitimer(ITIMER_REAL, &every, nullptr);
    const Pair pair = unix_pair();
    Watch watch(c.loop);
    watch.set(pair.a, kRead, [&](short) {});
    Timer timer(c.loop);
    bool fired = false;
    timer.arm(40'000, [&] { fired = true, c.loop.stop(); });
    c.step("a timer of 40 ms while signals arrive");
    c.loop.run();
    const itimerval off{};
    setitimer(ITIMER_REAL, &off, nullptr);
    expect(fired, "a signal does not end the run", "it returned early");
    expect(delivered > 0, "signals are delivered to the program", "none was");
}

}  // namespace

std::vector<Check> stream_checks() {
    return {
        {11, 8, "sendv takes a part and goes on", partial_sendv},
        {11, 9, "recvv into three vectors", recvv_three},
        {11, 10, "1 to IOV_MAX vectors", iov_counts},
        {11, 11, "both directions under back-pressure", echo},
        {11, 12, "signals disturb nothing (EINTR)", signals},
    };
}

}  // namespace tenon::conformance
