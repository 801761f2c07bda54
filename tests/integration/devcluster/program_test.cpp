// SPDX-License-Identifier: Apache-2.0
// The program: what it prints, how it ends, and what else it stands beside.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "child_process.hpp"
#include "own_loopback.hpp"
#include "topology/cluster_map.hpp"
#include "wire_client.hpp"

using namespace tenon;
using test::ChildProcess;
using test::Socket;
using test::WireClient;
using wire::Status;

namespace {

std::string program() {
    const char *const path = std::getenv("TENON_DEVCLUSTER");
    REQUIRE(path != nullptr);
    return path;
}

/// A running program and the ports its line names.
struct Running {
    explicit Running(const std::vector<std::string> &arguments) : process(arguments), line(process.read_line()) {
        std::smatch parts;
        const std::regex expected("tenon-devcluster ready: management (\\S+) data (\\S+)");
        REQUIRE_MESSAGE(std::regex_match(line, parts, expected), line);
        management = ports(parts[1]);
        data = ports(parts[2]);
    }
    static std::vector<std::uint16_t> ports(const std::string &list) {
        std::vector<std::uint16_t> all;
        std::istringstream in(list);
        for (std::string one; std::getline(in, one, ',');) {
            REQUIRE(one.starts_with("127."));
            all.push_back(static_cast<std::uint16_t>(std::stoi(one.substr(one.find(':') + 1))));
        }
        return all;
    }
    ChildProcess process;
    std::string line;
    std::vector<std::uint16_t> management, data;
};

struct Ended {
    int status = -1;
    std::string output;
};

Ended run(const std::string &command) {
    FILE *const pipe = popen(("timeout 60 " + command + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    Ended ended;
    char buffer[4096];
    for (std::size_t got = 0; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) ended.output.append(buffer, got);
    const int status = pclose(pipe);
    ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ended;
}

bool installed(const std::string &name) { return run("sh -c 'command -v " + name + "'").status == 0; }

std::string get(std::uint16_t port, const std::string &path) {
    Socket socket(port);
    socket.send("GET " + path + " HTTP/1.1\r\nConnection: close\r\n\r\n");
    std::string text;
    while (socket.receive(text)) {}
    return text.substr(text.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("one line when ready; SIGTERM and SIGINT end it cleanly with clients connected") {
    for (const int signal : {SIGTERM, SIGINT}) {
        Running running({program(), "--port", "0", "--nodes", "3", "--replicas", "1", "--vbuckets", "16", "--bucket",
                         "one", "--bucket", "two:password"});
        CHECK(running.management.size() == 3);
        CHECK(running.data.size() == 3);
        CHECK(std::set(running.data.begin(), running.data.end()).size() == 3);
        WireClient client(running.data[0]);
        CHECK(client.get("k").status == Status::auth_error);
        CHECK(client.authenticate("two", "password").status == Status::ok);
        CHECK(client.set("k", "v").status == Status::ok);
        Socket stream(running.management[0]);
        stream.send("GET /pools/default/bucketsStreaming/one HTTP/1.1\r\n\r\n");
        std::string text;
        REQUIRE(stream.receive(text));
        CHECK(running.process.end(signal) == 0);
        CHECK(client.at_end());
        while (stream.receive(text)) {}
    }
}

TEST_CASE("managing takes the password it was given; nodes have the addresses they were given") {
    Running running({program(), "--port", "0", "--nodes", "2", "--vbuckets", "4", "--admin", "root:word", "--replication",
                     "10-20", "--map-interval-us", "1000", "--takeover-us", "10"});
    const auto post = [&](const std::string &authorization) {
        Socket socket(running.management[0]);
        socket.send("POST /controller/stopRebalance HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n" +
                    authorization + "\r\n");
        std::string text;
        while (socket.receive(text)) {}
        return text.substr(0, 12);
    };
    CHECK(post("") == "HTTP/1.1 401");
    CHECK(post("Authorization: Basic cm9vdDp3b3Jk\r\n") == "HTTP/1.1 200");

    ChildProcess two({program(), "--port", "0", "--nodes", "2", "--host", "127.0.0.1", "--host", "127.0.0.2"});
    const std::string line = two.read_line();
    CHECK_MESSAGE(std::regex_search(line, std::regex("management 127.0.0.1:\\d+,127.0.0.2:\\d+ data 127")), line);
}

TEST_CASE("errors are one line and a status") {
    Running running({program(), "--port", "0", "--vbuckets", "1"});
    const std::string taken = std::to_string(running.management[0]);
    struct Case {
        std::string arguments, expected;
    };
    const Case cases[] = {
        {"--port " + taken, "127.0.0.1:" + taken},
        {"--replication soon", "--replication soon"},
        {"--replication 5-3", "FROM-TO"},
        {"--vbuckets 1000", "power of two"},
        {"--vbuckets many", "--vbuckets"},
        {"--nodes 0", "needs a node"},
        {"--replicas 1", "replicas"},
        {"--bucket :x", "name"},
        {"--data-node nowhere", "HOST:PORT"},
        {"--data-node host:0", "HOST:PORT"},
        {"--port 70000", "--port"},
        {"--what", "--what"},
        {"--io nosuchplugin --port 0", "nosuchplugin"},
    };
    for (const Case &c : cases) {
        CAPTURE(c.arguments);
        const Ended ended = run(program() + " " + c.arguments);
        CAPTURE(ended.output);
        CHECK(ended.status != 0);
        CHECK(ended.status != 124);
        CHECK(ended.output.starts_with("tenon-devcluster: "));
        CHECK(ended.output.find(c.expected) != std::string::npos);
        CHECK(std::count(ended.output.begin(), ended.output.end(), '\n') == 1);
    }
    const Ended help = run(program() + " --help");
    CHECK(help.status == 0);
    CHECK(help.output.find("--data-node") != std::string::npos);
}

TEST_CASE("memccapable finds nothing missing, on every plugin") {
    if (!installed("memccapable")) {
        MESSAGE("memccapable is not installed");
        return;
    }
    const char *const folder = std::getenv("TENON_PLUGIN_PATH");
    REQUIRE(folder != nullptr);
    int plugins = 0;
    for (const auto &entry : std::filesystem::directory_iterator(folder)) {
        std::smatch name;
        const std::string file = entry.path().filename();
        if (!std::regex_match(file, name, std::regex("libtenon-io-(.*)\\.so"))) continue;
        CAPTURE(file);
        ++plugins;
        Running running({program(), "--port", "0", "--nodes", "1", "--vbuckets", "1", "--io", name[1]});
        const Ended ended = run("memccapable -h 127.0.0.1 -b -p " + std::to_string(running.data[0]));
        CHECK_MESSAGE(ended.status == 0, ended.output);
        CHECK(ended.output.find("All tests passed") != std::string::npos);
        CHECK(running.process.end(SIGTERM) == 0);
    }
    CHECK(plugins > 0);
}

TEST_CASE("a map over real memcached servers") {
    if (!installed("memcached")) {
        MESSAGE("memcached is not installed");
        return;
    }
    const std::string host = test::own_loopback();
    const auto server = [&](const std::string &port) {
        return std::vector<std::string>{"/bin/sh", "-c", "exec memcached -u nobody -U 0 -l " + host + " -p " + port};
    };
    ChildProcess first(server("11211")), second(server("11212"));
    Running running({program(), "--port", "0", "--vbuckets", "16", "--data-node", host + ":11211", "--data-node",
                     host + ":11212"});
    CHECK(running.management.size() == 1);
    CHECK(running.line.find("data " + host + ":11211," + host + ":11212") != std::string::npos);
    const std::string map = get(running.management[0], "/pools/default/buckets/default");
    const auto parsed = topology::ClusterMap::parse(map, "127.0.0.1");
    REQUIRE_MESSAGE(parsed.map != nullptr, parsed.error.message);
    REQUIRE(parsed.map->servers().size() == 2);
    for (int i = 0; i < 100; ++i) {
        const std::string key = "key" + std::to_string(i);
        const std::uint16_t vbucket = parsed.map->vbucket_of(key);
        const int owner = parsed.map->owner(vbucket);
        REQUIRE(owner >= 0);
        std::unique_ptr<WireClient> client;
        for (int attempt = 0; attempt < 500 && client == nullptr; ++attempt) {  // memcached may still be starting
            try {
                client = std::make_unique<WireClient>(parsed.map->servers()[static_cast<std::size_t>(owner)].data_port, host.c_str());
            } catch (const std::runtime_error &) {
                usleep(10'000);
            }
        }
        REQUIRE(client != nullptr);
        CHECK(client->set(key, "value").status == Status::ok);
        CHECK(client->get(key).value == "value");
    }
}
