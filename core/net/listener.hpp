// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "base/error.hpp"
#include "net/reactor.hpp"

namespace tenon::net {

/// A listening socket. Its callback runs inside a Turn and may destroy the Listener.
class Listener {
public:
    /// `sock` is the callee's to close; no-delay is set.
    using OnAccept = void (*)(void *owner, int sock);

    Listener(Reactor &reactor, void *owner, OnAccept on_accept);
    Listener(const Listener &) = delete;
    Listener &operator=(const Listener &) = delete;
    ~Listener();

    /// Binds and listens on a numeric address; port 0 lets the system choose. The error names address and reason.
    Error listen(const char *address, std::uint16_t port);
    /// The port bound; 0 before.
    std::uint16_t port() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tenon::net
