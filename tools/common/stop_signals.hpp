// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "net/reactor.hpp"

namespace tenon::tools {

/// While alive: SIGTERM and SIGINT stop the running loop. One at a time in a process.
class StopSignals {
public:
    explicit StopSignals(net::Reactor &reactor);
    StopSignals(const StopSignals &) = delete;
    StopSignals &operator=(const StopSignals &) = delete;
    ~StopSignals();

    /// Whether that could be set up.
    explicit operator bool() const { return ready_; }

private:
    static void on_signal(void *self, short which);

    net::Reactor &reactor_;
    std::optional<net::Watch> watch_;
    int pipe_[2] = {-1, -1};
    bool ready_ = false;
};

}  // namespace tenon::tools
