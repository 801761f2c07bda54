// SPDX-License-Identifier: Apache-2.0
// lcb_create, lcb_connect, lcb_wait: every version of the options, every outcome of the bootstrap.
#include <cstring>
#include <string>

#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"
#include "standard_error.hpp"

using namespace tenon::test;

namespace {

struct Destroy {
    lcb_t instance = nullptr;
    ~Destroy() { lcb_destroy(instance); }
};

lcb_error_t create_v0(const char *host) {
    lcb_create_st options{};
    options.v.v0.host = host;
    Destroy made;
    const lcb_error_t error = lcb_create(&made.instance, &options);
    CHECK((made.instance != nullptr) == (error == LCB_SUCCESS));
    return error;
}

lcb_error_t create_v3(const std::string &connection_string, lcb_t *instance) {
    lcb_create_st options{};
    options.version = 3;
    options.v.v3.connstr = connection_string.c_str();
    return lcb_create(instance, &options);
}

lcb_error_t create_v3(const std::string &connection_string) {
    Destroy made;
    return create_v3(connection_string, &made.instance);
}

lcb_error_t bootstrap(lcb_t instance) {
    const lcb_error_t error = lcb_connect(instance);
    return error != LCB_SUCCESS ? error : lcb_wait(instance);
}

/// A port with nobody behind it, as long as this lives.
class DeadPort {
public:
    DeadPort() : sock_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        REQUIRE(bind(sock_, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0);
        REQUIRE(getsockname(sock_, reinterpret_cast<sockaddr *>(&address), &length) == 0);
        host_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    }
    DeadPort(const DeadPort &) = delete;
    DeadPort &operator=(const DeadPort &) = delete;
    ~DeadPort() { close(sock_); }
    const std::string &host() const { return host_; }

private:
    int sock_;
    std::string host_;
};

}  // namespace

TEST_CASE("an instance can be made and destroyed without anything else") {
    Destroy made;
    CHECK(lcb_create(&made.instance, nullptr) == LCB_SUCCESS);
    CHECK(lcb_get_cookie(made.instance) == nullptr);
    int mine = 0;
    lcb_set_cookie(made.instance, &mine);
    CHECK(lcb_get_cookie(made.instance) == &mine);
    CHECK(lcb_get_timeout(made.instance) == 2'500'000);
    lcb_set_timeout(made.instance, 1'000'000);
    CHECK(lcb_get_timeout(made.instance) == 1'000'000);
    lcb_set_timeout(made.instance, 0);
    CHECK(lcb_get_timeout(made.instance) == 2'500'000);
    lcb_breakout(made.instance);
    CHECK(lcb_wait(made.instance) == LCB_CLIENT_ETMPFAIL);
    lcb_destroy(nullptr);
}

TEST_CASE("hosts as they may be written") {
    for (const char *host : {"", "localhost", "localhost:8091", "127.0.0.1;localhost:9000;other-host.example:80", "[::1]:8091",
                             "http://localhost:8091/pools", "http://localhost/pools/", "a;b;"})
        CHECK_MESSAGE(create_v0(host) == LCB_SUCCESS, host);
    CHECK(create_v0(nullptr) == LCB_SUCCESS);
    for (const char *host : {"local host", "localhost:", "localhost:0", "localhost:65536", "localhost:80x", ":8091", ";", "::1",
                             "couchbase://localhost", "ftp://localhost", "http://", "host/pools", "[::1", "host\n"})
        CHECK_MESSAGE(create_v0(host) == LCB_INVALID_HOST_FORMAT, host);
}

TEST_CASE("connection strings as they may be written") {
    for (const char *text :
         {"", "localhost", "http://localhost", "http://a,b:8091,c/bucket", "a;b/bucket/", "http://h/bucket?", "http://h/a%20b",
          "couchbase://", "couchbase://a,b:8091/bucket", "couchbase://h:9000=http", "couchbase://h:9000=HTTP", "couchbase://[::1]:8091",
          "memcached://a:11211,b", "memcached://a:11212=mccompat", "http://h?operation_timeout=1.5&detailed_errcodes=true",
          "http://h/b?username=u&password=p%26", "http://h?bootstrap_on=http&ssl=off"})
        CHECK_MESSAGE(create_v3(text) == LCB_SUCCESS, text);
    const StandardError quiet;
    for (const char *text : {"ftp://localhost", "http://bad host/bucket", "http://h:port", "couchbase://:8091", "http://h:80=ftp",
                             "memcached://h:80=http", ",", "couchbase://h:8091=mccompat"})
        CHECK_MESSAGE(create_v3(text) == LCB_INVALID_HOST_FORMAT, text);
    for (const char *text : {"http://h/a/b", "http://h/a%2", "http://h/a%zz", "http://h?name", "http://h?=value", "http://h?name=",
                             "http://h?operation_timeout=soon", "http://h?bootstrap_on=maybe"})
        CHECK_MESSAGE(create_v3(text) == LCB_EINVAL, text);
    for (const char *text : {"couchbase://h:11210", "couchbase://a,h:9000/b", "couchbase://h:11210=mcd", "http://h?unknown=1",
                             "http://h?retry_policy=topochange:none", "http://h?bootstrap_on=cccp"})
        CHECK_MESSAGE(create_v3(text) == LCB_NOT_SUPPORTED, text);
    for (const char *text : {"couchbases://localhost", "https://localhost", "http://h?ssl=on", "couchbase://h:11207=mcds"})
        CHECK_MESSAGE(create_v3(text) == LCB_CLIENT_FEATURE_UNAVAILABLE, text);
}

TEST_CASE("what a connection string is refused for is said on standard error") {
    StandardError error;
    CHECK(create_v3("couchbase://localhost:11210/bucket") == LCB_NOT_SUPPORTED);
    CHECK(create_v3("couchbases://localhost") == LCB_CLIENT_FEATURE_UNAVAILABLE);
    const std::string said = error.take();
    CHECK_MESSAGE(said.find("localhost:11210 names a data port") != std::string::npos, said);
    CHECK_MESSAGE(said.find("couchbases:// needs TLS") != std::string::npos, said);
}

TEST_CASE("a connection string's options are settings, its bucket and credentials the instance's") {
    Destroy made;
    REQUIRE(create_v3("couchbase://h/my%20bucket?operation_timeout=1.5&config_cache=/tmp/a%26b&http_timeout=70", &made.instance) ==
            LCB_SUCCESS);
    CHECK(lcb_get_timeout(made.instance) == 1'500'000);
    CHECK(lcb_cntl_getu32(made.instance, LCB_CNTL_HTTP_TIMEOUT) == 70);
    const char *text = nullptr;
    CHECK(lcb_cntl(made.instance, LCB_CNTL_GET, LCB_CNTL_BUCKETNAME, &text) == LCB_SUCCESS);
    CHECK(std::string(text) == "my bucket");
    CHECK(lcb_cntl(made.instance, LCB_CNTL_GET, LCB_CNTL_CONFIGCACHE, &text) == LCB_SUCCESS);
    CHECK(std::string(text) == "/tmp/a&b");
}

TEST_CASE("option versions and types that do not exist are refused") {
    Destroy made;
    lcb_create_st options{};
    CHECK(lcb_create(nullptr, &options) == LCB_EINVAL);
    for (const int version : {-1, 4, 1000}) {
        options.version = version;
        CHECK(lcb_create(&made.instance, &options) == LCB_EINVAL);
    }
    for (const int version : {1, 2, 3}) {
        options = {};
        options.version = version;
        (version == 3 ? options.v.v3.type : options.v.v1.type) = static_cast<lcb_type_t>(7);
        CHECK(lcb_create(&made.instance, &options) == LCB_EINVAL);
    }
    CHECK(made.instance == nullptr);
}

TEST_CASE("maps come over HTTP: a list of transports must name it") {
    Destroy made;
    lcb_create_st options{};
    options.version = 2;
    const lcb_config_transport_t both[] = {LCB_CONFIG_TRANSPORT_CCCP, LCB_CONFIG_TRANSPORT_HTTP, LCB_CONFIG_TRANSPORT_LIST_END};
    const lcb_config_transport_t other[] = {LCB_CONFIG_TRANSPORT_CCCP, LCB_CONFIG_TRANSPORT_LIST_END};
    const lcb_config_transport_t none[] = {LCB_CONFIG_TRANSPORT_LIST_END};
    options.v.v2.transports = other;
    CHECK(lcb_create(&made.instance, &options) == LCB_NOT_SUPPORTED);
    lcb_config_transport_t newer[3];  // a C program may have a number there that this library does not know
    constexpr unsigned kNumbers[] = {7, LCB_CONFIG_TRANSPORT_HTTP, LCB_CONFIG_TRANSPORT_LIST_END};
    static_assert(sizeof newer == sizeof kNumbers);
    std::memcpy(newer, kNumbers, sizeof newer);
    const lcb_config_transport_t *const good[] = {both, none, newer};
    for (const lcb_config_transport_t *list : good) {
        options.v.v2.transports = list;
        Destroy also;
        CHECK(lcb_create(&also.instance, &options) == LCB_SUCCESS);
    }
}

TEST_CASE("every version of the options connects") {
    const DevclusterChild cluster({"--nodes", "2", "--bucket", "default", "--bucket", "private:secret"});
    const std::string &host = cluster.management();
    lcb_create_st options{};
    SUBCASE("0") { options.v.v0.host = host.c_str(); }
    SUBCASE("0, whose later fields hold garbage") {
        options.version = 2;
        options.v.v2.mchosts = "garbage";
        options.v.v2.type = static_cast<lcb_type_t>(77);
        options.version = 0;
        options.v.v0.host = host.c_str();
    }
    SUBCASE("1") {
        options.version = 1;
        options.v.v1.host = host.c_str();
        options.v.v1.bucket = "private";
        options.v.v1.passwd = "secret";
    }
    SUBCASE("2") {
        options.version = 2;
        options.v.v2.host = host.c_str();
        options.v.v2.bucket = "private";
        options.v.v2.user = "private";
        options.v.v2.passwd = "secret";
    }
    std::string text;
    SUBCASE("3") {
        options.version = 3;
        text = "http://" + host + "/private";
        options.v.v3.connstr = text.c_str();
        options.v.v3.passwd = "secret";
    }
    SUBCASE("3, in the words of a connection string") {
        options.version = 3;
        text = "couchbase://" + host + "=http/private?password=secret&operation_timeout=2.5";
        options.v.v3.connstr = text.c_str();
    }
    SUBCASE("3, without a bucket") {
        options.version = 3;
        options.v.v3.connstr = host.c_str();
    }
    SUBCASE("a URL to start from") {
        text = "http://" + host + "/pools";
        options.v.v0.host = text.c_str();
    }
    Destroy made;
    REQUIRE(lcb_create(&made.instance, &options) == LCB_SUCCESS);
    CHECK(bootstrap(made.instance) == LCB_SUCCESS);
}

TEST_CASE("the next host is asked when one does not answer") {
    const DevclusterChild cluster({});
    const DeadPort dead;
    Instance instance(dead.host() + ";" + cluster.management());
    CHECK(instance.connect() == LCB_SUCCESS);
    CHECK(instance.failure().calls == 0);
    REQUIRE(instance.configurations().size() == 1);
    CHECK(instance.configurations()[0] == LCB_CONFIGURATION_NEW);
}

TEST_CASE("connecting again: busy on the way, nothing to do once there") {
    const DevclusterChild cluster({});
    Instance instance(cluster.management());
    CHECK(lcb_connect(instance) == LCB_SUCCESS);
    CHECK(lcb_connect(instance) == LCB_BUSY);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(lcb_connect(instance) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(instance.configurations().size() == 1);
}

TEST_CASE("no host: the error callback says which, lcb_wait returns it, and connecting may be tried again") {
    const DeadPort dead;
    Instance instance(dead.host());
    for (int round = 1; round <= 2; ++round) {
        CHECK(instance.connect() == LCB_CONNECT_ERROR);
        CHECK(instance.failure().calls == round);
        CHECK(instance.failure().error == LCB_CONNECT_ERROR);
        CHECK_MESSAGE(instance.failure().text.find(dead.host()) != std::string::npos, instance.failure().text);
    }
    CHECK(instance.configurations().empty());
    Outcome outcome;
    CHECK(instance.get("key", outcome) == LCB_CLIENT_ETMPFAIL);
    CHECK(outcome.calls == 0);
}

TEST_CASE("a wrong password, and a bucket that is not there, are errors of their own") {
    const DevclusterChild cluster({"--bucket", "private:secret"});
    Instance wrong(cluster.management(), "private", "wrong");
    CHECK(wrong.connect() == LCB_AUTH_ERROR);
    CHECK(wrong.failure().calls == 1);
    CHECK(wrong.failure().error == LCB_AUTH_ERROR);
    Instance missing(cluster.management(), "missing");
    const lcb_error_t error = missing.connect();
    CHECK_MESSAGE(error == LCB_BUCKET_ENOENT, missing.failure().text);
    CHECK(missing.failure().calls == 1);
    Instance right(cluster.management(), "private", "secret");
    CHECK(right.connect() == LCB_SUCCESS);
    CHECK(right.store(LCB_SET, "key", "value").error == LCB_SUCCESS);
}

TEST_CASE("the table given is not destroyed with the instance, and serves several") {
    const DevclusterChild cluster({});
    lcb_io_opt_t io = nullptr;
    REQUIRE(lcb_create_io_ops(&io, nullptr) == LCB_SUCCESS);
    {
        Instance one(cluster.management(), "default", {}, io), two(cluster.management(), "default", {}, io);
        CHECK(io->v.v0.need_cleanup == 0);
        REQUIRE(one.connect() == LCB_SUCCESS);
        REQUIRE(two.connect() == LCB_SUCCESS);
        CHECK(one.store(LCB_SET, "shared table", "value").error == LCB_SUCCESS);
        CHECK(two.get("shared table").value == "value");
    }
    Instance three(cluster.management(), "default", {}, io);
    CHECK(three.connect() == LCB_SUCCESS);
    lcb_destroy(three.release());
    CHECK(lcb_destroy_io_ops(io) == LCB_SUCCESS);
}
