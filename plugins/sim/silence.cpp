// SPDX-License-Identifier: Apache-2.0
//
// What happens to connections when paths and hosts go and come, and how their ends find out.
#include <algorithm>
#include <cerrno>

#include "kernel.hpp"
#include "transport.hpp"

namespace tenon::sim {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

/// When an idle end last probed before `time`, or heard something. Probes that are answered cost no event.
std::uint64_t last_probe(const End &end, std::uint64_t time) {
    const std::uint64_t pause = static_cast<std::uint64_t>(end.keepalive) * kSecond;
    return time <= end.heard ? end.heard : time - (time - end.heard) % pause;
}

}  // namespace

/// Whether an end hears nothing, not even that its bytes arrive.
bool Transport::is_silent(const Connection &c) const { return c.dead || !is_open(c, 0) || !is_open(c, 1); }

/// To be called when the path, or what is known of the other end, has changed, and when something is sent into silence.
/// Sets the clock by which an established end gives a silent peer up, or stops it.
void Transport::expect_silence(Connection &c, unsigned end) {
    End &own = c.ends[end];
    if (!own.established || own.over || own.closed) return;
    ++own.ticket;
    const bool silent = is_silent(c);
    const bool waits = silent && (c.ways[end].taken != c.ways[end].acknowledged || !c.ways[end].pieces.empty());
    if (!silent) own.silent_since = 0;
    else if (own.silent_since == 0) own.silent_since = kernel_.now;
    if (!waits) own.unanswered_since = 0;
    else if (own.unanswered_since == 0) own.unanswered_since = kernel_.now;

    const Network &network = kernel_.network;
    std::uint64_t time = 0;
    if (waits) {
        time = own.unanswered_since + network.retransmit_timeout;
    } else if (own.keepalive <= 0) {
        return;
    } else if (silent) {
        time = last_probe(own, own.silent_since) + static_cast<std::uint64_t>(own.keepalive) * kSecond +
               network.keepalive_interval * network.keepalive_probes;
    } else if (c.ends[1 - end].over) {
        // Nothing is wrong with the path, but the peer is gone: the next probe tells.
        time = last_probe(own, kernel_.now) + static_cast<std::uint64_t>(own.keepalive) * kSecond;
    } else {
        return;
    }
    kernel_.schedule(std::max(time, kernel_.now), EventKind::silence, index_of(c, end), own.ticket);
}

void Transport::on_silence(std::uint32_t index) {
    Connection &c = connections_[index / 2];
    const unsigned end = index % 2;
    const bool gives_up = !c.ends[end].established || is_silent(c);
    tell(gives_up ? Happening::timed_out : Happening::reset, c, gives_up ? end : 1 - end);
    fail(c, end, gives_up ? ETIMEDOUT : ECONNRESET);
}

void Transport::reset(Connection &c) {
    tell(Happening::reset, c, 0);
    for (unsigned end = 0; end < 2; ++end) {
        fail(c, end, ECONNRESET);
        c.ends[end].told = true;
    }
}

void Transport::drop(Connection &c) {
    if (c.dead) return;
    tell(Happening::dropped, c, 0);
    c.dead = true;
    for (unsigned way = 0; way < 2; ++way) stop_sending(c, way);
    for (unsigned end = 0; end < 2; ++end) expect_silence(c, end);
}

/// The program at `end` is gone.
void Transport::vanish(Connection &c, unsigned end, Loss how) {
    End &own = c.ends[end];
    if (!own.established && end == 1) return;  // has never been there
    stop_sending(c, end);
    fail(c, end, ECONNRESET);
    own.told = false;
    if (how == Loss::reset) answer_reset(c, end);
    expect_silence(c, 1 - end);
}

void Transport::path_changed(Connection &c, Range recovery, Loss waiting) {
    for (unsigned way = 0; way < 2; ++way) {
        Direction &d = c.ways[way];
        if (!is_open(c, way)) continue;
        const Direction &answered = c.ways[1 - way];
        if (waiting == Loss::reset && (d.held || answered.acknowledged != answered.arrived)) return reset(c);
        acknowledge(c, 1 - way);
        if (!d.held) continue;
        d.held = false;
        d.pieces.front().at = kernel_.now + kernel_.random.in(recovery);
        d.latest = std::max(d.latest, d.pieces.front().at);
        schedule_arrival(c, way);
    }
    for (unsigned end = 0; end < 2; ++end) expect_silence(c, end);
}

}  // namespace tenon::sim
