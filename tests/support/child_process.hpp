// SPDX-License-Identifier: Apache-2.0
/// @file
/// A program that a test starts and ends.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace tenon::test {

/// A child with its standard output on a pipe. Throws std::runtime_error if it cannot be started.
class ChildProcess {
public:
    /// `arguments[0]` is the program's path.
    explicit ChildProcess(const std::vector<std::string> &arguments);
    ChildProcess(const ChildProcess &) = delete;
    ChildProcess &operator=(const ChildProcess &) = delete;
    /// Ends it with SIGTERM, after five seconds with SIGKILL, and waits for it.
    ~ChildProcess();

    pid_t pid() const { return pid_; }
    /// Sends `signal` (0: none, it ends by itself) and waits for the end, as the destructor does. Returns its exit status,
    /// or minus the signal that ended it.
    int end(int signal);

    /// The next line of its output, without the newline. Throws if none comes within `seconds`.
    std::string read_line(int seconds = 20);

private:
    bool wait_for_end(int &status) const;

    pid_t pid_ = -1;
    int output_ = -1;
};

}  // namespace tenon::test
