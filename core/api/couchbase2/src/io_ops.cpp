// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <string_view>

#include <libcouchbase/couchbase.h>

#include "enumerators.hpp"
#include "environment.hpp"
#include "error.hpp"

namespace {

using namespace tenon::couchbase2;

lcb_error_t loader_error(int status) {
    switch (status) {
    case TENON_IO_OK: return LCB_SUCCESS;
    case TENON_IO_EINVAL: return LCB_EINVAL;
    case TENON_IO_ENOFILE:
    case TENON_IO_ENOTSO: return LCB_DLOPEN_FAILED;
    case TENON_IO_ENOSYM: return LCB_DLSYM_FAILED;
    case TENON_IO_EVERSION:
    case TENON_IO_EINCOMPLETE: return LCB_PLUGIN_VERSION_MISMATCH;
    default: return LCB_CLIENT_ENOMEM;  // what libcouchbase 2 says of any creator that failed
    }
}

lcb_error_t load(lcb_io_opt_t *io, const tenon_io_options &options) {
    const int status = tenon_create_io_ops(io, &options);
    if (status != TENON_IO_OK && environment("LIBCOUCHBASE_DLOPEN_DEBUG") != nullptr)
        std::fprintf(stderr, "libcouchbase: no IO table: %s\n", tenon_io_error_message());
    return loader_error(status);
}

lcb_error_t load_name(lcb_io_opt_t *io, std::string_view name, void *cookie) {
    tenon_io_options options{};
    options.find = TENON_IO_NAME;
    options.name = name.data();
    options.cookie = cookie;
    // This API's cookie for libuv is a struct around the loop; the other plugins take the loop in either API.
    if (name == "libuv" && cookie != nullptr) options.symbol = "lcb_create_libuv_io_opts";
    return load(io, options);
}

lcb_error_t load_file(lcb_io_opt_t *io, const char *file, const char *symbol, void *cookie) {
    tenon_io_options options{};
    options.find = TENON_IO_FILE;
    options.file = file;
    options.symbol = symbol;
    options.cookie = cookie;
    return load(io, options);
}

lcb_error_t load_default(lcb_io_opt_t *io, void *cookie) {
    const char *wanted = environment("LIBCOUCHBASE_EVENT_PLUGIN_NAME");
    if (wanted == nullptr) {
        tenon_io_options options{};
        options.cookie = cookie;
        return load(io, options);
    }
    const std::string_view name = wanted;
    if (name == "select") return load_name(io, "poll", cookie);
    for (const std::string_view known : {"poll", "epoll", "libev", "libevent", "libuv", "asio", "boost_asio", "glib",
                                         "sd_event", "io_uring"})
        if (name == known) return load_name(io, known, cookie);
    const char *symbol = environment("LIBCOUCHBASE_EVENT_PLUGIN_SYMBOL");
    return symbol != nullptr ? load_file(io, wanted, symbol, cookie) : LCB_BAD_ENVIRONMENT;
}

lcb_error_t load_type(lcb_io_opt_t *io, unsigned type, void *cookie) {
    switch (type) {
    case LCB_IO_OPS_DEFAULT: return load_default(io, cookie);
    case LCB_IO_OPS_LIBEVENT: return load_name(io, "libevent", cookie);
    case LCB_IO_OPS_LIBEV: return load_name(io, "libev", cookie);
    case LCB_IO_OPS_SELECT: return load_name(io, "poll", cookie);
    case LCB_IO_OPS_LIBUV: return load_name(io, "libuv", cookie);
    default: return LCB_NOT_SUPPORTED;
    }
}

/// A creator of this API's type, called through the loader so that its table is checked as any other.
struct GivenCreator {
    lcb_error_t (*create)(int version, lcb_io_opt_t *io, void *cookie);
    void *cookie;
    lcb_error_t result = LCB_SUCCESS;

    static int call(int version, tenon_io_ops **io, void *self) {
        auto &given = *static_cast<GivenCreator *>(self);
        given.result = given.create(version, io, given.cookie);
        return static_cast<int>(given.result);
    }
};

lcb_error_t load_function(lcb_io_opt_t *io, GivenCreator given) {
    if (given.create == nullptr) return LCB_EINVAL;
    tenon_io_options options{};
    options.find = TENON_IO_FUNCTION;
    options.function = GivenCreator::call;
    options.cookie = &given;
    const lcb_error_t error = load(io, options);
    return given.result != LCB_SUCCESS ? given.result : error;
}

}  // namespace

lcb_error_t lcb_create_io_ops(lcb_io_opt_t *io, const struct lcb_create_io_ops_st *options) {
    if (io == nullptr) return LCB_EINVAL;
    if (options == nullptr) return load_default(io, nullptr);
    const auto &v = options->v;
    switch (options->version) {
    case 0: return load_type(io, number_of(v.v0.type), v.v0.cookie);
    case 1: return load_file(io, v.v1.sofile, v.v1.symbol, v.v1.cookie);
    case 2: return load_function(io, {v.v2.create, v.v2.cookie});
    default: return LCB_EINVAL;
    }
}

lcb_error_t lcb_destroy_io_ops(lcb_io_opt_t io) {
    tenon_destroy_io_ops(io);
    return LCB_SUCCESS;
}
