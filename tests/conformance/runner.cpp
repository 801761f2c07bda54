// SPDX-License-Identifier: Apache-2.0
//
// tenon-conformance: makes the checks of the IO-ops contract on one plugin and prints a line for each.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "counting.hpp"
#include "host_loop.hpp"
#include "process.hpp"
#include "revision0.hpp"
#include "suite.hpp"

namespace tenon::conformance {
namespace {

constexpr const char *kUsage =
    "usage: tenon-conformance [OPTION…] NAME | FILE SYMBOL\n"
    "  NAME          a plugin as the loader finds it by name\n"
    "  FILE SYMBOL   a shared object and its creator\n"
    "  --host-loop   hands the plugin a loop of the host's, which has work of its own\n"
    "  --adapt       looks at a plugin of revision 0 through the engine's adapter\n"
    "  --rule N[.M]  only this rule (repeatable)\n"
    "  --limit S     seconds a check may take before it counts as hung (20)\n"
    "  --no-fork     every check in this process, for a debugger\n"
    "  --list        prints the checks\n";

struct Request {
    tenon_io_options plugin{};
    std::vector<const char *> names;
    std::vector<std::pair<int, int>> rules;  ///< part 0: all of them
    bool host_loop = false;
    bool adapt = false;
    bool list = false;
    unsigned limit = 20;
};

std::optional<Request> parse(int argc, char **argv) {
    Request request;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const bool has_value = i + 1 < argc;
        if (word == "--host-loop") request.host_loop = true;
        else if (word == "--adapt") request.adapt = true;
        else if (word == "--list") request.list = true;
        else if (word == "--no-fork") request.limit = 0;
        else if (word == "--limit" && has_value) request.limit = static_cast<unsigned>(std::atoi(argv[++i]));
        else if (word == "--rule" && has_value) {
            std::pair<int, int> rule{0, 0};
            if (std::sscanf(argv[++i], "%d.%d", &rule.first, &rule.second) < 1) return std::nullopt;
            request.rules.push_back(rule);
        } else if (word.starts_with("--")) return std::nullopt;
        else request.names.push_back(argv[i]);
    }
    if (request.list) return request;
    if (request.names.size() == 1) {
        request.plugin.find = TENON_IO_NAME;
        request.plugin.name = request.names[0];
    } else if (request.names.size() == 2) {
        request.plugin.find = TENON_IO_FILE;
        request.plugin.file = request.names[0];
        request.plugin.symbol = request.names[1];
    } else {
        return std::nullopt;
    }
    return request;
}

bool wanted(const Request &request, const Check &check) {
    if (request.rules.empty()) return true;
    for (const auto &[rule, part] : request.rules)
        if (rule == check.rule && (part == 0 || part == check.part)) return true;
    return false;
}

tenon_io_ops *create(const Request &request, void *cookie) {
    tenon_io_options options = request.plugin;
    options.cookie = cookie;
    tenon_io_ops *io = nullptr;
    if (tenon_create_io_ops(&io, &options) != TENON_IO_OK) throw Failure{"the plugin makes a table", tenon_io_error_message()};
    return io;
}

/// Plain tables of revision 1.
Subject plain_subject(const Request &request) {
    Subject subject;
    subject.create = [&request](void *cookie) {
        tenon_io_ops *io = create(request, cookie);
        expect(io->version == 0, "the table has version 0, the event model", text("version ", io->version));
        expect(io->revision >= TENON_IO_REVISION, "the table has revision 1 or later (--adapt is for older ones)",
               text("revision ", io->revision));
        return io;
    };
    subject.destroy = tenon_destroy_io_ops;
    return subject;
}

/// A table of revision 0 and the engine's adapter in front of it.
struct Pair {
    tenon_io_ops *adapter;
    tenon_io_ops *table;
};
// Inside a function it would be made, and destroyed, only in threads that came by there.
thread_local std::vector<Pair> pairs;

Subject adapted_subject(const Request &request) {
    Subject subject;
    subject.adapted = true;
    subject.create = [&request](void *cookie) {
        tenon_io_ops *table = create(request, cookie);
        expect(table->revision == 0, "the table has revision 0", text("revision ", table->revision));
        pairs.push_back({ops::adapt_revision0(table), table});
        return pairs.back().adapter;
    };
    subject.destroy = [](tenon_io_ops *adapter) {
        for (auto pair = pairs.begin(); pair != pairs.end(); ++pair) {
            if (pair->adapter != adapter) continue;
            tenon_io_ops *table = pair->table;
            pairs.erase(pair);
            ops::release_revision0(adapter);
            return tenon_destroy_io_ops(table);
        }
    };
    return subject;
}

void print(const Check &check, const Result &result) {
    const std::string label = text("R", check.rule, ".", check.part);
    const char *verdict = result.outcome == Outcome::kPassed ? "ok" : result.outcome == Outcome::kSkipped ? "skipped" : "FAILED";
    std::printf("%-6s %s … %s", label.c_str(), check.name, verdict);
    if (!result.text.empty()) std::printf(": %s", result.text.c_str());
    for (const std::string &note : result.notes) std::printf(" (%s)", note.c_str());
    std::printf("\n");
    std::fflush(stdout);
}

int run(const Request &request) {
    Subject subject = request.adapt ? adapted_subject(request) : plain_subject(request);
    subject.count_calls = call_counter();
    if (request.host_loop) {
        const char *name = request.plugin.find == TENON_IO_NAME ? request.plugin.name : "";
        subject.host = find_host(name);
        if (subject.host == nullptr) {
            std::fprintf(stderr, "tenon-conformance: no host's loop for \"%s\" in this program (tenon-conformance-NAME has NAME's)\n",
                         name);
            return 2;
        }
    }
    const Check probe{0, 0, "a table is made and destroyed", [](Context &) {}};
    if (const Result result = perform(probe, subject, request.limit); result.outcome == Outcome::kFailed) {
        std::fprintf(stderr, "tenon-conformance: %s\n", result.text.c_str());
        return 2;
    }
    int passed = 0;
    int failed = 0;
    for (const Check &check : all_checks()) {
        if (!wanted(request, check) || !applies(check, subject)) continue;
        const Result result = perform(check, subject, request.limit);
        print(check, result);
        passed += result.outcome == Outcome::kPassed ? 1 : 0;
        failed += result.outcome == Outcome::kFailed ? 1 : 0;
    }
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed != 0 ? 0 : 1;
}

}  // namespace
}  // namespace tenon::conformance

int main(int argc, char **argv) {
    using namespace tenon::conformance;
    const std::optional<Request> request = parse(argc, argv);
    if (!request) {
        std::fputs(kUsage, stderr);
        return 2;
    }
    if (!request->list) return run(*request);
    for (const Check &check : all_checks()) std::printf("R%d.%d %s\n", check.rule, check.part, check.name);
    return 0;
}
