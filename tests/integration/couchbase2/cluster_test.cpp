// SPDX-License-Identifier: Apache-2.0
// Instances without a bucket: they ask the management, and nobody else.
#include <string>

#include <doctest/doctest.h>

#include <libcouchbase/api3.h>

#include "devcluster_child.hpp"

using namespace tenon::test;

namespace {

struct Cluster {
    explicit Cluster(const std::string &host, const char *user = nullptr, const char *password = nullptr,
                     int version = 1) {
        lcb_create_st options(host.c_str(), user, password, nullptr, nullptr, LCB_TYPE_CLUSTER);
        options.version = version;
        const std::string text = "http://" + host;
        if (version == 3) {
            options.v.v3 = {};
            options.v.v3.connstr = text.c_str();
            options.v.v3.username = user;
            options.v.v3.passwd = password;
            options.v.v3.type = LCB_TYPE_CLUSTER;
        }
        REQUIRE(lcb_create(&instance, &options) == LCB_SUCCESS);
        lcb_set_cookie(instance, this);
        lcb_set_error_callback(instance, [](lcb_t failed, lcb_error_t, const char *) { ++of(failed).errors; });
        lcb_set_configuration_callback(instance, [](lcb_t ready, lcb_configuration_t) { ++of(ready).configurations; });
        lcb_set_http_complete_callback(instance, [](lcb_http_request_t, lcb_t asked, const void *, lcb_error_t error,
                                                    const lcb_http_resp_t *response) {
            CHECK(error == LCB_SUCCESS);
            of(asked).status = response->v.v0.status;
            of(asked).body.assign(static_cast<const char *>(response->v.v0.bytes), response->v.v0.nbytes);
        });
    }
    ~Cluster() { lcb_destroy(instance); }
    Cluster(const Cluster &) = delete;
    Cluster &operator=(const Cluster &) = delete;

    static Cluster &of(lcb_t handle) { return *static_cast<Cluster *>(const_cast<void *>(lcb_get_cookie(handle))); }

    lcb_error_t connect() { return lcb_connect(instance) != LCB_SUCCESS ? LCB_ERROR : lcb_wait(instance); }
    lcb_error_t request(lcb_http_method_t method, const std::string &path, const std::string &body = {},
                        lcb_http_type_t type = LCB_HTTP_TYPE_MANAGEMENT) {
        const lcb_http_cmd_t command(path.data(), path.size(), body.data(), body.size(), method, 0,
                                     "application/x-www-form-urlencoded");
        const lcb_error_t error = lcb_make_http_request(instance, nullptr, type, &command, nullptr);
        return error != LCB_SUCCESS ? error : lcb_wait(instance);
    }

    lcb_t instance = nullptr;
    int errors = 0, configurations = 0, status = 0;
    std::string body;
};

}  // namespace

TEST_CASE("the management, without a bucket") {
    const DevclusterChild cluster({"--nodes", "2", "--admin", "root:secret"});
    for (const int version : {1, 2, 3}) {
        Cluster c(cluster.management(), "root", "secret", version);
        CHECK(c.connect() == LCB_SUCCESS);
        CHECK(c.configurations == 1);
        CHECK(c.errors == 0);
        lcb_type_t type{};
        CHECK(lcb_cntl(c.instance, LCB_CNTL_GET, LCB_CNTL_HANDLETYPE, &type) == LCB_SUCCESS);
        CHECK(type == LCB_TYPE_CLUSTER);
        CHECK(c.request(LCB_HTTP_METHOD_GET, "/pools/default") == LCB_SUCCESS);
        CHECK(c.status == 200);
        CHECK(c.body.find("\"nodes\"") != std::string::npos);
        CHECK(c.request(LCB_HTTP_METHOD_POST, "/pools/default/buckets", "name=more&saslPassword=") == LCB_SUCCESS);
        CHECK(c.status / 100 == 2);
        CHECK(c.request(LCB_HTTP_METHOD_DELETE, "/pools/default/buckets/more") == LCB_SUCCESS);
        CHECK(c.status / 100 == 2);
    }
}

TEST_CASE("operations on items are refused, and views") {
    const DevclusterChild cluster({});
    Cluster c(cluster.management());
    lcb_CMDGET get{};
    LCB_CMD_SET_KEY(&get, "key", 3);
    CHECK(lcb_get3(c.instance, nullptr, &get) == LCB_EBADHANDLE);
    CHECK(c.connect() == LCB_SUCCESS);
    CHECK(lcb_get3(c.instance, nullptr, &get) == LCB_EBADHANDLE);
    const lcb_store_cmd_t store(LCB_SET, "key", 3);
    const lcb_store_cmd_t *const stores[] = {&store};
    CHECK(lcb_store(c.instance, nullptr, 1, stores) == LCB_EBADHANDLE);
    const lcb_server_version_cmd_t version;
    const lcb_server_version_cmd_t *const versions[] = {&version};
    CHECK(lcb_server_versions(c.instance, nullptr, 1, versions) == LCB_EBADHANDLE);
    CHECK(c.request(LCB_HTTP_METHOD_GET, "_design/d", {}, LCB_HTTP_TYPE_VIEW) == LCB_NO_MATCHING_SERVER);
    CHECK(lcb_get_num_nodes(c.instance) == 0);
    CHECK(lcb_get_node(c.instance, LCB_NODE_DATA, 0) == nullptr);
    CHECK(lcb_wait(c.instance) == LCB_SUCCESS);
}

TEST_CASE("a wrong password fails the bootstrap, and so does nobody") {
    const DevclusterChild cluster({"--admin", "root:secret"});
    Cluster wrong(cluster.management(), "root", "guess");
    CHECK(wrong.connect() == LCB_AUTH_ERROR);
    CHECK(wrong.errors == 1);
    CHECK(wrong.configurations == 0);
    Cluster nobody("127.0.0.1:1");
    CHECK(nobody.connect() == LCB_CONNECT_ERROR);
    CHECK(nobody.errors == 1);
    lcb_create_st options;
    options.version = 3;
    options.v.v3 = {};
    options.v.v3.connstr = "memcached://127.0.0.1";
    options.v.v3.type = LCB_TYPE_CLUSTER;
    lcb_t instance = nullptr;
    CHECK(lcb_create(&instance, &options) == LCB_EINVAL);
}
