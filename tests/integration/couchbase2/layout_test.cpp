// SPDX-License-Identifier: Apache-2.0
// Names, numbers and layouts that programs, and the plugins in their trees, were compiled with.
#include <cstddef>
#include <set>
#include <sstream>
#include <string>
#include <type_traits>

#include <doctest/doctest.h>

#include <libcouchbase/couchbase.h>
#include <libcouchbase/debug.h>

TEST_CASE("the IO table's names are the contract's types") {
    CHECK(std::is_same_v<lcb_io_opt_t, tenon_io_ops *>);
    CHECK(std::is_same_v<struct lcb_iovec_st, tenon_iovec>);
    CHECK(std::is_same_v<struct lcb_iops_table_v0_st, tenon_io_v0>);
    CHECK(offsetof(tenon_io_ops, v) == 24);  // version, dlhandle, destructor
    CHECK(offsetof(tenon_io_ops, v.v0.cookie) == offsetof(tenon_io_ops, cookie));
    CHECK(offsetof(tenon_io_ops, v.v0.run_event_loop) == offsetof(tenon_io_ops, run_event_loop));
    CHECK(LCB_READ_EVENT == 0x02);
    CHECK(LCB_WRITE_EVENT == 0x04);
    CHECK(LCB_RW_EVENT == 0x06);
    CHECK(LCB_ERROR_EVENT == 0x08);
}

TEST_CASE("enumerators have libcouchbase 2's numbers") {
    CHECK(LCB_IO_OPS_INVALID == 0);
    CHECK(LCB_IO_OPS_DEFAULT == 1);
    CHECK(LCB_IO_OPS_LIBEVENT == 2);
    CHECK(LCB_IO_OPS_WINSOCK == 3);
    CHECK(LCB_IO_OPS_LIBEV == 4);
    CHECK(LCB_IO_OPS_SELECT == 5);
    CHECK(LCB_IO_OPS_WINIOCP == 6);
    CHECK(LCB_IO_OPS_LIBUV == 7);
    CHECK(LCB_ADD == 1);
    CHECK(LCB_REPLACE == 2);
    CHECK(LCB_SET == 3);
    CHECK(LCB_APPEND == 4);
    CHECK(LCB_PREPEND == 5);
    CHECK(LCB_TYPE_BUCKET == 0);
    CHECK(LCB_TYPE_CLUSTER == 1);
    CHECK(LCB_CONFIGURATION_NEW == 0);
    CHECK(LCB_CONFIG_TRANSPORT_CCCP == 2);
    CHECK(LCB_VERBOSITY_WARNING == 3);
}

TEST_CASE("error codes have libcouchbase 2's numbers") {
    CHECK(LCB_SUCCESS == 0x00);
    CHECK(LCB_AUTH_ERROR == 0x02);
    CHECK(LCB_E2BIG == 0x04);
    CHECK(LCB_EINVAL == 0x07);
    CHECK(LCB_ETMPFAIL == 0x0b);
    CHECK(LCB_KEY_EEXISTS == 0x0c);
    CHECK(LCB_KEY_ENOENT == 0x0d);
    CHECK(LCB_DLOPEN_FAILED == 0x0e);
    CHECK(LCB_DLSYM_FAILED == 0x0f);
    CHECK(LCB_NETWORK_ERROR == 0x10);
    CHECK(LCB_NOT_SUPPORTED == 0x13);
    CHECK(LCB_ETIMEDOUT == 0x17);
    CHECK(LCB_CONNECT_ERROR == 0x18);
    CHECK(LCB_BUCKET_ENOENT == 0x19);
    CHECK(LCB_CLIENT_ENOMEM == 0x1a);
    CHECK(LCB_CLIENT_ETMPFAIL == 0x1b);
    CHECK(LCB_EBADHANDLE == 0x1c);
    CHECK(LCB_PLUGIN_VERSION_MISMATCH == 0x1e);
    CHECK(LCB_INVALID_HOST_FORMAT == 0x1f);
    CHECK(LCB_NO_MATCHING_SERVER == 0x23);
    CHECK(LCB_BAD_ENVIRONMENT == 0x24);
    CHECK(LCB_SASLMECH_UNAVAILABLE == 0x28);
    CHECK(LCB_ECONNREFUSED == 0x2c);
    CHECK(LCB_EMPTY_KEY == 0x35);
    CHECK(LCB_HTTP_ERROR == 0x3b);
    CHECK(LCB_MUTATION_LOST == 0x3e);
    CHECK(LCB_MAX_ERROR == 0x1000);
}

TEST_CASE("every error has a text of its own, and no other number has") {
    std::set<std::string> texts;
    for (int code = 0; code <= LCB_MUTATION_LOST; ++code) {
        const std::string text = lcb_strerror(nullptr, static_cast<lcb_error_t>(code));
        CHECK(text.find("Unknown error") == std::string::npos);
        CHECK_MESSAGE(texts.insert(text).second, text);
    }
    for (const int code : {0x3f, 0x100, 0x1000, -1})
        CHECK(std::string(lcb_strerror(nullptr, static_cast<lcb_error_t>(code))) == "Unknown error number");
}

TEST_CASE("errors belong to classes") {
    CHECK(lcb_get_errtype(LCB_SUCCESS) == 0);
    CHECK(lcb_get_errtype(LCB_KEY_ENOENT) == (LCB_ERRTYPE_DATAOP | LCB_ERRTYPE_SRVGEN));
    CHECK(LCB_EIFNET(LCB_ETIMEDOUT));
    CHECK(LCB_EIFTMP(LCB_ETIMEDOUT));
    CHECK_FALSE(LCB_EIFNET(LCB_KEY_ENOENT));
    CHECK(LCB_EIFDATA(LCB_KEY_EEXISTS));
    CHECK(LCB_EIFINPUT(LCB_EMPTY_KEY));
    CHECK(LCB_EIFFATAL(LCB_AUTH_ERROR));
    CHECK(LCB_EIFPLUGIN(LCB_DLOPEN_FAILED));
    CHECK(LCB_EIFSRVLOAD(LCB_ETMPFAIL));
    CHECK(lcb_get_errtype(LCB_MAX_ERROR) == 0);
    CHECK(lcb_is_error_etmpfail(LCB_CLIENT_ETMPFAIL));
    CHECK_FALSE(lcb_is_error_enomem(LCB_ERROR));
}

TEST_CASE("the version is told as a number and as a text") {
    lcb_uint32_t version = 0;
    CHECK(std::string(lcb_get_version(&version)) == LCB_VERSION_STRING);
    CHECK(version == LCB_VERSION);
    CHECK(std::string(lcb_get_version(nullptr)) == LCB_VERSION_STRING);
}

// Offsets on the usual 64-bit systems, as the published headers give them.
static_assert(sizeof(void *) != 8 || (offsetof(lcb_get_cmd_t, v) == 8 && sizeof(lcb_get_cmd_t) == 56 &&
                                      sizeof(lcb_store_cmd_t) == 96 && offsetof(lcb_store_cmd_t, v.v0.operation) == 72 &&
                                      sizeof(lcb_arithmetic_cmd_t) == 72 && sizeof(lcb_remove_cmd_t) == 48 &&
                                      sizeof(lcb_get_resp_t) == 64 && sizeof(lcb_store_resp_t) == 32 &&
                                      sizeof(struct lcb_create_st) == 72 && sizeof(struct lcb_create_io_ops_st) == 32));

TEST_CASE("enumerators and commands on C++ streams") {
    const auto text = [](const auto &value) {
        std::ostringstream out;
        out << value;
        return out.str();
    };
    CHECK(text(LCB_SUCCESS) == "LCB_SUCCESS");
    CHECK(text(static_cast<lcb_error_t>(0xfff)) == "4095");
    CHECK(text(LCB_HTTP_TYPE_VIEW) == "LCB_HTTP_TYPE_VIEW");
    CHECK(text(LCB_HTTP_METHOD_MAX) == "4");
    CHECK(text(LCB_PREPEND) == "LCB_PREPEND");
    CHECK(text(lcb_store_cmd_t(LCB_ADD, "key", 3, "value", 5)) == "LCB_ADD key (5 bytes)");
    CHECK(text(lcb_http_cmd_t("/pools", 6, nullptr, 0, LCB_HTTP_METHOD_DELETE, 0, "")) ==
          "LCB_HTTP_METHOD_DELETE /pools (0 bytes)");
}
