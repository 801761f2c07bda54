// SPDX-License-Identifier: Apache-2.0
//
// What sockets ask of their connections.
#include "transport.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "kernel.hpp"

namespace tenon::sim {
namespace {

constexpr short kReadWrite = TENON_IO_READ | TENON_IO_WRITE;

ssize_t failed(int &error, int reason) {
    error = reason;
    return -1;
}

}  // namespace

void Transport::connect(Socket &socket, const Endpoint &to, std::uint32_t host) {
    std::uint32_t slot = static_cast<std::uint32_t>(connections_.size());
    if (free_.empty()) {
        connections_.emplace_back().slot = slot;
    } else {
        slot = free_.back();
        free_.pop_back();
    }
    Connection &c = connections_[slot];
    c.number = ++last_number_;
    c.ends[0].address = socket.local;
    c.ends[0].host = socket.host;
    c.ends[1].address = to;
    c.ends[1].host = host;
    socket.end = 0;
    attach(slot, socket);
    ++kernel_.record.statistics.connections;
    tell(Happening::connect, c, 0);
    push(c, 0, PieceKind::open, kernel_.random.in(kernel_.network.connect_delay));
    kernel_.schedule(kernel_.now + kernel_.network.connect_timeout, EventKind::silence, index_of(c, 0),
                     c.ends[0].ticket);
}

void Transport::attach(std::uint32_t connection, Socket &socket) {
    socket.connection = connection;
    End &end = connections_[connection].ends[socket.end];
    end.socket = &socket;
    end.table = socket.table;
    end.keepalive = socket.keepalive;
}

/// A part of `count` bytes: one half of the time, and a few or any number otherwise.
std::size_t Transport::some_of(std::size_t count) {
    Random &random = kernel_.random;
    if (kernel_.network.crumb != 0) count = std::min<std::size_t>(count, kernel_.network.crumb);
    if (count <= 1) return count;
    switch (random.below(4)) {
    case 0: return 1 + random.below(count);
    case 1: return 1 + random.below(std::min<std::size_t>(count, 30));
    default: return 1;
    }
}

std::size_t Transport::room(const Direction &way) const {
    const std::size_t held = way.taken - way.acknowledged;
    return held < kernel_.network.send_buffer ? kernel_.network.send_buffer - held : 0;
}

ssize_t Transport::send(Socket &socket, const tenon_iovec *iov, std::size_t count, int &error) {
    Connection &c = of(socket);
    End &end = c.ends[socket.end];
    Direction &way = c.ways[socket.end];
    if (end.error != 0) return failed(error, std::exchange(end.error, 0));
    if (end.over || way.finishing) return failed(error, EPIPE);
    const std::size_t free = room(way);
    if (!end.established || free == 0 || kernel_.now < way.choked_until) return failed(error, EAGAIN);
    std::size_t offered = 0;
    for (std::size_t i = 0; i < count; ++i) offered += iov[i].iov_len;
    std::size_t size = std::min(offered, free);
    const Network &network = kernel_.network;
    if (size > 1 && kernel_.random.chance(network.partial_write)) {
        size = some_of(size);
        way.choked_until = kernel_.now + 1 + kernel_.random.in(network.latency);
        kernel_.schedule(way.choked_until, EventKind::relief, index_of(c, socket.end), way.ticket);
    }
    if (size == 0) return 0;
    const bool silent = is_silent(c);
    const bool idle = way.taken == way.acknowledged;
    std::size_t left = size;
    for (std::size_t i = 0; left != 0; ++i) {
        const std::size_t part = std::min(left, iov[i].iov_len);
        const std::span bytes(reinterpret_cast<const std::byte *>(iov[i].iov_base), part);
        tell(Happening::sent, c, socket.end, bytes);
        if (!way.vanishing) way.bytes.append(bytes.data(), part);
        left -= part;
    }
    if (size > 1 && kernel_.random.chance(network.split)) {
        const std::size_t first = some_of(size - 1);
        way.taken += first;
        push(c, socket.end, PieceKind::data);
        way.taken += size - first;
    } else {
        way.taken += size;
    }
    push(c, socket.end, PieceKind::data);
    if (kernel_.random.chance(network.reset)) {
        reset(c);
    } else if (kernel_.random.chance(network.drop)) {
        drop(c);
    } else if (silent && idle) {
        expect_silence(c, socket.end);
    }
    return static_cast<ssize_t>(size);
}

ssize_t Transport::receive(Socket &socket, const tenon_iovec *iov, std::size_t count, bool peek, int &error) {
    Connection &c = of(socket);
    End &end = c.ends[socket.end];
    Direction &way = c.ways[1 - socket.end];
    if (way.unread == 0) {
        if (end.error != 0) return failed(error, std::exchange(end.error, 0));
        if (end.over || way.finished) return 0;
        return failed(error, EAGAIN);
    }
    if (kernel_.random.chance(kernel_.network.empty_read)) return failed(error, EAGAIN);
    std::size_t space = 0;
    for (std::size_t i = 0; i < count; ++i) space += iov[i].iov_len;
    std::size_t size = std::min(space, way.unread);
    if (size > 1 && kernel_.random.chance(kernel_.network.partial_read)) size = some_of(size);
    const std::byte *from = way.bytes.all().data();
    std::size_t left = size;
    for (std::size_t i = 0; left != 0; ++i) {
        const std::size_t part = std::min(left, iov[i].iov_len);
        std::memcpy(iov[i].iov_base, from, part);
        from += part;
        left -= part;
    }
    if (peek) return static_cast<ssize_t>(size);
    way.bytes.consume(size);
    way.unread -= size;
    if (way.unread < kernel_.network.receive_buffer) make_way(c, 1 - socket.end);
    return static_cast<ssize_t>(size);
}

int Transport::shut_write(Socket &socket, int &error) {
    Connection &c = of(socket);
    const End &end = c.ends[socket.end];
    Direction &way = c.ways[socket.end];
    if (!end.established || end.over) return static_cast<int>(failed(error, ENOTCONN));
    if (way.finishing) return 0;
    way.finishing = true;
    push(c, socket.end, PieceKind::finish);
    if (is_silent(c)) expect_silence(c, socket.end);
    changed(end.socket);
    return 0;
}

void Transport::set_keepalive(Socket &socket) {
    Connection &c = of(socket);
    c.ends[socket.end].keepalive = socket.keepalive;
    if (c.ends[socket.end].established) expect_silence(c, socket.end);
}

void Transport::close(std::uint32_t connection, unsigned end) {
    Connection &c = connections_[connection];
    End &own = c.ends[end];
    End &peer = c.ends[1 - end];
    Direction &in = c.ways[1 - end];
    tell(Happening::closed, c, end);
    const bool rude = in.unread != 0 || own.socket == nullptr || !own.established;
    own.socket = nullptr;
    own.closed = true;
    ++own.ticket;
    in.bytes.consume(in.unread);
    in.unread = 0;
    make_way(c, 1 - end);
    if (end == 0 && !peer.established) {  // nobody will have heard of it
        peer.closed = true;
    } else if (rude) {
        answer_reset(c, end);
    } else if (!own.over && !c.ways[end].finishing) {
        c.ways[end].finishing = true;
        push(c, end, PieceKind::finish);
    }
    if (peer.closed) release(c);
}

short Transport::readiness(const Socket &socket) const {
    const Connection &c = connections_[socket.connection];
    const End &end = c.ends[socket.end];
    const Direction &in = c.ways[1 - socket.end];
    const Direction &out = c.ways[socket.end];
    if (end.error != 0 || end.over || (in.finished && out.finishing)) return kReadWrite | TENON_IO_ERROR;
    if (!end.established) return 0;
    short which = 0;
    if (in.unread != 0 || in.finished) which |= TENON_IO_READ;
    if (out.finishing || (room(out) != 0 && kernel_.now >= out.choked_until)) which |= TENON_IO_WRITE;
    return which;
}

/// Frees the slot; its memory stays for the next connection.
void Transport::release(Connection &c) {
    c.number = 0;
    c.dead = false;
    for (unsigned i = 0; i < 2; ++i) {
        const std::uint32_t ticket = c.ends[i].ticket + 1;
        c.ends[i] = End{};
        c.ends[i].ticket = ticket;
        Direction &way = c.ways[i];
        way.bytes.clear();
        way.pieces.clear();
        const std::uint32_t arrivals = way.ticket + 1;
        Direction fresh;
        fresh.bytes = std::move(way.bytes);
        fresh.pieces = std::move(way.pieces);
        fresh.ticket = arrivals;
        way = std::move(fresh);
    }
    free_.push_back(c.slot);
}

}  // namespace tenon::sim
