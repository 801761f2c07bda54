// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "sim.hpp"

namespace tenon::sim {

struct Socket;

std::optional<std::uint32_t> parse_address(std::string_view text);

enum class Presence : std::uint8_t { here, refusing, silent };

struct Host {
    std::uint32_t address = 0;
    Presence presence = Presence::here;
    bool paused = false;
    bool refuses = false;  ///< connects
    bool ignores = false;
    unsigned slowness = 1;
    std::uint16_t last_port = 0;            ///< chosen for who did not ask for one
    std::map<std::uint16_t, Socket *> bound;  ///< listening or about to
};

/// The hosts of a world by number, in the order in which they were first named, and which of them reach which.
class Hosts {
public:
    /// The number of a host, made if it is new.
    std::uint32_t at(std::uint32_t address);
    Host &operator[](std::uint32_t host) { return hosts_[host]; }
    const Host &operator[](std::uint32_t host) const { return hosts_[host]; }
    std::size_t size() const { return hosts_.size(); }

    void cut(std::uint32_t from, std::uint32_t to, bool on);
    void heal() { cuts_.clear(); }
    bool is_cut(std::uint32_t from, std::uint32_t to) const;
    /// Whether anything gets from one to the other now.
    bool open(std::uint32_t from, std::uint32_t to) const;
    /// What latency is multiplied by, and bandwidth divided.
    unsigned slowness(std::uint32_t one, std::uint32_t other) const;
    /// A port that nobody bound.
    std::uint16_t choose_port(std::uint32_t host);

private:
    std::vector<Host> hosts_;
    std::vector<std::vector<bool>> cuts_;  ///< from, to; as far as any was made
};

}  // namespace tenon::sim
