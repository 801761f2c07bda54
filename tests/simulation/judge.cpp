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

/// Every part of a value that was read was written to that item before, and once.
void check_written(const History &history, const Call &call, const std::string &value,
                   std::vector<Violation> &violations) {
    if (is_garbage(value)) violations.push_back({"never written", describe(call)});
    std::unordered_set<std::uint32_t> seen;
    for_each_token(value, [&](std::uint32_t id) {
        const bool known = id < history.calls.size() && history.calls[id].key == call.key &&
                           history.calls[id].invoked <= call.completed && !history.calls[id].refused;
        if (!known) violations.push_back({"never written", describe(call)});
        if (!seen.insert(id).second) violations.push_back({"written twice", describe(call)});
    });
}

/// Whether it was told a value. No item is ever empty.
bool reads(const Call &call) {
    return call.completed != kNever && call.error == 0 &&
           (call.action == Action::get || call.action == Action::get_and_touch || call.action == Action::lock ||
            call.action == Action::get_replica);
}

std::string list(const std::vector<const Call *> &calls) {
    std::string text;
    for (const Call *call : calls) text += "\n  " + describe(*call);
    return text;
}

}  // namespace

void mark_doubtful(History &history) {
    for (Call &call : history.calls)
        for (const Split &split : history.splits)
            if (call.completed >= split.from && call.invoked <= split.to && !call.server.empty() &&
                call.server != split.owners[history.vbucket_of_key[call.key]])
                call.in_doubt = true;
}

void check_values(const History &history, std::vector<Violation> &violations) {
    std::unordered_map<std::uint64_t, std::uint32_t> given;
    for (const Call &call : history.calls) {
        check_written(history, call, call.result, violations);
        for (const std::string &copy : call.copies) check_written(history, call, copy, violations);
        if ((reads(call) && call.result.empty()) || std::count(call.copies.begin(), call.copies.end(), "") != 0)
            violations.push_back({"never written", describe(call)});
        if (!gives_cas(call)) continue;
        const auto [at, is_new] = given.emplace(call.result_cas, call.id);
        if (!is_new)
            violations.push_back(
                {"one CAS for two changes", describe(call) + "\n  " + describe(history.calls[at->second])});
    }
}

Opinion judge(const History &history) {
    Opinion opinion;
    check_calls(history, opinion.violations);
    check_values(history, opinion.violations);

    std::vector<std::vector<const Call *>> by_key(history.vbucket_of_key.size());
    for (const Call &call : history.calls)
        if (about_one_item(call.action) && !call.refused)
            by_key[call.key].push_back(&call);
    for (std::size_t key = 0; key < by_key.size(); ++key) {
        if (by_key[key].empty()) continue;
        Upheavals of_key;
        for (const Upheaval &one : history.upheavals)
            if (one.vbucket == history.vbucket_of_key[key]) of_key.add(one);
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
