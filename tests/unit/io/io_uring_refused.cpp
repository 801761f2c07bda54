// SPDX-License-Identifier: Apache-2.0
//
// A kernel without io_uring, or one that forbids it as containers do: the loader says so, and another plugin is to be had.
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string>
#include <system_error>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <tenon/io.h>

namespace {

constexpr int kCannotForbid = 77;

/// Has io_uring_setup(2) fail with `error` in this process from now on.
bool forbid_io_uring(int error) {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter{sizeof program / sizeof *program, program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

int load(const char *name) {
    tenon_io_options options{};
    options.find = TENON_IO_NAME;
    options.name = name;
    tenon_io_ops *io = nullptr;
    const int code = tenon_create_io_ops(&io, &options);
    if (code == TENON_IO_OK) tenon_destroy_io_ops(io);
    return code;
}

/// In a process of its own, as there is no way back from the filter.
int ask(int error) {
    if (!forbid_io_uring(error)) return kCannotForbid;
    if (load("io_uring") != TENON_IO_ECREATOR) return 1;
    const std::string message = tenon_io_error_message();
    std::fprintf(stderr, "%s\n", message.c_str());
    if (message.find("io_uring") == std::string::npos) return 2;
    if (message.find(std::generic_category().message(error)) == std::string::npos) return 3;
    return load("epoll") == TENON_IO_OK ? 0 : 4;
}

}  // namespace

TEST_CASE("io_uring that the kernel refuses is told in its words, and epoll is still to be had") {
    for (const int error : {ENOSYS, EPERM}) {
        CAPTURE(error);
        std::fflush(nullptr);
        const pid_t child = fork();
        REQUIRE(child != -1);
        if (child == 0) _exit(ask(error));
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        REQUIRE(WIFEXITED(status));
        if (WEXITSTATUS(status) == kCannotForbid) {
            MESSAGE("skipped: this kernel has no seccomp filters");
            return;
        }
        CHECK(WEXITSTATUS(status) == 0);
    }
}
