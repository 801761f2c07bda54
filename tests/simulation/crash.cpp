// SPDX-License-Identifier: Apache-2.0
#include "crash.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include <csignal>
#include <unistd.h>

namespace tenon::simulation {
namespace {

constexpr std::string_view kBefore = "\ncrashed in ";
constexpr std::size_t kMost = 200;

/// Written as it is by a signal handler, which can do little else.
struct Label {
    char text[kBefore.size() + kMost + 1];
    std::size_t size = 0;
};
thread_local Label label;

void on_crash(int signal) {
    // Nothing can be done about a failed write here.
    if (label.size != 0 && ::write(STDERR_FILENO, label.text, label.size) < 0) label.size = 0;
    ::raise(signal);  // the handler was for once: now it takes its course
}

}  // namespace

void name_crashes() {
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
        struct sigaction before {};
        if (::sigaction(signal, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) continue;
        struct sigaction action {};
        action.sa_handler = on_crash;
        action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
        ::sigaction(signal, &action, nullptr);
    }
}

void now_at(std::string_view text) {
    text = text.substr(0, kMost);
    label.size = 0;
    char *const end = std::copy(text.begin(), text.end(), std::copy(kBefore.begin(), kBefore.end(), label.text));
    *end = '\n';
    label.size = static_cast<std::size_t>(end + 1 - label.text);
}

}  // namespace tenon::simulation
