// SPDX-License-Identifier: Apache-2.0
#include "common/stop_signals.hpp"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

namespace tenon::tools {
namespace {

// A signal handler has nothing but globals; it only makes the pipe readable, the loop does the rest.
volatile std::sig_atomic_t wakeup_pipe = -1;

void wake_up(int) {
    const int saved = errno;
    [[maybe_unused]] const ssize_t written = write(wakeup_pipe, "", 1);
    errno = saved;
}

void install(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigaction(signal, &action, nullptr);
}

}  // namespace

StopSignals::StopSignals(net::Reactor &reactor) : reactor_(reactor) {
    if (pipe(pipe_) != 0) return;
    for (const int end : pipe_) {
        fcntl(end, F_SETFD, FD_CLOEXEC);
        fcntl(end, F_SETFL, O_NONBLOCK);
    }
    watch_.emplace(reactor, this, on_signal);
    if (!watch_->set(pipe_[0], TENON_IO_READ)) return;
    wakeup_pipe = pipe_[1];
    install(SIGTERM, wake_up);
    install(SIGINT, wake_up);
    ready_ = true;
}

StopSignals::~StopSignals() {
    if (ready_) {
        install(SIGTERM, SIG_DFL);
        install(SIGINT, SIG_DFL);
        wakeup_pipe = -1;
    }
    watch_.reset();
    for (const int end : pipe_)
        if (end >= 0) close(end);
}

void StopSignals::on_signal(void *self, short) {
    StopSignals &signals = *static_cast<StopSignals *>(self);
    signals.watch_->clear();  // once is enough: what is in the pipe stays there
    tenon_io_ops *const io = signals.reactor_.io();
    io->stop_event_loop(io);
}

}  // namespace tenon::tools
