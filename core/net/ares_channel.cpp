// SPDX-License-Identifier: Apache-2.0
#include "net/ares_channel.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>

#include <sys/uio.h>

namespace tenon::net {
namespace {

// c-ares waits 5 s for a lost packet by default: as long as a whole bootstrap may take.
constexpr int kTimeoutMsec = 1'000;
constexpr int kTries = 3;
constexpr std::size_t kPieces = 16;

/// c-ares reads its functions' failures from errno.
template <class Result>
Result with_errno(tenon_io_ops *io, Result result) {
    if (result < 0) errno = io->error;
    return result;
}

}  // namespace

void AresChannel::Socket::on_ready(void *self, short which) {
    const Socket &socket = *static_cast<Socket *>(self);
    const bool error = (which & TENON_IO_ERROR) != 0;
    const bool readable = error || (which & TENON_IO_READ) != 0;
    const bool writable = error || (which & TENON_IO_WRITE) != 0;
    // May close this socket.
    socket.channel.process(readable ? socket.sock : ARES_SOCKET_BAD, writable ? socket.sock : ARES_SOCKET_BAD);
}

struct AresChannel::Lookup {
    AresChannel *channel;
    std::uint64_t query;
};

const ares_socket_functions &AresChannel::socket_functions() {
    static const ares_socket_functions functions = {
        [](int domain, int type, int protocol, void *arg) -> ares_socket_t {
            AresChannel &self = *static_cast<AresChannel *>(arg);
            tenon_io_ops *io = self.reactor_.io();
            const int sock = with_errno(io, io->socket(io, domain, type, protocol));
            if (sock < 0) return ARES_SOCKET_BAD;
            try {
                self.sockets_.try_emplace(sock, self, sock);
            } catch (const std::bad_alloc &) {  // nothing may be thrown through C
                io->close(io, sock);
                errno = ENOMEM;
                return ARES_SOCKET_BAD;
            }
            return sock;
        },
        [](ares_socket_t sock, void *arg) {
            AresChannel &self = *static_cast<AresChannel *>(arg);
            self.sockets_.erase(sock);  // its watch goes before the descriptor
            self.reactor_.io()->close(self.reactor_.io(), sock);
            return 0;
        },
        [](ares_socket_t sock, const sockaddr *name, ares_socklen_t length, void *arg) {
            AresChannel &self = *static_cast<AresChannel *>(arg);
            tenon_io_ops *io = self.reactor_.io();
            if (const auto found = self.sockets_.find(sock);
                found != self.sockets_.end() && length <= sizeof(sockaddr_storage)) {
                std::memcpy(&found->second.peer.storage, name, length);
                found->second.peer.length = length;
            }
            return with_errno(io, io->connect(io, sock, name, length));
        },
        [](ares_socket_t sock, void *buffer, std::size_t size, int flags, sockaddr *from, ares_socklen_t *length,
           void *arg) -> ares_ssize_t {
            AresChannel &self = *static_cast<AresChannel *>(arg);
            tenon_io_ops *io = self.reactor_.io();
            const ssize_t got = with_errno(io, io->recv(io, sock, buffer, size, flags));
            // The socket is connected: the kernel lets nothing in but from its peer, which c-ares wants to see here.
            if (const auto found = self.sockets_.find(sock);
                got >= 0 && from != nullptr && found != self.sockets_.end()) {
                const Address &peer = found->second.peer;
                std::memcpy(from, &peer.storage, std::min<std::size_t>(*length, peer.length));
                *length = peer.length;
            }
            return got;
        },
        [](ares_socket_t sock, const iovec *vectors, int count, void *arg) -> ares_ssize_t {
            tenon_io_ops *io = static_cast<AresChannel *>(arg)->reactor_.io();
            tenon_iovec pieces[kPieces];
            const std::size_t used = std::min(static_cast<std::size_t>(count), kPieces);
            for (std::size_t i = 0; i < used; ++i)
                pieces[i] = {static_cast<char *>(vectors[i].iov_base), vectors[i].iov_len};
            return with_errno(io, io->sendv(io, sock, pieces, used));
        },
    };
    return functions;
}

AresChannel::AresChannel(Reactor &reactor, const std::string &servers, void *owner, OnResult on_result)
    : reactor_(reactor),
      owner_(owner),
      on_result_(on_result),
      timer_(reactor, this, [](void *self) {
          static_cast<AresChannel *>(self)->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      }) {
    static const int library = ares_library_init(ARES_LIB_INIT_ALL);
    ares_options options{};
    options.timeout = kTimeoutMsec;
    options.tries = kTries;
    options.sock_state_cb = on_state;
    options.sock_state_cb_data = this;
    int status = library;
    if (status == ARES_SUCCESS)
        status = ares_init_options(&channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    if (status == ARES_SUCCESS && !servers.empty()) status = ares_set_servers_ports_csv(channel_, servers.c_str());
    if (status == ARES_SUCCESS) ares_set_socket_functions(channel_, &socket_functions(), this);
    else unusable_ = ares_strerror(status);
}

AresChannel::~AresChannel() {
    on_result_ = nullptr;  // c-ares calls even now: with ARES_SUCCESS where one family of a name has been answered
    if (channel_ != nullptr) ares_destroy(channel_);
}

void AresChannel::lookup(std::uint64_t query, const std::string &host, int family) {
    if (unusable_ != nullptr) return on_result_(owner_, query, {}, unusable_);
    ares_addrinfo_hints hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NOSORT;  // sorting opens sockets behind the table's back
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, on_answer,
                     std::make_unique<Lookup>(Lookup{this, query}).release());
    arm_timer();
}

void AresChannel::on_answer(void *arg, int status, int, ares_addrinfo *info) {
    const std::unique_ptr<Lookup> lookup(static_cast<Lookup *>(arg));
    const std::unique_ptr<ares_addrinfo, void (*)(ares_addrinfo *)> owned(info, ares_freeaddrinfo);
    AresChannel &self = *lookup->channel;
    if (self.on_result_ == nullptr) return;
    std::vector<Address> addresses;
    if (status == ARES_SUCCESS) {
        for (const ares_addrinfo_node *node = info->nodes; node != nullptr; node = node->ai_next) {
            if (node->ai_addrlen > sizeof(sockaddr_storage)) continue;
            Address &address = addresses.emplace_back();
            std::memcpy(&address.storage, node->ai_addr, node->ai_addrlen);
            address.length = node->ai_addrlen;
        }
    }
    self.on_result_(self.owner_, lookup->query, std::move(addresses),
                    status == ARES_SUCCESS ? nullptr : ares_strerror(status));
}

void AresChannel::on_state(void *arg, ares_socket_t sock, int readable, int writable) {
    AresChannel &self = *static_cast<AresChannel *>(arg);
    const auto found = self.sockets_.find(sock);
    if (found == self.sockets_.end()) return;
    const int flags = (readable != 0 ? TENON_IO_READ : 0) | (writable != 0 ? TENON_IO_WRITE : 0);
    // A watch that cannot be set leaves the query to its timeout.
    found->second.watch.set(sock, static_cast<short>(flags));
}

void AresChannel::process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel_, readable, writable);
    arm_timer();
}

void AresChannel::arm_timer() {
    timeval left{};
    if (ares_timeout(channel_, nullptr, &left) == nullptr) return timer_.cancel();
    timer_.arm(static_cast<std::uint64_t>(left.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(left.tv_usec));
}

}  // namespace tenon::net
