// SPDX-License-Identifier: Apache-2.0
//
// What scripts do to connections, paths and hosts.
#include "kernel.hpp"

namespace tenon::sim {
namespace {

/// Calls `fn(connection, end at the host)` for each connection of `host` with `peer` (kNone: anybody).
template <typename Fn>
std::size_t each_connection(Kernel &kernel, std::uint32_t host, std::uint32_t peer, Fn fn) {
    std::size_t count = 0;
    for (Connection &c : kernel.transport.all()) {
        if (c.number == 0) continue;
        for (unsigned end = 0; end < 2; ++end) {
            if (c.ends[end].host != host || (peer != kNone && c.ends[1 - end].host != peer)) continue;
            fn(c, end);
            ++count;
            break;
        }
    }
    return count;
}

template <typename Fn>
std::size_t each_connection(Kernel &kernel, std::string_view host, std::string_view peer, Fn fn) {
    const std::optional<std::uint32_t> number = kernel.host(host);
    const std::optional<std::uint32_t> other = peer.empty() ? kNone : kernel.host(peer);
    return number && other ? each_connection(kernel, *number, *other, fn) : 0;
}

/// Cuts or opens the paths from one host to another, or to all the others there are.
void set_paths(Kernel &kernel, std::string_view host, std::string_view peer, Ways ways, bool cut) {
    const std::optional<std::uint32_t> from = kernel.host(host);
    const std::optional<std::uint32_t> to = peer.empty() ? kNone : kernel.host(peer);
    if (!from || !to) return;
    for (std::uint32_t other = 0; other < kernel.hosts.size(); ++other) {
        if (*to == kNone ? other == *from : other != *to) continue;
        kernel.hosts.cut(*from, other, cut);
        if (ways == Ways::both) kernel.hosts.cut(other, *from, cut);
    }
}

void paths_changed(Kernel &kernel, Range recovery, Loss waiting) {
    for (Connection &c : kernel.transport.all())
        if (c.number != 0) kernel.transport.path_changed(c, recovery, waiting);
}

}  // namespace

std::size_t World::reset(std::string_view host, std::string_view peer) {
    return each_connection(*kernel_, host, peer, [&](Connection &c, unsigned) { kernel_->transport.reset(c); });
}

std::size_t World::drop(std::string_view host, std::string_view peer) {
    return each_connection(*kernel_, host, peer, [&](Connection &c, unsigned) { kernel_->transport.drop(c); });
}

void World::partition(std::string_view host, std::string_view peer, Ways ways) {
    set_paths(*kernel_, host, peer, ways, true);
    paths_changed(*kernel_, {}, Loss::silent);
}

void World::partition(std::span<const std::string> hosts, std::span<const std::string> peers, Ways ways) {
    for (const std::string &host : hosts)
        for (const std::string &peer : peers) set_paths(*kernel_, host, peer, ways, true);
    paths_changed(*kernel_, {}, Loss::silent);
}

void World::heal(std::string_view host, std::string_view peer, Loss waiting) {
    set_paths(*kernel_, host, peer, Ways::both, false);
    paths_changed(*kernel_, kernel_->network.recovery, waiting);
}

void World::heal(std::span<const std::string> hosts, std::span<const std::string> peers, Loss waiting) {
    for (const std::string &host : hosts)
        for (const std::string &peer : peers) set_paths(*kernel_, host, peer, Ways::both, false);
    paths_changed(*kernel_, kernel_->network.recovery, waiting);
}

void World::heal_all(Loss waiting) {
    kernel_->hosts.heal();
    paths_changed(*kernel_, kernel_->network.recovery, waiting);
}

void World::slow(std::string_view host, unsigned factor) {
    if (const auto number = kernel_->host(host)) kernel_->hosts[*number].slowness = std::max(1U, factor);
}

void World::pause(std::string_view host) {
    const auto number = kernel_->host(host);
    if (!number) return;
    kernel_->hosts[*number].paused = true;
    paths_changed(*kernel_, {}, Loss::silent);
}

void World::resume(std::string_view host) {
    const auto number = kernel_->host(host);
    if (!number) return;
    kernel_->hosts[*number].paused = false;
    paths_changed(*kernel_, {}, Loss::silent);
}

void World::kill(std::string_view host, Loss how) {
    const auto number = kernel_->host(host);
    if (!number) return;
    Host &gone = kernel_->hosts[*number];
    gone.presence = how == Loss::reset ? Presence::refusing : Presence::silent;
    for (const auto &[port, socket] : gone.bound) {
        for (const std::uint32_t connection : socket->waiting.all()) kernel_->transport.close(connection, 1);
        socket->waiting.clear();
    }
    each_connection(*kernel_, *number, kNone,
                    [&](Connection &c, unsigned end) { kernel_->transport.vanish(c, end, how); });
}

void World::revive(std::string_view host) {
    const auto number = kernel_->host(host);
    if (!number) return;
    kernel_->hosts[*number].presence = Presence::here;
    paths_changed(*kernel_, kernel_->network.recovery, Loss::silent);
}

void World::refuse_connects(std::string_view host, bool on) {
    if (const auto number = kernel_->host(host)) kernel_->hosts[*number].refuses = on;
}

void World::ignore_connects(std::string_view host, bool on) {
    if (const auto number = kernel_->host(host)) kernel_->hosts[*number].ignores = on;
}

}  // namespace tenon::sim
