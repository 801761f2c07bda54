// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

namespace tenon::conformance {
namespace {

constexpr unsigned kHostBeatMsec = 5;

std::uint64_t clock_usec(clockid_t clock) {
    timespec t{};
    clock_gettime(clock, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(t.tv_nsec) / 1000;
}

[[noreturn]] void broken_bench(const char *call) {
    throw Failure{text(call, " works on this machine"), std::strerror(errno), 0};
}

}  // namespace

Loop::Loop(const Subject &subject) : subject_(subject) {
    if (subject.hosted) {
        host_ = subject.host->make();
        if (host_ == nullptr) throw NoSubject{"the rig makes no host"};
        start_host_work();
    }
    io_ = make_guest();
}

tenon_io_ops *Loop::make_guest() {
    if (host_ == nullptr) return subject_.create(nullptr);
    void *cookie = subject_.host->cookie(host_);
    tenon_io_ops *io = subject_.create(cookie);
    if (subject_.host->attach != nullptr) subject_.host->attach(host_, cookie, io);
    return io;
}

void Loop::destroy_guest(tenon_io_ops *io) {
    if (host_ != nullptr && subject_.host->detach != nullptr) subject_.host->detach(host_, io);
    subject_.destroy(io);
}

void Loop::start_host_work() {
    if (pipe2(host_pipe_, O_NONBLOCK | O_CLOEXEC) != 0) broken_bench("pipe2");
    host_timer_ = subject_.host->every(host_, kHostBeatMsec, on_host_timer, this);
    host_watch_ = subject_.host->readable(host_, host_pipe_[0], on_host_socket, this);
}

void Loop::on_host_timer(void *self) { put(static_cast<Loop *>(self)->host_pipe_[1], "x"); }

void Loop::on_host_socket(void *self) {
    Loop &loop = *static_cast<Loop *>(self);
    drain(loop.host_pipe_[0]);
    if (++loop.beats_ == loop.stop_at_beat_) loop.subject_.host->stop(loop.host_);
}

void Loop::run() {
    if (host_ != nullptr)
        subject_.host->run(host_);
    else
        io_->run_event_loop(io_);
    if (!failure_) return;
    const Failure failure = *failure_;
    failure_.reset();
    throw failure;
}

void Loop::stop() {
    if (host_ != nullptr)
        subject_.host->stop(host_);
    else if (io_ != nullptr)
        call([](tenon_io_ops *io) { io->stop_event_loop(io); });
}

void Loop::run_for(unsigned msec) {
    Timer timer(*this);
    timer.arm(msec * 1000, [this] { stop(); });
    run();
}

void Loop::turn(int count) {
    Timer timer(*this);
    std::function<void()> next = [&] {
        if (--count <= 0)
            stop();
        else
            timer.arm(0, next);
    };
    timer.arm(0, next);
    run();
}

void Loop::destroy_table() {
    tenon_io_ops *io = io_;
    io_ = nullptr;
    if (io != nullptr) destroy_guest(io);
}

void Loop::finish() {
    destroy_table();
    if (host_ == nullptr) return;
    if (subject_.step) subject_.step("the host's own timer and socket to fire after the table is gone");
    stop_at_beat_ = beats_ + 3;
    subject_.host->run(host_);
    expect(beats_ >= stop_at_beat_, "the host's run goes on after the table is gone", "it ended by itself", 15);
    subject_.host->remove(host_, host_timer_);
    subject_.host->remove(host_, host_watch_);
    if (subject_.step) subject_.step("the host's loop to end, with nothing left on it");
    const char *complaint = subject_.host->free(host_);
    host_ = nullptr;
    close(host_pipe_[0]);
    close(host_pipe_[1]);
    expect(complaint == nullptr, "the destructor leaves the host's loop as it was", complaint != nullptr ? complaint : "", 15);
}

std::uint64_t Loop::now() const { return io_->now != nullptr ? io_->now(io_) : clock_usec(CLOCK_MONOTONIC); }

void Loop::fail(const Failure &failure) {
    if (!failure_) failure_ = failure;
    stop();
}

void Loop::enter(const std::function<void()> &body) {
    if (calls_ != 0) fail({"no callback runs inside a contract call", "one did", 9});
    const int outer = calls_;
    calls_ = 0;
    try {
        body();
    } catch (const Failure &failure) {
        fail(failure);
    }
    calls_ = outer;
}

Watch::Watch(Loop &loop) : loop_(loop), handle_(loop.call([](tenon_io_ops *io) { return io->create_event(io); })) {
    expect(handle_ != nullptr, "create_event gives a handle", "it gave null");
}

int Watch::try_set(int fd, short flags, std::function<void(short)> fn) {
    fn_ = std::make_shared<std::function<void(short)>>(std::move(fn));
    const int result = loop_.call([&](tenon_io_ops *io) { return io->update_event(io, fd, handle_, flags, this, on_ready); });
    fd_ = fd;
    flags_ = result == 0 ? flags : static_cast<short>(0);
    removed_ = false;
    return result;
}

void Watch::set(int fd, short flags, std::function<void(short)> fn) {
    expect(try_set(fd, flags, std::move(fn)) == 0, "update_event returns 0", text("-1, error ", loop_.io()->error));
}

void Watch::remove() {
    loop_.call([&](tenon_io_ops *io) { io->delete_event(io, fd_, handle_); });
    flags_ = 0;
    removed_ = true;
}

void Watch::destroy() {
    if (handle_ == nullptr || loop_.io() == nullptr) return;
    if (flags_ != 0) remove();
    loop_.call([&](tenon_io_ops *io) { io->destroy_event(io, handle_); });
    handle_ = nullptr;
}

void Watch::on_ready(int fd, short which, void *self) {
    Watch &watch = *static_cast<Watch *>(self);
    watch.loop_.enter([&] {
        ++watch.calls_;
        expect(watch.handle_ != nullptr, "a destroyed watch's callback never runs", text("it ran with bits ", which), 10);
        expect(watch.flags_ != 0 || !watch.removed_, "a deleted watch's callback never runs", text("it ran with bits ", which), 10);
        expect(watch.flags_ != 0, "nothing is reported while nothing is asked for", text("bits ", which), 1);
        expect(fd == watch.fd_, text("the watched socket ", watch.fd_, " is reported"), text("socket ", fd));
        expect(which != 0, "at least one bit is reported", "0");
        const int foreign = which & ~(watch.flags_ | TENON_IO_ERROR);
        expect(foreign == 0, text("only bits asked for (", watch.flags_, ") or ERROR"), text("bits ", which), 2);
        const auto fn = watch.fn_;  // the closure may set another one
        (*fn)(which);
    });
}

Timer::Timer(Loop &loop) : loop_(loop), handle_(loop.call([](tenon_io_ops *io) { return io->create_timer(io); })) {
    expect(handle_ != nullptr, "create_timer gives a handle", "it gave null");
}

void Timer::arm(std::uint32_t usec, std::function<void()> fn) {
    fn_ = std::make_shared<std::function<void()>>(std::move(fn));
    due_ = loop_.now() + usec;
    const int result = loop_.call([&](tenon_io_ops *io) { return io->update_timer(io, handle_, usec, this, on_fire); });
    expect(result == 0, "update_timer returns 0", text("-1, error ", loop_.io()->error));
    armed_ = true;
    removed_ = false;
}

void Timer::remove() {
    loop_.call([&](tenon_io_ops *io) { io->delete_timer(io, handle_); });
    armed_ = false;
    removed_ = true;
}

void Timer::destroy() {
    if (handle_ == nullptr || loop_.io() == nullptr) return;
    if (armed_) remove();
    loop_.call([&](tenon_io_ops *io) { io->destroy_timer(io, handle_); });
    handle_ = nullptr;
}

void Timer::on_fire(int fd, short which, void *self) {
    Timer &timer = *static_cast<Timer *>(self);
    timer.loop_.enter([&] {
        ++timer.calls_;
        expect(timer.handle_ != nullptr, "a destroyed timer's callback never runs", "it ran", 10);
        expect(timer.armed_, timer.removed_ ? "a deleted timer's callback never runs" : "a timer fires once",
               "it fired though not armed", timer.removed_ ? 10 : 7);
        expect(fd == -1 && which == 0, "a timer's callback gets socket -1 and flags 0", text(fd, " and ", which), 7);
        const std::uint64_t now = timer.loop_.now();
        expect(now >= timer.due_, "a timer is never early by `now`", text(timer.due_ - now, " us early"), 7);
        timer.armed_ = false;
        const auto fn = timer.fn_;
        (*fn)();
    });
}

Fd &Fd::operator=(Fd &&other) noexcept {
    if (this == &other) return *this;
    reset();
    fd_ = other.release();
    return *this;
}

int Fd::release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
}

void Fd::reset() {
    if (fd_ != -1) close(fd_);
    fd_ = -1;
}

Pair make_pipe() {
    int fds[2];
    if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0) broken_bench("pipe2");
    return {Fd(fds[0]), Fd(fds[1])};
}

Pair unix_pair() {
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) broken_bench("socketpair");
    return {Fd(fds[0]), Fd(fds[1])};
}

Fd bound_tcp_socket(std::uint16_t &port) {
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto *name = reinterpret_cast<sockaddr *>(&address);
    if (fd == -1 || bind(fd, name, length) != 0) broken_bench("bind");
    if (getsockname(fd, name, &length) != 0) broken_bench("getsockname");
    port = ntohs(address.sin_port);
    return fd;
}

Fd tcp_listener(std::uint16_t &port) {
    Fd fd = bound_tcp_socket(port);
    if (listen(fd, 64) != 0) broken_bench("listen");
    return fd;
}

Pair tcp_pair() {
    std::uint16_t port = 0;
    const Fd listener = tcp_listener(port);
    Fd a(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (connect(a, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0) broken_bench("connect");
    Fd b(accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (b == -1 || fcntl(a, F_SETFL, O_NONBLOCK) != 0) broken_bench("accept");
    return {std::move(a), std::move(b)};
}

void put(int fd, const std::string &bytes) {
    if (write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())) return;
    if (errno != EAGAIN) broken_bench("write");
}

std::string drain(int fd) {
    std::string all;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(fd, buffer, sizeof buffer)) > 0;) all.append(buffer, static_cast<std::size_t>(n));
    return all;
}

void linger_zero(int fd) {
    const linger off{1, 0};
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof off) != 0) broken_bench("SO_LINGER");
}

int pending_error(tenon_io_ops *io, int fd) {
    int error = 0;
    unsigned int length = sizeof error;
    if (io->sockopt != nullptr) {
        expect(io->sockopt(io, fd, TENON_IO_PENDING_ERROR, &error, &length) == 0, "sockopt(PENDING_ERROR) returns 0",
               text("-1, error ", io->error));
        return error;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) broken_bench("getsockopt");
    return error;
}

void sleep_msec(unsigned msec) {
    timespec left{msec / 1000, static_cast<long>(msec % 1000) * 1'000'000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

std::uint64_t cpu_usec() { return clock_usec(CLOCK_THREAD_CPUTIME_ID); }

std::uint64_t waited_for_cpu_usec() {
    std::ifstream stat("/proc/thread-self/schedstat");  // ns on a processor, ns waiting for one, times on one
    std::uint64_t ran = 0;
    std::uint64_t waited = 0;
    return stat >> ran >> waited ? waited / 1000 : 0;
}

}  // namespace tenon::conformance
