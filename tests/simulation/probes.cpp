// SPDX-License-Identifier: Apache-2.0
// The end of a workload: does everybody find everything again?
#include <utility>

#include "workload.hpp"

namespace tenon::simulation {
namespace {

constexpr std::uint64_t kProbeTimeout = 2'500'000;

}  // namespace

void Workload::start_anew(unsigned client) {
    die(client);
    lives_[client].outdated = true;
    be_born(client);
}

/// Whether every node it knows, by what it was told and by its map, has left the cluster meanwhile.
bool Workload::is_stranded(unsigned client) const {
    const Life &life = lives_[client];
    std::vector<std::string> known = life.told;
    for (std::size_t i = 0; i < life.client->server_count(); ++i) known.push_back(life.client->server(i));
    const auto host = [](const std::string &authority) { return authority.substr(0, authority.find(':')); };
    for (const std::string &member : insight_.members())
        for (const std::string &one : known)
            if (host(one) == host(member)) return false;
    return true;
}

void Workload::note_probe(const Call &call) {
    if (call.key < items()) return;
    Life &life = lives_[call.client];
    if (call.error != 0) life.failed_probes.push_back(describe(call));
    if (--life.probes_open == 0) life.healthy = life.failed_probes.empty();
}

void Workload::probe() {
    for (unsigned i = 0; i < lives_.size(); ++i) {
        Life &life = lives_[i];
        if (!life.client || life.healthy || barred(i)) continue;
        if (is_stranded(i)) start_anew(i);
        life.failed_probes.clear();
        life.probes_open = plan_.cluster.parts();
        const unsigned first = items() + plan_.clients[i].bucket * life.probes_open;
        for (unsigned key = first; key < first + plan_.cluster.parts(); ++key) {
            Call call;
            call.action = Action::set;
            call.key = static_cast<std::uint16_t>(key);
            OperationPlan plan;
            plan.timeout = kProbeTimeout;
            issue(i, std::move(call), plan, OperationPlan::kNone);
        }
    }
}

bool Workload::whole(std::string &missing) const {
    missing.clear();
    for (const Life &life : lives_)
        for (const std::string &probe : life.failed_probes) missing += "\n  " + probe;
    return missing.empty();
}

void Workload::read_all() {
    for (unsigned i = 0; i < lives_.size(); ++i) {
        if (!lives_[i].client || barred(i)) continue;
        const unsigned first = plan_.clients[i].bucket * plan_.keys;
        for (unsigned key = first; key < first + plan_.keys; ++key) {
            Call call;
            call.action = Action::get;
            call.key = static_cast<std::uint16_t>(key);
            OperationPlan plan;
            plan.timeout = kProbeTimeout;
            issue(i, std::move(call), plan, OperationPlan::kNone);
        }
    }
}

}  // namespace tenon::simulation
