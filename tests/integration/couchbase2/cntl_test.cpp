// SPDX-License-Identifier: Apache-2.0
// Settings, by number and by name, and what they do.
#include <cstdarg>
#include <cstdio>
#include <string>
#include <vector>

#include <unistd.h>

#include <doctest/doctest.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"
#include "standard_error.hpp"

using namespace tenon::test;

namespace {

template <class T>
T told(lcb_t instance, int number) {
    T value{};
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, number, &value) == LCB_SUCCESS);
    return value;
}

template <class T>
void round_trip(lcb_t instance, int number, T value) {
    CAPTURE(number);
    CHECK(lcb_cntl(instance, LCB_CNTL_SET, number, &value) == LCB_SUCCESS);
    CHECK(told<T>(instance, number) == value);
}

struct Made {
    Instance instance{"127.0.0.1:1"};
};

}  // namespace

TEST_CASE_FIXTURE(Made, "times: defaults, by number, by name; zero is the default again") {
    struct Time {
        int number;
        const char *name;
        lcb_U32 initial;
    };
    for (const Time &time : {Time{LCB_CNTL_OP_TIMEOUT, "operation_timeout", 2'500'000},
                             Time{LCB_CNTL_VIEW_TIMEOUT, "views_timeout", 75'000'000},
                             Time{LCB_CNTL_DURABILITY_TIMEOUT, "durability_timeout", 5'000'000},
                             Time{LCB_CNTL_DURABILITY_INTERVAL, "durability_interval", 100'000},
                             Time{LCB_CNTL_HTTP_TIMEOUT, "http_timeout", 75'000'000},
                             Time{LCB_CNTL_CONFIGURATION_TIMEOUT, "config_total_timeout", 5'000'000},
                             Time{LCB_CNTL_CONFIG_NODE_TIMEOUT, "config_node_timeout", 2'000'000},
                             Time{LCB_CNTL_CONFDELAY_THRESH, "error_thresh_delay", 10'000'000},
                             Time{LCB_CNTL_RETRY_INTERVAL, "retry_interval", 10'000}}) {
        CAPTURE(time.name);
        CHECK(lcb_cntl_exists(time.number) != 0);
        CHECK(lcb_cntl_getu32(instance, time.number) == time.initial);
        CHECK(lcb_cntl_string(instance, time.name, "1.25") == LCB_SUCCESS);
        CHECK(lcb_cntl_getu32(instance, time.number) == 1'250'000);
        CHECK(lcb_cntl_string(instance, time.name, "777") == LCB_SUCCESS);
        CHECK(lcb_cntl_getu32(instance, time.number) == 777);
        CHECK(lcb_cntl_setu32(instance, time.number, 888) == LCB_SUCCESS);
        CHECK(lcb_cntl_getu32(instance, time.number) == 888);
        for (const char *wrong : {"", "soon", "-1", "1.5s", "99999999999", "1e9."})
            CHECK_MESSAGE(lcb_cntl_string(instance, time.name, wrong) == LCB_EINVAL, wrong);
        CHECK(lcb_cntl_getu32(instance, time.number) == 888);
        CHECK(lcb_cntl(instance, LCB_CNTL_SET, time.number, nullptr) == LCB_EINVAL);
    }
    CHECK(lcb_cntl_setu32(instance, LCB_CNTL_OP_TIMEOUT, 0) == LCB_SUCCESS);
    CHECK(lcb_get_timeout(instance) == 2'500'000);
    lcb_set_view_timeout(instance, 1'000'000);
    CHECK(lcb_get_view_timeout(instance) == 1'000'000);
    CHECK(lcb_cntl_getu32(instance, LCB_CNTL_VIEW_TIMEOUT) == 1'000'000);
}

TEST_CASE_FIXTURE(Made, "what has no effect is remembered with the type it has") {
    round_trip<lcb_SIZE>(instance, LCB_CNTL_RBUFSIZE, 100'000);
    round_trip<lcb_SIZE>(instance, LCB_CNTL_WBUFSIZE, 100'000);
    round_trip<lcb_SIZE>(instance, LCB_CNTL_HTTP_POOLSIZE, static_cast<lcb_SIZE>(-1));
    round_trip<lcb_U32>(instance, LCB_CNTL_HTCONFIG_IDLE_TIMEOUT, 3);
    round_trip<float>(instance, LCB_CNTL_RETRY_BACKOFF, 2.5F);
    for (const int number : {LCB_CNTL_IOPS_DLOPEN_DEBUG, LCB_CNTL_SKIP_CONFIGURATION_ERRORS_ON_CONNECT,
                             LCB_CNTL_RANDOMIZE_BOOTSTRAP_HOSTS, LCB_CNTL_MAX_REDIRECTS, LCB_CNTL_HTCONFIG_URLTYPE,
                             LCB_CNTL_SYNCDESTROY, LCB_CNTL_HTTP_REFRESH_CONFIG_ON_ERROR, LCB_CNTL_SCHED_IMPLICIT_FLUSH,
                             LCB_CNTL_VBGUESS_PERSIST, LCB_CNTL_UNSAFE_OPTIMIZE}) {
        round_trip<int>(instance, number, 0);
        round_trip<int>(instance, number, 1);
    }
    lcb_behavior_set_config_errors_threshold(instance, 5);
    CHECK(lcb_behavior_get_config_errors_threshold(instance) == 5);
    CHECK(told<lcb_SIZE>(instance, LCB_CNTL_CONFERRTHRESH) == 5);
    for (const char *name : {"randomize_nodes", "sync_dtor", "vbguess_persist", "unsafe_optimize"}) {
        CHECK(lcb_cntl_string(instance, name, "true") == LCB_SUCCESS);
        CHECK(lcb_cntl_string(instance, name, "false") == LCB_SUCCESS);
        CHECK(lcb_cntl_string(instance, name, "1") == LCB_SUCCESS);
        CHECK(lcb_cntl_string(instance, name, "perhaps") == LCB_EINVAL);
    }
    CHECK(lcb_cntl_string(instance, "retry_backoff", "1.75") == LCB_SUCCESS);
    CHECK(told<float>(instance, LCB_CNTL_RETRY_BACKOFF) == 1.75F);
    CHECK(lcb_cntl_string(instance, "error_thresh_count", "7") == LCB_SUCCESS);
    CHECK(lcb_cntl_string(instance, "http_poolsize", "7") == LCB_SUCCESS);
    CHECK(lcb_cntl_string(instance, "http_urlmode", "1") == LCB_SUCCESS);
}

TEST_CASE_FIXTURE(Made, "what an instance is") {
    CHECK(told<lcb_type_t>(instance, LCB_CNTL_HANDLETYPE) == LCB_TYPE_BUCKET);
    CHECK(told<lcb_io_opt_t>(instance, LCB_CNTL_IOPS) != nullptr);
    CHECK(std::string(told<const char *>(instance, LCB_CNTL_BUCKETNAME)) == "default");
    CHECK(std::string(told<const char *>(instance, LCB_CNTL_CHANGESET)) == LCB_VERSION_CHANGESET);
    CHECK(told<int>(instance, LCB_CNTL_SSL_MODE) == 0);
    CHECK(told<const char *>(instance, LCB_CNTL_SSL_CERT) == nullptr);
    CHECK(told<int>(instance, LCB_CNTL_COMPRESSION_OPTS) == LCB_COMPRESS_NONE);
    CHECK(told<lcb_ipv6_t>(instance, LCB_CNTL_IP6POLICY) == LCB_IPV6_ALLOW);
    CHECK(lcb_behavior_get_ipv6(instance) == LCB_IPV6_ALLOW);
    lcb_config_transport_t transport{};
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_CONFIG_TRANSPORT, &transport) == LCB_CLIENT_ETMPFAIL);
    lcb_U32 retry = LCB_RETRYOPT_CREATE(LCB_RETRY_ON_SOCKERR, 0);
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_RETRYMODE, &retry) == LCB_SUCCESS);
    CHECK(LCB_RETRYOPT_GETMODE(retry) == LCB_RETRY_ON_SOCKERR);
    CHECK(LCB_RETRYOPT_GETPOLICY(retry) == LCB_RETRY_CMDS_SAFE);
    CHECK(lcb_supports_feature(LCB_SUPPORTS_SSL) == 0);
    CHECK(lcb_supports_feature(LCB_SUPPORTS_SNAPPY) == 0);
}

TEST_CASE_FIXTURE(Made, "what is refused, and with which number") {
    int value = 0;
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, 0x1000, &value) == LCB_NOT_SUPPORTED);
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, -1, &value) == LCB_NOT_SUPPORTED);
    CHECK(lcb_cntl(instance, 2, LCB_CNTL_OP_TIMEOUT, &value) == LCB_NOT_SUPPORTED);
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_OP_TIMEOUT, nullptr) == LCB_EINVAL);
    CHECK(lcb_cntl(instance, LCB_CNTL_SET, LCB_CNTL_HANDLETYPE, &value) == LCB_NOT_SUPPORTED);
    CHECK(lcb_cntl(instance, LCB_CNTL_SET, LCB_CNTL_VBCONFIG, &value) == LCB_NOT_SUPPORTED);
    CHECK(lcb_cntl_exists(0x1000) == 0);
    CHECK(lcb_cntl_exists(-1) == 0);
    CHECK(lcb_cntl_exists(LCB_CNTL_BUCKETNAME) == 1);
    CHECK(lcb_cntl_string(instance, "no such setting", "1") == LCB_NOT_SUPPORTED);
    CHECK(lcb_cntl_string(instance, "", "1") == LCB_NOT_SUPPORTED);
    CHECK(lcb_cntl_string(instance, nullptr, "1") == LCB_EINVAL);
    CHECK(lcb_cntl_string(instance, "timeout", nullptr) == LCB_EINVAL);
    for (const char *name : {"sasl_mech_force", "retry_policy"})
        CHECK(lcb_cntl_string(instance, name, "PLAIN") == LCB_NOT_SUPPORTED);
    CHECK(lcb_cntl_string(instance, "compression", "off") == LCB_SUCCESS);
    CHECK(lcb_cntl_string(instance, "compression", "on") == LCB_NOT_SUPPORTED);
    CHECK(lcb_cntl_string(instance, "ipv6", "maybe") == LCB_EINVAL);
    value = 3;
    CHECK(lcb_cntl(instance, LCB_CNTL_SET, LCB_CNTL_IP6POLICY, &value) == LCB_EINVAL);
    lcb_syncmode_t sync = LCB_SYNCHRONOUS;
    CHECK(lcb_cntl(instance, LCB_CNTL_SET, LCB_CNTL_SYNCMODE, &sync) == LCB_SUCCESS);
    CHECK(told<lcb_syncmode_t>(instance, LCB_CNTL_SYNCMODE) == LCB_SYNCHRONOUS);

    round_trip<int>(instance, LCB_CNTL_DETAILED_ERRCODES, 1);
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, 0x1000, &value) == LCB_ECTL_UNKNOWN);
    CHECK(lcb_cntl(instance, LCB_CNTL_SET, LCB_CNTL_HANDLETYPE, &value) == LCB_ECTL_UNSUPPMODE);
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_OP_TIMEOUT, nullptr) == LCB_ECTL_BADARG);
}

TEST_CASE_FIXTURE(Made, "settings that are tenon's own") {
    struct Own {
        const char *name, *good, *bad;
    };
    for (const auto &[name, good, bad] :
         {Own{"config_agreement", "majority", "minority"}, Own{"config_agreement", "first", "last"}, Own{"config_watch", "all", "two"},
          Own{"config_watch", "one", ""}, Own{"connect_timeout", "0.5", "0"}, Own{"tcp_keepalive", "10.0", "0.5"},
          Own{"tcp_keepalive", "0", "never"}, Own{"libmemcached_names", "true", "maybe"}, Own{"sasl_buckets", "off", "2x"},
          Own{"max_pending_operations", "100", "0"}, Own{"max_pending_bytes", "100000", "-5"}}) {
        CHECK_MESSAGE(lcb_cntl_string(instance, name, good) == LCB_SUCCESS, name << "=" << good);
        CHECK_MESSAGE(lcb_cntl_string(instance, name, bad) == LCB_EINVAL, name << "=" << bad);
    }
}

TEST_CASE("a limit set before connecting holds") {
    const DevclusterChild cluster({});
    Instance instance(cluster.management());
    CHECK(lcb_cntl_string(instance, "max_pending_operations", "3") == LCB_SUCCESS);
    REQUIRE(instance.connect() == LCB_SUCCESS);
    Outcome outcomes[4];
    for (int i = 0; i != 3; ++i) CHECK(instance.get("key", outcomes[i]) == LCB_SUCCESS);
    CHECK(instance.get("key", outcomes[3]) == LCB_CLIENT_ETMPFAIL);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(outcomes[2].calls == 1);
    CHECK(outcomes[3].calls == 0);
    CHECK(told<lcb_config_transport_t>(instance, LCB_CNTL_CONFIG_TRANSPORT) == LCB_CONFIG_TRANSPORT_HTTP);
}

TEST_CASE("the time that the bootstrap has is set in time, also after one that failed") {
    Instance instance("127.0.0.1:1");
    CHECK(lcb_cntl_setu32(instance, LCB_CNTL_CONFIGURATION_TIMEOUT, 200'000) == LCB_SUCCESS);
    CHECK(instance.connect() == LCB_CONNECT_ERROR);
    CHECK(lcb_cntl_setu32(instance, LCB_CNTL_CONFIGURATION_TIMEOUT, 300'000) == LCB_SUCCESS);
    CHECK(instance.connect() == LCB_CONNECT_ERROR);
    CHECK(instance.failure().calls == 2);
}

TEST_CASE("a map kept in a file does for a start without any host") {
    char name[] = "/tmp/tenon-couchbase2-map-XXXXXX";
    const int file = mkstemp(name);
    REQUIRE(file != -1);
    close(file);
    unlink(name);  // there is nothing to read yet
    std::string host;
    {
        const DevclusterChild cluster({});
        host = cluster.management();
        Instance first(host);
        CHECK(lcb_cntl(first, LCB_CNTL_SET, LCB_CNTL_CONFIGCACHE, name) == LCB_SUCCESS);
        CHECK(std::string(told<const char *>(first, LCB_CNTL_CONFIGCACHE)) == name);
        CHECK(first.connect() == LCB_SUCCESS);
    }
    lcb_cached_config_st cached;
    cached.cachefile = name;
    cached.createopt = lcb_create_st(host.c_str());
    lcb_t second = nullptr;
    REQUIRE(lcb_create_compat(LCB_CACHED_CONFIG, &cached, &second, nullptr) == LCB_SUCCESS);
    CHECK(told<int>(second, LCB_CNTL_CONFIG_CACHE_LOADED) == 0);
    CHECK(lcb_connect(second) == LCB_SUCCESS);
    CHECK(lcb_wait(second) == LCB_SUCCESS);
    CHECK(lcb_get_num_nodes(second) == 1);
    lcb_destroy(second);
    cached.cachefile = nullptr;
    CHECK(lcb_create_compat(LCB_CACHED_CONFIG, &cached, &second, nullptr) == LCB_EINVAL);
    unlink(name);
}

TEST_CASE("the log goes where the program says") {
    struct Log : lcb_logprocs {
        std::vector<std::string> lines;
    } log;
    log.version = 0;
    log.v.v0.callback = [](lcb_logprocs *procs, unsigned, const char *subsys, int severity, const char *, int,
                           const char *format, va_list arguments) {
        char line[1000];
        std::vsnprintf(line, sizeof line, format, arguments);
        CHECK(std::string(subsys) == "tenon");
        CHECK(severity >= LCB_LOG_TRACE);
        CHECK(severity < LCB_LOG_MAX);
        static_cast<Log *>(procs)->lines.emplace_back(line);
    };
    {
        const DevclusterChild cluster({});
        Instance instance(cluster.management());
        CHECK(lcb_cntl(instance, LCB_CNTL_SET, LCB_CNTL_LOGGER, static_cast<lcb_logprocs *>(&log)) == LCB_SUCCESS);
        CHECK(told<lcb_logprocs *>(instance, LCB_CNTL_LOGGER) == &log);
        REQUIRE(instance.connect() == LCB_SUCCESS);
        CHECK(instance.store(LCB_SET, "key", "value").error == LCB_SUCCESS);
    }
    CHECK(!log.lines.empty());
    log.version = 1;
    Instance instance("127.0.0.1:1");
    CHECK(lcb_cntl(instance, LCB_CNTL_SET, LCB_CNTL_LOGGER, static_cast<lcb_logprocs *>(&log)) == LCB_EINVAL);
    CHECK(lcb_cntl(instance, LCB_CNTL_SET, LCB_CNTL_LOGGER, nullptr) == LCB_SUCCESS);
    CHECK(told<lcb_logprocs *>(instance, LCB_CNTL_LOGGER) == nullptr);
}

TEST_CASE("which addresses are spoken to is the program's to say") {
    const DevclusterChild cluster({});
    const std::string port = cluster.management().substr(cluster.management().rfind(':'));
    const auto outcome = [&](const std::string &host, lcb_ipv6_t policy) {
        Instance instance(host);
        lcb_behavior_set_ipv6(instance, policy);
        CHECK(lcb_behavior_get_ipv6(instance) == policy);
        return instance.connect();
    };
    for (const std::string host : {"127.0.0.1", "localhost"}) {
        CHECK(outcome(host + port, LCB_IPV6_ALLOW) == LCB_SUCCESS);
        CHECK(outcome(host + port, LCB_IPV6_DISABLED) == LCB_SUCCESS);
    }
    CHECK(outcome("127.0.0.1" + port, LCB_IPV6_ONLY) == LCB_UNKNOWN_HOST);
    CHECK(outcome("[::1]" + port, LCB_IPV6_DISABLED) == LCB_UNKNOWN_HOST);
    CHECK(outcome("[::1]:1", LCB_IPV6_ONLY) == LCB_CONNECT_ERROR);

    Instance instance(cluster.management());
    for (const auto &[name, policy] : {std::pair("only", LCB_IPV6_ONLY), std::pair("disabled", LCB_IPV6_DISABLED),
                                       std::pair("allow", LCB_IPV6_ALLOW)}) {
        CHECK(lcb_cntl_string(instance, "ipv6", name) == LCB_SUCCESS);
        CHECK(lcb_behavior_get_ipv6(instance) == policy);
    }
}

TEST_CASE("a logger that is set, or taken away, while the instance is connected") {
    const DevclusterChild cluster({});
    StandardError error;
    Instance instance(cluster.management());
    REQUIRE(instance.connect() == LCB_SUCCESS);
    static int lines;
    lines = 0;
    lcb_logprocs logger{};
    logger.v.v0.callback = [](lcb_logprocs *, unsigned, const char *subsystem, int, const char *, int, const char *,
                              va_list) {
        CHECK(std::string(subsystem) == "tenon");
        ++lines;
    };
    CHECK(lcb_cntl(instance, LCB_CNTL_SET, LCB_CNTL_LOGGER, &logger) == LCB_SUCCESS);
    CHECK(told<lcb_logprocs *>(instance, LCB_CNTL_LOGGER) == &logger);
    CHECK(instance.get("key").error == LCB_KEY_ENOENT);  // opens the first connection to the node
    const int connected = lines;
    CHECK(connected > 0);
    CHECK(lcb_cntl(instance, LCB_CNTL_SET, LCB_CNTL_LOGGER, nullptr) == LCB_SUCCESS);
    CHECK(instance.get("key").error == LCB_KEY_ENOENT);
    CHECK(lines == connected);
    CHECK(error.take().empty());
}

TEST_CASE("data nodes, the management, the default plugin") {
    const DevclusterChild cluster({"--nodes", "2"});
    Instance instance(cluster.management());
    lcb_cntl_server_t node{};
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_MEMDNODE_INFO, &node) == LCB_CLIENT_ETMPFAIL);
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_CONFIGNODE_INFO, &node) == LCB_CLIENT_ETMPFAIL);
    REQUIRE(instance.connect() == LCB_SUCCESS);
    for (const int version : {0, 1}) {
        node = {};
        node.version = version;
        node.v.v0.index = 1;
        REQUIRE(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_MEMDNODE_INFO, &node) == LCB_SUCCESS);
        CHECK(std::string(node.v.v0.host) + ":" + node.v.v0.port == lcb_get_node(instance, LCB_NODE_DATA, 1));
        CHECK(node.v.v0.connected == 0);  // nothing was asked of it
        CHECK(node.v.v0.sock.sockfd == -1);
        REQUIRE(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_CONFIGNODE_INFO, &node) == LCB_SUCCESS);
        CHECK(std::string(node.v.v0.host) + ":" + node.v.v0.port == cluster.management());
        CHECK(node.v.v0.connected == 1);
    }
    for (char key = 'a'; key != 'q'; ++key) CHECK(instance.get(std::string(1, key)).error == LCB_KEY_ENOENT);
    REQUIRE(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_MEMDNODE_INFO, &node) == LCB_SUCCESS);
    CHECK(node.v.v0.connected == 1);
    node.v.v0.index = 2;
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_MEMDNODE_INFO, &node) == LCB_EINVAL);
    node.version = 2;
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_CONFIGNODE_INFO, &node) == LCB_EINVAL);

    lcb_cntl_iops_info_st plugin{};
    REQUIRE(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_IOPS_DEFAULT_TYPES, &plugin) == LCB_SUCCESS);
    CHECK(plugin.v.v0.os_default == LCB_IO_OPS_DEFAULT);
    CHECK(plugin.v.v0.effective == LCB_IO_OPS_DEFAULT);
    lcb_create_io_ops_st options{};
    options.v.v0.type = LCB_IO_OPS_LIBEV;
    plugin.v.v0.options = &options;
    REQUIRE(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_IOPS_DEFAULT_TYPES, &plugin) == LCB_SUCCESS);
    CHECK(plugin.v.v0.effective == LCB_IO_OPS_LIBEV);
    plugin.v.v0.effective = LCB_IO_OPS_INVALID;
    REQUIRE(lcb_cntl(nullptr, LCB_CNTL_GET, LCB_CNTL_IOPS_DEFAULT_TYPES, &plugin) == LCB_SUCCESS);
    CHECK(plugin.v.v0.effective == LCB_IO_OPS_LIBEV);
    plugin.version = 1;
    CHECK(lcb_cntl(nullptr, LCB_CNTL_GET, LCB_CNTL_IOPS_DEFAULT_TYPES, &plugin) == LCB_EINVAL);
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_IOPS_DEFAULT_TYPES, &plugin) == LCB_EINVAL);
}

TEST_CASE("without an instance there is nothing else to tell or to set") {
    lcb_U32 value = 0;
    for (const int number : {LCB_CNTL_OP_TIMEOUT, LCB_CNTL_BUCKETNAME, LCB_CNTL_DETAILED_ERRCODES, 0x1000}) {
        CHECK(lcb_cntl(nullptr, LCB_CNTL_GET, number, &value) == LCB_EINVAL);
        CHECK(lcb_cntl(nullptr, LCB_CNTL_SET, number, &value) == LCB_EINVAL);
    }
    CHECK(lcb_cntl(nullptr, LCB_CNTL_GET, LCB_CNTL_IOPS_DEFAULT_TYPES, nullptr) == LCB_EINVAL);
    CHECK(lcb_cntl(nullptr, LCB_CNTL_SET, LCB_CNTL_IOPS_DEFAULT_TYPES, &value) == LCB_EINVAL);
    CHECK(lcb_cntl_string(nullptr, "timeout", "1") == LCB_EINVAL);
}

TEST_CASE("the console's log: as much as is asked for") {
    const DevclusterChild cluster({});
    std::size_t sizes[2];
    for (const lcb_U32 level : {0U, 5U}) {
        StandardError error;
        Instance instance(cluster.management());
        CHECK(lcb_cntl_setu32(instance, LCB_CNTL_CONLOGGER_LEVEL, level) == LCB_SUCCESS);
        CHECK(lcb_cntl_string(instance, "console_log_level", std::to_string(level).c_str()) == LCB_SUCCESS);
        REQUIRE(instance.connect() == LCB_SUCCESS);
        CHECK(instance.store(LCB_SET, "key", "value").error == LCB_SUCCESS);
        sizes[level / 5] = error.take().size();
    }
    CHECK(sizes[0] == 0);
    CHECK(sizes[1] > 0);
}

TEST_CASE("plain memcached servers, by connection string and by lcb_create_compat") {
    const DevclusterChild cluster({});  // one node, which owns everything, is a memcached to who asks nothing else
    std::string server;
    {
        Instance instance(cluster.management());
        REQUIRE(instance.connect() == LCB_SUCCESS);
        server = lcb_get_node(instance, LCB_NODE_DATA, 0);
    }
    lcb_t instance = nullptr;
    SUBCASE("a connection string") {
        const std::string text = "memcached://" + server;
        lcb_create_st options;
        options.version = 3;
        options.v.v3 = {};
        options.v.v3.connstr = text.c_str();
        REQUIRE(lcb_create(&instance, &options) == LCB_SUCCESS);
    }
    SUBCASE("lcb_create_compat") {
        const lcb_memcached_st servers{server.c_str(), nullptr, nullptr};
        REQUIRE(lcb_create_compat(LCB_MEMCACHED_CLUSTER, &servers, &instance, nullptr) == LCB_SUCCESS);
        lcb_t other = nullptr;
        CHECK(lcb_create_compat(static_cast<lcb_compat_t>(2), &servers, &other, nullptr) == LCB_EINVAL);
        CHECK(lcb_create_compat(LCB_MEMCACHED_CLUSTER, nullptr, &other, nullptr) == LCB_EINVAL);
        CHECK(lcb_create_compat(LCB_MEMCACHED_CLUSTER, &servers, nullptr, nullptr) == LCB_EINVAL);
        CHECK(other == nullptr);
    }
    REQUIRE(lcb_connect(instance) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(std::string(lcb_get_server_list(instance)[0]) == server);
    lcb_behavior_set_syncmode(instance, LCB_SYNCHRONOUS);
    const lcb_store_cmd_t store(LCB_SET, "key", 3, "value", 5);
    const lcb_store_cmd_t *const stores[] = {&store};
    CHECK(lcb_store(instance, nullptr, 1, stores) == LCB_SUCCESS);
    const lcb_get_cmd_t get("key");
    const lcb_get_cmd_t *const gets[] = {&get};
    CHECK(lcb_get(instance, nullptr, 1, gets) == LCB_SUCCESS);
    lcb_destroy(instance);
}

TEST_CASE("memory") {
    void *memory = lcb_mem_alloc(100);
    REQUIRE(memory != nullptr);
    lcb_mem_free(memory);
    lcb_mem_free(nullptr);
}
