// SPDX-License-Identifier: Apache-2.0
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <tenon/tenon.hpp>

#include "child_process.hpp"
#include "devcluster_child.hpp"

namespace {

using namespace tenon::test;

std::string from_environment(const char *variable) {
    const char *value = std::getenv(variable);
    if (value == nullptr) throw std::runtime_error(std::string(variable) + " is not set");
    return value;
}

struct Run {
    std::string output;  // both streams, or one of them
    int status = 0;
};

/// tenon cat; `streams` is "2>&1", "2>/dev/null" or "2>&1 >/dev/null".
Run cat(std::vector<std::string> arguments, const std::string &streams,
        const std::string &plugin = from_environment("TENON_TEST_IO")) {
    arguments.insert(arguments.begin(), {"/bin/sh", "-c", "\"$@\" " + streams + "; echo \"=== $?\"", "sh",
                                         from_environment("TENON_CLI"), "cat", "--io", plugin});
    ChildProcess child(arguments);
    Run run;
    for (;;) {
        const std::string line = child.read_line();
        if (line.starts_with("=== ")) {
            run.status = std::stoi(line.substr(4));
            return run;
        }
        run.output += line + "\n";
    }
}

/// Stores a document and returns its CAS as `tenon cat` prints it.
std::string store(const std::string &cluster, const std::string &bucket, const std::string &password,
                  const std::string &key, const std::string &value, std::uint32_t flags) {
    const tenon::io io = tenon::io::load();
    tenon::Options options;
    options.hosts = {cluster};
    options.bucket = bucket;
    options.password = password;
    std::uint64_t cas = 0;
    tenon::Client client(io, options);
    REQUIRE_FALSE(client.connect());
    const auto on_stored = [&](const tenon::Reply &reply) { cas = reply.cas; };
    REQUIRE_FALSE(client.set(key, tenon::as_bytes(value), on_stored, {.flags = flags}));
    REQUIRE_FALSE(client.wait());
    REQUIRE(cas != 0);
    char text[32];
    std::snprintf(text, sizeof text, "%" PRIx64, cas);
    return text;
}

TEST_CASE("documents are printed in the order of the keys, with size, flags and CAS") {
    DevclusterChild cluster({"--nodes", "3"});
    const std::string &host = cluster.management();
    const std::string one = store(host, "default", "", "example", "Hello world!\r\n", 0);
    const std::string two = store(host, "default", "", "other", "", 0xcafe);
    const std::string three = store(host, "default", "", "large", std::string(300'000, 'x'), 1);

    const Run run = cat({"other", "example", "large", "-h", host, "-b", "default"}, "2>&1");
    CHECK(run.status == 0);
    std::string expected = "\"other\" Size:0 Flags:cafe CAS:" + two + "\n\n";
    expected += "\"example\" Size:14 Flags:0 CAS:" + one + "\nHello world!\r\n\n";
    expected += "\"large\" Size:300000 Flags:1 CAS:" + three + "\n" + std::string(300'000, 'x') + "\n";
    CHECK(run.output == expected);
    CHECK(cat({"example", "--host", host}, "2>/dev/null").output.starts_with("\"example\" Size:14 "));
}

TEST_CASE("what fails is told with its key, the rest is printed") {
    DevclusterChild cluster({"--nodes", "2"});
    const std::string &host = cluster.management();
    store(host, "default", "", "there", "value", 0);

    const Run output = cat({"missing", "there", "-h", host}, "2>/dev/null");
    CHECK(output.status == 1);
    CHECK(output.output.starts_with("\"there\" Size:5 "));
    const Run errors = cat({"missing", "there", std::string(251, 'k'), "-h", host}, "2>&1 >/dev/null");
    CHECK(errors.status == 1);
    CHECK(errors.output.starts_with("\"missing\": "));
    CHECK(errors.output.find("\"" + std::string(251, 'k') + "\": ") != std::string::npos);
    CHECK(errors.output.find("there") == std::string::npos);
}

TEST_CASE("a bucket with a password, and clusters that cannot be used") {
    DevclusterChild cluster({"--nodes", "2", "--bucket", "safe:secret"});
    const std::string &host = cluster.management();
    store(host, "safe", "secret", "k", "v", 0);
    CHECK(cat({"k", "-h", host, "-b", "safe", "-u", "safe", "-P", "secret"}, "2>&1").status == 0);
    CHECK(cat({"k", "-h", host, "-b", "safe", "-P", "secret"}, "2>&1").status == 0);

    const Run refused = cat({"k", "-h", host, "-b", "safe", "-P", "wrong"}, "2>&1");
    CHECK(refused.status == 1);
    CHECK(refused.output.starts_with("tenon: "));
    const Run nobody = cat({"k", "-h", "127.0.0.1:1", "--timeout", "2"}, "2>&1");
    CHECK(nobody.status == 1);
    CHECK(nobody.output.find("127.0.0.1:1") != std::string::npos);
    const Run no_plugin = cat({"k", "-h", host}, "2>&1", "nosuchloop");
    CHECK(no_plugin.status == 1);
    CHECK(no_plugin.output.find("nosuchloop") != std::string::npos);
}

}  // namespace
