// SPDX-License-Identifier: Apache-2.0
#include "net/listener.hpp"

#include <cerrno>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "net/resolver.hpp"
#include "ops.hpp"

namespace tenon::net {
namespace {

/// Connections taken in one turn, so that a flood of them leaves the others their share.
constexpr int kAcceptsPerTurn = 64;
constexpr int kBacklog = 1024;
/// Out of descriptors or memory: the backlog stays readable, so look again only after a while.
constexpr std::uint64_t kRetryUsec = 100'000;

bool parse_numeric(const char *text, std::uint16_t port, Address &address) {
    auto *const v4 = reinterpret_cast<sockaddr_in *>(&address.storage);
    auto *const v6 = reinterpret_cast<sockaddr_in6 *>(&address.storage);
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address.length = sizeof *v4;
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        address.length = sizeof *v6;
        return true;
    }
    return false;
}

std::uint16_t port_of(const sockaddr_storage &address) {
    if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6 &>(address).sin6_port);
    return ntohs(reinterpret_cast<const sockaddr_in &>(address).sin_port);
}

}  // namespace

struct Listener::State {
    State(Reactor &r, void *o, OnAccept f)
        : reactor(r), io(r.io()), owner(o), on_accept(f), watch(r, this, on_ready), retry(r, this, on_retry) {}
    State(const State &) = delete;
    State &operator=(const State &) = delete;
    ~State() {
        if (gone != nullptr) *gone = true;
        close();
    }

    void close() {
        if (sock < 0) return;
        watch.clear();
        io->close(io, sock);
        sock = -1;
    }

    Error fail(const std::string &what) {
        const int error = io->error;
        close();
        return {std::error_code(error, std::system_category()), "cannot " + what + ": " + describe_errno(error)};
    }

    Error listen(const char *text, std::uint16_t wanted) {
        Address address;
        if (!parse_numeric(text, wanted, address))
            return {make_error_code(errc::invalid_option), std::string("not a numeric address: ") + text};
        const std::string where = "listen on " + address.to_string();
        close();
        sock = io->socket(io, address.get()->sa_family, SOCK_STREAM, 0);
        if (sock < 0) return fail(where);
        if (ops::bind(io, sock, address.get(), address.length) != 0) return fail(where);
        if (ops::listen(io, sock, kBacklog) != 0) return fail(where);
        sockaddr_storage bound{};
        unsigned int length = 0;
        if (ops::local_address(io, sock, bound, length) != 0) return fail(where);
        port = port_of(bound);
        if (!watch.set(sock, TENON_IO_READ)) return fail(where);
        return {};
    }

    static void on_retry(void *self) {
        State &s = *static_cast<State *>(self);
        if (s.sock >= 0 && !s.watch.set(s.sock, TENON_IO_READ)) s.retry.arm(kRetryUsec);
    }

    static void on_ready(void *self, short) { static_cast<State *>(self)->accept_some(); }

    void accept_some() {
        bool destroyed = false;
        gone = &destroyed;
        for (int i = 0; i < kAcceptsPerTurn; ++i) {
            const int accepted = ops::accept(io, sock, nullptr, nullptr);
            if (accepted < 0) {
                if (io->error == ECONNABORTED) continue;
                if (io->error != EAGAIN && io->error != EWOULDBLOCK) {
                    watch.clear();
                    retry.arm(kRetryUsec);
                }
                break;
            }
            ops::set_nodelay(io, accepted);
            on_accept(owner, accepted);
            if (destroyed) return;
            if (sock < 0) break;
        }
        gone = nullptr;
    }

    Reactor &reactor;
    tenon_io_ops *const io;
    void *const owner;
    const OnAccept on_accept;
    Watch watch;
    Timer retry;
    bool *gone = nullptr;
    int sock = -1;
    std::uint16_t port = 0;
};

Listener::Listener(Reactor &reactor, void *owner, OnAccept on_accept)
    : state_(std::make_unique<State>(reactor, owner, on_accept)) {}

Listener::~Listener() = default;

Error Listener::listen(const char *address, std::uint16_t port) { return state_->listen(address, port); }

std::uint16_t Listener::port() const { return state_->port; }

}  // namespace tenon::net
