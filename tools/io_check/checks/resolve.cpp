// SPDX-License-Identifier: Apache-2.0
//
// Rule 18: `resolve`, where a plugin offers it.
#include <sys/socket.h>

#include "fixture.hpp"

namespace tenon::conformance {
namespace {

struct Answer {
    Loop *loop = nullptr;
    int calls = 0;
    int error = -1;
    unsigned count = 0;

    static void take(void *arg, int error, const sockaddr *const *, unsigned int count) {
        Answer &answer = *static_cast<Answer *>(arg);
        answer.loop->enter([&] {
            ++answer.calls;
            answer.error = error;
            answer.count = count;
            answer.loop->stop();
        });
    }
};

void offered_whole(Context &c) {
    const bool resolves = c.io()->resolve != nullptr;
    expect(resolves == (c.io()->cancel_resolve != nullptr), "resolve and cancel_resolve are both there or both null",
           "one is there");
    if (!resolves) throw Skip{"`resolve` is null"};
}

void numeric(Context &c) {
    offered_whole(c);
    Answer answer{&c.loop};
    void *query = c.loop.call([&](tenon_io_ops *io) { return io->resolve(io, "127.0.0.1", AF_UNSPEC, &answer, Answer::take); });
    expect(query != nullptr, "resolve gives a handle", text("null, error ", c.io()->error));
    c.step("the answer for 127.0.0.1");
    c.loop.run();
    expect_equal("the answer's error", 0, answer.error);
    expect(answer.count >= 1, "an address for 127.0.0.1", "none");
    expect_equal("answers", 1, answer.calls);
}

void cancelled(Context &c) {
    offered_whole(c);
    Answer answer{&c.loop};
    void *query = c.io()->resolve(c.io(), "localhost", AF_UNSPEC, &answer, Answer::take);
    expect(query != nullptr, "resolve gives a handle", text("null, error ", c.io()->error));
    c.io()->cancel_resolve(c.io(), query);
    c.loop.run_for(50);
    expect_equal("answers to a cancelled query", 0, answer.calls);
}

}  // namespace

std::vector<Check> resolve_checks() {
    return {
        {18, 1, "resolve answers later, once", numeric},
        {18, 2, "a cancelled query is never answered", cancelled},
    };
}

}  // namespace tenon::conformance
