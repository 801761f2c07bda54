// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ares.h>

#include "net/reactor.hpp"
#include "net/resolver.hpp"

namespace tenon::net {

/// c-ares driven through the table: every socket is the table's, every timeout a Timer. Not to be destroyed inside
/// `on_result`, which c-ares may call inside `lookup`.
class AresChannel {
public:
    /// The addresses of the query's host, port 0; or why there are none (null: it was found).
    using OnResult = void (*)(void *owner, std::uint64_t query, std::vector<Address> addresses, const char *reason);

    /// `servers` as ares_set_servers_ports_csv takes them; empty: the system's.
    AresChannel(Reactor &reactor, const std::string &servers, void *owner, OnResult on_result);
    AresChannel(const AresChannel &) = delete;
    AresChannel &operator=(const AresChannel &) = delete;
    /// Gives up what is under way; nothing is reported.
    ~AresChannel();

    /// `family`: AF_UNSPEC for all addresses.
    void lookup(std::uint64_t query, const std::string &host, int family = AF_UNSPEC);

private:
    struct Lookup;
    struct Socket {
        Socket(AresChannel &c, int s) : channel(c), sock(s), watch(c.reactor_, this, on_ready) {}
        static void on_ready(void *self, short which);

        AresChannel &channel;
        const int sock;
        Watch watch;
        Address peer;
    };

    static void on_state(void *self, ares_socket_t sock, int readable, int writable);
    static void on_answer(void *lookup, int status, int timeouts, ares_addrinfo *info);
    static const ares_socket_functions &socket_functions();
    void process(ares_socket_t readable, ares_socket_t writable);
    void arm_timer();

    Reactor &reactor_;
    void *owner_;
    OnResult on_result_;
    Timer timer_;
    std::map<int, Socket> sockets_;
    ares_channel channel_ = nullptr;
    const char *unusable_ = nullptr;  // why there is no channel
};

}  // namespace tenon::net
