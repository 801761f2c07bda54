// SPDX-License-Identifier: Apache-2.0
#include "ops.hpp"

#include <cerrno>
#include <initializer_list>

#include <netinet/in.h>

#include <doctest/doctest.h>

namespace ops = tenon::ops;

namespace {

/// A table whose optional calls are all null.
tenon_io_ops bare(int revision) {
    tenon_io_ops io{};
    ops::fill_sockets(io);
    io.revision = revision;
    io.now = nullptr;
    io.bind = nullptr;
    io.listen = nullptr;
    io.accept = nullptr;
    io.sockopt = nullptr;
    return io;
}

sockaddr_in loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

}  // namespace

TEST_CASE("every optional call has a default, at either revision") {
    for (const int revision : {0, 1}) {
        tenon_io_ops io = bare(revision);
        const int server = io.socket(&io, AF_INET, SOCK_STREAM, 0);
        REQUIRE(server != -1);
        sockaddr_in address = loopback();
        REQUIRE(ops::bind(&io, server, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0);
        REQUIRE(ops::listen(&io, server, 5) == 0);
        sockaddr_storage bound{};
        unsigned int length = 0;
        REQUIRE(ops::local_address(&io, server, bound, length) == 0);
        CHECK(length == sizeof(sockaddr_in));
        CHECK(reinterpret_cast<sockaddr_in &>(bound).sin_port != 0);

        CHECK(ops::accept(&io, server, nullptr, nullptr) == -1);
        CHECK(io.error == EAGAIN);

        const int client = io.socket(&io, AF_INET, SOCK_STREAM, 0);
        if (io.connect(&io, client, reinterpret_cast<sockaddr *>(&bound), length) != 0) CHECK(io.error == EINPROGRESS);
        int peer = -1;
        for (int i = 0; i < 1000 && peer == -1; ++i) peer = ops::accept(&io, server, nullptr, nullptr);
        REQUIRE(peer != -1);
        CHECK(ops::pending_error(&io, client) == 0);
        CHECK(ops::set_nodelay(&io, client) == 0);
        CHECK(ops::set_keepalive(&io, client, 30) == 0);
        CHECK(ops::set_keepalive(&io, client, 0) == 0);
        CHECK(ops::shut_write(&io, client) == 0);
        char byte = 0;
        ssize_t got = -1;
        for (int i = 0; i < 1000 && got == -1; ++i) got = io.recv(&io, peer, &byte, 1, 0);
        CHECK(got == 0);

        const std::uint64_t before = ops::now(&io);
        CHECK(ops::now(&io) >= before);
        io.close(&io, peer);
        io.close(&io, client);
        io.close(&io, server);
    }
}

TEST_CASE("where there is no default, the caller is told") {
    tenon_io_ops io = bare(1);
    CHECK(ops::tick(&io) == -1);
    CHECK(io.error == ENOSYS);
    errno = 0;
    CHECK(ops::post(&io, [](void *) {}, nullptr) == -1);
    CHECK(errno == ENOSYS);
    CHECK(ops::sockopt(&io, -1, 99, nullptr, nullptr) == -1);
    CHECK(io.error == EINVAL);
    CHECK(ops::set_nodelay(&io, -1) == -1);
    CHECK(io.error == EBADF);
}

TEST_CASE("a table of revision 0 is not read behind its end") {
    tenon_io_ops io = bare(0);
    const auto trap = +[](tenon_io_ops *) -> std::uint64_t { return 1; };
    io.now = trap;
    CHECK(ops::now(&io) != 1);
    io.revision = 1;
    CHECK(ops::now(&io) == 1);
}
