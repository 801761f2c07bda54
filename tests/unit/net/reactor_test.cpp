// SPDX-License-Identifier: Apache-2.0
// Turns that end with nobody left on the table, and timers that the plugin would not arm.
#include "net/reactor.hpp"

#include <cerrno>
#include <memory>
#include <optional>

#include <doctest/doctest.h>

#include "test_loop.hpp"

using namespace tenon;
using tenon::test::TestLoop;

namespace {

decltype(tenon_io_ops::update_timer) real_update_timer;
int refusals;

/// Arms nothing while there are refusals left.
int grudging_update_timer(tenon_io_ops *io, void *timer, std::uint32_t usec, void *data, tenon_io_handler handler) {
    if (refusals == 0) return real_update_timer(io, timer, usec, data, handler);
    --refusals;
    io->error = ENOMEM;
    return -1;
}

}  // namespace

TEST_CASE("what is buried may hold the last user of the table, and bury more") {
    tenon_io_options options{};
    options.find = TENON_IO_NAME;
    options.name = "epoll";
    tenon_io_ops *io = nullptr;
    REQUIRE(tenon_create_io_ops(&io, &options) == TENON_IO_OK);
    struct Mourner {
        net::ReactorRef reactor;
        int *buried;
        static void bury(void *self) {
            std::unique_ptr<Mourner> mourner(static_cast<Mourner *>(self));
            if (++*mourner->buried > 1) return;
            auto next = std::make_unique<Mourner>(*mourner);
            net::Reactor &reactor = *next->reactor;
            reactor.bury(next.release(), bury);
        }
    };
    int buried = 0;
    {
        std::optional<net::ReactorRef> user(io);
        net::Reactor &reactor = **user;
        const net::Turn turn(reactor);
        reactor.bury(std::make_unique<Mourner>(Mourner{*user, &buried}).release(), Mourner::bury);
        user.reset();
        CHECK(buried == 0);
        CHECK(io->core != nullptr);
    }
    CHECK(buried == 2);
    CHECK(io->core == nullptr);
    tenon_destroy_io_ops(io);
}

TEST_CASE("a timer that the plugin would not arm is armed at the end of a later turn, for the same moment") {
    TestLoop loop;
    real_update_timer = loop.io()->update_timer;
    loop.io()->update_timer = grudging_update_timer;
    int fired = 0;
    net::Timer timer(loop.reactor(), &fired, [](void *count) { ++*static_cast<int *>(count); });
    SUBCASE("once the plugin can again") {
        refusals = 3;
        timer.arm(1'000);
        CHECK(refusals == 2);
        CHECK(timer.armed());
        for (int i = 0; i < 3; ++i) const net::Turn turn(loop.reactor());
        CHECK(refusals == 0);
        loop.run_for(50'000);
        CHECK(fired == 1);
        CHECK_FALSE(timer.armed());
    }
    SUBCASE("unless it was cancelled") {
        refusals = 1;
        timer.arm(1'000);
        timer.cancel();
        { const net::Turn turn(loop.reactor()); }
        loop.run_for(20'000);
        CHECK(fired == 0);
    }
    SUBCASE("or armed anew") {
        refusals = 1;
        timer.arm(1'000);
        timer.arm(60'000'000);
        { const net::Turn turn(loop.reactor()); }
        loop.run_for(20'000);
        CHECK(fired == 0);
        CHECK(timer.armed());
    }
    refusals = 0;
}
