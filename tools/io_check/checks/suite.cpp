// SPDX-License-Identifier: Apache-2.0
#include "suite.hpp"

#include <algorithm>

#include "fixture.hpp"

namespace tenon::conformance {

std::vector<Check> all_checks() {
    std::vector<Check> all;
    for (const auto group : {event_checks, error_checks, timer_checks, turn_checks, callback_checks, socket_checks,
                             stream_checks, descriptor_checks, loop_checks, host_checks, thread_checks, resolve_checks}) {
        const std::vector<Check> checks = group();
        all.insert(all.end(), checks.begin(), checks.end());
    }
    std::sort(all.begin(), all.end(), [](const Check &x, const Check &y) {
        return x.rule != y.rule ? x.rule < y.rule : x.part < y.part;
    });
    return all;
}

bool applies(const Check &check, const Subject &subject) {
    switch (check.subjects) {
    case For::kAll: return true;
    case For::kOwnLoop: return !subject.hosted;
    case For::kHostLoop: return subject.hosted;
    case For::kRevision1: return !subject.adapted;
    }
    return true;
}

void run_check(const Check &check, Subject &subject) {
    if (subject.prepare) subject.prepare(subject);
    Context context(subject);
    try {
        check.run(context);
    } catch (const Skip &) {
        context.loop.finish();
        throw;
    }
    context.loop.finish();
}

}  // namespace tenon::conformance
