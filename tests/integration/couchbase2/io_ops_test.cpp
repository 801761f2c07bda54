// SPDX-License-Identifier: Apache-2.0
// lcb_create_io_ops: every way to ask for a table, and every way to fail.
#include <cstdlib>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include <libcouchbase/couchbase.h>

namespace {

/// A variable of the environment while it lives.
class Variable {
public:
    Variable(const char *name, const std::string &value) : name_(name) { setenv(name, value.c_str(), 1); }
    Variable(const Variable &) = delete;
    Variable &operator=(const Variable &) = delete;
    ~Variable() { unsetenv(name_); }

private:
    const char *name_;
};

lcb_create_io_ops_st by_type(lcb_io_ops_type_t type, void *cookie = nullptr) {
    lcb_create_io_ops_st options{};
    options.version = 0;
    options.v.v0.type = type;
    options.v.v0.cookie = cookie;
    return options;
}

lcb_create_io_ops_st by_file(const char *file, const char *symbol) {
    lcb_create_io_ops_st options{};
    options.version = 1;
    options.v.v1.sofile = file;
    options.v.v1.symbol = symbol;
    return options;
}

lcb_create_io_ops_st by_function(lcb_error_t (*create)(int, lcb_io_opt_t *, void *), void *cookie = nullptr) {
    lcb_create_io_ops_st options{};
    options.version = 2;
    options.v.v2.create = create;
    options.v.v2.cookie = cookie;
    return options;
}

lcb_error_t failure(const lcb_create_io_ops_st &options) {
    lcb_io_opt_t io = nullptr;
    const lcb_error_t error = lcb_create_io_ops(&io, &options);
    CHECK(io == nullptr);
    return error;
}

/// A timer of the table fires in its own run, through the names of libcouchbase 2.
void check_works(lcb_io_opt_t io) {
    CHECK(io->version == 0);
    CHECK(io->v.v0.need_cleanup == 0);
    void *timer = io->v.v0.create_timer(io);
    REQUIRE(timer != nullptr);
    struct Seen {
        lcb_io_opt_t io;
        int fired;
    } seen{io, 0};
    REQUIRE(io->v.v0.update_timer(io, timer, 1000, &seen, [](lcb_socket_t, short, void *data) {
        auto &in = *static_cast<Seen *>(data);
        ++in.fired;
        in.io->v.v0.stop_event_loop(in.io);
    }) == 0);
    io->v.v0.run_event_loop(io);
    CHECK(seen.fired == 1);
    io->v.v0.destroy_timer(io, timer);
    CHECK(lcb_destroy_io_ops(io) == LCB_SUCCESS);
}

void check_makes(const lcb_create_io_ops_st *options) {
    lcb_io_opt_t io = nullptr;
    REQUIRE(lcb_create_io_ops(&io, options) == LCB_SUCCESS);
    check_works(io);
}

std::string plugin_file(const char *name) {
    return std::string(std::getenv("TENON_PLUGIN_PATH")) + "/libtenon-io-" + name + ".so";
}

}  // namespace

TEST_CASE("no options, and the default type, give a table") {
    check_makes(nullptr);
    const auto options = by_type(LCB_IO_OPS_DEFAULT);
    check_makes(&options);
}

TEST_CASE("each type gives its plugin") {
    const std::string built = std::string(" ") + std::getenv("TENON_PLUGINS") + " ";
    for (const auto &[type, name] : {std::pair(LCB_IO_OPS_SELECT, " poll "), std::pair(LCB_IO_OPS_LIBEV, " libev "),
                                     std::pair(LCB_IO_OPS_LIBUV, " libuv "), std::pair(LCB_IO_OPS_LIBEVENT, " libevent ")}) {
        CAPTURE(name);
        const auto options = by_type(type);
        if (built.find(name) != std::string::npos) check_makes(&options);
        else CHECK(failure(options) == LCB_DLOPEN_FAILED);
    }
}

TEST_CASE("types that do not exist here are refused") {
    for (const auto type : {LCB_IO_OPS_INVALID, LCB_IO_OPS_WINSOCK, LCB_IO_OPS_WINIOCP})
        CHECK(failure(by_type(type)) == LCB_NOT_SUPPORTED);
    lcb_create_io_ops_st options{};
    options.v.v0.type = static_cast<lcb_io_ops_type_t>(1000);
    CHECK(failure(options) == LCB_NOT_SUPPORTED);
}

TEST_CASE("the default heeds the environment") {
    SUBCASE("a plugin's name") {
        const Variable name("LIBCOUCHBASE_EVENT_PLUGIN_NAME", "select");
        check_makes(nullptr);
    }
    SUBCASE("a file and its symbol") {
        const Variable name("LIBCOUCHBASE_EVENT_PLUGIN_NAME", plugin_file("poll"));
        const Variable symbol("LIBCOUCHBASE_EVENT_PLUGIN_SYMBOL", "lcb_create_poll_io_opts");
        check_makes(nullptr);
    }
    SUBCASE("a file that is not there") {
        const Variable name("LIBCOUCHBASE_EVENT_PLUGIN_NAME", "/nowhere/plugin.so");
        const Variable symbol("LIBCOUCHBASE_EVENT_PLUGIN_SYMBOL", "create");
        CHECK(failure(by_type(LCB_IO_OPS_DEFAULT)) == LCB_DLOPEN_FAILED);
        // Only the default asks the environment.
        const auto options = by_type(LCB_IO_OPS_SELECT);
        check_makes(&options);
    }
    SUBCASE("a file without a symbol") {
        const Variable name("LIBCOUCHBASE_EVENT_PLUGIN_NAME", plugin_file("poll"));
        CHECK(failure(by_type(LCB_IO_OPS_DEFAULT)) == LCB_BAD_ENVIRONMENT);
    }
    SUBCASE("empty variables are none") {
        const Variable name("LIBCOUCHBASE_EVENT_PLUGIN_NAME", "");
        check_makes(nullptr);
    }
}

TEST_CASE("a file and a symbol") {
    const std::string file = plugin_file("poll");
    SUBCASE("of this API") {
        const auto options = by_file(file.c_str(), "lcb_create_poll_io_opts");
        check_makes(&options);
    }
    SUBCASE("of the contract") {
        const auto options = by_file(file.c_str(), "tenon_create_poll_io_ops");
        check_makes(&options);
    }
    SUBCASE("failures") {
        CHECK(failure(by_file("/nowhere/plugin.so", "create")) == LCB_DLOPEN_FAILED);
        CHECK(failure(by_file("/etc/hostname", "create")) == LCB_DLOPEN_FAILED);
        CHECK(failure(by_file(file.c_str(), "no_such_symbol")) == LCB_DLSYM_FAILED);
        CHECK(failure(by_file(nullptr, "no_such_symbol")) == LCB_DLSYM_FAILED);
        CHECK(failure(by_file(file.c_str(), nullptr)) == LCB_EINVAL);
    }
}

namespace {

lcb_error_t borrow_poll(int version, lcb_io_opt_t *io, void *cookie) {
    if (version != 0) return LCB_PLUGIN_VERSION_MISMATCH;
    ++*static_cast<int *>(cookie);
    const auto options = by_type(LCB_IO_OPS_SELECT);
    return lcb_create_io_ops(io, &options);
}

lcb_error_t fails(int, lcb_io_opt_t *, void *) { return LCB_EFDLIMITREACHED; }

lcb_error_t makes_newer(int, lcb_io_opt_t *io, void *cookie) {
    const lcb_error_t error = borrow_poll(0, io, cookie);
    (*io)->version = 1;
    return error;
}

lcb_error_t makes_half(int, lcb_io_opt_t *io, void *cookie) {
    const lcb_error_t error = borrow_poll(0, io, cookie);
    (*io)->v.v0.create_timer = nullptr;
    return error;
}

}  // namespace

TEST_CASE("a function") {
    int calls = 0;
    SUBCASE("is called with the cookie") {
        const auto options = by_function(borrow_poll, &calls);
        check_makes(&options);
        CHECK(calls == 1);
    }
    SUBCASE("that fails: its own error") { CHECK(failure(by_function(fails)) == LCB_EFDLIMITREACHED); }
    SUBCASE("that makes a table of another version") {
        CHECK(failure(by_function(makes_newer, &calls)) == LCB_PLUGIN_VERSION_MISMATCH);
    }
    SUBCASE("that makes a table with a call missing") {
        CHECK(failure(by_function(makes_half, &calls)) == LCB_PLUGIN_VERSION_MISMATCH);
    }
    SUBCASE("that is null") { CHECK(failure(by_function(nullptr)) == LCB_EINVAL); }
}

TEST_CASE("arguments that make no sense") {
    CHECK(lcb_create_io_ops(nullptr, nullptr) == LCB_EINVAL);
    lcb_create_io_ops_st options{};
    options.version = 3;
    CHECK(failure(options) == LCB_EINVAL);
    options.version = -1;
    CHECK(failure(options) == LCB_EINVAL);
    CHECK(lcb_destroy_io_ops(nullptr) == LCB_SUCCESS);
}
