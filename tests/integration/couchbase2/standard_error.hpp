// SPDX-License-Identifier: Apache-2.0
/// @file
/// Keeps what is written to standard error.
#pragma once

#include <cstdio>
#include <string>

#include <unistd.h>

#include <doctest/doctest.h>

namespace tenon::test {

/// From its construction to its end.
class StandardError {
public:
    StandardError() : file_(std::tmpfile()), before_(dup(STDERR_FILENO)) {
        REQUIRE(file_ != nullptr);
        std::fflush(stderr);
        dup2(fileno(file_), STDERR_FILENO);
    }
    StandardError(const StandardError &) = delete;
    StandardError &operator=(const StandardError &) = delete;
    ~StandardError() {
        std::fflush(stderr);
        dup2(before_, STDERR_FILENO);
        close(before_);
        std::fclose(file_);
    }

    /// What was written so far.
    std::string take() {
        std::fflush(stderr);
        std::string text;
        std::rewind(file_);
        for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) text += static_cast<char>(c);
        return text;
    }

private:
    std::FILE *file_;
    int before_;
};

}  // namespace tenon::test
