// SPDX-License-Identifier: Apache-2.0
//
// Everything that may happen to connections, paths, hosts and loops.
#include "rig.hpp"

namespace tenon::sim::test {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

int error_of(const Peer &peer) { return ops::pending_error(peer.io, peer.sock); }

/// A keep-alive that asks after `seconds`, and gives up after two unanswered probes a second apart.
Network impatient() {
    Network network;
    network.keepalive_interval = kSecond;
    network.keepalive_probes = 2;
    network.retransmit_timeout = 20 * kSecond;
    return network;
}

}  // namespace

TEST_CASE("reset: both ends are told, what is under way is lost, what has arrived is not") {
    Pair p;
    CHECK(p.near->send("arrived") == 7);
    p.world.run_for(10'000);
    CHECK(p.near->send("lost") == 4);
    CHECK(p.world.reset("10.0.0.1", "10.9.9.9") == 0);
    CHECK(p.world.reset("10.0.0.1") == 1);
    short near_saw = 0;
    p.near->watch(TENON_IO_READ, [&](short which) { near_saw = which; p.near->unwatch(); });
    p.world.run_for(10'000);
    CHECK(near_saw == (TENON_IO_READ | TENON_IO_ERROR));
    CHECK(p.near->receive() == "");
    CHECK(p.near->failure == ECONNRESET);
    CHECK(p.near->send("x") == -EPIPE);
    CHECK(p.far->receive() == "arrived");
    CHECK(p.far->receive() == "");
    CHECK(p.far->failure == ECONNRESET);
    CHECK(p.far->receive() == "");
    CHECK(p.far->ended);
}

TEST_CASE("drop: nothing arrives any more, and only time tells") {
    Pair p(impatient());
    CHECK(p.near->send("under way") == 9);
    CHECK(p.world.drop("10.1.0.1", "10.0.0.1") == 1);
    CHECK(p.far->send("into the void") == 13);
    const std::uint64_t began = p.world.now();
    p.world.run_for(19 * kSecond);
    CHECK(p.near->receive() == "");
    CHECK(p.near->failure == EAGAIN);
    CHECK(p.far->receive() == "");
    CHECK(p.far->failure == EAGAIN);
    CHECK(p.near->send("more") == 4);
    p.near->watch(TENON_IO_READ, [&](short which) {
        CHECK(which == (TENON_IO_READ | TENON_IO_ERROR));
        CHECK(p.world.now() >= began + 20 * kSecond);
        CHECK(p.world.now() <= began + 20 * kSecond + 1000);
        p.near->unwatch();
    });
    p.world.run_for(2 * kSecond);
    CHECK(error_of(*p.near) == ETIMEDOUT);
    CHECK(error_of(*p.far) == ETIMEDOUT);
    p.world.heal_all();
    p.world.run_for(kSecond);
    CHECK(p.far->receive() == "");
    CHECK(p.world.census(p.client.io).in_flight == 0);
}

TEST_CASE("keep-alive: an idle end notices a dead peer after the time it was given, and not before") {
    for (const bool dropped : {true, false}) {
        Pair p(impatient());
        CHECK(ops::set_keepalive(p.near->io, p.near->sock, 30) == 0);
        // 100 s of silence mean nothing while probes are answered.
        p.world.run_for(100 * kSecond);
        CHECK(error_of(*p.near) == 0);
        if (dropped) p.world.drop("10.0.0.1");
        else p.world.partition("10.0.0.1", "10.1.0.1", Ways::forth);
        const std::uint64_t began = p.world.now();
        std::uint64_t noticed = 0;
        p.near->watch(TENON_IO_READ, [&](short) {
            noticed = p.world.now();
            p.near->unwatch();
        });
        p.world.run_for(100 * kSecond);
        CHECK(noticed > began + 2 * kSecond);
        CHECK(noticed <= began + 33 * kSecond);
        CHECK(error_of(*p.near) == ETIMEDOUT);
        CHECK(error_of(*p.far) == 0);  // it asked for no probes
    }
}

TEST_CASE("who waits for a reader that gave up learns of it") {
    Network network = impatient();
    network.send_buffer = network.receive_buffer = 4;
    Pair p(network);
    CHECK(p.near->send("0123") == 4);
    p.world.run_for(kSecond);
    CHECK(p.near->send("4567") == 4);
    p.world.run_for(kSecond);
    CHECK(p.near->send("8") == -EAGAIN);
    CHECK(p.far->send("x") == 1);
    p.world.kill("10.0.0.1", Loss::silent);
    p.world.revive("10.0.0.1");
    p.world.run_for(kSecond);
    CHECK(p.far->receive() == "0123");
    CHECK(error_of(*p.near) == ECONNRESET);
}

TEST_CASE("a partition holds everything, healing delivers it") {
    for (const Loss waiting : {Loss::silent, Loss::reset}) {
        Pair p;
        p.world.partition("10.1.0.1", "10.0.0.1");
        CHECK(p.near->send("held") == 4);
        CHECK(p.far->send("too") == 3);
        Peer late(p.client);
        CHECK(late.connect("10.0.0.1", 7) == EINPROGRESS);
        p.world.run_for(60 * kSecond);
        CHECK(p.far->receive() == "");
        CHECK(p.near->receive() == "");
        CHECK(p.near->failure == EAGAIN);
        CHECK(p.world.census(p.client.io).in_flight == 4);
        p.world.heal("10.0.0.1", "10.1.0.1", waiting);
        p.world.run_for(kSecond);
        if (waiting == Loss::silent) {
            CHECK(p.far->receive() == "held");
            CHECK(p.near->receive() == "too");
            CHECK(late.outcome() == 0);
        } else {
            CHECK(error_of(*p.far) == ECONNRESET);
            CHECK(error_of(*p.near) == ECONNRESET);
            CHECK(late.outcome() == ECONNRESET);
        }
    }
}

TEST_CASE("healing with a reset leaves idle connections alone") {
    Pair p;
    p.world.partition("10.1.0.1", "10.0.0.1");
    p.world.run_for(kSecond);
    p.world.heal_all(Loss::reset);
    CHECK(p.near->send("fine") == 4);
    p.world.run_for(kSecond);
    CHECK(p.far->receive() == "fine");
}

TEST_CASE("a partition one way: bytes get there, and who sent them never learns") {
    Network network = impatient();
    network.send_buffer = 10;
    Pair p(network);
    p.world.partition("10.0.0.1", "10.1.0.1", Ways::forth);
    CHECK(p.near->send("0123456789") == 10);
    CHECK(p.far->send("answer") == 6);
    p.world.run_for(kSecond);
    CHECK(p.far->receive() == "0123456789");
    CHECK(p.near->receive() == "");
    CHECK(p.near->send("x") == -EAGAIN);  // nothing was acknowledged
    SUBCASE("healed in time") {
        p.world.heal_all();
        p.world.run_for(kSecond);
        CHECK(p.near->receive() == "answer");
        CHECK(p.near->send("x") == 1);
        p.world.run_for(100 * kSecond);
        CHECK(error_of(*p.near) == 0);
    }
    SUBCASE("not healed") {
        p.world.run_for(20 * kSecond);
        CHECK(error_of(*p.near) == ETIMEDOUT);
        CHECK(error_of(*p.far) == ETIMEDOUT);
    }
}

TEST_CASE("another act does not make anybody more patient") {
    Pair p(impatient());
    p.world.partition("10.1.0.1", "10.0.0.1");
    CHECK(p.near->send("x") == 1);
    for (int i = 0; i < 30; ++i) {
        p.world.run_for(kSecond);
        p.world.partition("10.5.0.1", "10.6.0.1");
        p.world.heal("10.5.0.1", "10.6.0.1");
        if (i == 18) CHECK(error_of(*p.near) == 0);
    }
    CHECK(error_of(*p.near) == ETIMEDOUT);
}

TEST_CASE("partitions of groups") {
    World world(1);
    Machine servers(world, "10.0.0.1"), one(world, "10.1.0.1"), two(world, "10.1.0.2");
    Peer first(servers), second(servers);
    first.listen("10.0.0.1", 7);
    second.listen("10.0.0.2", 7);
    const std::vector<std::string> here{"10.1.0.1", "10.0.0.1"}, there{"10.1.0.2", "10.0.0.2"};
    world.partition(here, there);
    const auto connects = [&](Machine &from, const char *to) {
        Peer peer(from);
        CHECK(peer.connect(to, 7) == EINPROGRESS);
        bool told = false;
        peer.watch(TENON_IO_WRITE, [&](short) { told = true; peer.unwatch(); });
        return world.run_until(world.now() + kSecond, [&] { return told; });
    };
    CHECK(connects(one, "10.0.0.1"));
    CHECK_FALSE(connects(one, "10.0.0.2"));
    CHECK_FALSE(connects(two, "10.0.0.1"));
    CHECK(connects(two, "10.0.0.2"));
    world.heal(here, there);
    CHECK(connects(one, "10.0.0.2"));
    CHECK(connects(two, "10.0.0.1"));
    world.partition("10.0.0.1", {});  // from everybody
    CHECK_FALSE(connects(one, "10.0.0.1"));
    CHECK_FALSE(connects(two, "10.0.0.1"));
    CHECK(connects(one, "10.0.0.2"));
}

TEST_CASE("pause holds a host's traffic, resume lets it through at once") {
    Network network;
    network.latency = {100, 100};
    Pair p(network);
    p.world.pause("10.0.0.1");
    CHECK(p.near->send("held") == 4);
    Peer late(p.client);
    CHECK(late.connect("10.0.0.1", 7) == EINPROGRESS);
    p.world.run_for(10 * kSecond);
    CHECK(p.far->receive() == "");
    CHECK(p.far->failure == EAGAIN);
    p.world.resume("10.0.0.1");
    p.world.run_for(1);
    CHECK(p.far->receive() == "held");
    p.world.run_for(200);
    CHECK(late.outcome() == 0);
}

TEST_CASE("kill with a reset: peers are told, connects refused, revived listeners answer") {
    Pair p;
    CHECK(p.far->send("last") == 4);
    p.world.kill("10.0.0.1");
    CHECK(error_of(*p.far) == ECONNRESET);
    CHECK(p.far->send("x") == -EPIPE);
    p.world.run_for(10'000);
    CHECK(p.near->receive() == "");
    CHECK(p.near->failure == ECONNRESET);
    Peer refused(p.client);
    CHECK(refused.connect("10.0.0.1", 7) == EINPROGRESS);
    CHECK(refused.outcome() == ECONNREFUSED);
    p.world.revive("10.0.0.1");
    Peer again(p.client);
    CHECK(again.connect("10.0.0.1", 7) == EINPROGRESS);
    CHECK(again.outcome() == 0);
    Peer accepted(p.server, p.listener.accept());
    CHECK(p.listener.accept() == -1);
}

TEST_CASE("kill in silence: nobody is told, until the host is back and answers with resets") {
    Pair p(impatient());
    Peer idle(p.client), probing(p.client), waiting(p.client);
    for (Peer *peer : {&idle, &probing, &waiting}) {
        CHECK(peer->connect("10.0.0.1", 7) == EINPROGRESS);
        CHECK(peer->outcome() == 0);
    }
    CHECK(ops::set_keepalive(probing.io, probing.sock, 10) == 0);
    p.world.kill("10.0.0.1", Loss::silent);
    CHECK(error_of(*p.far) == ECONNRESET);
    p.far->close();
    CHECK(waiting.send("x") == 1);
    p.world.run_for(5 * kSecond);
    for (const Peer *peer : {&idle, &probing, &waiting}) CHECK(error_of(*peer) == 0);
    Peer late(p.client);
    CHECK(late.connect("10.0.0.1", 7) == EINPROGRESS);
    p.world.run_for(kSecond);
    p.world.revive("10.0.0.1");
    p.world.run_for(kSecond);
    CHECK(late.outcome() == 0);
    CHECK(error_of(waiting) == ECONNRESET);
    CHECK(error_of(probing) == 0);
    CHECK(error_of(idle) == 0);
    p.world.run_for(10 * kSecond);
    CHECK(error_of(probing) == ECONNRESET);
    CHECK(error_of(idle) == 0);
    CHECK(idle.send("x") == 1);
    p.world.run_for(kSecond);
    CHECK(error_of(idle) == ECONNRESET);
}

TEST_CASE("a host that stays away in silence is given up") {
    Pair p(impatient());
    CHECK(p.near->send("x") == 1);
    p.world.kill("10.0.0.1", Loss::silent);
    p.world.run_for(19 * kSecond);
    CHECK(error_of(*p.near) == 0);
    p.world.run_for(2 * kSecond);
    CHECK(error_of(*p.near) == ETIMEDOUT);
}

TEST_CASE("a stalled loop does not turn, while clock and network go on") {
    Pair p;
    std::uint64_t seen = 0;
    p.far->watch(TENON_IO_READ, [&](short) {
        if (seen == 0) seen = p.world.now();
        p.far->receive();
    });
    p.world.run_for(1000);
    const std::uint64_t began = p.world.now();
    p.world.stall(p.server.io, 50'000);
    CHECK(p.near->send("x") == 1);
    p.world.run_for(100'000);
    CHECK(seen == began + 50'000);
}

TEST_CASE("small stalls, now and then") {
    Network network;
    network.latency = {100, 100};
    network.stall = 100'000;
    network.stall_time = {5'000, 6'000};
    Pair p(network);
    int late = 0;
    for (int i = 0; i < 300; ++i) {
        bool seen = false;
        p.far->watch(TENON_IO_READ, [&](short) {
            p.far->receive();
            seen = true;
        });
        CHECK(p.near->send("x") == 1);
        if (!p.world.run_until(p.world.now() + 1000, [&] { return seen; })) ++late;
        CHECK(p.world.run_until(p.world.now() + 100'000, [&] { return seen; }));
    }
    CHECK(late > 10);
    CHECK(late < 70);
}

TEST_CASE("chances: a piece sent may reset its connection, or be the last one that arrives") {
    int reset = 0, dropped = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Pair p({}, seed);
        Network network;
        network.reset = 300'000;
        network.drop = 300'000;
        network.retransmit_timeout = kSecond;
        p.world.set_network(network);
        CHECK(p.near->send("x") == 1);
        p.world.run_for(2 * kSecond);
        const int error = error_of(*p.near);
        CHECK((error == 0 || error == ECONNRESET || error == ETIMEDOUT));
        reset += error == ECONNRESET ? 1 : 0;
        dropped += error == ETIMEDOUT ? 1 : 0;
        CHECK((error == 0) == (p.far->receive() == "x"));
    }
    CHECK(reset > 30);
    CHECK(dropped > 20);
    CHECK(reset + dropped < 150);
}

}  // namespace tenon::sim::test
