// SPDX-License-Identifier: Apache-2.0
//
// The suite looked at from outside: every plugin of broken.cpp is told by the rule it breaks, and by a crash, a hang or a
// signal as well as by a wrong answer; the plugin that breaks nothing passes the same rules.
#include <array>
#include <cstdio>
#include <string>

#include <doctest/doctest.h>

namespace {

struct Run {
    std::string output;
    int status;
};

Run run_suite(const std::string &symbol, const std::string &rule) {
    const std::string command = std::string(TENON_CONFORMANCE) + " --limit 4 --rule " + rule + " " + TENON_BROKEN + " " + symbol +
                                "_io_ops 2>&1";
    Run run{"", -1};
    std::FILE *pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) run.output += buffer.data();
    run.status = pclose(pipe);
    return run;
}

/// The line of the output that begins with the rule's name.
std::string line_of(const std::string &output, const std::string &rule) {
    const std::size_t at = output.find("R" + rule + " ");
    return at == std::string::npos ? "" : output.substr(at, output.find('\n', at) - at);
}

struct Breach {
    const char *plugin;
    const char *rule;  ///< the check that has to tell it
    const char *says;  ///< part of what it tells
};

constexpr Breach kBreaches[] = {
    {"edge_triggered", "1.1", "bytes read"},
    {"flags_zero_ignored", "1.6", "FAILED"},
    {"costly_updates", "1.7", "epoll_ctl"},
    {"argument_does_not_count", "2.1", "FAILED"},
    {"no_error_bit", "3.6", "ERROR"},
    {"limit_of_select", "11.7", "update_event"},
    {"repeating_timers", "7.1", "fires once"},
    {"early_timers", "7.2", "early"},
    {"late_timers", "7.2", "late"},
    {"callback_inside_a_call", "9.1", "inside a contract call"},
    {"event_after_destroy", "10.1", "destroyed watch"},
    {"inherited_sockets", "11.1", "close-on-exec"},
    {"raises_sigpipe", "11.3", "signal 13"},
    {"few_vectors", "11.10", "sendv"},
    {"late_close", "12.1", "FAILED"},
    {"deaf_to_stop", "14.2", "hung"},
    {"stop_remembered", "14.3", "FAILED"},
    {"leaks_a_descriptor", "16.1", "descriptors"},
    {"post_runs_at_once", "17.4", "inside"},
};

}  // namespace

TEST_CASE("every breach is told by its rule") {
    for (const Breach &breach : kBreaches) {
        CAPTURE(std::string(breach.plugin));
        const Run run = run_suite(breach.plugin, breach.rule);
        CAPTURE(run.output);
        const std::string line = line_of(run.output, breach.rule);
        CHECK(line.find("… FAILED") != std::string::npos);
        CHECK(line.find(breach.says) != std::string::npos);
        CHECK(run.output.ends_with("0 passed, 1 failed\n"));
        CHECK(run.status != 0);
    }
}

TEST_CASE("the same plugin unbroken passes") {
    for (const Breach &breach : kBreaches) {
        const Run run = run_suite("nothing", breach.rule);
        CAPTURE(run.output);
        CHECK(run.output.ends_with("1 passed, 0 failed\n"));
        CHECK(run.status == 0);
    }
}
