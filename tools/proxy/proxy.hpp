// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include <tenon/tenon.hpp>

#include "base/error.hpp"
#include "connection.hpp"
#include "net/listener.hpp"
#include "net/reactor.hpp"

namespace tenon::proxy {

struct ProxyOptions {
    /// A numeric address, and a port; 0 lets the system choose.
    std::string listen = "127.0.0.1";
    std::uint16_t port = 0;
    /// Longer values are refused as too large, in bytes. Servers may refuse shorter ones.
    std::size_t max_value = std::size_t{20} << 20;
};

/// A memcached server in front of a cluster: listens, and gives each connection to one Client.
class Proxy {
public:
    /// `client` and `reactor` outlive the proxy; callbacks that are still to come when it goes are harmless.
    Proxy(Client &client, net::Reactor &reactor, ProxyOptions options);
    Proxy(const Proxy &) = delete;
    Proxy &operator=(const Proxy &) = delete;
    ~Proxy();

    Error start();
    /// The port listened on.
    std::uint16_t port() const { return listener_->port(); }

    /// Accepts nothing more, answers what is under way (for at most `grace_usec`), then calls `done` from the loop.
    void stop(std::uint64_t grace_usec, std::function<void()> done);

private:
    void accept(int sock);
    void on_gone(Connection &connection);
    void drop_all();
    void on_stop_timer();

    Client &client_;
    net::Reactor &reactor_;
    const ProxyOptions options_;
    std::optional<net::Listener> listener_;
    std::unordered_map<Connection *, std::shared_ptr<Connection>> connections_;
    net::Timer stop_timer_;
    std::function<void()> stopped_;
};

}  // namespace tenon::proxy
