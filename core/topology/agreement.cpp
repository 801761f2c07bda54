// SPDX-License-Identifier: Apache-2.0
#include "topology/agreement.hpp"

#include <algorithm>
#include <string_view>

#include "topology/compare.hpp"

namespace tenon::topology {
namespace {

/// Hosts and servers listed by name; of more, how many they are.
constexpr std::size_t kListed = 8;

bool is_newer(const ClusterMap &map, const ClusterMap &than) { return age(than, map) == MapAge::newer; }

/// For maps of which neither is newer.
bool say_the_same(const ClusterMap &a, const ClusterMap &b) {
    return &a == &b || (a.uuid() == b.uuid() && a.bucket() == b.bucket() && compare(a, b).equivalent());
}

class Division {
public:
    explicit Division(std::span<const Voice> voices) : voices_(voices) {
        std::vector<std::size_t> outdated;
        for (std::size_t i = 0; i < voices.size(); ++i) {
            if (is_outdated(i)) outdated.push_back(i);
            else join_equals(i);
        }
        const std::size_t newest = sides_.size();
        for (const std::size_t i : outdated) join_newer(i, newest);
        for (Side &side : sides_) std::sort(side.voices.begin(), side.voices.end());
        std::sort(sides_.begin(), sides_.end(), [](const Side &a, const Side &b) {
            if (a.voices.size() != b.voices.size()) return a.voices.size() > b.voices.size();
            return a.voices.front() < b.voices.front();
        });
    }

    std::vector<Side> sides() && { return std::move(sides_); }

private:
    const ClusterMap &map(std::size_t i) const { return *voices_[i].map; }

    bool is_outdated(std::size_t i) const {
        return std::any_of(voices_.begin(), voices_.end(),
                           [&](const Voice &other) { return is_newer(*other.map, map(i)); });
    }

    void join_equals(std::size_t i, std::size_t from = 0) {
        for (std::size_t s = from; s < sides_.size(); ++s)
            if (say_the_same(map(sides_[s].speaker), map(i))) return sides_[s].voices.push_back(i);
        sides_.push_back({i, {i}});
    }

    void join_newer(std::size_t i, std::size_t newest) {
        std::vector<std::size_t> candidates;
        for (std::size_t s = 0; s < newest; ++s)
            if (is_newer(map(sides_[s].speaker), map(i))) candidates.push_back(s);
        if (candidates.size() == 1) sides_[candidates.front()].voices.push_back(i);
        else join_equals(i, newest);
    }

    std::span<const Voice> voices_;
    std::vector<Side> sides_;
};

/// Names are the document's: nothing in them may break a line.
std::string harmless(std::string_view text) {
    std::string out(text.substr(0, 100));
    for (char &c : out)
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
    return out;
}

/// "a, b and c"; what is beyond kListed is counted.
std::string list(const std::vector<std::string> &names, std::string_view last) {
    std::string out;
    const std::size_t shown = std::min(names.size(), kListed);
    for (std::size_t i = 0; i < shown; ++i) {
        if (i != 0) out += i + 1 == names.size() ? last : ", ";
        out += names[i];
    }
    if (names.size() > shown) out += " and " + std::to_string(names.size() - shown) + " more";
    return out;
}

}  // namespace

Verdict agree(std::span<const Voice> voices, std::size_t asked, std::size_t open) {
    Verdict verdict{Outcome::undecided, Division(voices).sides()};
    const bool majority = !verdict.sides.empty() && verdict.sides.front().voices.size() * 2 > asked;
    if (majority || (open == 0 && verdict.sides.size() == 1)) verdict.outcome = Outcome::agreed;
    else if (open == 0) verdict.outcome = verdict.sides.empty() ? Outcome::nothing : Outcome::split;
    return verdict;
}

std::string describe(const Side &side, std::span<const Voice> voices) {
    std::vector<std::string> hosts, servers;
    for (const std::size_t i : side.voices) hosts.push_back(voices[i].host);
    const ClusterMap &map = *voices[side.speaker].map;
    for (const Server &server : map.servers()) servers.push_back(server.authority());
    std::string out = list(hosts, " and ") + (hosts.size() == 1 ? " says" : " say") + " bucket \"" +
                      harmless(map.bucket()) + "\"";
    if (!map.uuid().empty()) out += ", uuid " + harmless(map.uuid());
    if (map.rev() >= 0) out += ", revision " + std::to_string(map.rev());
    if (map.rev_epoch() >= 0) out += " of epoch " + std::to_string(map.rev_epoch());
    return out + (servers.size() == 1 ? ", server " : ", servers ") + list(servers, ", ");
}

std::string describe(std::span<const Side> sides, std::span<const Voice> voices) {
    std::string out;
    for (const Side &side : sides) out += (out.empty() ? "" : "; ") + describe(side, voices);
    return out;
}

}  // namespace tenon::topology
