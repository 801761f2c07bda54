// SPDX-License-Identifier: Apache-2.0
#include "campaign.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "crash.hpp"
#include "generator.hpp"
#include "runner.hpp"

namespace tenon::simulation {
namespace {

/// So many failing histories are shown in full; of the others, their numbers.
constexpr std::size_t kShown = 10;
/// So many items may be undecided in any run, and one in fifty histories beyond.
constexpr std::uint64_t kMostUndecided = 5;

bool parse_number(std::string_view text, std::uint64_t &number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

std::string read_file(const std::string &path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// What all histories were together; several threads add to it.
class Totals {
public:
    explicit Totals(const std::string &expected) : expected_(expected) {}

    void add(const std::string &label, const Plan &plan, const Outcome &outcome) {
        const std::lock_guard lock(mutex_);
        ++histories_;
        calls_ += outcome.calls;
        succeeded_ += outcome.succeeded;
        unknown_ += outcome.unknown;
        undecided_ += outcome.undecided.size();
        virtual_time_ += outcome.virtual_time;
        clients_ += plan.clients.size();
        events_ += outcome.events;
        if (outcome.events > most_events_) {
            most_events_ = outcome.events;
            longest_ = label;
        }
        for (const Event &event : plan.events) ++(event.deed >= Deed::add ? steps_ : faults_);
        if (outcome.violations.empty()) return;
        for (const Violation &one : outcome.violations) found_ = found_ || one.rule == expected_;
        if (++violated_ <= kShown) {
            for (const Violation &one : outcome.violations)
                fmt::print("{}: violation of \"{}\": {}\n", label, one.rule, one.what);
            fmt::print("  again, with a trace: tenon-sim {0}; shrunk: tenon-sim {0} --minimize\n", label);
        } else {
            fmt::print("{}: violation of \"{}\"\n", label, outcome.violations.front().rule);
        }
        std::fflush(stdout);
    }

    /// Whether what was expected has been seen.
    bool found() {
        const std::lock_guard lock(mutex_);
        return found_;
    }

    bool print(double seconds) const {
        const double count = std::max<double>(1, static_cast<double>(histories_));
        const auto mean = [&](std::uint64_t sum) { return static_cast<double>(sum) / count; };
        fmt::print("on average {:.1f} clients, {:.1f} operations ({:.1f} succeeded, of {:.1f} nobody knows), "
                   "{:.1f} faults, {:.1f} steps of topology, {:.1f} virtual seconds, {:.0f} events (most: {} in {}); "
                   "{} items undecided\n",
                   mean(clients_), mean(calls_), mean(succeeded_), mean(unknown_), mean(faults_), mean(steps_),
                   mean(virtual_time_) / 1e6, mean(events_), most_events_, longest_, undecided_);
        if (expected_.empty() && too_many_undecided())
            fmt::print("the checker leaves too much undecided: such a run proves nothing\n");
        fmt::print("{} histories, {} violations, {:.1f} histories a second\n", histories_, violated_,
                   static_cast<double>(histories_) / seconds);
        if (!expected_.empty()) return found_;
        return violated_ == 0 && !too_many_undecided();
    }

private:
    /// A few items have too many orders; where it is many, it is the engine that does not tell what became of calls.
    bool too_many_undecided() const { return undecided_ > kMostUndecided + histories_ / 50; }

    const std::string expected_;
    bool found_ = false;
    std::mutex mutex_;
    std::uint64_t histories_ = 0, violated_ = 0, calls_ = 0, succeeded_ = 0, unknown_ = 0, undecided_ = 0;
    std::uint64_t events_ = 0, most_events_ = 0;
    std::string longest_;
    std::uint64_t virtual_time_ = 0, clients_ = 0, faults_ = 0, steps_ = 0;
};

}  // namespace

void Campaign::add_seeds(const std::string &range) {
    const std::size_t dots = range.find("..");
    const std::string_view text = range;
    const bool fits = dots == std::string::npos
                          ? parse_number(text, first_) && parse_number(text, last_)
                          : parse_number(text.substr(0, dots), first_) && parse_number(text.substr(dots + 2), last_);
    if (!fits || last_ < first_) throw std::runtime_error("not a range of seeds: " + range);
}

void Campaign::add_recorded(const std::string &path) {
    const std::string folder = path.substr(0, path.rfind('/') + 1);
    const std::string text = read_file(path);
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::string_view what = line.substr(0, line.find(' '));
        if (what.empty() || what.starts_with('#')) continue;
        std::uint64_t seed = 0, version = 0;
        const std::size_t colon = what.find(':');
        if (colon != what.npos && parse_number(what.substr(0, colon), version) &&
            parse_number(what.substr(colon + 1), seed)) {
            recorded_.push_back({fmt::format("--generator {} --seed {}", version, seed),
                                 generate(seed, static_cast<unsigned>(version))});
            continue;
        }
        const std::string file = fmt::format("{}{}", folder, what);
        if (parse_number(what, seed)) recorded_.push_back({fmt::format("--seed {}", seed), generate(seed)});
        else recorded_.push_back({"--plan " + file, parse_plan(read_file(file))});
    }
}

bool Campaign::run() const {
    Totals totals(expected_);
    const auto started = std::chrono::steady_clock::now();
    const std::uint64_t seeds = last_ < first_ ? 0 : last_ - first_ + 1;
    std::atomic<std::uint64_t> next = 0;
    const auto work = [&] {
        for (;;) {
            const std::uint64_t i = next++;
            if (i >= recorded_.size() + seeds || totals.found()) return;
            if (i < recorded_.size()) {
                now_at(recorded_[i].label);
                totals.add(recorded_[i].label, recorded_[i].plan, simulation::run(recorded_[i].plan));
            } else {
                const std::uint64_t seed = first_ + (i - recorded_.size());
                const std::string label = fmt::format("--seed {}", seed);
                now_at(label);
                const Plan plan = generate(seed);
                totals.add(label, plan, simulation::run(plan));
            }
        }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < jobs_; ++i) threads.emplace_back(work);
    work();
    for (std::thread &thread : threads) thread.join();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
    return totals.print(seconds.count());
}

}  // namespace tenon::simulation
