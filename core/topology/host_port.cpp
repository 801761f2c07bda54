// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cstdint>

#include "topology/map_draft.hpp"

namespace tenon::topology {
namespace {

/// Names have 253 bytes at most.
constexpr std::size_t kLongestHost = 255;

/// Which bytes may stand in the name of a host. 1: it may.
constexpr std::array<std::uint8_t, 256> kFits = [] {
    std::array<std::uint8_t, 256> fits{};
    for (std::size_t c = ' ' + 1; c < fits.size(); ++c) fits[c] = 1;
    for (const unsigned char c : {'/', '[', ']', '@', '\x7f'}) fits[c] = 0;
    return fits;
}();

}  // namespace

std::optional<std::string> parse_host(std::string_view text, std::string_view asked_host) {
    if (text == "$HOST") text = asked_host;
    if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
    // What cannot be in a name, but would split or end a line or a request that the name is put in.
    for (const char c : text)
        if (kFits[static_cast<unsigned char>(c)] == 0) return std::nullopt;
    if (text.empty() || text.size() > kLongestHost) return std::nullopt;
    return std::string(text);
}

std::optional<HostPort> parse_host_port(std::string_view text, std::string_view asked_host, bool port_optional) {
    HostPort out;
    const bool only_brackets = !text.empty() && text.back() == ']';
    const std::size_t colon = only_brackets ? std::string_view::npos : text.rfind(':');
    if (colon == std::string_view::npos) {
        if (!port_optional) return std::nullopt;
    } else {
        const std::string_view digits = text.substr(colon + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
        if (error != std::errc() || end != digits.data() + digits.size() || out.port == 0) return std::nullopt;
        text = text.substr(0, colon);
    }
    std::optional<std::string> host = parse_host(text, asked_host);
    if (!host) return std::nullopt;
    out.host = std::move(*host);
    return out;
}

}  // namespace tenon::topology
