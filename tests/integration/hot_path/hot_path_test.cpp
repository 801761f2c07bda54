// SPDX-License-Identifier: Apache-2.0
// What the hot path promises: in steady state no heap allocation, and system calls by the batch.
#include <algorithm>
#include <cstdint>
#include <csignal>
#include <string>

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <doctest/doctest.h>
#include <tenon/tenon.hpp>

#include "bench/load.hpp"
#include "tests/support/allocation_count.hpp"
#include "tests/support/devcluster_child.hpp"

namespace {

/// Calls of the table, counted by standing in front of it. Waits are counted below the built-in epoll plugin.
struct Calls {
    std::uint64_t sendv = 0;
    std::uint64_t recvv = 0;
    std::uint64_t update_event = 0;
    std::uint64_t other = 0;  // socket, connect, send, recv, close, sockopt
    std::uint64_t waits = 0;
} calls;

tenon_io_ops real;  // what stood in the table before

void count_calls(tenon_io_ops *io) {
    real = *io;
    io->sendv = [](tenon_io_ops *table, int sock, tenon_iovec *iov, std::size_t n) {
        ++calls.sendv;
        return real.sendv(table, sock, iov, n);
    };
    io->recvv = [](tenon_io_ops *table, int sock, tenon_iovec *iov, std::size_t n) {
        ++calls.recvv;
        return real.recvv(table, sock, iov, n);
    };
    io->update_event = [](tenon_io_ops *table, int sock, void *event, short flags, void *data, tenon_io_handler done) {
        ++calls.update_event;
        return real.update_event(table, sock, event, flags, data, done);
    };
    io->delete_event = [](tenon_io_ops *table, int sock, void *event) {
        ++calls.update_event;
        real.delete_event(table, sock, event);
    };
    io->send = [](tenon_io_ops *table, int sock, const void *bytes, std::size_t size, int flags) {
        ++calls.other;
        return real.send(table, sock, bytes, size, flags);
    };
    io->recv = [](tenon_io_ops *table, int sock, void *bytes, std::size_t size, int flags) {
        ++calls.other;
        return real.recv(table, sock, bytes, size, flags);
    };
    io->socket = [](tenon_io_ops *table, int domain, int type, int protocol) {
        ++calls.other;
        return real.socket(table, domain, type, protocol);
    };
    io->sockopt = [](tenon_io_ops *table, int sock, int option, void *value, unsigned *length) {
        ++calls.other;
        return real.sockopt(table, sock, option, value, length);
    };
}

/// One client on epoll and the load on it, warmed up: every pool has grown to its size.
struct Fixture {
    explicit Fixture(std::size_t batch, std::size_t cycles)
        : cluster({"--nodes", "4", "--replicas", "0"}),
          io(tenon::io::load("epoll")),
          client((count_calls(io.get()), io), options()),
          load(client, {.items = 2000, .batch = batch, .cycles = cycles}) {
        REQUIRE_FALSE(client.connect());
        REQUIRE_MESSAGE(!client.wait(), client.error_message());
        REQUIRE_FALSE(load.prefill());
        REQUIRE_FALSE(load.run());
        REQUIRE(load.errors() == 0);
    }

    tenon::Options options() const {
        tenon::Options o;
        o.hosts = {cluster.management()};
        return o;
    }

    tenon::test::DevclusterChild cluster;
    tenon::io io;
    tenon::Client client;
    tenon::bench::Load load;
};

}  // namespace

// The built-in plugin's waits come through here.
extern "C" int epoll_wait(int epoll, epoll_event *events, int size, int timeout) {
    ++calls.waits;
    return static_cast<int>(syscall(SYS_epoll_pwait, epoll, events, size, timeout, nullptr, std::size_t{8}));
}
extern "C" int epoll_pwait2(int epoll, epoll_event *events, int size, const timespec *timeout, const sigset_t *mask) {
    ++calls.waits;
    return static_cast<int>(syscall(SYS_epoll_pwait2, epoll, events, size, timeout, mask, std::size_t{8}));
}

TEST_CASE("the counter counts") {
    const std::uint64_t before = tenon::test::allocation_count();
    std::string text(1000, 'x');
    CHECK(text.size() == 1000);
    CHECK(tenon::test::allocation_count() > before);
}

TEST_CASE("an operation in steady state allocates nothing") {
    for (const std::size_t batch : {std::size_t{1}, std::size_t{100}, std::size_t{1000}}) {
        CAPTURE(batch);
        constexpr std::size_t kOperations = 20000;
        Fixture fixture(batch, kOperations / batch);
        const std::uint64_t before = tenon::test::allocation_count();
        const auto error = fixture.load.run();
        const std::uint64_t allocations = tenon::test::allocation_count() - before;
        CHECK_FALSE(error);
        CHECK(fixture.load.errors() == 0);
        CHECK(fixture.load.operations() == 2 * kOperations);
        CHECK(allocations == 0);
    }
}

namespace {

tenon::Detached get_again_and_again(tenon::Client &client, int times, std::uint64_t &allocations) {
    std::uint64_t before = 0;
    for (int i = -times; i < times; ++i) {
        if (i == 0) before = tenon::test::allocation_count();
        const tenon::Reply item = co_await client.get("key-0000000000000");
        if (item.error != tenon::errc::not_found) co_return;
    }
    allocations = tenon::test::allocation_count() - before;
}

}  // namespace

TEST_CASE("an awaited get allocates nothing beyond the coroutine's frame") {
    Fixture fixture(1, 100);
    std::uint64_t allocations = ~std::uint64_t{0};
    get_again_and_again(fixture.client, 1000, allocations);
    REQUIRE_FALSE(fixture.client.wait());
    CHECK(allocations == 0);
}

TEST_CASE("a batch of 100 on four nodes costs one sendv and one recvv a node") {
    constexpr std::size_t kBatches = 200;
    Fixture fixture(100, kBatches);
    calls = {};
    CHECK_FALSE(fixture.load.run());
    CHECK(fixture.load.errors() == 0);
    CHECK(calls.sendv <= 4 * kBatches);
    CHECK(calls.sendv >= kBatches);
    CHECK(calls.recvv <= 4 * kBatches);
    CHECK(calls.waits <= 5 * kBatches);
    CHECK(calls.update_event == 0);
    CHECK(calls.other == 0);
}

TEST_CASE("a batch is one flush: one sendv a node, and none before its end") {
    Fixture fixture(1, 10);
    std::size_t done = 0;
    for (const std::size_t size : {std::size_t{1}, std::size_t{50}}) {
        calls = {};
        done = 0;
        fixture.client.batch([&](auto &batch) {
            for (std::size_t i = 0; i < size; ++i)
                CHECK_FALSE(batch.get("key-" + std::to_string(i), [&](const tenon::Reply &) { ++done; }));
            CHECK(calls.sendv == 0);
        });
        const std::uint64_t sent = calls.sendv;
        CHECK(sent >= 1);
        CHECK(sent <= std::min(size, fixture.client.server_count()));
        REQUIRE_FALSE(fixture.client.wait());
        CHECK(done == size);
        CHECK(calls.sendv == sent);
        CHECK(calls.update_event == 0);
    }
}

TEST_CASE("a single operation costs one sendv, one recvv and one wait") {
    constexpr std::size_t kOperations = 2000;
    Fixture fixture(1, kOperations);
    calls = {};
    CHECK_FALSE(fixture.load.run());
    CHECK(fixture.load.errors() == 0);
    CHECK(calls.sendv == kOperations);
    CHECK(calls.recvv == kOperations);
    // one more where the run begins and ends; a timer due meanwhile costs one now and then
    CHECK(calls.waits <= kOperations + kOperations / 20 + 5);
    CHECK(calls.update_event == 0);
    CHECK(calls.other == 0);
}
