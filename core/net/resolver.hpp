// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "base/error.hpp"

namespace tenon::net {

class Reactor;

struct Address {
    sockaddr_storage storage{};
    unsigned int length = 0;

    const sockaddr *get() const { return reinterpret_cast<const sockaddr *>(&storage); }
    /// "127.0.0.1:11210", "[::1]:11210"
    std::string to_string() const;
};

/// Names to addresses without blocking: numeric hosts at once, then the plugin's `resolve`, else c-ares driven through
/// the table. One a Reactor.
class Resolver {
public:
    struct Result {
        std::vector<Address> addresses;  ///< with the port asked for; empty on error
        Error error;                     ///< errc::unknown_host, names the host and the reason
    };
    using OnResult = void (*)(void *owner, Result result);

    explicit Resolver(Reactor &reactor);
    Resolver(const Resolver &) = delete;
    Resolver &operator=(const Resolver &) = delete;
    ~Resolver();

    /// Calls `on_result` once from the loop, never inside this call, unless cancelled before. `family`: AF_INET or
    /// AF_INET6 for addresses of that one only. Returns the query's id.
    std::uint64_t resolve(const std::string &host, std::uint16_t port, void *owner, OnResult on_result,
                          int family = AF_UNSPEC);
    /// Forgets a query; one that is answered or unknown is none of its business.
    void cancel(std::uint64_t query);

    /// Asks these name servers ("127.0.0.1:5353,[::1]:53") instead of the system's, as soon as no query is under way.
    void use_servers(std::string servers);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tenon::net
