// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <sys/socket.h>

#include "base/error.hpp"
#include "net/reactor.hpp"

namespace tenon::net {

/// Opens one TCP connection: resolves the name, then tries each address it gives until one answers.
/// The connection comes with no-delay set and keep-alive probes as asked for.
class Dialer {
public:
    static constexpr int kKeepAliveSeconds = 30;

    /// `sock` is connected and the callee's to close, or -1 with an error that names host, address and reason
    /// (errc::unknown_host, errc::connect, errc::timeout).
    using OnDone = void (*)(void *owner, int sock, const Error &error);

    Dialer(Reactor &reactor, void *owner, OnDone on_done);
    Dialer(const Dialer &) = delete;
    Dialer &operator=(const Dialer &) = delete;
    ~Dialer();

    /// Calls `on_done` once from the loop (never inside this call) within `timeout_usec`; it may destroy the Dialer.
    /// The system probes the peer after `keepalive_seconds` of silence; 0: never. `family`: as Resolver::resolve has
    /// it.
    void dial(const std::string &host, std::uint16_t port, std::uint64_t timeout_usec,
              int keepalive_seconds = kKeepAliveSeconds, int family = AF_UNSPEC);
    /// Stops; `on_done` is not called.
    void cancel();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tenon::net
