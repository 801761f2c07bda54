// SPDX-License-Identifier: Apache-2.0
//
// The conformance suite of the IO-ops contract (docs/io-contract.md): what a check is, what it is run on, how it tells a
// breach. The checks know <tenon/io.h> and POSIX, nothing of the engine and nothing of any event library.
#pragma once

#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include <tenon/io.h>
#include <tenon/io_check.h>

namespace tenon::conformance {

/// A breach. Thrown by a check; inside a callback the fixture keeps it until the loop returns.
struct Failure {
    std::string expected;
    std::string happened;
    int rule = 0;  ///< the rule that is broken; 0: the one being checked
};

/// The plugin, or the rig of its host's loop, cannot be had: nothing of it can be checked.
struct NoSubject {
    std::string reason;
};

/// The check cannot be made here (an optional call the plugin leaves out, a limit of the machine).
struct Skip {
    std::string reason;
};

/// What the tool counts of the plugin's system calls, since the process began.
struct CallCount {
    long interest = 0;  ///< calls that tell the kernel what to watch (epoll_ctl)
    long waits = 0;     ///< calls that wait for readiness (epoll_wait, poll, …)
};

/// The plugin under test.
struct Subject {
    /// Called once, in the process of the check and before anything else, so that no code of the plugin's ever runs in the
    /// one that reports. Finds `host`. May be empty. Throws NoSubject.
    std::function<void(Subject &)> prepare;
    /// Makes a table on the host's loop `cookie`, or on a loop of its own for null. Throws NoSubject or Failure.
    std::function<tenon_io_ops *(void *cookie)> create;
    /// Undoes `create`.
    std::function<void(tenon_io_ops *)> destroy;
    /// Whether a host's loop is handed to the plugin; else it makes its own.
    bool hosted = false;
    const tenon_io_check_host *host = nullptr;
    /// A table of revision 0 is seen through the engine's adapter: what the plugin cannot tell is not asked for.
    bool adapted = false;
    /// Empty: system calls are not counted.
    std::function<CallCount()> count_calls;
    /// Told what the check waits for, so that a hang can be described.
    std::function<void(const std::string &)> step;
    /// Told what the reader of the result should know.
    std::function<void(const std::string &)> note;
};

/// Which subjects a check is for.
enum class For {
    kAll,
    kOwnLoop,    ///< the plugin runs its own loop
    kHostLoop,   ///< the host runs the loop
    kRevision1,  ///< asks for what a plugin of the tutorial's era cannot give even through the adapter
};

class Context;

/// One check: `rule`.`part` of the contract.
struct Check {
    int rule;
    int part;
    const char *name;
    void (*run)(Context &);
    For subjects = For::kAll;
};

/// Every check, in the order of the rules.
std::vector<Check> all_checks();

/// Whether `check` is made on `subject`.
bool applies(const Check &check, const Subject &subject);

/// Makes `check` on a fresh table (and a fresh host), then undoes both and looks whether the host came to harm.
/// Throws Failure, Skip or NoSubject.
void run_check(const Check &check, Subject &subject);

template <class... Parts>
std::string text(const Parts &...parts) {
    std::ostringstream out;
    (out << ... << parts);
    return out.str();
}

inline void expect(bool holds, const std::string &expected, const std::string &happened, int rule = 0) {
    if (!holds) throw Failure{expected, happened, rule};
}

template <class A, class B>
void expect_equal(const std::string &what, const A &expected, const B &got) {
    if (!(expected == got)) throw Failure{text(what, " = ", expected), text(what, " = ", got), 0};
}

// One list a file, in the contract's grouping.
std::vector<Check> event_checks();
std::vector<Check> error_checks();
std::vector<Check> timer_checks();
std::vector<Check> turn_checks();
std::vector<Check> callback_checks();
std::vector<Check> socket_checks();
std::vector<Check> stream_checks();
std::vector<Check> descriptor_checks();
std::vector<Check> loop_checks();
std::vector<Check> host_checks();
std::vector<Check> thread_checks();
std::vector<Check> resolve_checks();

}  // namespace tenon::conformance
