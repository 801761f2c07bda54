// SPDX-License-Identifier: Apache-2.0
#include "crash.hpp"

#include <csignal>
#include <cstdlib>
#include <string>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tenon::simulation;

TEST_CASE("a crash says in which history") {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
        ::dup2(pipe[1], STDERR_FILENO);
        std::signal(SIGABRT, SIG_DFL);  // doctest's own
        name_crashes();
        now_at("--seed 4710");
        now_at("--seed 4711");
        std::abort();
    }
    ::close(pipe[1]);
    std::string said;
    char bytes[256];
    for (ssize_t got = 0; (got = ::read(pipe[0], bytes, sizeof bytes)) > 0;) said.append(bytes, static_cast<std::size_t>(got));
    ::close(pipe[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(said == "\ncrashed in --seed 4711\n");
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGABRT);
}
