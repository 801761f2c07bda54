// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "../../support/own_loopback.hpp"
#include "../net/http_server.hpp"
#include "../net/sockets.hpp"
#include "../net/test_loop.hpp"
#include "bootstrap/config_monitor.hpp"

/// A ConfigMonitor and the management ports it asks, on one loop.
namespace tenon::test {

using Connection = HttpServer::Connection;
using Map = std::shared_ptr<const topology::ClusterMap>;

/// A bucket with one node, whose data port is what tells one map from another; `nodes` may name management ports.
inline std::string bucket(int port, const std::string &nodes = "[]", const std::string &extra = "") {
    return R"({"name":"default","nodeLocator":"vbucket","streamingUri":"/pools/default/bucketsStreaming/default",)" + extra +
           R"("nodes":)" + nodes + R"(,"vBucketServerMap":{"hashAlgorithm":"CRC","numReplicas":0,"serverList":["127.0.0.1:)" +
           std::to_string(port) + R"("],"vBucketMap":[[0],[0]]}})";
}

/// The same at a revision of a bucket.
inline std::string revised(int port, const std::string &uuid, int revision, const std::string &nodes = "[]") {
    return bucket(port, nodes, "\"uuid\":\"" + uuid + "\",\"rev\":" + std::to_string(revision) + ",");
}

/// For `nodes`: these management ports.
inline std::string nodes_of(const std::vector<const HttpServer *> &servers) {
    std::string out;
    for (const HttpServer *server : servers)
        out += (out.empty() ? "[" : ",") + ("{\"hostname\":\"" + server->authority()) + R"(","ports":{"direct":1}})";
    return out + "]";
}

inline const std::string kEmpty =
    R"({"name":"default","nodeLocator":"vbucket","nodes":[],"vBucketServerMap":{"hashAlgorithm":"CRC","numReplicas":0,)"
    R"("serverList":[],"vBucketMap":[]}})";

inline std::string document(const std::string &json) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(json.size()) + "\r\n\r\n" + json;
}

inline std::string chunk(const std::string &text) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", text.size());
    return size + text + "\r\n";
}

inline std::string stream_head() { return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"; }
inline std::string stream(const std::string &json) { return stream_head() + chunk(json + "\n\n\n\n"); }

inline const std::string kUnauthorized = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
inline const std::string kNotFound = "HTTP/1.1 404 Object Not Found\r\nContent-Length: 0\r\n\r\n";

inline bool asks(const std::string &request, const std::string &target) {
    return request.find(" " + target + " ") != std::string::npos;
}

/// A management port: /pools and what follows, with `last` to answer for the stream.
inline HttpServer::Handler management(HttpServer::Handler last) {
    return [last](Connection &c, const std::string &request) {
        if (asks(request, "/pools")) c.send(document(R"({"pools":[{"name":"default","uri":"/pools/default"}]})"));
        else if (asks(request, "/pools/default")) c.send(document(R"({"buckets":{"uri":"/pools/default/buckets"}})"));
        else if (asks(request, "/pools/default/buckets")) c.send(document("[" + bucket(1) + "]"));
        else last(c, request);
    };
}

inline HttpServer::Handler streaming(const std::string &json) {
    return management([json](Connection &c, const std::string &) { c.send(stream(json)); });
}

inline HttpServer::Handler answering(const std::string &text) {
    return [text](Connection &c, const std::string &) { c.send(text); };
}

inline HttpServer::Handler silence() {
    return [](Connection &, const std::string &) {};
}

/// A management port on an address of our own, so that one that dies stays dead. Silent until told what to say.
struct ScriptedHost : HttpServer {
    explicit ScriptedHost(TestLoop &loop, Handler handler = silence())
        : HttpServer(loop.reactor(), std::move(handler), own_loopback().c_str()) {}

    /// On its streams from now on, those that are open too.
    void say(const std::string &json) {
        handle(streaming(json));
        send(chunk(json + "\n\n\n\n"));
    }
};

struct Watcher {
    explicit Watcher(TestLoop &l) : loop(l) {}

    Error start(bootstrap::Options options) {
        options.log = Log(LogLevel::debug, [](void *self, LogLevel level, std::string_view line) {
            if (level >= LogLevel::warn) static_cast<Watcher *>(self)->warnings.emplace_back(line);
        }, this);
        monitor = std::make_unique<bootstrap::ConfigMonitor>(
            loop.reactor(), std::move(options),
            bootstrap::ConfigMonitor::Handlers{this, [](void *self, Map map) { static_cast<Watcher *>(self)->on_map(std::move(map)); },
                                               [](void *self, const Error &e) { static_cast<Watcher *>(self)->on_failed(e); }});
        return monitor->start();
    }
    void on_map(Map map) {
        maps.push_back(std::move(map));
        if (then) then();
        if (destroy) monitor.reset();
        if (maps.size() >= awaited || destroy) loop.stop();
    }
    void on_failed(const Error &e) {
        ++failures;
        error = e;
        if (destroy) monitor.reset();
        loop.stop();
    }
    /// Starts, and runs until a map or a failure.
    void run(bootstrap::Options options) {
        CHECK_FALSE(start(std::move(options)));
        CHECK(maps.empty());
        CHECK(failures == 0);
        const auto begin = std::chrono::steady_clock::now();
        CHECK(loop.run());
        took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
    }
    /// Runs until there are so many maps; whether they came.
    bool await(std::size_t count) {
        awaited = count;
        return maps.size() >= count || (loop.run() && maps.size() >= count);
    }
    /// Runs until something is so, seconds at most.
    bool until(const std::function<bool()> &so) {
        for (int i = 0; i < 4000 && !so(); ++i) loop.run_for(5'000);
        return so();
    }
    int port(std::size_t i) const { return maps.at(i)->servers().at(0).data_port; }
    int last_port() const { return port(maps.size() - 1); }
    bool says(const std::string &text) const { return error.message.find(text) != std::string::npos; }
    /// How many warnings have this in them.
    int warned(const std::string &text) const {
        int count = 0;
        for (const std::string &line : warnings) count += line.find(text) != std::string::npos ? 1 : 0;
        return count;
    }

    TestLoop &loop;
    std::unique_ptr<bootstrap::ConfigMonitor> monitor;
    std::vector<Map> maps;
    std::vector<std::string> warnings;
    std::size_t awaited = 1;
    std::function<void()> then;
    bool destroy = false;
    int failures = 0;
    Error error;
    long took_ms = 0;
};

inline bootstrap::Options from(std::vector<std::string> hosts) {
    bootstrap::Options options;
    options.hosts = std::move(hosts);
    options.timeout_usec = 10'000'000;
    options.host_timeout_usec = 5'000'000;
    return options;
}

inline bootstrap::Options asking(const std::vector<const HttpServer *> &servers) {
    std::vector<std::string> hosts;
    for (const HttpServer *server : servers) hosts.push_back(server->authority());
    return from(std::move(hosts));
}

}  // namespace tenon::test
