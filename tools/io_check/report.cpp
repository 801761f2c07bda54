// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "rules.hpp"

namespace tenon::conformance {
namespace {

constexpr std::size_t kColumns = 110;
constexpr std::size_t kIndent = 15;  ///< before a rule's words

std::string label(const Check &check) { return fmt::format("R{}.{}", check.rule, check.part); }

/// `words` in lines of kColumns at most, all but the first one indented by `indent`.
std::string folded(std::string_view words, std::size_t indent) {
    std::string out;
    std::size_t column = indent;
    while (!words.empty()) {
        const std::string_view word = words.substr(0, words.find(' '));
        words.remove_prefix(std::min(words.size(), word.size() + 1));
        if (column > indent && column + 1 + word.size() > kColumns) {
            out += '\n' + std::string(indent, ' ');
            column = indent;
        } else if (column > indent) {
            out += ' ';
            ++column;
        }
        out += word;
        column += word.size();
    }
    return out;
}

/// A rule's first sentence, and those after it that still fit in with "Level-triggered." and its like.
std::string_view title(int rule) {
    constexpr std::size_t kTerse = 40;
    const std::string_view words = words_of_rule(rule);
    std::size_t end = words.find(". ");
    while (end < kTerse) end = words.find(". ", end + 1);
    return words.substr(0, end == std::string_view::npos ? end : end + 1);
}

const char *verdict(const Result &result) {
    if (result.failed()) return "FAILED";
    return result.outcome == Outcome::kSkipped ? "skipped" : "ok";
}

/// The reasons checks were skipped for, each once.
std::string reasons(const std::vector<Report::Made> &made) {
    std::string all;
    for (const auto &[check, result] : made) {
        if (result.outcome != Outcome::kSkipped || all.find(result.text) != std::string::npos) continue;
        all += (all.empty() ? "" : "; ") + result.text;
    }
    return all;
}

}  // namespace

void Report::line(const char *verdict, int number, const std::string &words) const {
    fmt::print("{:<8} {:<5} {}\n", verdict, fmt::format("R{}", number), folded(words, kIndent));
}

void Report::failure(int number, const Made &made) {
    const auto &[check, result] = made;
    const int rule = result.failure.rule != 0 ? result.failure.rule : number;
    broken_[rule].push_back(label(check));
    const std::string indent(kIndent, ' ');
    const std::string breaks = rule == number ? "" : fmt::format(" (this breaks R{})", rule);
    fmt::print("{}{} {}{}\n", indent, label(check), check.name, breaks);
    fmt::print("{}  expected: {}\n", indent, folded(result.failure.expected, kIndent + 12));
    fmt::print("{}  happened: {}\n", indent, folded(result.failure.happened, kIndent + 12));
}

void Report::rule(int number, const std::vector<Made> &made) {
    const auto count = [&made](auto is) { return static_cast<int>(std::count_if(made.begin(), made.end(), is)); };
    const int failed = count([](const Made &m) { return m.result.failed(); });
    const int own = count([number](const Made &m) {
        return m.result.failed() && (m.result.failure.rule == 0 || m.result.failure.rule == number);
    });
    const int skipped = count([](const Made &m) { return m.result.outcome == Outcome::kSkipped; });
    failed_ += failed;
    skipped_ += skipped;
    passed_ += static_cast<int>(made.size()) - failed - skipped;

    if (own != 0) {
        line("BROKEN", number, std::string(words_of_rule(number)));
    } else if (failed != 0) {
        line("unclear", number,
             fmt::format("{} [other rules are broken, so that this one cannot be judged]", title(number)));
    } else if (skipped == static_cast<int>(made.size())) {
        line("skipped", number, fmt::format("{} [{}]", title(number), reasons(made)));
    } else {
        ++kept_;
        line("kept", number,
             skipped == 0 ? std::string(title(number))
                          : fmt::format("{} [{} of {} checks skipped: {}]", title(number), skipped, made.size(), reasons(made)));
    }
    for (const Made &one : made) {
        if (verbose_ && !one.result.failed()) {
            fmt::print("{:{}}{} {} … {}", "", kIndent, label(one.check), one.check.name, verdict(one.result));
            for (const std::string &note : one.result.notes) fmt::print(" ({})", note);
            fmt::print("\n");
        }
        if (one.result.failed()) failure(number, one);
    }
    std::fflush(stdout);
}

void Report::not_asked(int number, const std::string &why) {
    line("-", number, fmt::format("{} [{}]", title(number), why));
}

void Report::finish() {
    fmt::print("\n{} rules kept, {} broken\n", kept_, broken_.size());
    for (const auto &[rule, checks] : broken_) fmt::print("  R{}, seen by {}\n", rule, fmt::join(checks, ", "));
    if (!broken_.empty()) {
        fmt::print("What each rule is for, and how a reactor keeps it: {}/writing-a-plugin.md\n", TENON_DOCUMENTS);
        fmt::print("One check again, in a debugger: --no-fork --rule {}\n", broken_.begin()->second.front());
    }
    const std::string skipped = skipped_ == 0 ? "" : fmt::format(", {} skipped", skipped_);
    fmt::print("{} passed, {} failed{}\n", passed_, failed_, skipped);
}

void print_rules() {
    const std::vector<Check> checks = all_checks();
    for (int rule = 1; rule <= kRuleCount; ++rule) {
        fmt::print("R{:<4} {}\n", rule, folded(words_of_rule(rule), 6));
        for (const Check &check : checks)
            if (check.rule == rule) fmt::print("      {:<7} {}\n", label(check), check.name);
    }
}

}  // namespace tenon::conformance
