// SPDX-License-Identifier: Apache-2.0
#include "run_checks.h"

#include <cstdio>

#include "checks/suite.hpp"
#include "cluster.h"
#include "process.hpp"

namespace {

using namespace tenon::conformance;

constexpr unsigned kSeconds = 20;

tenon_io_ops *create(void *cookie) {
    tenon_io_options options{};
    options.find = TENON_IO_FUNCTION;
    options.function = tenon_create_nginx_io_ops;
    options.cookie = cookie;
    tenon_io_ops *io = nullptr;
    if (tenon_create_io_ops(&io, &options) != TENON_IO_OK) throw NoSubject{tenon_io_error_message()};
    return io;
}

/// Why a check is not made here.
const char *why_not(const Check &check, const Subject &subject) {
    if (!applies(check, subject)) return "not for a loop of the host's";
    if (check.rule == 17 && check.part == 1) return "nginx has one loop in a process";
    return nullptr;
}

void print(const Check &check, const Result &result) {
    const char *verdict = result.failed() ? "FAILED" : result.outcome == Outcome::kPassed ? "ok" : "skipped";
    std::printf("%-7s R%d.%d %s", verdict, check.rule, check.part, check.name);
    if (!result.text.empty()) std::printf(": %s", result.text.c_str());
    if (result.failed())
        std::printf("\n  expected: %s\n  happened: %s", result.failure.expected.c_str(), result.failure.happened.c_str());
    std::printf("\n");
}

}  // namespace

int run_checks(const tenon_io_check_host *host, void (*fresh)(void)) {
    Subject subject;
    subject.prepare = [host, fresh](Subject &prepared) {
        fresh();
        prepared.host = host;
    };
    subject.create = create;
    subject.destroy = tenon_destroy_io_ops;
    subject.hosted = true;
    int passed = 0;
    int failed = 0;
    int skipped = 0;
    for (const Check &check : all_checks()) {
        if (const char *reason = why_not(check, subject)) {
            std::printf("-       R%d.%d %s: %s\n", check.rule, check.part, check.name, reason);
            continue;
        }
        const Result result = perform(check, subject, kSeconds);
        print(check, result);
        std::fflush(stdout);
        const bool kept = result.outcome == Outcome::kPassed;
        passed += kept ? 1 : 0;
        failed += !kept && result.outcome != Outcome::kSkipped ? 1 : 0;
        skipped += result.outcome == Outcome::kSkipped ? 1 : 0;
    }
    std::printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    std::fflush(stdout);
    return passed != 0 && failed == 0 ? 0 : 1;
}
