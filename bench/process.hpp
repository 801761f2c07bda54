// SPDX-License-Identifier: Apache-2.0
/// @file
/// What this process has used so far: CPU and memory.
#pragma once

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>

namespace tenon::bench {

/// CPU time in microseconds.
struct Cpu {
    double user;
    double system;

    /// Of the whole process, or (RUSAGE_THREAD) of the calling thread.
    static Cpu now(decltype(RUSAGE_SELF) whose = RUSAGE_SELF) {
        rusage usage{};
        getrusage(whose, &usage);
        const auto microseconds = [](const timeval &t) {
            return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
        };
        return {microseconds(usage.ru_utime), microseconds(usage.ru_stime)};
    }
    double total() const { return user + system; }
    friend Cpu operator-(Cpu a, Cpu b) { return {a.user - b.user, a.system - b.system}; }
};

/// Bytes.
struct Memory {
    double heap;      ///< asked of malloc and not freed, its own book-keeping included
    double resident;  ///< what the system has given

    static Memory now() {
        const struct mallinfo2 info = mallinfo2();
        Memory memory{static_cast<double>(info.uordblks + info.hblkhd), 0};
        if (std::FILE *file = std::fopen("/proc/self/statm", "r")) {
            unsigned long size = 0, resident = 0;
            if (std::fscanf(file, "%lu %lu", &size, &resident) == 2)
                memory.resident = static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
            std::fclose(file);
        }
        return memory;
    }
    friend Memory operator-(Memory a, Memory b) { return {a.heap - b.heap, a.resident - b.resident}; }
};

}  // namespace tenon::bench
