// SPDX-License-Identifier: Apache-2.0
//
// The table's calls that concern sockets.
#include <algorithm>
#include <climits>
#include <cstring>
#include <utility>

#include <netinet/in.h>

#include "judge.hpp"

namespace tenon::sim {
namespace {

Endpoint endpoint_of(const sockaddr *name) {
    sockaddr_in address{};
    std::memcpy(&address, name, sizeof address);
    return {ntohl(address.sin_addr.s_addr), ntohs(address.sin_port)};
}

bool is_internet(const sockaddr *name, unsigned int namelen) {
    return namelen >= sizeof(sockaddr_in) && name->sa_family == AF_INET;
}

/// As much as there is room for; `length` becomes the whole.
void put_address(const Endpoint &from, void *to, unsigned int *length) {
    if (to == nullptr || length == nullptr) return;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(from.port);
    address.sin_addr.s_addr = htonl(from.address);
    std::memcpy(to, &address, std::min<std::size_t>(*length, sizeof address));
    *length = sizeof address;
}

/// Gives the socket an address; for a listener it holds its port.
int bind_to(Table &table, Socket &socket, Endpoint address, bool holds) {
    Kernel &kernel = table.kernel;
    if (address.address == INADDR_ANY) address.address = kernel.hosts[table.host].address;
    const std::uint32_t host = kernel.hosts.at(address.address);
    if (address.port == 0) address.port = kernel.hosts.choose_port(host);
    if (holds && !kernel.hosts[host].bound.try_emplace(address.port, &socket).second) return failed(table, EADDRINUSE);
    socket.local = address;
    socket.host = host;
    socket.bound = holds;
    return 0;
}

int socket_call(tenon_io_ops *io, int domain, int type, int) {
    Table &table = of(io);
    if (domain != AF_INET) return failed(table, EAFNOSUPPORT);
    if ((type & 0xf) != SOCK_STREAM) return failed(table, EPROTONOSUPPORT);
    if (table.destroyed) return misused(table, EBADF, "a socket of a table that was destroyed");
    ++table.sockets;
    return table.kernel.sockets.make(table).number;
}

int bind_call(tenon_io_ops *io, int number, const sockaddr *name, unsigned int namelen) {
    Table &table = of(io);
    Socket *const socket = find_socket(table, number, "bind");
    if (socket == nullptr) return -1;
    if (!is_internet(name, namelen) || socket->host != kNone) return failed(table, EINVAL);
    return bind_to(table, *socket, endpoint_of(name), true);
}

int listen_call(tenon_io_ops *io, int number, int backlog) {
    Table &table = of(io);
    Socket *const socket = find_socket(table, number, "listen");
    if (socket == nullptr) return -1;
    if (socket->connection != kNone) return failed(table, EINVAL);
    if (!socket->bound && bind_to(table, *socket, {}, true) != 0) return -1;
    socket->backlog = std::clamp(backlog, 1, 4096);
    return 0;
}

int accept_call(tenon_io_ops *io, int number, sockaddr *name, unsigned int *namelen) {
    Table &table = of(io);
    Socket *const listener = find_socket(table, number, "accept");
    if (listener == nullptr) return -1;
    if (listener->backlog == 0) return failed(table, EINVAL);
    if (listener->waiting.empty()) return failed(table, EAGAIN);
    const std::uint32_t connection = listener->waiting.front();
    listener->waiting.consume(1);
    Socket &socket = table.kernel.sockets.make(table);
    ++table.sockets;
    socket.end = 1;
    socket.local = table.kernel.transport[connection].ends[1].address;
    socket.host = listener->host;
    table.kernel.transport.attach(connection, socket);
    put_address(table.kernel.transport[connection].ends[0].address, name, namelen);
    return socket.number;
}

int connect_call(tenon_io_ops *io, int number, const sockaddr *name, unsigned int namelen) {
    Table &table = of(io);
    Kernel &kernel = table.kernel;
    Socket *const socket = find_socket(table, number, "connect");
    if (socket == nullptr) return -1;
    if (!is_internet(name, namelen)) return failed(table, EAFNOSUPPORT);
    if (socket->backlog != 0) return failed(table, EOPNOTSUPP);
    if (socket->connection != kNone) {
        const End &end = kernel.transport.of(*socket).ends[socket->end];
        return misused(table, end.established ? EISCONN : EALREADY,
                       "a second connect of socket " + std::to_string(number));
    }
    if (socket->host == kNone && bind_to(table, *socket, {}, false) != 0) return -1;
    if (kernel.hosts[socket->host].presence != Presence::here) return failed(table, ENETDOWN);
    Endpoint to = endpoint_of(name);
    if (to.address == INADDR_ANY) to.address = socket->local.address;
    kernel.transport.connect(*socket, to, kernel.hosts.at(to.address));
    return failed(table, EINPROGRESS);
}

ssize_t receive(tenon_io_ops *io, int number, const tenon_iovec *iov, size_t niov, int flags) {
    Table &table = of(io);
    Socket *const socket = find_socket(table, number, "a receive");
    if (socket == nullptr) return -1;
    if (socket->connection == kNone) return failed(table, ENOTCONN);
    return table.kernel.transport.receive(*socket, iov, std::min<size_t>(niov, IOV_MAX), (flags & MSG_PEEK) != 0,
                                          table.ops.error);
}

ssize_t send(tenon_io_ops *io, int number, const tenon_iovec *iov, size_t niov) {
    Table &table = of(io);
    Socket *const socket = find_socket(table, number, "a send");
    if (socket == nullptr) return -1;
    if (socket->connection == kNone) return failed(table, EPIPE);
    return table.kernel.transport.send(*socket, iov, std::min<size_t>(niov, IOV_MAX), table.ops.error);
}

void close_call(tenon_io_ops *io, int number) {
    Table &table = of(io);
    Socket *const socket = find_socket(table, number, "close");
    if (socket == nullptr) return;
    if (socket->watch != nullptr) table.violation("close of socket " + std::to_string(number) + ", which is watched");
    close_socket(table.kernel, *socket);
}

int pending_error(Kernel &kernel, Socket &socket) {
    if (socket.connection == kNone) return 0;
    return std::exchange(kernel.transport.of(socket).ends[socket.end].error, 0);
}

int sockopt(tenon_io_ops *io, int number, int option, void *value, unsigned int *length) {
    Table &table = of(io);
    Socket *const socket = find_socket(table, number, "sockopt");
    if (socket == nullptr) return -1;
    switch (option) {
    case TENON_IO_NODELAY: return 0;  // small pieces always leave at once
    case TENON_IO_KEEPALIVE:
        std::memcpy(&socket->keepalive, value, sizeof socket->keepalive);
        if (socket->connection != kNone) table.kernel.transport.set_keepalive(*socket);
        return 0;
    case TENON_IO_PENDING_ERROR: {
        const int error = pending_error(table.kernel, *socket);
        std::memcpy(value, &error, sizeof error);
        return 0;
    }
    case TENON_IO_LOCAL_ADDRESS: put_address(socket->local, value, length); return 0;
    case TENON_IO_SHUT_WRITE:
        if (socket->connection == kNone) return failed(table, ENOTCONN);
        return table.kernel.transport.shut_write(*socket, table.ops.error);
    default: return failed(table, EINVAL);
    }
}

}  // namespace

void close_socket(Kernel &kernel, Socket &socket) {
    if (socket.watch != nullptr) stop_watch(*socket.watch);
    socket.table->forget(socket);
    if (socket.bound) kernel.hosts[socket.host].bound.erase(socket.local.port);
    for (const std::uint32_t connection : socket.waiting.all()) kernel.transport.close(connection, 1);
    if (socket.connection != kNone) kernel.transport.close(socket.connection, socket.end);
    --socket.table->sockets;
    kernel.sockets.free(socket);
}

short readiness(Kernel &kernel, const Socket &socket) {
    if (socket.backlog != 0) return socket.waiting.empty() ? 0 : TENON_IO_READ;
    if (socket.connection == kNone) return TENON_IO_READ | TENON_IO_WRITE | TENON_IO_ERROR;  // hung up, says a kernel
    return kernel.transport.readiness(socket);
}

void fill_socket_calls(tenon_io_ops &ops) {
    ops.socket = socket_call;
    ops.connect = connect_call;
    ops.recv = [](tenon_io_ops *io, int sock, void *buffer, size_t len, int flags) {
        const tenon_iovec piece{static_cast<char *>(buffer), len};
        return receive(io, sock, &piece, 1, flags);
    };
    ops.send = [](tenon_io_ops *io, int sock, const void *msg, size_t len, int) {
        const tenon_iovec piece{static_cast<char *>(const_cast<void *>(msg)), len};
        return send(io, sock, &piece, 1);
    };
    ops.recvv = [](tenon_io_ops *io, int sock, tenon_iovec *iov, size_t niov) {
        return receive(io, sock, iov, niov, 0);
    };
    ops.sendv = [](tenon_io_ops *io, int sock, tenon_iovec *iov, size_t niov) { return send(io, sock, iov, niov); };
    ops.close = close_call;
    ops.bind = bind_call;
    ops.listen = listen_call;
    ops.accept = accept_call;
    ops.sockopt = sockopt;
}

}  // namespace tenon::sim
