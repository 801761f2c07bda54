// SPDX-License-Identifier: Apache-2.0
#include "hosts.hpp"

#include <algorithm>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace tenon::sim {
namespace {

constexpr std::uint16_t kFirstPort = 32768;
constexpr std::uint16_t kLastPort = 60999;

}  // namespace

std::optional<std::uint32_t> parse_address(std::string_view text) {
    in_addr address{};
    if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
    return ntohl(address.s_addr);
}

std::string Endpoint::to_string() const {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8)
        text += std::to_string((address >> shift) & 0xff) + (shift != 0 ? "." : ":");
    return text + std::to_string(port);
}

std::uint32_t Hosts::at(std::uint32_t address) {
    const auto found = std::find_if(hosts_.begin(), hosts_.end(), [&](const Host &h) { return h.address == address; });
    if (found == hosts_.end()) {
        hosts_.emplace_back().address = address;
        return static_cast<std::uint32_t>(hosts_.size() - 1);
    }
    return static_cast<std::uint32_t>(found - hosts_.begin());
}

void Hosts::cut(std::uint32_t from, std::uint32_t to, bool on) {
    if (cuts_.size() <= from) cuts_.resize(from + 1);
    if (cuts_[from].size() <= to) cuts_[from].resize(to + 1);
    cuts_[from][to] = on;
}

bool Hosts::is_cut(std::uint32_t from, std::uint32_t to) const {
    return from < cuts_.size() && to < cuts_[from].size() && cuts_[from][to];
}

bool Hosts::open(std::uint32_t from, std::uint32_t to) const {
    const Host &a = hosts_[from];
    const Host &b = hosts_[to];
    return !a.paused && !b.paused && a.presence != Presence::silent && b.presence != Presence::silent &&
           !is_cut(from, to);
}

unsigned Hosts::slowness(std::uint32_t one, std::uint32_t other) const {
    return std::max(hosts_[one].slowness, hosts_[other].slowness);
}

std::uint16_t Hosts::choose_port(std::uint32_t host) {
    Host &h = hosts_[host];
    do h.last_port = h.last_port < kFirstPort || h.last_port >= kLastPort ? kFirstPort : h.last_port + 1;
    while (h.bound.contains(h.last_port));
    return h.last_port;
}

}  // namespace tenon::sim
