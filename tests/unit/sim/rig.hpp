// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "ops.hpp"
#include "sim/sim.hpp"

/// Programs of a few lines on a simulated world.
namespace tenon::sim::test {

inline sockaddr_in address_of(const char *host, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    REQUIRE(inet_pton(AF_INET, host, &address.sin_addr) == 1);
    return address;
}

inline const sockaddr *generic(const sockaddr_in &address) { return reinterpret_cast<const sockaddr *>(&address); }

/// A table that is destroyed with the test.
struct Machine {
    Machine(World &w, const char *host) : world(w) { REQUIRE(world.create_table(host, &io) == TENON_IO_OK); }
    Machine(const Machine &) = delete;
    Machine &operator=(const Machine &) = delete;
    ~Machine() { if (io != nullptr) io->destructor(io); }

    World &world;
    tenon_io_ops *io = nullptr;
};

/// A socket with a watch; both go with it.
class Peer {
public:
    Peer(Machine &machine, int number) : machine_(machine), io(machine.io), sock(number) {
        REQUIRE(sock >= 0);
        watch_ = io->create_event(io);
        REQUIRE(watch_ != nullptr);
    }
    explicit Peer(Machine &machine) : Peer(machine, machine.io->socket(machine.io, AF_INET, SOCK_STREAM, 0)) {}
    Peer(const Peer &) = delete;
    Peer &operator=(const Peer &) = delete;
    ~Peer() {
        close();
        io->destroy_event(io, watch_);
    }

    /// Calls `fn` with what is ready, as long as it is.
    void watch(short flags, std::function<void(short)> fn) {
        fn_ = std::move(fn);
        REQUIRE(io->update_event(io, sock, watch_, flags, this, [](int, short which, void *self) {
                    const std::function<void(short)> copy = static_cast<Peer *>(self)->fn_;
                    copy(which);
                }) == 0);
    }
    void unwatch() { io->delete_event(io, sock, watch_); }
    void close() {
        if (sock < 0) return;
        unwatch();
        io->close(io, sock);
        sock = -1;
    }

    int connect(const char *host, std::uint16_t port) {
        const sockaddr_in to = address_of(host, port);
        return io->connect(io, sock, generic(to), sizeof to) == 0 ? 0 : io->error;
    }
    /// Runs the world until the connect's outcome is known, and asks for it.
    int outcome() {
        bool told = false;
        watch(TENON_IO_WRITE, [&](short) { told = true; unwatch(); });
        machine_.world.run_until(machine_.world.now() + 1'000'000'000, [&] { return told; });
        return told ? ops::pending_error(io, sock) : -1;
    }
    void listen(const char *host, std::uint16_t port, int backlog = 128) {
        const sockaddr_in at = address_of(host, port);
        REQUIRE(io->bind(io, sock, generic(at), sizeof at) == 0);
        REQUIRE(io->listen(io, sock, backlog) == 0);
    }
    int accept() { return io->accept(io, sock, nullptr, nullptr); }

    /// How many bytes were taken, or minus the error.
    ssize_t send(std::string_view bytes) {
        tenon_iovec piece{const_cast<char *>(bytes.data()), bytes.size()};
        const ssize_t sent = io->sendv(io, sock, &piece, 1);
        return sent < 0 ? -io->error : sent;
    }
    /// At most `most` bytes, or minus the error in `failure`.
    std::string receive(std::size_t most = 65536) {
        std::string bytes(most, '\0');
        tenon_iovec piece{bytes.data(), bytes.size()};
        const ssize_t got = io->recvv(io, sock, &piece, 1);
        failure = got < 0 ? io->error : 0;
        ended = got == 0;
        bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return bytes;
    }
    /// Appends everything that comes to `into`, until the end.
    void collect(std::string &into) {
        watch(TENON_IO_READ, [this, &into](short) {
            into += receive();
            if (ended || (failure != 0 && failure != EAGAIN)) unwatch();
        });
    }

    int failure = 0;
    bool ended = false;

private:
    Machine &machine_;
    void *watch_ = nullptr;
    std::function<void(short)> fn_;

public:
    tenon_io_ops *const io;
    int sock;
};

/// Two machines, 10.0.0.1 that listens on port 7 and 10.1.0.1 that is connected to it.
struct Pair {
    explicit Pair(const Network &network = {}, std::uint64_t seed = 1)
        : world(seed, network), server(world, "10.0.0.1"), client(world, "10.1.0.1"), listener(server) {
        listener.listen("10.0.0.1", 7);
        near = std::make_unique<Peer>(client);
        REQUIRE(near->connect("10.0.0.1", 7) == EINPROGRESS);
        const int refused = near->outcome();
        REQUIRE(refused == 0);
        far = std::make_unique<Peer>(server, listener.accept());
    }
    ~Pair() {
        for (const std::string &violation : world.violations()) FAIL_CHECK(violation);
    }

    World world;
    Machine server, client;
    Peer listener;
    std::unique_ptr<Peer> near, far;
};

}  // namespace tenon::sim::test
