// SPDX-License-Identifier: Apache-2.0
//
// tenon-sim: runs histories of clients and a cluster on simulated machines, and judges them.

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "campaign.hpp"
#include "crash.hpp"
#include "generator.hpp"
#include "minimize.hpp"
#include "runner.hpp"

namespace {

using namespace tenon::simulation;

constexpr unsigned kMinimizeBudget = 4'000;

std::string read_file(const std::string &path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

void show(const Outcome &outcome) {
    for (const Violation &one : outcome.violations) fmt::print("violation of \"{}\": {}\n", one.rule, one.what);
    for (const std::string &one : outcome.undecided) fmt::print("undecided: {}\n", one);
    fmt::print("{} operations ({} succeeded, {} nobody knows of), {} upheavals, {:.1f} virtual seconds, {} events, "
               "digest {:016x}, {} states looked at\n",
               outcome.calls, outcome.succeeded, outcome.unknown, outcome.upheavals,
               static_cast<double>(outcome.virtual_time) / 1e6, outcome.events, outcome.digest,
               outcome.states);
}

/// One history with everything that happens in it.
int replay(const Plan &plan, bool quiet) {
    Trace trace([](const std::string &line) { fmt::print("{}\n", line); });
    if (!quiet) fmt::print("{}", to_text(plan));
    const Outcome outcome = run(plan, quiet ? nullptr : &trace);
    show(outcome);
    return outcome.violations.empty() ? 0 : 1;
}

/// The smallest part of a failing plan that breaks the same rule.
int print_minimal(const Plan &plan) {
    const Outcome outcome = run(plan);
    if (outcome.violations.empty()) {
        fmt::print("nothing is violated: there is nothing to shrink\n");
        return 0;
    }
    const std::string rule = outcome.violations.front().rule;
    const Plan smallest = minimize(
        plan,
        [&](const Plan &smaller) {
            for (const Violation &one : run(smaller).violations)
                if (one.rule == rule) return true;
            return false;
        },
        kMinimizeBudget);
    fmt::print("{}", to_text(smallest));
    show(run(smallest));
    return 1;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app{"Runs histories of clients and a cluster on simulated machines, and judges them.", "tenon-sim"};
    std::string seeds = "1..300", recorded, plan_file, expected;
    std::uint64_t seed = 0;
    unsigned jobs = 1, generator = kGeneratorVersion;
    bool shrink = false, quiet = false;
    app.add_option("--seeds", seeds, "The histories FIRST..LAST")
        ->envname("TENON_SIM_SEEDS")
        ->capture_default_str();
    app.add_option("--jobs", jobs, "So many at a time")->check(CLI::Range(1U, 256U))->capture_default_str();
    app.add_option("--recorded", recorded, "Also those that a file lists: a seed or a plan's file a line, and why");
    CLI::Option *one = app.add_option("--seed", seed, "One history, with all that happens");
    app.add_option("--generator", generator, "The plan that an earlier generator made of the seed")
        ->check(CLI::Range(1U, kGeneratorVersion))
        ->needs(one);
    app.add_option("--plan", plan_file, "The same for a plan from a file")->excludes(one);
    app.add_flag("--minimize", shrink, "Print the smallest part of that history that fails in the same way");
    app.add_option("--expect-violation", expected, "Stop at the first violation of this rule; fail if there is none");
    app.add_flag("--quiet", quiet, "Only what is found");
    CLI11_PARSE(app, argc, argv);

    name_crashes();
    try {
        if (one->count() != 0 || !plan_file.empty()) {
            const Plan plan = plan_file.empty() ? generate(seed, generator) : parse_plan(read_file(plan_file));
            return shrink ? print_minimal(plan) : replay(plan, quiet);
        }
        Campaign campaign(jobs, expected);
        if (!recorded.empty()) campaign.add_recorded(recorded);
        campaign.add_seeds(seeds);
        return campaign.run() ? 0 : 1;
    } catch (const std::runtime_error &error) {
        fmt::print(stderr, "tenon-sim: {}\n", error.what());
        return 2;
    }
}
