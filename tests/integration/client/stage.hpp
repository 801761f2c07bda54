// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../../unit/net/http_server.hpp"
#include "rig.hpp"

/// A cluster of which a test decides everything: maps come by its stream as they are published, nodes are scripted.
namespace tenon::test {

/// A map as a document says it. Servers are indices of the stage's nodes.
struct MapText {
    std::vector<std::size_t> servers;
    std::vector<std::vector<int>> rows;     ///< by vBucket: owner, replicas
    std::vector<std::vector<int>> forward = {};
    std::int64_t rev = -1;
    std::int64_t rev_epoch = -1;
    std::string uuid = "u";
    std::string locator = "vbucket";
    std::string password = "";
};

/// `vbuckets` rows that are all the same.
std::vector<std::vector<int>> rows(std::size_t vbuckets, const std::vector<int> &row);

class Stage {
public:
    using Connection = ScriptedNode::Connection;
    /// What node `at` does with a request.
    using Script = std::function<void(std::size_t at, Connection &, const wire::Frame &)>;

    Stage(std::size_t nodes, Script script);

    std::string address(std::size_t node) const { return own_loopback() + ":" + std::to_string(ports[node]); }
    std::string json(const MapText &map) const;
    /// To everybody who listens, and to those who come.
    void publish(const MapText &map);
    /// A client that holds the first map.
    void connect(const MapText &map, const std::function<void(Options &)> &adapt = {});
    /// What it connects with, for further clients.
    Options options() const;
    /// Runs the loop until `done()`, at most some 20 s.
    bool run_until(const std::function<bool()> &done) const;

    Outcome run(const std::function<std::error_code(Callback)> &start) const;
    Outcome get(std::string_view key) const {
        return run([&](Callback done) { return client->get(key, std::move(done)); });
    }

    tenon::io io;
    std::vector<std::unique_ptr<ScriptedNode>> nodes;
    std::vector<std::uint16_t> ports;  ///< of the nodes, also of those that died
    std::vector<std::size_t> asked;  ///< nodes, in the order in which requests reached them
    std::unique_ptr<Client> client;

private:
    net::ReactorRef reactor_;
    std::string map_;
    HttpServer management_;
};

}  // namespace tenon::test
