// SPDX-License-Identifier: Apache-2.0
#include "judge.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "item_model.hpp"
#include "linearize.hpp"
#include "trace.hpp"
#include "value.hpp"

namespace tenon::simulation {
namespace {

/// A loop may be held up so long while a vBucket changes hands.
constexpr Time kSlowestHandover = 1'000'000;

/// Every part of a value that was read was written to that item before, and once.
void check_written(const History &history, const Call &call, const std::string &value,
                   std::vector<Violation> &violations) {
    if (is_garbage(value)) violations.push_back({"never written", describe(call)});
    std::unordered_set<std::uint32_t> seen;
    for_each_token(value, [&](std::uint32_t id) {
        const bool known = id < history.calls.size() && history.calls[id].key == call.key &&
                           history.calls[id].invoked <= call.completed && !history.calls[id].refused;
        if (!known) violations.push_back({"never written", describe(call)});
        else if (const Call &writer = history.calls[id]; writer.error != 0 && outcome_known(writer) && !writer.in_doubt)
            violations.push_back({"refused, yet read", describe(call) + "\n  " + describe(writer)});
        if (!seen.insert(id).second) violations.push_back({"written twice", describe(call)});
    });
}

/// Whether it was told a value. No item is ever empty.
bool reads(const Call &call) {
    return call.completed != kNever && call.error == 0 &&
           (call.action == Action::get || call.action == Action::get_and_touch || call.action == Action::lock ||
            call.action == Action::get_replica);
}

/// Who owned a vBucket all the time a call was under way; null if it was more than one.
const std::string *sole_owner(const History &history, std::uint16_t vbucket, const Call &call) {
    // A vBucket is given up before it is somebody else's, the longer the slower the cluster's loop is.
    const Time until = call.completed + history.takeover + kSlowestHandover;
    const Ownership *held = nullptr;
    for (const Ownership &one : history.owners[vbucket]) {
        if (one.from > until) break;
        if (one.from > call.invoked && held != nullptr && held->server != one.server) return nullptr;
        held = &one;
    }
    for (const Split &split : history.splits)
        if (split.from <= until && split.to >= call.invoked) return nullptr;
    return held != nullptr ? &held->server : nullptr;
}

/// A flush as far as it concerns one vBucket. Each node hears of it apart, at its own time: who owns the vBucket later
/// may empty it once more.
void add_flush(const History &history, std::uint16_t vbucket, const Call &call,
               std::vector<Upheavals::Flush> &flushes) {
    const std::string *const owner = call.completed != kNever ? sole_owner(history, vbucket, call) : nullptr;
    const bool certain =
        owner != nullptr && std::find(call.reached.begin(), call.reached.end(), *owner) != call.reached.end();
    flushes.push_back({call.invoked, call.completed, certain});
    const bool all_did = call.error == 0 && call.callbacks == call.reached.size();
    for (const Ownership &one : history.owners[vbucket])
        if (one.from > call.invoked && (!all_did || one.from <= call.completed)) flushes.push_back({call.invoked});
}

std::string list(const std::vector<const Call *> &calls) {
    std::string text;
    for (const Call *call : calls) text += "\n  " + describe(*call);
    return text;
}

}  // namespace

void mark_doubtful(History &history) {
    for (Call &call : history.calls) {
        // Whoever has the item answers that: also one who is only a replica by now, or not yet the owner.
        if (call.action == Action::exists && call.completed != kNever) {
            const std::string *const owner = sole_owner(history, history.vbucket_of_key[call.key], call);
            call.in_doubt = owner == nullptr || *owner != call.server;
        }
        for (const Split &split : history.splits)
            if (call.completed >= split.from && call.invoked <= split.to && !call.server.empty() &&
                call.server != split.owners[history.vbucket_of_key[call.key]])
                call.in_doubt = true;
    }
}

void check_values(const History &history, std::vector<Violation> &violations) {
    std::unordered_map<std::uint64_t, std::uint32_t> given;
    for (const Call &call : history.calls)
        if (gives_cas(call)) given.emplace(call.result_cas, call.id);
    // What a copy is said to have was given to a change of that item before.
    const auto check_cas = [&](const Call &call, std::uint64_t cas) {
        const auto at = given.find(cas);
        if (at == given.end()) return;
        const Call &change = history.calls[at->second];
        if (change.key != call.key || change.invoked > call.completed)
            violations.push_back({"never given", describe(call) + "\n  " + describe(change)});
    };
    for (const Call &call : history.calls) {
        for (const CopyTold &one : call.told)
            if (one.exists) check_cas(call, one.cas);
        if (call.completed != kNever && call.error == 0 && !answers_often(call.action) && !gives_cas(call))
            check_cas(call, call.result_cas);
        check_written(history, call, call.result, violations);
        for (const std::string &copy : call.copies) check_written(history, call, copy, violations);
        if ((reads(call) && call.result.empty()) || std::count(call.copies.begin(), call.copies.end(), "") != 0)
            violations.push_back({"never written", describe(call)});
        if (!gives_cas(call)) continue;
        if (const auto at = given.find(call.result_cas); at->second != call.id)
            violations.push_back(
                {"one CAS for two changes", describe(call) + "\n  " + describe(history.calls[at->second])});
    }
}

Opinion judge(const History &history) {
    Opinion opinion;
    check_calls(history, opinion.violations);
    check_values(history, opinion.violations);

    std::vector<std::vector<const Call *>> by_key(history.vbucket_of_key.size());
    std::vector<const Call *> flushes;
    for (const Call &call : history.calls) {
        if (call.refused) continue;
        if (call.action == Action::flush) flushes.push_back(&call);
        if (about_one_item(call.action) || (history.replicas_follow && call.action == Action::get_replica))
            by_key[call.key].push_back(&call);
    }
    for (std::size_t key = 0; key < by_key.size(); ++key) {
        if (by_key[key].empty()) continue;
        Upheavals of_key;
        for (const Upheaval &one : history.upheavals)
            if (one.vbucket == history.vbucket_of_key[key]) of_key.add(one);
        for (const Call *flush : flushes)
            if (history.bucket_of_client[flush->client] == history.bucket_of_key[key])
                add_flush(history, history.vbucket_of_key[key], *flush, of_key.flushes);
        const Judgement judgement = linearize(by_key[key], std::move(of_key));
        opinion.states += judgement.states;
        if (judgement.verdict == Judgement::Verdict::in_order) continue;
        std::string what = fmt::format("key {} (vBucket {}): {}{}", key, history.vbucket_of_key[key],
                                       judgement.explanation, list(by_key[key]));
        if (judgement.verdict == Judgement::Verdict::undecided) opinion.undecided.push_back(std::move(what));
        else opinion.violations.push_back({"linearizability", std::move(what)});
    }
    return opinion;
}

}  // namespace tenon::simulation
