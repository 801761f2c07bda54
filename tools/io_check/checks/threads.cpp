// SPDX-License-Identifier: Apache-2.0
//
// Rule 17: tables on several threads, and `post`. (That the child of a fork calls nothing is a rule for the program: there
// is nothing a plugin could be asked.)
#include <atomic>
#include <csignal>
#include <cstring>
#include <thread>

#include "fixture.hpp"

namespace tenon::conformance {
namespace {

constexpr short kRead = TENON_IO_READ;

/// Round trips on a socket pair with a timer between them, on a loop made, used and destroyed by the calling thread.
void ping_pong(const Subject &subject, int rounds) {
    Loop loop(subject);
    const Pair pair = unix_pair();
    {
        Watch ping(loop);
        Watch pong(loop);
        Timer timer(loop);
        ping.set(pair.a, kRead, [&](short) {
            drain(pair.a);
            if (ping.calls() == rounds) return loop.stop();
            timer.arm(ping.calls() % 2 == 0 ? 0 : 100, [&] { put(pair.a, "x"); });
        });
        pong.set(pair.b, kRead, [&](short) { drain(pair.b), put(pair.b, "x"); });
        put(pair.a, "x");
        loop.run();
    }
    loop.finish();
}

void two_threads(Context &c) {
    constexpr int kThreads = 2;
    constexpr int kRounds = 200;
    Failure failures[kThreads];
    std::vector<std::thread> threads;
    Subject quiet = c.subject;
    quiet.step = nullptr;  // the threads have no common place in the story
    quiet.note = nullptr;
    c.step("200 round trips on each of two threads with a loop each");
    for (Failure &failure : failures)
        threads.emplace_back([&quiet, &failure] {
            try {
                ping_pong(quiet, kRounds);
            } catch (const Failure &told) {
                failure = told;
            }
        });
    for (std::thread &thread : threads) thread.join();
    for (const Failure &failure : failures)
        if (!failure.expected.empty()) throw failure;
}

/// The posting side of a check: threads that post numbered messages to one table.
struct Mailbox {
    struct Message {
        Mailbox *box;
        int thread;
        int number;
    };
    Context &context;
    int threads;
    int per_thread;
    std::vector<int> next = {};
    std::vector<std::vector<Message>> messages = {};
    int received = 0;
    std::thread::id home = {};

    void prepare() {
        next.assign(static_cast<std::size_t>(threads), 0);
        home = std::this_thread::get_id();
        for (int t = 0; t < threads; ++t) {
            messages.emplace_back();
            for (int n = 0; n < per_thread; ++n) messages.back().push_back({this, t, n});
        }
    }
    static void receive(void *arg) {
        const Message &message = *static_cast<Message *>(arg);
        Mailbox &box = *message.box;
        box.context.loop.enter([&] {
            expect(std::this_thread::get_id() == box.home, "a posted function runs on the table's thread", "on another one");
            int &next = box.next[static_cast<std::size_t>(message.thread)];
            expect_equal(text("message from thread ", message.thread), next, message.number);
            ++next;
            if (++box.received == box.threads * box.per_thread) box.context.loop.stop();
        });
    }
};

void post_keeps_order(Context &c) {
    tenon_io_ops *io = c.io();
    if (io->post == nullptr) throw Skip{"`post` is null"};
    Mailbox box{c, 3, 2000};
    box.prepare();
    Timer bound(c.loop);
    bound.arm(0xffffffffU, [] {});
    std::atomic<int> failed = 0;
    std::vector<std::thread> threads;
    for (auto &messages : box.messages)
        threads.emplace_back([&messages, &failed, io] {
            for (Mailbox::Message &message : messages)
                if (io->post(io, Mailbox::receive, &message) != 0) ++failed;
        });
    c.step("6,000 functions posted by three threads");
    try {
        c.loop.run();
    } catch (const Failure &) {
        for (std::thread &thread : threads) thread.join();
        throw;
    }
    for (std::thread &thread : threads) thread.join();
    expect_equal("posts that failed", 0, failed.load());
    expect_equal("functions run", 6000, box.received);
}

void post_wakes(Context &c) {
    tenon_io_ops *io = c.io();
    if (io->post == nullptr) throw Skip{"`post` is null"};
    Timer bound(c.loop);
    bound.arm(60'000'000, [] {});
    std::thread poster([&c, io] {
        sleep_msec(20);  // by now the loop blocks
        io->post(io, [](void *loop) { static_cast<Loop *>(loop)->stop(); }, &c.loop);
    });
    c.step("a posted function to run in a loop that blocks");
    c.loop.run();
    poster.join();
}

/// A function that posts itself anew, to be run five times.
struct Chain {
    Loop &loop;
    bool inside = false;
    int runs = 0;

    void post() {
        inside = true;
        expect_equal("post", 0, loop.call([this](tenon_io_ops *io) { return io->post(io, run, this); }));
        inside = false;
    }
    static void run(void *arg) {
        Chain &chain = *static_cast<Chain *>(arg);
        chain.loop.enter([&chain] {
            expect(!chain.inside, "a posted function does not run inside post", "it did");
            if (++chain.runs == 5) return chain.loop.stop();
            chain.post();
        });
    }
};

void post_is_not_inside(Context &c) {
    if (c.io()->post == nullptr) throw Skip{"`post` is null"};
    Chain chain{c.loop};
    Timer timer(c.loop);
    timer.arm(60'000'000, [] {});
    chain.post();
    c.step("functions posted by posted functions");
    c.loop.run();
}

void post_keeps_no_loop_alive(Context &c) {
    tenon_io_ops *io = c.io();
    if (io->post == nullptr) throw Skip{"`post` is null"};
    static int ran;
    ran = 0;
    const auto fn = [](void *) { ++ran; };
    expect_equal("post", 0, io->post(io, fn, nullptr));
    // The timer only gives the function time to run; it is left over if the run ends before.
    Timer timer(c.loop);
    std::function<void()> wait = [&] {
        if (ran == 0 && timer.calls() < 200) timer.arm(5000, wait);
    };
    timer.arm(5000, wait);
    c.step("the run to end with the last timer, after a post");
    c.loop.run();
    expect_equal("posted functions run", 1, ran);
    c.step("the run to end at once, `post` being ready to wake it");
    c.loop.run();
}

void left_overs_never_run(Context &c) {
    if (c.io()->post == nullptr) throw Skip{"`post` is null"};
    static int ran;
    ran = 0;
    for (int i = 0; i < 3; ++i) {
        Loop loop(c.subject);
        loop.turn(1);
        for (int n = 0; n < 100; ++n) expect_equal("post", 0, loop.io()->post(loop.io(), [](void *) { ++ran; }, nullptr));
        loop.finish();
    }
    c.loop.turn(3);
    expect_equal("left-overs run after the table is gone", 0, ran);
}

void no_signal_handlers(Context &c) {
    const auto handlers = [] {
        std::vector<void (*)(int)> all;
        for (int signal = 1; signal < NSIG; ++signal) {
            struct sigaction action {};
            all.push_back(sigaction(signal, nullptr, &action) == 0 ? action.sa_handler : nullptr);
        }
        return all;
    };
    const auto before = handlers();
    ping_pong(c.subject, 5);
    expect(handlers() == before, "a plugin installs no signal handler", "the table of handlers changed");
    struct sigaction action {};
    sigaction(SIGPIPE, nullptr, &action);
    expect(action.sa_handler == SIG_DFL, "SIGPIPE is not ignored for the whole process", "its disposition changed");
}

}  // namespace

std::vector<Check> thread_checks() {
    return {
        {17, 1, "two loops on two threads", two_threads},
        {17, 2, "post from several threads, in order", post_keeps_order},
        {17, 3, "post wakes a loop that blocks", post_wakes},
        {17, 4, "no posted function runs inside post", post_is_not_inside},
        {17, 5, "post keeps no loop alive", post_keeps_no_loop_alive, For::kOwnLoop},
        {17, 6, "left-overs of post never run", left_overs_never_run},
        {17, 7, "no signal handler is installed", no_signal_handlers},
    };
}

}  // namespace tenon::conformance
