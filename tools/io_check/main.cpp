// SPDX-License-Identifier: Apache-2.0
//
// tenon-io-check: says of any IO plugin which rules of the contract it keeps.

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "report.hpp"
#include "rules.hpp"
#include "subject.hpp"

namespace {

using namespace tenon::conformance;

enum Status { kKept = 0, kBroken = 1, kNothingChecked = 2 };

constexpr const char *kFooter =
    "With --host-loop the plugin gets a loop of the host's, which has work of its own. Known are\n" TENON_KNOWN_HOSTS
    ".\nFor another event loop its author writes a rig, a page of code against <tenon/io_check.h>: exported by the\n"
    "plugin's own FILE it is found there, else --host-loop=RIG names its file.\n"
    "\n"
    "Each check runs in a process of its own: a crash, a signal or a hang is told as that check's failure, and the\n"
    "rest is checked all the same.\n"
    "\n"
    "Exit status: 0 all rules kept, 1 a rule is broken, 2 nothing could be checked.\n"
    "The guide: " TENON_DOCUMENTS "/writing-a-plugin.md";

/// A plugin that hangs everywhere is not waited for 90 times.
constexpr unsigned kHangsWaitedFor = 2;
constexpr unsigned kImpatientSeconds = 2;

struct Request {
    std::string plugin;
    std::string symbol;
    std::string host_loop;
    std::vector<std::string> rules;
    unsigned limit = 20;
    bool adapt = false;
    bool no_fork = false;
    bool verbose = false;
    bool list = false;
};

/// N or N.M, with an R before it or without.
std::string refuse_rule(std::string &word) {
    if (word.starts_with('R')) word.erase(0, 1);
    int rule = 0;
    int part = 0;
    char rest = 0;
    const int read = std::sscanf(word.c_str(), "%d.%d%c", &rule, &part, &rest);
    const bool good = read == 2 || (read == 1 && word.find('.') == std::string::npos);
    if (good && rule >= 1 && rule <= kRuleCount) return "";
    return fmt::format("rules are numbered 1 to {}, checks as 7.2", kRuleCount);
}

void describe(CLI::App &app, Request &request) {
    app.set_help_flag("-h,--help", "Print this help");
    app.set_version_flag("--version", TENON_VERSION);
    app.footer(kFooter);
    app.add_option("NAME|FILE", request.plugin, "A plugin's name, as programs ask for it; or a shared object, with")
        ->option_text(" ");
    app.add_option("SYMBOL", request.symbol, "its creator")->option_text(" ");
    app.add_flag("--host-loop", request.host_loop,
                 "On a loop of the host's: that of the rig known by the plugin's name\n"
                 "or in its FILE; or of RIG, a known name or a file")
        ->option_text("[=RIG]");
    app.add_option("--rule", request.rules, "Only this rule, or this check of it; repeatable")
        ->option_text("N[.M]")
        ->allow_extra_args(false)
        ->transform(CLI::Validator(refuse_rule, ""));
    app.add_flag("--adapt", request.adapt, "Through the engine's adapter: for a plugin of libcouchbase 2's time");
    app.add_option("--limit", request.limit, "Seconds a check may take before it counts as hung [20]")
        ->check(CLI::PositiveNumber)->option_text("S");
    app.add_flag("--no-fork", request.no_fork, "Every check in this process, for a debugger");
    app.add_flag("-v,--verbose", request.verbose, "A line for every check, too");
    app.add_flag("--list", request.list, "Print the rules and their checks, and end");
}

bool wanted(const Request &request, const Check &check) {
    if (request.rules.empty()) return true;
    const std::string rule = std::to_string(check.rule);
    for (const std::string &word : request.rules)
        if (word == rule || word == rule + "." + std::to_string(check.part)) return true;
    return false;
}

Plugin plugin_of(const Request &request) {
    Plugin plugin;
    (request.symbol.empty() ? plugin.name : plugin.file) = request.plugin;
    plugin.symbol = request.symbol;
    plugin.adapt = request.adapt;
    plugin.hosted = !request.host_loop.empty();
    if (request.host_loop != "true") plugin.rig = request.host_loop;  // CLI11's word for a flag without a value
    return plugin;
}

/// Makes the checks with a limit each, and loses patience with a plugin that always hangs.
class Checker {
public:
    Checker(const Subject &subject, unsigned limit) : subject_(subject), limit_(limit) {}

    Result make(const Check &check) {
        Result result = perform(check, subject_, limit_);
        hangs_ += result.outcome == Outcome::kHung ? 1 : 0;
        if (hangs_ >= kHangsWaitedFor) limit_ = std::min(limit_, kImpatientSeconds);
        return result;
    }

private:
    const Subject &subject_;
    unsigned limit_;
    unsigned hangs_ = 0;
};

/// Why a rule is not looked at on `subject`.
const char *why_not(int rule, const std::vector<Check> &all) {
    const auto check = std::find_if(all.begin(), all.end(), [rule](const Check &one) { return one.rule == rule; });
    if (check == all.end()) return "asks nothing of a plugin";
    return check->subjects == For::kHostLoop ? "asked with --host-loop" : "asked without --host-loop and --adapt";
}

int run(const Request &request) {
    const Plugin plugin = plugin_of(request);
    const Subject subject = subject_of(plugin);
    Checker checker(subject, request.no_fork ? 0 : request.limit);

    const Check probe{0, 0, "a table is made and destroyed", [](Context &) {}};
    const Result first = checker.make(probe);
    if (first.outcome == Outcome::kNoSubject) {
        fmt::print(stderr, "tenon-io-check: {}\n", first.text);
        return kNothingChecked;
    }
    fmt::print("tenon-io-check: {}\n\n", plugin.description());
    if (first.failed() && first.failure.rule == 0) {
        fmt::print("BROKEN before any rule could be looked at\n  expected: {}\n  happened: {}\n0 passed, 1 failed\n",
                   first.failure.expected, first.failure.happened);
        return kBroken;
    }

    Report report(request.verbose);
    const std::vector<Check> all = all_checks();
    for (int rule = 1; rule <= kRuleCount; ++rule) {
        std::vector<Report::Made> made;
        for (const Check &check : all) {
            if (check.rule != rule || !wanted(request, check) || !applies(check, subject)) continue;
            made.push_back({check, checker.make(check)});
        }
        if (!made.empty()) report.rule(rule, made);
        else if (request.rules.empty()) report.not_asked(rule, why_not(rule, all));
    }
    report.finish();
    return report.good() ? kKept : kBroken;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app{"Says of an IO plugin which rules of the contract it keeps, and what happens where it does not.",
                 "tenon-io-check"};
    Request request;
    describe(app, request);
    try {
        app.parse(argc, argv);
        if (request.plugin.empty() && !request.list) throw CLI::RequiredError("NAME, or FILE SYMBOL");
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? kKept : kNothingChecked;
    }
    if (request.list) print_rules();
    return request.list ? kKept : run(request);
}
