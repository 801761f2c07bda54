// SPDX-License-Identifier: Apache-2.0
//
// A program that does not link the plugin has an asio of its own beside the plugin's: its context is refused, not crashed on.
#include <string>

#include <doctest/doctest.h>

#include "../../../plugins/asio/library.hpp"

namespace {

int load(asio::io_context *context) {
    tenon_io_options options{};
    options.find = TENON_IO_NAME;
    options.name = ASIO_PLUGIN;
    options.cookie = context;
    tenon_io_ops *io = nullptr;
    const int code = tenon_create_io_ops(&io, &options);
    if (code == TENON_IO_OK) tenon_destroy_io_ops(io);
    return code;
}

}  // namespace

TEST_CASE("asio: the context of a program that does not link the plugin is refused") {
    asio::io_context context;
    CHECK(load(&context) == TENON_IO_ECREATOR);
    CHECK(std::string(tenon_io_error_message()).find("own code 7") != std::string::npos);
    CHECK(load(nullptr) == TENON_IO_OK);
    static_assert(TENON_IO_EINVAL == 7);
}
