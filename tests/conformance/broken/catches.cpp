// SPDX-License-Identifier: Apache-2.0
//
// tenon-io-check looked at from outside: every plugin of broken.cpp is told by the rule it breaks, and by a crash, a hang or a
// signal as well as by a wrong answer; the plugin that breaks nothing passes the same rules.
#include <array>
#include <cstdio>
#include <iterator>
#include <string>

#include <doctest/doctest.h>
#include <sys/wait.h>

namespace {

struct Run {
    std::string output;
    int status;
};

/// Runs tenon-io-check on a creator of broken.cpp; its exit status.
Run check(const std::string &options, const std::string &creator) {
    const std::string command =
        std::string(TENON_IO_CHECK) + " --limit 4 " + options + " " + TENON_BROKEN + " " + creator + "_io_ops 2>&1";
    Run run{"", -1};
    std::FILE *pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) run.output += buffer.data();
    const int status = pclose(pipe);
    run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return run;
}

bool says(const Run &run, const std::string &words) { return run.output.find(words) != std::string::npos; }

/// "R7" of "7.2".
std::string rule_of(const std::string &check) { return "R" + check.substr(0, check.find('.')); }

struct Breach {
    const char *plugin;
    const char *check;  ///< what has to notice it
    const char *says;   ///< part of what it tells
};

constexpr Breach kBreaches[] = {
    {"edge_triggered", "1.1", "bytes read"},
    {"flags_zero_ignored", "1.6", "happened: "},
    {"costly_updates", "1.7", "epoll_ctl"},
    {"argument_does_not_count", "2.1", "happened: "},
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
    {"late_close", "12.1", "happened: "},
    {"deaf_to_stop", "14.2", "hung"},
    {"stop_remembered", "14.3", "happened: "},
    {"leaks_a_descriptor", "16.1", "descriptors"},
    {"post_runs_at_once", "17.4", "inside"},
};

}  // namespace

TEST_CASE("every breach is told by its rule") {
    for (const Breach &breach : kBreaches) {
        CAPTURE(std::string(breach.plugin));
        const Run run = check(std::string("--rule ") + breach.check, breach.plugin);
        CAPTURE(run.output);
        CHECK(says(run, "\nBROKEN   " + rule_of(breach.check) + " "));
        CHECK(says(run, std::string(" R") + breach.check + " "));
        CHECK(says(run, breach.says));
        CHECK(says(run, "\n0 rules kept, 1 broken\n  " + rule_of(breach.check) + ", seen by R" + breach.check + "\n"));
        CHECK(run.output.ends_with("\n0 passed, 1 failed\n"));
        CHECK(run.status == 1);
    }
}

TEST_CASE("the same plugin unbroken passes") {
    std::string rules;
    for (const Breach &breach : kBreaches) rules += std::string(" --rule ") + breach.check;
    const Run run = check(rules, "nothing");
    CAPTURE(run.output);
    CHECK(!says(run, "BROKEN"));
    const std::size_t checks = std::size(kBreaches) - 1;  // 7.2 stands there twice
    CHECK(run.output.ends_with("\n" + std::to_string(checks) + " passed, 0 failed\n"));
    CHECK(run.status == 0);
}

TEST_CASE("a crash is its rule's, and the rest is checked all the same") {
    const Run run = check("--rule 1 --rule 3 --rule 4.1", "crashes");
    CAPTURE(run.output);
    CHECK(says(run, "\nkept     R1 "));
    CHECK(says(run, "\nBROKEN   R3 "));
    CHECK(says(run, "killed by signal 6"));
    CHECK(says(run, "\nkept     R4 "));
    CHECK(run.status == 1);
}

TEST_CASE("a rule that another one's check sees broken is the one that is named") {
    const Run run = check("--rule 4.1", "callback_inside_a_call");
    CAPTURE(run.output);
    CHECK(says(run, "\nunclear  R4 "));
    CHECK(says(run, "(this breaks R9)"));
    CHECK(says(run, "\n0 rules kept, 1 broken\n  R9, seen by R4.1\n"));
    CHECK(run.status == 1);
}

TEST_CASE("a host that comes to harm is told") {
    const Run run = check("--host-loop=epoll --rule 1.1 --rule 15.1", "slows_the_host");
    CAPTURE(run.output);
    CHECK(says(run, "\nkept     R1 "));
    CHECK(says(run, "\nBROKEN   R15 "));
    CHECK(run.status == 1);
}

TEST_CASE("where there is nothing to check, it says why") {
    struct Case {
        const char *options;
        const char *creator;
        const char *says;
    };
    for (const auto &[options, creator, words] : {Case{"", "no_such", "no_such_io_ops"},
                                                  Case{"--host-loop", "nothing", "exports no tenon_io_check_host_loop"},
                                                  Case{"--host-loop=no_such", "nothing", "no rig for a host's loop \"no_such\""},
                                                  Case{"--host-loop=./no_such.so", "nothing", "no_such.so"},
                                                  Case{"--adapt", "nothing", "--adapt is for plugins of revision 0"},
                                                  Case{"--rule 19", "nothing", "rules are numbered 1 to 18"}}) {
        const Run run = check(options, creator);
        CAPTURE(run.output);
        CHECK(says(run, words));
        CHECK(run.status == 2);
    }
}
