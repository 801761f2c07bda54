// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "topology/cluster_map.hpp"

namespace tenon::topology {

/// What one host says.
struct Voice {
    std::string host;  ///< as it is to be named to people
    std::shared_ptr<const ClusterMap> map;
};

/// Hosts that do not contradict each other.
struct Side {
    std::size_t speaker = 0;          ///< index of the first voice with the newest map, which speaks for the side
    std::vector<std::size_t> voices;  ///< indices of all, ascending
};

enum class Outcome : std::uint8_t {
    undecided,  ///< hosts that have not answered yet can still decide it
    agreed,     ///< sides.front() holds
    split,      ///< everybody has answered or failed, and they disagree: split brain
    nothing,    ///< everybody has failed
};

struct Verdict {
    Outcome outcome = Outcome::undecided;
    std::vector<Side> sides;  ///< most voices first; of equal ones that of the earlier voice
};

/// What the hosts agree on. A map holds as soon as more than half of the `asked` hosts are on its side, or when none is `open`
/// (asked, and neither answered nor failed) and those that answered are on one side.
///
/// Maps of one bucket (see age()) with different revisions are old and new: they are on one side, for which the newest
/// speaks. If the newest revision itself is told in different ways, an older map counts for neither of them. Maps that
/// revisions say nothing about, or the same, are on one side if they are equivalent (see compare()) and of the same bucket.
/// The order of the voices decides nothing but the order in which they are listed.
Verdict agree(std::span<const Voice> voices, std::size_t asked, std::size_t open);

/// "a:8091 and b:8091 say bucket "x", uuid u, revision 7, servers 10.0.0.1:11210, 10.0.0.2:11210": one side for people.
std::string describe(const Side &side, std::span<const Voice> voices);

/// Several, divided by semicolons.
std::string describe(std::span<const Side> sides, std::span<const Voice> voices);

}  // namespace tenon::topology
