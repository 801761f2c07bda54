// SPDX-License-Identifier: Apache-2.0
//
// A host's context is stopped by running out of work; work of the table's must not be what it runs out of.
#include <doctest/doctest.h>

#include "../../../plugins/asio/library.hpp"

#include <tenon/io.h>

namespace {

tenon_io_ops *table_on(asio::io_context &context) {
    tenon_io_options options{};
    options.find = TENON_IO_FUNCTION;
    options.function = kCreateAsioTable;
    options.cookie = &context;
    tenon_io_ops *io = nullptr;
    const int created = tenon_create_io_ops(&io, &options);
    CAPTURE(tenon_io_error_message());
    REQUIRE(created == TENON_IO_OK);
    return io;
}

/// Whether the host's work is done by a run that no restart() went before.
bool works(asio::io_context &context) {
    bool done = false;
    asio::post(context, [&done] { done = true; });
    context.run();
    return done;
}

}  // namespace

TEST_CASE("asio: what runs on a host's context does not leave it stopped") {
    asio::io_context context;
    tenon_io_ops *io = table_on(context);
    SUBCASE("nothing") {}
    SUBCASE("tick") { CHECK(io->tick(io) == 0); }
    SUBCASE("run") {
        void *timer = io->create_timer(io);
        io->update_timer(io, timer, 0, nullptr, [](int, short, void *) {});
        io->run_event_loop(io);  // until no timer is armed
        io->destroy_timer(io, timer);
    }
    CHECK(works(context));
    tenon_destroy_io_ops(io);
}

TEST_CASE("asio: the host's stop ends the table's run and is the host's to take back") {
    asio::io_context context;
    tenon_io_ops *io = table_on(context);
    void *timer = io->create_timer(io);
    io->update_timer(io, timer, 60'000'000, nullptr, [](int, short, void *) {});
    asio::post(context, [&context] { context.stop(); });
    io->run_event_loop(io);
    CHECK(context.stopped());
    io->destroy_timer(io, timer);
    tenon_destroy_io_ops(io);
    context.restart();
    CHECK(works(context));
}

TEST_CASE("asio: a table that is gone leaves nothing that runs") {
    asio::io_context context;
    static int ran;
    ran = 0;
    tenon_io_ops *io = table_on(context);
    void *timer = io->create_timer(io);
    io->update_timer(io, timer, 0, nullptr, [](int, short, void *) { ++ran; });
    io->post(io, [](void *) { ++ran; }, nullptr);
    io->destroy_timer(io, timer);
    tenon_destroy_io_ops(io);
    CHECK(works(context));
    CHECK(ran == 0);
}
