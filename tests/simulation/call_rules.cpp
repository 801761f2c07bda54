// SPDX-License-Identifier: Apache-2.0
// What holds for each call, whatever the others did.
#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include <tenon/errc.hpp>

#include "judge.hpp"
#include "trace.hpp"

namespace tenon::simulation {
namespace {

/// A plugin's timers are at most 2 ms late on an idle loop [R7].
constexpr Time kTimerSlack = 2'000;

constexpr Time kEnoughTime = 1'000'000;
/// For noticing that nobody listens.
constexpr Time kPatience = 50'000;

/// The latest time at which a call's machine can have noticed that `due` is over.
Time latest(const History &history, const Call &call, Time due) {
    const unsigned machine = history.machine_of_client[call.client];
    const Time slack = history.longest_turn + kTimerSlack;
    Time time = due + slack;
    for (const Stall &stall : history.stalls)
        if (stall.machine == machine && stall.from <= time) time = std::max(time, stall.to + slack);
    return time;
}

bool is_status(const Call &call, std::initializer_list<errc> allowed) {
    return std::any_of(allowed.begin(), allowed.end(), [&](errc one) { return call.error == static_cast<int>(one); });
}

/// Whether a server that has this item, or not, says that.
bool may_be_answered(const History &history, const Call &call) {
    if (is_status(call, {errc::busy, errc::temporary_failure, errc::server_out_of_memory})) return true;
    // Who was thrown out knows nobody any more.
    if (history.nodes_leave && is_status(call, {errc::auth_error})) return true;
    switch (call.action) {
    case Action::get:
    case Action::exists: return is_status(call, {errc::not_found});
    case Action::get_and_touch:
    case Action::touch: return is_status(call, {errc::not_found, errc::exists});
    case Action::set:
    case Action::replace:
    case Action::remove: return is_status(call, {errc::not_found, errc::exists});
    case Action::add: return is_status(call, {errc::exists});
    case Action::append:
    case Action::prepend: return is_status(call, {errc::not_stored, errc::exists});
    case Action::increment:
    case Action::decrement: return is_status(call, {errc::not_found, errc::exists, errc::delta_bad_value});
    case Action::lock:
    case Action::unlock: return is_status(call, {errc::not_found});
    case Action::durability: return is_status(call, {errc::not_found, errc::exists});
    case Action::get_replica:
    case Action::observe:
    case Action::get_all_replicas: return is_status(call, {errc::not_found, errc::not_my_vbucket});
    // Not there, not on disk yet, or with somebody else.
    case Action::evict: return is_status(call, {errc::not_found, errc::exists, errc::not_my_vbucket});
    default: return false;
    }
}

/// Whether the client may say so itself.
bool may_be_given_up(const History &history, const Call &call) {
    // A client that could not find its cluster says why at once.
    if (call.detail.starts_with("no map of bucket")) return true;
    switch (static_cast<errc>(call.error)) {
    case errc::timeout:
    case errc::no_server:
        return call.refused || call.completed >= call.deadline ||
               !(about_one_item(call.action) || call.action == Action::durability);
    case errc::too_few_copies:
        return call.action == Action::durability &&
               (call.delta > history.replicas + 1 || call.initial > history.replicas);
    case errc::cancelled: {
        if (call.cancelled <= call.completed) return true;
        const std::vector<Time> &ends = history.ends_of_client[call.client];
        return std::find(ends.begin(), ends.end(), call.completed) != ends.end();
    }
    case errc::network:
    case errc::not_connected:
    case errc::no_host:
    case errc::split_brain:
    case errc::bad_map:
    case errc::http:
    case errc::connect: return true;
    case errc::authentication: return call.barred || history.nodes_leave;
    // A node that was thrown out knows no bucket.
    case errc::bucket_not_found: return history.nodes_leave;
    default: return false;
    }
}

/// What is asked of a memcached server that is known to be dead is not waited for: no map will name another one.
bool fails_fast(const History &history, const Call &call) {
    if (!about_one_item(call.action) || call.completed - call.invoked <= kPatience) return true;
    return std::none_of(history.deaths.begin(), history.deaths.end(), [&](const Death &death) {
        return death.server == history.owners[history.vbucket_of_key[call.key]].front().server &&
               death.from + kPatience <= call.invoked && call.invoked + kPatience < death.to;
    });
}

/// Who asks several copies hears of each once, or of all at once why they could not be asked.
bool one_answer_a_copy(const History &history, const Call &call) {
    std::uint64_t heard = 0;
    for (const CopyTold &one : call.told) {
        if (one.copy > history.replicas || (heard >> one.copy & 1) != 0) return false;
        heard |= std::uint64_t{1} << one.copy;
    }
    if (call.refused || call.callbacks == 1) return true;
    if (call.action == Action::observe) return call.callbacks == history.replicas + 1;
    return call.action != Action::get_all_replicas || call.callbacks == history.replicas;
}

/// Where nothing goes wrong, whoever has time enough gets an answer that says something of the item, whatever moves
/// meanwhile.
bool should_have_succeeded(const History &history, const Call &call) {
    if (!history.smooth || call.refused || call.barred || call.deadline - call.invoked < kEnoughTime) return false;
    if (!about_one_item(call.action) || call.detail.starts_with("no map of bucket")) return false;
    // Who is born knowing only nodes that have left meanwhile is told by one of them: there is no such bucket, or user.
    const auto told_by = [&](std::string_view words) { return call.detail.find(words) != std::string::npos; };
    if (is_status(call, {errc::bucket_not_found}) && told_by("'s answer to GET ")) return false;
    if (is_status(call, {errc::authentication}) && history.nodes_leave && told_by("it answered GET ")) return false;
    // Of the lock, or that there is none.
    const bool locks = call.action == Action::lock || call.action == Action::unlock;
    if (locks && is_status(call, {errc::temporary_failure})) return false;
    return !is_status(call, {errc::not_found, errc::exists, errc::not_stored, errc::delta_bad_value, errc::cancelled});
}

}  // namespace

void check_calls(const History &history, std::vector<Violation> &violations) {
    const auto complain = [&](const char *rule, const Call &call) { violations.push_back({rule, describe(call)}); };
    for (const Call &call : history.calls) {
        if (call.refused) {
            if (call.callbacks != 0) complain("refused, yet called back", call);
        } else if (call.lasts != 1) {
            complain("completed once", call);
        }
        if (call.completed == kNever) continue;
        if (call.callbacks > 1 && !answers_often(call.action)) complain("called back once", call);
        if (call.completed > latest(history, call, call.deadline)) complain("deadline", call);
        if (call.cancelled != kNever && call.completed > latest(history, call, call.cancelled))
            complain("taken back", call);
        if (call.barred && call.error < static_cast<int>(errc::timeout)) complain("password", call);
        if (!fails_fast(history, call)) complain("fails fast", call);
        if (!one_answer_a_copy(history, call)) complain("one answer a copy", call);
        if (call.error == 0) continue;
        if (should_have_succeeded(history, call)) complain("smooth", call);
        const bool from_server = call.error < static_cast<int>(errc::timeout);
        if (goes_to_all(call.action) ? from_server && !may_be_answered(history, call)
            : from_server           ? !may_be_answered(history, call)
                                    : !may_be_given_up(history, call))
            complain("outcome", call);
    }
}

}  // namespace tenon::simulation
