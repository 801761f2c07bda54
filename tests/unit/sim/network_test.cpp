// SPDX-License-Identifier: Apache-2.0
//
// The network when nothing is wrong with it: time, order, buffers, ends.
#include <numeric>

#include "rig.hpp"

namespace tenon::sim::test {
namespace {

std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + i * 7 % 26);
    return bytes;
}

/// Sends all of it as room comes up; `short_counts` and `blocked` count what happened on the way.
struct Sender {
    Sender(Peer &p, std::string b) : peer(p), bytes(std::move(b)) {
        peer.watch(TENON_IO_WRITE, [this](short) {
            const ssize_t sent = peer.send(std::string_view(bytes).substr(done));
            if (sent == -EAGAIN) ++blocked;
            REQUIRE((sent > 0 || sent == -EAGAIN));
            if (sent > 0) done += static_cast<std::size_t>(sent);
            if (sent > 0 && done < bytes.size()) ++short_counts;
            if (done == bytes.size()) peer.unwatch();
        });
    }
    Peer &peer;
    const std::string bytes;
    std::size_t done = 0;
    int short_counts = 0, blocked = 0;
};

}  // namespace

TEST_CASE("latency stays within its bounds, and is drawn anew") {
    Network network;
    network.latency = {200, 300};
    network.turn = {1, 1};
    Pair p(network);
    std::uint64_t least = ~std::uint64_t{0}, most = 0;
    for (int i = 0; i < 200; ++i) {
        std::uint64_t arrived = 0;
        p.far->watch(TENON_IO_READ, [&](short) {
            CHECK(p.far->receive() == "x");
            arrived = p.world.now();
        });
        const std::uint64_t sent = p.world.now();
        REQUIRE(p.near->send("x") == 1);
        p.world.run_for(1000);
        REQUIRE(arrived != 0);
        least = std::min(least, arrived - sent);
        most = std::max(most, arrived - sent);
    }
    CHECK(least >= 200);
    CHECK(least < 210);
    CHECK(most <= 301);  // a turn may have been over just now
    CHECK(most > 290);
}

TEST_CASE("a connect takes the round trip, and its delay") {
    Network network;
    network.latency = {500, 500};
    network.connect_delay = {10'000, 10'000};
    World world(1, network);
    Machine server(world, "10.0.0.1"), client(world, "10.1.0.1");
    Peer listener(server);
    listener.listen("10.0.0.1", 7);
    Peer peer(client);
    const std::uint64_t began = world.now();
    CHECK(peer.connect("10.0.0.1", 7) == EINPROGRESS);
    CHECK(peer.outcome() == 0);
    CHECK(world.now() >= began + 11'000);
    CHECK(world.now() <= began + 11'100);
}

TEST_CASE("bandwidth and slow hosts") {
    Network network;
    network.latency = {1000, 1000};
    network.bandwidth = 1'000'000;
    for (const unsigned slowness : {1U, 10U}) {
        Pair p(network);
        p.world.slow("10.0.0.1", slowness);
        const std::uint64_t began = p.world.now();
        Sender sender(*p.near, pattern(100'000));
        std::string got;
        p.far->collect(got);
        REQUIRE(p.world.run_until(began + 10'000'000, [&] { return got.size() == 100'000; }));
        CHECK(got == sender.bytes);
        CHECK(p.world.now() - began >= slowness * 101'000);
        CHECK(p.world.now() - began <= slowness * 101'000 + 1000);
    }
}

TEST_CASE("bytes keep their order within a connection and lose it between two") {
    Network network = Network::one_byte();
    network.crumb = 0;
    network.partial_read = network.partial_write = network.split = 500'000;
    network.latency = {10, 20'000};
    bool overtaken = false;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Pair p(network, seed);
        Peer other(p.client);
        CHECK(other.connect("10.0.0.1", 7) == EINPROGRESS);
        REQUIRE(other.outcome() == 0);
        Peer other_far(p.server, p.listener.accept());
        Sender one(*p.near, pattern(3000)), two(other, pattern(3000));
        std::string got, got_too;
        p.far->collect(got);
        other_far.collect(got_too);
        REQUIRE(p.world.run_until(p.world.now() + 1'000'000'000, [&] {
            overtaken = overtaken || (got.size() < got_too.size() && one.done > two.done);
            return got.size() == 3000 && got_too.size() == 3000;
        }));
        CHECK(got == one.bytes);
        CHECK(got_too == two.bytes);
    }
    CHECK(overtaken);
}

TEST_CASE("partial sends and receives, down to one byte") {
    Pair p(Network::one_byte());
    Sender sender(*p.near, pattern(500));
    std::string got;
    int pieces = 0, empty = 0;
    p.far->watch(TENON_IO_READ, [&](short) {
        const std::string piece = p.far->receive();
        CHECK(piece.size() <= 1);
        if (p.far->failure == EAGAIN) ++empty;
        got += piece;
        ++pieces;
    });
    REQUIRE(p.world.run_until(p.world.now() + 10'000'000, [&] { return got.size() == 500; }));
    CHECK(got == sender.bytes);
    CHECK(pieces == 500 + empty);
    CHECK(empty > 0);
    CHECK(sender.short_counts == 499);
}

TEST_CASE("a full buffer would block, and WRITE tells when there is room") {
    Network network;
    network.send_buffer = 1000;
    network.receive_buffer = 500;
    Pair p(network);
    CHECK(p.near->send(pattern(3000)) == 1000);
    CHECK(p.near->send("x") == -EAGAIN);
    bool writable = false;
    p.near->watch(TENON_IO_WRITE, [&](short) { writable = true; p.near->unwatch(); });
    CHECK_FALSE(p.world.run_until(p.world.now() + 10, [&] { return writable; }));
    // The first piece arrives whole, and makes room; the next ones wait for the reader.
    REQUIRE(p.world.run_until(p.world.now() + 10'000, [&] { return writable; }));
    CHECK(p.near->send(pattern(3000)) == 1000);
    p.world.run_for(1'000'000);
    CHECK(p.near->send("x") == -EAGAIN);
    CHECK(p.far->receive(600).size() == 600);
    p.world.run_for(1'000'000);
    CHECK(p.near->send("x") == 1);
    std::string rest;
    p.far->collect(rest);
    p.world.run_for(1'000'000);
    CHECK(rest.size() == 400 + 1000 + 1);
}

TEST_CASE("both directions under pressure, with one reader that begins late") {
    Network network;
    network.send_buffer = 4096;
    network.receive_buffer = 4096;
    network.partial_write = 100'000;
    network.partial_read = 300'000;
    Pair p(network);
    Sender up(*p.near, pattern(300'000));
    std::string got;
    p.world.after(3'000'000, [&] { p.far->collect(got); });
    p.world.run_for(2'000'000);
    CHECK(up.done < 10'000);
    REQUIRE(p.world.run_until(p.world.now() + 100'000'000, [&] { return got.size() == 300'000; }));
    CHECK(got == up.bytes);
}

TEST_CASE("half-close: the end of file comes behind the bytes, and the other way stays open") {
    Pair p;
    CHECK(p.near->send("last words") == 10);
    CHECK(ops::shut_write(p.near->io, p.near->sock) == 0);
    CHECK(p.near->send("x") == -EPIPE);
    p.world.run_for(10'000);
    CHECK(p.far->receive() == "last words");
    CHECK(p.far->receive() == "");
    CHECK(p.far->ended);
    CHECK(p.far->send("answer") == 6);
    p.world.run_for(10'000);
    CHECK(p.near->receive() == "answer");
    CHECK(p.near->receive() == "");
    CHECK(p.near->failure == EAGAIN);
    p.far->close();
    p.world.run_for(10'000);
    CHECK(p.near->receive() == "");
    CHECK(p.near->ended);
    // Both ways are shut: hung up, and told as an error in the direction asked for.
    short seen = 0;
    p.near->watch(TENON_IO_WRITE, [&](short which) { seen = which; p.near->unwatch(); });
    p.world.run_for(1000);
    CHECK(seen == (TENON_IO_WRITE | TENON_IO_ERROR));
    p.near->close();
    CHECK(p.world.connections() == 0);
}

TEST_CASE("an orderly close delivers what was sent before; sending to who closed is answered by a reset") {
    Pair p;
    CHECK(p.near->send("bye") == 3);
    p.near->close();
    p.world.run_for(10'000);
    CHECK(p.far->receive() == "bye");
    CHECK(p.far->receive() == "");
    CHECK(p.far->ended);
    CHECK(p.far->send("who is there?") == 13);
    p.world.run_for(10'000);
    CHECK(ops::pending_error(p.far->io, p.far->sock) == EPIPE);
    CHECK(p.far->send("x") == -EPIPE);
    p.far->close();
    CHECK(p.world.connections() == 0);
}

TEST_CASE("closing with input unread resets; what had arrived before can be read") {
    Pair p;
    CHECK(p.far->send("unread") == 6);
    CHECK(p.near->send("read") == 4);
    p.world.run_for(10'000);
    p.near->close();
    p.world.run_for(10'000);
    CHECK(p.far->receive() == "read");
    CHECK(p.far->receive() == "");
    CHECK(p.far->failure == ECONNRESET);
    CHECK(p.far->receive() == "");
    CHECK(p.far->ended);
}

TEST_CASE("connects that fail") {
    Network network;
    network.connect_timeout = 5'000'000;
    World world(1, network);
    Machine server(world, "10.0.0.1"), client(world, "10.1.0.1");
    Peer listener(server);
    listener.listen("10.0.0.1", 7);
    const auto try_once = [&](std::uint16_t port = 7) {
        Peer peer(client);
        CHECK(peer.connect("10.0.0.1", port) == EINPROGRESS);
        CHECK(peer.send("early") == -EAGAIN);
        const int outcome = peer.outcome();
        CHECK(ops::pending_error(peer.io, peer.sock) == 0);  // told once
        return outcome;
    };
    const auto forget = [&] {
        const int accepted = listener.accept();
        if (accepted >= 0) server.io->close(server.io, accepted);
        return accepted >= 0;
    };
    CHECK(try_once() == 0);
    CHECK(forget());
    CHECK(try_once(8) == ECONNREFUSED);
    world.refuse_connects("10.0.0.1", true);
    CHECK(try_once() == ECONNREFUSED);
    world.refuse_connects("10.0.0.1", false);
    world.ignore_connects("10.0.0.1", true);
    const std::uint64_t began = world.now();
    CHECK(try_once() == ETIMEDOUT);
    CHECK(world.now() - began >= 5'000'000);
    CHECK(world.now() - began < 5'001'000);
    world.ignore_connects("10.0.0.1", false);
    network.refuse_connect = 500'000;
    world.set_network(network);
    int refused = 0;
    for (int i = 0; i < 200; ++i) {
        const int outcome = try_once();
        CHECK((outcome == 0 || outcome == ECONNREFUSED));
        if (outcome != 0) ++refused;
        else CHECK(forget());
    }
    CHECK(refused > 60);
    CHECK(refused < 140);
    network.refuse_connect = 0;
    network.lose_connect = 1'000'000;
    world.set_network(network);
    CHECK(try_once() == ETIMEDOUT);
    CHECK(world.violations().empty());
    CHECK(world.connections() == 0);
}

TEST_CASE("a full backlog makes who connects wait, not fail") {
    World world(1);
    Machine server(world, "10.0.0.1"), client(world, "10.1.0.1");
    Peer listener(server);
    listener.listen("10.0.0.1", 7, 2);
    std::vector<std::unique_ptr<Peer>> peers;
    int connected = 0;
    for (int i = 0; i < 3; ++i) {
        Peer &peer = *peers.emplace_back(std::make_unique<Peer>(client));
        CHECK(peer.connect("10.0.0.1", 7) == EINPROGRESS);
        peer.watch(TENON_IO_WRITE, [&](short which) {
            CHECK(which == TENON_IO_WRITE);
            ++connected;
            peer.unwatch();
        });
    }
    world.run_for(10'000'000);
    CHECK(connected == 2);
    const int first = listener.accept();
    CHECK(first >= 0);
    world.run_for(2'000'000);
    CHECK(connected == 3);
    client.io->close(server.io, first);
    // Closing the listener resets who was not accepted.
    listener.close();
    world.run_for(10'000);
    int reset = 0;
    for (const auto &peer : peers) reset += ops::pending_error(peer->io, peer->sock) == ECONNRESET ? 1 : 0;
    CHECK(reset == 2);
}

}  // namespace tenon::sim::test
