// SPDX-License-Identifier: Apache-2.0
//
// Everything at once, many seeds: whatever happens, what is read is what was sent, from its beginning on, and nothing
// stays behind.
#include <set>
#include <utility>

#include "rig.hpp"

namespace tenon::sim::test {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
const std::vector<std::string> kServers{"10.0.0.1", "10.0.0.2", "10.0.0.3"};
const std::vector<std::string> kClients{"10.1.0.1", "10.1.0.2"};

/// What one end sends: byte i of stream s is known to everybody.
char byte_of(std::uint64_t stream, std::size_t i) { return static_cast<char>('a' + (stream * 7 + i * 11) % 26); }

Network drawn(Random &random) {
    Network network;
    network.latency = {random.below(1000), random.below(30'000)};
    network.bandwidth = random.chance(300'000) ? 100'000 + random.below(1'000'000) : 0;
    network.send_buffer = static_cast<std::uint32_t>(1 + random.below(5000));
    network.receive_buffer = static_cast<std::uint32_t>(1 + random.below(5000));
    for (std::uint32_t *chance : {&network.split, &network.partial_read, &network.partial_write, &network.empty_read})
        *chance = static_cast<std::uint32_t>(random.below(600'000));
    for (std::uint32_t *chance : {&network.reset, &network.drop, &network.stall})
        *chance = static_cast<std::uint32_t>(random.below(20'000));
    network.refuse_connect = network.lose_connect = 50'000;
    network.connect_timeout = 3 * kSecond;
    network.retransmit_timeout = 4 * kSecond;
    network.keepalive_interval = kSecond;
    network.keepalive_probes = 2;
    return network;
}

/// One end of a conversation: sends its stream bit by bit and reads the other's, until both are over or it fails.
struct Talker {
    Talker(Machine &m, Random &r, int sock, std::uint64_t s) : peer(m, sock), random(r), out(s) {
        ops::set_keepalive(peer.io, peer.sock, 2);
        watch();
    }
    Talker(const Talker &) = delete;
    Talker &operator=(const Talker &) = delete;

    void watch() {
        if (!sending && heard) return end();
        const int asked = (heard ? 0 : TENON_IO_READ) | (sending ? TENON_IO_WRITE : 0);
        peer.watch(static_cast<short>(asked), [this](short which) {
            if ((which & TENON_IO_WRITE) != 0 && sending && !write()) return end();
            if ((which & (TENON_IO_READ | TENON_IO_ERROR)) != 0 && !read()) return end();
            if (peer.sock >= 0) watch();
        });
    }
    bool write() {
        std::string bytes(1 + random.below(2000), '\0');
        for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = byte_of(out, sent + i);
        const ssize_t taken = peer.send(bytes);
        if (taken < 0) return taken == -EAGAIN;
        sent += static_cast<std::size_t>(taken);
        if (sent > 20'000) {
            sending = false;
            ops::shut_write(peer.io, peer.sock);
        }
        return true;
    }
    bool read() {
        const std::string bytes = peer.receive(1 + random.below(3000));
        for (const char byte : bytes) right = right && byte == byte_of(in, received++);
        heard = heard || peer.ended;
        return peer.failure == 0 || peer.failure == EAGAIN;
    }
    void end() {
        whole = heard && !sending;
        peer.close();
    }

    Peer peer;
    Random &random;
    const std::uint64_t out;
    std::uint64_t in = 0;
    std::size_t sent = 0, received = 0;
    bool sending = true, heard = false, right = true, whole = false;
};

struct Outcome {
    std::uint64_t digest = 0;
    std::size_t whole = 0, talkers = 0;
};

/// The streams of a connection are known by the port of who connected.
std::uint64_t port_of(const sockaddr_storage &address) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    return ntohl(in.sin_addr.s_addr) * std::uint64_t{65536} + ntohs(in.sin_port);
}

Outcome play(std::uint64_t seed) {
    Random random(seed);
    World world(seed, drawn(random));
    Machine servers(world, "10.0.0.1"), one(world, "10.1.0.1"), two(world, "10.1.0.2");
    std::vector<std::unique_ptr<Peer>> listeners;
    std::vector<std::unique_ptr<Talker>> talkers;
    std::vector<std::unique_ptr<Peer>> dialing;
    std::set<std::uint64_t> left;  // streams that ended before their time
    for (const std::string &host : kServers) {
        Peer &listener = *listeners.emplace_back(std::make_unique<Peer>(servers));
        listener.listen(host.c_str(), 7, 3);
        listener.watch(TENON_IO_READ, [&](short) {
            sockaddr_storage from{};
            unsigned length = sizeof from;
            const int sock = servers.io->accept(servers.io, listener.sock, reinterpret_cast<sockaddr *>(&from), &length);
            REQUIRE(sock >= 0);
            talkers.push_back(std::make_unique<Talker>(servers, random, sock, 2 * port_of(from) + 1));
            talkers.back()->in = 2 * port_of(from);
        });
    }
    const auto dial = [&] {
        Machine &machine = random.below(2) == 0 ? one : two;
        Peer &peer = *dialing.emplace_back(std::make_unique<Peer>(machine));
        const int error = peer.connect(kServers[random.below(3)].c_str(), 7);
        if (error == ENETDOWN) return peer.close();
        REQUIRE(error == EINPROGRESS);
        peer.watch(TENON_IO_WRITE, [&](short) {
            peer.unwatch();
            if (ops::pending_error(peer.io, peer.sock) != 0) return peer.close();
            sockaddr_storage own{};
            unsigned length = 0;
            REQUIRE(ops::local_address(peer.io, peer.sock, own, length) == 0);
            const int sock = std::exchange(peer.sock, -1);
            talkers.push_back(std::make_unique<Talker>(machine, random, sock, 2 * port_of(own)));
            talkers.back()->in = 2 * port_of(own) + 1;
        });
    };
    const auto any = [&]() -> const std::string & {
        const std::uint64_t i = random.below(5);
        return i < 3 ? kServers[i] : kClients[i - 3];
    };
    const auto act = [&] {
        const std::string &host = any(), &peer = any();
        const Loss loss = random.below(2) == 0 ? Loss::silent : Loss::reset;
        switch (random.below(15)) {
        case 0: world.reset(host, peer); break;
        case 1: world.drop(host, peer); break;
        case 2: world.partition(host, peer, random.below(2) == 0 ? Ways::both : Ways::forth); break;
        case 3: world.partition(kServers, kClients); break;
        case 4: world.heal(host, peer, loss); break;
        case 5: world.heal_all(loss); break;
        case 6: world.slow(host, static_cast<unsigned>(1 + random.below(20))); break;
        case 7: world.pause(host); break;
        case 8: world.resume(host); break;
        case 9: world.kill(host, loss); break;
        case 10: world.revive(host); break;
        case 11: world.refuse_connects(host, random.below(2) == 0); break;
        case 12: world.ignore_connects(host, random.below(3) == 0); break;
        case 13: world.stall(servers.io, random.below(100'000)); break;
        default:
            if (talkers.empty()) break;
            Talker &leaving = *talkers[random.below(talkers.size())];
            left.insert(leaving.out);
            leaving.peer.close();
        }
    };
    for (int i = 0; i < 40; ++i) world.after(random.below(5 * kSecond), dial);
    for (int i = 0; i < 30; ++i) world.after(random.below(5 * kSecond), act);
    world.run_for(5 * kSecond);
    world.heal_all();
    for (const std::string &host : {kServers[0], kServers[1], kServers[2], kClients[0], kClients[1]}) {
        world.resume(host);
        world.revive(host);
        world.slow(host, 1);
        world.ignore_connects(host, false);
    }
    world.set_network({});
    world.run_for(120 * kSecond);

    Outcome outcome;
    outcome.talkers = talkers.size();
    for (const auto &talker : talkers) {
        CHECK(talker->right);
        CHECK(talker->peer.sock < 0);  // to its end, whichever
        if (talker->whole && !left.contains(talker->in)) CHECK(talker->received > 20'000);
        outcome.whole += talker->whole ? 1 : 0;
    }
    talkers.clear();
    for (const auto &peer : dialing) CHECK(peer->sock < 0);
    dialing.clear();
    listeners.clear();
    world.run_for(kSecond);
    CHECK(world.connections() == 0);
    for (const Machine *machine : {&servers, &one, &two}) CHECK(world.census(machine->io) == Census{});
    for (const std::string &violation : world.violations()) FAIL_CHECK(violation);
    outcome.digest = world.digest();
    return outcome;
}

}  // namespace

TEST_CASE("chaos, the same twice") {
    std::size_t whole = 0, talkers = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        const Outcome outcome = play(seed);
        CHECK(play(seed).digest == outcome.digest);
        whole += outcome.whole;
        talkers += outcome.talkers;
    }
    CHECK(whole > 100);
    CHECK(talkers - whole > 100);
}

}  // namespace tenon::sim::test
