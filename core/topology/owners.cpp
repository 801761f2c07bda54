// SPDX-License-Identifier: Apache-2.0
#include "topology/owners.hpp"

namespace tenon::topology {

Owners::Owners(std::shared_ptr<const ClusterMap> map) : map_(std::move(map)) {
    guesses_.reserve(map_->vbucket_count());
    for (std::uint32_t i = 0; i < map_->vbucket_count(); ++i)
        guesses_.push_back(static_cast<std::int16_t>(map_->owner(static_cast<std::uint16_t>(i))));
}

int Owners::found_incorrect_master(std::uint16_t vbucket, int wrong) {
    if (guesses_[vbucket] == kNoServer || probe(vbucket).ended_in == round_) return kNoServer;
    if (guesses_[vbucket] == wrong) advance(vbucket);
    return probe(vbucket).ended_in == round_ ? kNoServer : guesses_[vbucket];
}

int Owners::found_incorrect_master(std::uint16_t vbucket, int wrong, int owner) {
    Probe &probe = this->probe(vbucket);
    if (guesses_[vbucket] != wrong || probe.ended_in == round_ || owner < 0 || owner == wrong ||
        probe.hints >= map_->servers().size())
        return found_incorrect_master(vbucket, wrong);
    if (probe.first == kNoServer) probe.first = guesses_[vbucket];
    ++probe.hints;
    return guesses_[vbucket] = static_cast<std::int16_t>(owner);
}

void Owners::found(std::uint16_t vbucket, int server) {
    probe(vbucket) = {};
    guesses_[vbucket] = static_cast<std::int16_t>(server);
}

Owners::Probe &Owners::probe(std::uint16_t vbucket) {
    if (probes_.empty()) probes_.resize(guesses_.size());
    return probes_[vbucket];
}

void Owners::advance(std::uint16_t vbucket) {
    Probe &probe = this->probe(vbucket);
    if (probe.first == kNoServer) probe.first = guesses_[vbucket];
    if (++probe.refusals < map_->servers().size()) {
        guesses_[vbucket] = in_turn(vbucket, probe);
    } else {
        guesses_[vbucket] = probe.first;
        probe = {};
        probe.ended_in = round_;
    }
}

/// All from the first one on, but who will own the vBucket when the rebalance is over changes places with the second.
std::int16_t Owners::in_turn(std::uint16_t vbucket, const Probe &probe) const {
    const auto servers = static_cast<unsigned>(map_->servers().size());
    const auto first = static_cast<unsigned>(probe.first);
    unsigned turn = probe.refusals;
    const int forward = map_->forward_owner(vbucket);
    if (forward >= 0 && forward != probe.first) {
        const unsigned turn_of_forward = (static_cast<unsigned>(forward) + servers - first) % servers;
        if (turn == 1) turn = turn_of_forward;
        else if (turn == turn_of_forward) turn = 1;
    }
    return static_cast<std::int16_t>((first + turn) % servers);
}

}  // namespace tenon::topology
