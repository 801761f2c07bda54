// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "topology/cluster_map.hpp"

namespace tenon::topology {

/// Who is asked for a vBucket now: who the map says, until a server answers NOT_MY_VBUCKET; then the next guess, until
/// one answers. What was found out stands beside the map and goes with it: a new map gets new Owners.
///
/// After a refusal the fast-forward owner is asked, if the map tells one; then all others in turn. When the last one
/// has refused the round is over: the vBucket rests, until `begin_round` says that the pause is over too.
class Owners {
public:
    Owners() = default;
    explicit Owners(std::shared_ptr<const ClusterMap> map);

    /// Index of the server to ask, or kNoServer.
    int of(std::uint16_t vbucket) const { return guesses_[vbucket]; }

    /// `wrong` answered NOT_MY_VBUCKET. Only if it is whom `of` names, the guess moves on: many requests may have been
    /// on their way to it. Returns the server to ask now, or kNoServer while the vBucket rests.
    int found_incorrect_master(std::uint16_t vbucket, int wrong);

    /// The same where the refusal named `owner`, which is asked first. In one round no more such hints are followed than
    /// there are servers, so that servers that name each other end it too.
    int found_incorrect_master(std::uint16_t vbucket, int wrong, int owner);

    /// `server` did not refuse: it is asked from now on.
    void found(std::uint16_t vbucket, int server);

    /// The pause after a round is over, for every vBucket that rests.
    void begin_round() { ++round_; }

private:
    struct Probe {
        std::int16_t first = kNoServer;  ///< who was asked first in this round; kNoServer: it has not begun
        std::uint16_t refusals = 0;      ///< of those asked in turn
        std::uint16_t hints = 0;         ///< that were followed
        std::uint32_t ended_in = 0;      ///< the last round in which all refused
    };

    Probe &probe(std::uint16_t vbucket);
    void advance(std::uint16_t vbucket);
    std::int16_t in_turn(std::uint16_t vbucket, const Probe &probe) const;

    std::shared_ptr<const ClusterMap> map_;
    std::vector<std::int16_t> guesses_;  // by vBucket
    std::vector<Probe> probes_;          // by vBucket; empty until one is refused
    std::uint32_t round_ = 1;
};

}  // namespace tenon::topology
