// SPDX-License-Identifier: Apache-2.0
//
// What is under way: when it leaves, when it arrives, and what becomes of it there.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "kernel.hpp"
#include "transport.hpp"

namespace tenon::sim {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

}  // namespace

bool Transport::is_open(const Connection &c, unsigned way) const {
    return kernel_.hosts.open(c.ends[way].host, c.ends[1 - way].host);
}

/// Puts what was just taken, or a sign, on its way.
void Transport::push(Connection &c, unsigned way, PieceKind kind, std::uint64_t delay) {
    if (c.dead) return;
    Direction &d = c.ways[way];
    const Network &network = kernel_.network;
    const unsigned slowness = kernel_.hosts.slowness(c.ends[0].host, c.ends[1].host);
    const std::uint64_t before = d.pieces.empty() ? d.arrived : d.pieces.last().end;
    std::uint64_t leaves = kernel_.now + delay;
    if (network.bandwidth != 0) {
        leaves = std::max(leaves, d.line_free) + (d.taken - before) * kSecond * slowness / network.bandwidth;
        d.line_free = leaves;
    }
    d.latest = std::max(d.latest, leaves + kernel_.random.in(network.latency) * slowness);
    d.pieces.push({d.latest, d.taken, kind});
    schedule_arrival(c, way);
}

void Transport::schedule_arrival(Connection &c, unsigned way) {
    Direction &d = c.ways[way];
    if (d.scheduled || d.held || d.full) return;
    d.scheduled = true;
    kernel_.schedule(d.pieces.front().at, EventKind::arrival, index_of(c, way), d.ticket);
}

bool Transport::is_current(EventKind kind, std::uint32_t index, std::uint32_t ticket) const {
    const Connection &c = connections_[index / 2];
    return (kind == EventKind::silence ? c.ends[index % 2].ticket : c.ways[index % 2].ticket) == ticket;
}

void Transport::on_arrival(std::uint32_t index) {
    Connection &c = connections_[index / 2];
    const unsigned way = index % 2;
    Direction &d = c.ways[way];
    while (!d.pieces.empty() && d.pieces.front().at <= kernel_.now) {
        const Piece piece = d.pieces.front();
        const End &to = c.ends[1 - way];
        d.held = !is_open(c, way);
        d.full = piece.kind == PieceKind::data && !to.closed && !to.over &&
                 d.unread >= kernel_.network.receive_buffer;
        if (d.held || d.full) break;
        d.pieces.consume(1);
        take(c, way, piece);
    }
    d.scheduled = false;
    if (!d.pieces.empty()) schedule_arrival(c, way);
}

void Transport::take(Connection &c, unsigned way, const Piece &piece) {
    End &to = c.ends[1 - way];
    to.heard = kernel_.now;
    switch (piece.kind) {
    case PieceKind::open: return take_open(c);
    case PieceKind::opened:
        if (to.closed || to.over) return answer_reset(c, 1 - way);
        to.established = true;
        ++to.ticket;
        tell(Happening::connected, c, 1 - way);
        if (is_silent(c)) expect_silence(c, 1 - way);
        return changed(to.socket);
    case PieceKind::data: return take_data(c, way, piece);
    case PieceKind::finish:
        c.ways[way].finished = true;
        tell(Happening::finished, c, way);
        return changed(to.socket);
    case PieceKind::reset: return take_reset(c, way);
    }
}

void Transport::take_open(Connection &c) {
    End &to = c.ends[1];
    Host &host = kernel_.hosts[to.host];
    const Network &network = kernel_.network;
    if (host.ignores || kernel_.random.chance(network.lose_connect)) return;
    const auto found = host.bound.find(to.address.port);
    Socket *const listener = found != host.bound.end() && found->second->backlog > 0 ? found->second : nullptr;
    if (listener == nullptr || host.presence != Presence::here || host.refuses ||
        kernel_.random.chance(network.refuse_connect)) {
        to.over = to.closed = true;
        return push(c, 1, PieceKind::reset);
    }
    if (listener->waiting.size() >= static_cast<std::size_t>(listener->backlog))
        return push(c, 0, PieceKind::open, kSecond);  // as if it had been lost: asked again
    to.established = true;
    listener->waiting.push(c.slot);
    push(c, 1, PieceKind::opened);
    changed(listener);
}

void Transport::take_data(Connection &c, unsigned way, const Piece &piece) {
    Direction &d = c.ways[way];
    const std::size_t size = piece.end - d.arrived;
    d.arrived = piece.end;
    acknowledge(c, way);
    const unsigned end = 1 - way;
    if (c.ends[end].closed || c.ends[end].over) {
        if (!d.vanishing) stop_keeping(d);
        return answer_reset(c, end);
    }
    const std::span<const std::byte> bytes = d.bytes.all().subspan(d.unread, size);
    d.unread += size;
    kernel_.record.statistics.bytes += size;
    kernel_.record.add(bytes);
    tell(Happening::arrived, c, way, bytes);
    changed(c.ends[end].socket);
}

/// The sender learns that what has arrived has arrived, as far as anything gets back to it.
void Transport::acknowledge(Connection &c, unsigned way) {
    Direction &d = c.ways[way];
    if (d.acknowledged == d.arrived || !is_open(c, 1 - way)) return;
    d.acknowledged = d.arrived;
    c.ends[way].heard = kernel_.now;
    changed(c.ends[way].socket);
}

void Transport::take_reset(Connection &c, unsigned way) {
    const unsigned end = 1 - way;
    const bool established = c.ends[end].established;
    tell(established ? Happening::reset : Happening::refused, c, established ? way : end);
    c.ends[end].told = true;  // the peer knows
    // As on Linux: a peer that had finished before is a broken pipe.
    fail(c, end, !established ? ECONNREFUSED : c.ways[way].finished ? EPIPE : ECONNRESET);
}

/// The end hears `error`, and is of no use from here on. What has arrived can still be read.
void Transport::fail(Connection &c, unsigned end, int error) {
    End &own = c.ends[end];
    if (own.over || own.closed) return;
    own.error = error;
    own.over = true;
    ++own.ticket;
    stop_sending(c, end);
    stop_keeping(c.ways[1 - end]);
    make_way(c, 1 - end);
    changed(own.socket);
}

/// What waited for the reader waits no more: there is room, or nobody reads.
void Transport::make_way(Connection &c, unsigned way) {
    if (std::exchange(c.ways[way].full, false)) schedule_arrival(c, way);
}

/// What is under way is lost.
void Transport::stop_sending(Connection &c, unsigned way) {
    Direction &d = c.ways[way];
    d.pieces.clear();
    d.held = d.full = d.scheduled = false;
    ++d.ticket;
    stop_keeping(d);
}

void Transport::stop_keeping(Direction &way) {
    way.vanishing = true;
    way.bytes.truncate(way.unread);
}

/// Tells the peer of an end that is no more.
void Transport::answer_reset(Connection &c, unsigned end) {
    End &own = c.ends[end];
    const bool told = own.told;
    own.over = own.told = true;
    if (!told) push(c, end, PieceKind::reset);
}

void Transport::on_relief(std::uint32_t index) { changed(connections_[index / 2].ends[index % 2].socket); }

void Transport::changed(Socket *socket) {
    if (socket != nullptr && socket->watch != nullptr) socket->table->look_at(*socket);
}

void Transport::tell(Happening what, const Connection &c, unsigned from, std::span<const std::byte> bytes) {
    if (!kernel_.record.trace) return;
    kernel_.record.trace({kernel_.now, what, c.ends[from].address, c.ends[1 - from].address, c.number, bytes});
}

}  // namespace tenon::sim
