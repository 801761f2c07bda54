// SPDX-License-Identifier: Apache-2.0
//
// Rules 3 and 4: errors, hang-up, end of file, and the outcome of a connect.
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.hpp"

namespace tenon::conformance {
namespace {

constexpr short kRead = TENON_IO_READ;
constexpr short kWrite = TENON_IO_WRITE;
constexpr short kError = TENON_IO_ERROR;

std::string receive(tenon_io_ops *io, int fd) {
    char buffer[256];
    const ssize_t n = io->recv(io, fd, buffer, sizeof buffer, 0);
    if (n < 0) return text("-1, error ", std::strerror(io->error));
    return n == 0 ? "end of file" : std::string(buffer, static_cast<std::size_t>(n));
}

/// Fills the socket's buffer, so that it is not writable.
void stuff(int fd) {
    const std::string block(65536, 'x');
    while (send(fd, block.data(), block.size(), MSG_NOSIGNAL) > 0) {
    }
}

void reset_while_reading(Context &c) {
    Pair pair = tcp_pair();
    Watch watch(c.loop);
    std::string got;
    watch.set(pair.a, kRead, [&](short which) {
        expect((which & kRead) != 0, "a reset arrives as READ where READ was asked for", text("bits ", which));
        got = receive(c.io(), pair.a);
        c.loop.stop();
    });
    c.loop.turn(2);
    linger_zero(pair.b);
    pair.b.reset();
    c.step("the peer's reset, watched for READ");
    c.loop.run();
    expect_equal("recv after a reset", text("-1, error ", std::strerror(ECONNRESET)), got);
}

void reset_while_writing(Context &c) {
    Pair pair = tcp_pair();
    stuff(pair.a);
    Watch watch(c.loop);
    bool reset = false;
    int error = 0;
    watch.set(pair.a, kWrite, [&](short which) {
        expect((which & kWrite) != 0, "a reset arrives as WRITE where WRITE was asked for", text("bits ", which));
        if (!reset) return stuff(pair.a);
        if (c.io()->send(c.io(), pair.a, "x", 1, 0) == -1) error = c.io()->error;
        c.loop.stop();
    });
    c.loop.turn(2);
    reset = true;
    linger_zero(pair.b);
    pair.b.reset();
    c.step("the peer's reset, watched for WRITE with a full buffer");
    c.loop.run();
    expect(error == ECONNRESET || error == EPIPE, "send after a reset fails with ECONNRESET or EPIPE", text("error ", error));
}

void hang_up_on_write_only(Context &c) {
    Pair pair = unix_pair();
    stuff(pair.a);
    Watch watch(c.loop);
    watch.set(pair.a, kWrite, [&](short) { c.loop.stop(); });
    pair.b.reset();
    c.step("a hang-up, watched for WRITE only");
    c.loop.run();
    expect_equal("send into a hung-up socket", static_cast<ssize_t>(-1), c.io()->send(c.io(), pair.a, "x", 1, 0));
    expect(c.io()->error == EPIPE || c.io()->error == ECONNRESET, "error EPIPE or ECONNRESET", text(c.io()->error));
}

void every_direction(Context &c) {
    Pair pair = tcp_pair();
    stuff(pair.a);
    Watch watch(c.loop);
    short seen = 0;
    watch.set(pair.a, kRead | kWrite, [&](short which) {
        seen = static_cast<short>(seen | which);
        if ((seen & kRead) != 0 && (seen & kWrite) != 0) c.loop.stop();
    });
    linger_zero(pair.b);
    pair.b.reset();
    c.step("a reset to be reported as READ and as WRITE, both asked for");
    c.loop.run();
}

void until_consumed(Context &c) {
    Pair pair = tcp_pair();
    Watch watch(c.loop);
    watch.set(pair.a, kRead, [&](short) {
        if (watch.calls() == 3) c.loop.stop();
    });
    linger_zero(pair.b);
    pair.b.reset();
    c.step("three callbacks for one reset that nobody reads");
    c.loop.run();
    expect_equal("recv", text("-1, error ", std::strerror(ECONNRESET)), receive(c.io(), pair.a));
}

void error_bit(Context &c) {
    const auto bits_of = [&c](int fd, short flags, const char *what) {
        Watch watch(c.loop);
        short seen = 0;
        watch.set(fd, flags, [&](short which) {
            seen = static_cast<short>(seen | which);
            if ((seen & flags) == flags) c.loop.stop();
        });
        c.step(what);
        c.loop.run();
        expect((seen & kError) != 0, text("the ERROR bit is set beside the directions for ", what), text("bits ", seen));
    };
    for (const short flags : {kRead, kWrite}) {
        Pair pair = tcp_pair();
        linger_zero(pair.b);
        pair.b.reset();
        bits_of(pair.a, flags, flags == kRead ? "a reset, READ asked for" : "a reset, WRITE asked for");
    }
    Pair pipe = make_pipe();
    pipe.a.reset();
    bits_of(pipe.b, kWrite, "a pipe nobody reads, WRITE asked for");
    Pair hung_up = unix_pair();
    hung_up.b.reset();
    bits_of(hung_up.a, kWrite, "a hung-up socket, WRITE asked for");
}

void no_error_bit_without_error(Context &c) {
    Pair pair = tcp_pair();
    Watch watch(c.loop);
    put(pair.b, "x");
    short seen = 0;
    watch.set(pair.a, kRead | kWrite, [&](short which) {
        seen = static_cast<short>(seen | which);
        if (watch.calls() == 3) c.loop.stop();
    });
    c.loop.run();
    expect((seen & kError) == 0, "no ERROR on a healthy socket", text("bits ", seen));
}

void peer_half_closes(Context &c) {
    const Pair pair = tcp_pair();
    Watch watch(c.loop);
    std::string got;
    put(pair.b, "last words");
    shutdown(pair.b, SHUT_WR);
    watch.set(pair.a, kRead, [&](short which) {
        expect((which & kRead) != 0, "end of file is READ", text("bits ", which));
        const std::string piece = receive(c.io(), pair.a);
        got += piece;
        if (piece == "end of file") c.loop.stop();
    });
    c.step("data and then the end of file");
    c.loop.run();
    expect_equal("what was received", std::string("last wordsend of file"), got);
    watch.set(pair.a, kWrite, [&](short which) {
        expect((which & kError) == 0, "writing stays possible after the end of file", text("bits ", which));
        c.loop.stop();
    });
    c.step("WRITE after the end of file");
    c.loop.run();
    expect_equal("send after the end of file", static_cast<ssize_t>(3), c.io()->send(c.io(), pair.a, "yes", 3, 0));
    c.loop.turn(2);
    expect_equal("what the peer reads", std::string("yes"), drain(pair.b));
}

void we_half_close(Context &c) {
    const Pair pair = tcp_pair();
    if (c.io()->sockopt != nullptr)
        expect_equal("sockopt(SHUT_WRITE)", 0, c.io()->sockopt(c.io(), pair.a, TENON_IO_SHUT_WRITE, nullptr, nullptr));
    else
        shutdown(pair.a, SHUT_WR);
    Watch peer(c.loop);
    peer.set(pair.b, kRead, [&](short) {
        expect_equal("what the peer receives", std::string("end of file"), receive(c.io(), pair.b));
        put(pair.b, "answer");
        peer.remove();
    });
    Watch watch(c.loop);
    std::string got;
    watch.set(pair.a, kRead, [&](short) { got = receive(c.io(), pair.a), c.loop.stop(); });
    c.step("an answer after shutting down writing");
    c.loop.run();
    expect_equal("what arrives after shutting down writing", std::string("answer"), got);
}

/// Connects through the table and returns the outcome read once, as rule 4 has it.
int connect_outcome(Context &c, std::uint16_t port) {
    tenon_io_ops *io = c.io();
    Fd fd(io->socket(io, AF_INET, SOCK_STREAM, 0));
    expect(fd != -1, "socket gives a socket", text("-1, error ", io->error));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (io->connect(io, fd, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0) return 0;
    if (io->error != EINPROGRESS) return io->error;
    Watch watch(c.loop);
    int outcome = -1;
    watch.set(fd, kWrite, [&](short which) {
        expect((which & kWrite) != 0, "the outcome of a connect arrives as WRITE", text("bits ", which));
        outcome = pending_error(io, fd);
        watch.remove();
        c.loop.stop();
    });
    c.step("the outcome of a connect");
    c.loop.run();
    expect_equal("the pending error, read a second time", 0, pending_error(io, fd));
    watch.destroy();
    io->close(io, fd.release());
    return outcome;
}

void connect_succeeds(Context &c) {
    std::uint16_t port = 0;
    const Fd listener = tcp_listener(port);
    expect_equal("the outcome of a connect to a listener", 0, connect_outcome(c, port));
}

void connect_refused(Context &c) {
    std::uint16_t port = 0;
    const Fd nobody = bound_tcp_socket(port);  // nobody listens there, and nobody else will
    expect_equal("the outcome of a connect to nobody", ECONNREFUSED, connect_outcome(c, port));
}

}  // namespace

std::vector<Check> error_checks() {
    return {
        {3, 1, "a reset is READ where READ was asked for", reset_while_reading},
        {3, 2, "a reset is WRITE where WRITE was asked for", reset_while_writing},
        {3, 3, "a hang-up on a watch for WRITE only", hang_up_on_write_only},
        {3, 4, "an error is every direction asked for", every_direction},
        {3, 5, "an error is told until consumed", until_consumed},
        {3, 6, "ERROR is told beside the directions", error_bit, For::kRevision1},
        {3, 7, "no ERROR on a healthy socket", no_error_bit_without_error},
        {3, 8, "half-close by the peer", peer_half_closes},
        {3, 9, "half-close by us", we_half_close},
        {4, 1, "a connect that succeeds", connect_succeeds},
        {4, 2, "a connect refused, read once", connect_refused},
    };
}

}  // namespace tenon::conformance
