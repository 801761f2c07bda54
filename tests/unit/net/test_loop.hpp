// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>

#include <tenon/io.h>

#include "net/reactor.hpp"

namespace tenon::test {

/// A table of its own with a Reactor on it; a run that takes too long ends, and says so.
class TestLoop {
public:
    explicit TestLoop(const char *plugin = "epoll") {
        tenon_io_options options{};
        options.find = TENON_IO_NAME;
        options.name = plugin;
        if (tenon_create_io_ops(&io_, &options) != TENON_IO_OK) throw std::runtime_error(tenon_io_error_message());
        reactor_.emplace(io_);
    }
    TestLoop(const TestLoop &) = delete;
    TestLoop &operator=(const TestLoop &) = delete;
    ~TestLoop() {
        reactor_.reset();
        tenon_destroy_io_ops(io_);
    }

    tenon_io_ops *io() const { return io_; }
    net::Reactor &reactor() { return **reactor_; }

    /// Runs until stop(), or until nothing is watched or armed; false if that took longer than the limit.
    bool run(std::uint64_t limit_usec = 20'000'000) {
        bool in_time = true;
        struct Guard {
            TestLoop *loop;
            bool *in_time;
        } guard{this, &in_time};
        net::Timer timer(reactor(), &guard, [](void *arg) {
            *static_cast<Guard *>(arg)->in_time = false;
            static_cast<Guard *>(arg)->loop->stop();
        });
        timer.arm(limit_usec);
        io_->run_event_loop(io_);
        return in_time;
    }
    void run_for(std::uint64_t usec) { run(usec); }
    void stop() { io_->stop_event_loop(io_); }

private:
    tenon_io_ops *io_ = nullptr;
    std::optional<net::ReactorRef> reactor_;
};

}  // namespace tenon::test
