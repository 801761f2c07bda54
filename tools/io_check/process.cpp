// SPDX-License-Identifier: Apache-2.0
#include "process.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tenon::conformance {
namespace {

// What a check's process tells its parent: lines of one letter and a text. A failure is three of them, kFailed the last.
constexpr char kStep = 's';
constexpr char kNote = 'n';
constexpr char kPassed = 'p';
constexpr char kExpected = 'e';
constexpr char kHappened = 'h';
constexpr char kFailed = 'f';
constexpr char kSkipped = 'k';
constexpr char kNoSubject = 'x';

using Tell = std::function<void(char, const std::string &)>;

void make(const Check &check, Subject &subject, const Tell &tell) {
    const auto failed = [&tell](const Failure &failure) {
        tell(kExpected, failure.expected);
        tell(kHappened, failure.happened);
        tell(kFailed, std::to_string(failure.rule));
    };
    subject.step = [&tell](const std::string &what) { tell(kStep, what); };
    subject.note = [&tell](const std::string &what) { tell(kNote, what); };
    try {
        run_check(check, subject);
        tell(kPassed, "");
    } catch (const Skip &skip) {
        tell(kSkipped, skip.reason);
    } catch (const NoSubject &none) {
        tell(kNoSubject, none.reason);
    } catch (const Failure &failure) {
        failed(failure);
    } catch (const std::exception &error) {
        failed({"the check runs", error.what(), 0});
    }
}

/// What was told so far.
class Story {
public:
    void hear(char kind, const std::string &what) {
        switch (kind) {
        case kStep: step_ = what; break;
        case kNote: result_.notes.push_back(what); break;
        case kExpected: result_.failure.expected = what; break;
        case kHappened: result_.failure.happened = what; break;
        case kFailed: result_.failure.rule = std::atoi(what.c_str()); return end(Outcome::kFailed, "");
        case kPassed: return end(Outcome::kPassed, what);
        case kSkipped: return end(Outcome::kSkipped, what);
        case kNoSubject: return end(Outcome::kNoSubject, what);
        default: break;
        }
    }
    void hear_bytes(const char *bytes, std::size_t size) {
        rest_.append(bytes, size);
        for (std::size_t end; (end = rest_.find('\n')) != std::string::npos; rest_.erase(0, end + 1))
            if (end > 0) hear(rest_[0], rest_.substr(1, end - 1));
    }
    bool told() const { return told_; }
    const Result &verdict() const { return result_; }
    Result died(const Check &check, Outcome outcome, const std::string &how) const {
        Result result = result_;
        result.outcome = outcome;
        result.failure = {step_.empty() ? check.name : step_, how, 0};
        return result;
    }

private:
    void end(Outcome outcome, const std::string &why) {
        result_.outcome = outcome;
        result_.text = why;
        told_ = true;
    }

    std::string rest_;
    std::string step_;
    Result result_;
    bool told_ = false;
};

void write_line(int fd, char kind, const std::string &what) {
    std::string line = kind + what + '\n';
    for (std::size_t i = 0; i + 1 < line.size(); ++i)
        if (line[i] == '\n') line[i] = ' ';
    for (std::size_t at = 0; at < line.size();) {
        const ssize_t n = write(fd, line.data() + at, line.size() - at);
        if (n > 0) at += static_cast<std::size_t>(n);
        else if (errno != EINTR) return;
    }
}

/// Listens to the child until it ends or `seconds` have passed; false if they have.
bool listen_to(int fd, unsigned seconds, Story &story) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::seconds(seconds);
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        if (left <= 0) return false;
        pollfd readable{fd, POLLIN, 0};
        if (poll(&readable, 1, static_cast<int>(left)) <= 0) continue;
        char buffer[4096];
        const ssize_t n = read(fd, buffer, sizeof buffer);
        if (n > 0) story.hear_bytes(buffer, static_cast<std::size_t>(n));
        else if (n == 0) return true;
    }
}

Result perform_here(const Check &check, Subject &subject) {
    Story story;
    const Tell tell = [&story](char kind, const std::string &what) { story.hear(kind, what); };
    make(check, subject, tell);
    return story.verdict();
}

}  // namespace

Result perform(const Check &check, Subject subject, unsigned seconds) {
    if (seconds == 0) return perform_here(check, subject);
    Story story;
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) return story.died(check, Outcome::kFailed, text("no pipe: ", std::strerror(errno)));
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child == -1) return story.died(check, Outcome::kFailed, text("no process: ", std::strerror(errno)));
    if (child == 0) {
        close(fds[0]);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        const Tell tell = [&fds](char kind, const std::string &what) { write_line(fds[1], kind, what); };
        make(check, subject, tell);
        std::exit(0);  // with everything that looks at a process's end: leak checkers, sanitizers
    }
    close(fds[1]);
    const bool ended = listen_to(fds[0], seconds, story);
    if (!ended) kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
    }
    close(fds[0]);
    if (story.told() && story.verdict().outcome != Outcome::kPassed && story.verdict().outcome != Outcome::kSkipped)
        return story.verdict();
    if (!ended) return story.died(check, Outcome::kHung, text("it hung for ", seconds, " s and was ended"));
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (signal != 0)
        return story.died(check, Outcome::kFailed, text("killed by signal ", signal, " (", strsignal(signal), ")"));
    if (code != 0)
        return story.died(check, Outcome::kFailed, text("the process ended with status ", code, ", see above"));
    return story.told() ? story.verdict() : story.died(check, Outcome::kFailed, "the process ended without a word");
}

}  // namespace tenon::conformance
