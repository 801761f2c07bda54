// SPDX-License-Identifier: Apache-2.0
#include "stage.hpp"

#include <doctest/doctest.h>

namespace tenon::test {
namespace {

std::string row_text(const std::vector<std::vector<int>> &rows) {
    std::string text = "[";
    for (const auto &row : rows) {
        text += text.size() == 1 ? "[" : ",[";
        for (std::size_t i = 0; i < row.size(); ++i) text += (i != 0 ? "," : "") + std::to_string(row[i]);
        text += "]";
    }
    return text + "]";
}

}  // namespace

std::vector<std::vector<int>> rows(std::size_t vbuckets, const std::vector<int> &row) { return {vbuckets, row}; }

Stage::Stage(std::size_t count, Script script)
    : io(io::load()), reactor_(io.get()), management_(*reactor_, [this](HttpServer::Connection &to, const std::string &request) {
          const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
          const auto answer = [&](const std::string &body) {
              to.send(head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
          };
          if (request.find("GET /pools ") == 0) answer(R"({"pools":[{"name":"default","uri":"/pool"}]})");
          else if (request.find("GET /pool ") == 0) answer(R"({"buckets":{"uri":"/buckets"}})");
          else if (request.find("GET /buckets ") == 0) answer(R"([{"name":"default","streamingUri":"/stream"}])");
          else to.send(head + "\r\n" + map_ + "\n\n\n\n");
      }, own_loopback().c_str()) {
    for (std::size_t i = 0; i < count; ++i) {
        nodes.push_back(std::make_unique<ScriptedNode>(io.get(), [this, i, script](Connection &connection, const wire::Frame &request) {
            asked.push_back(i);
            script(i, connection, request);
        }));
        ports.push_back(nodes.back()->port());
    }
}

std::string Stage::json(const MapText &map) const {
    std::string servers, described;
    for (const std::size_t at : map.servers) {
        servers += (servers.empty() ? "\"" : ",\"") + address(at) + "\"";
        described += (described.empty() ? "" : ",") + std::string(R"({"hostname":")") + own_loopback() +
                     R"(:8091","ports":{"direct":)" + std::to_string(ports[at]) + "}}";
    }
    std::string text = R"({"name":"default","uuid":")" + map.uuid + R"(","nodeLocator":")" + map.locator + "\"";
    if (map.rev >= 0) text += ",\"rev\":" + std::to_string(map.rev);
    if (map.rev_epoch >= 0) text += ",\"revEpoch\":" + std::to_string(map.rev_epoch);
    if (!map.password.empty()) text += R"(,"saslPassword":")" + map.password + "\"";
    if (map.locator == "ketama") return text + ",\"nodes\":[" + described + "]}";
    text += R"(,"vBucketServerMap":{"hashAlgorithm":"CRC","serverList":[)" + servers + R"(],"vBucketMap":)" + row_text(map.rows);
    if (!map.forward.empty()) text += ",\"vBucketMapForward\":" + row_text(map.forward);
    return text + "}}";
}

void Stage::publish(const MapText &map) {
    map_ = json(map);
    management_.send(map_ + "\n\n\n\n");
}

void Stage::connect(const MapText &map, const std::function<void(Options &)> &adapt) {
    map_ = json(map);
    Options made = options();
    if (adapt) adapt(made);
    client = std::make_unique<Client>(io, made);
    REQUIRE_FALSE(client->connect());
    REQUIRE_MESSAGE(!client->wait(), client->error_message());
}

Options Stage::options() const {
    Options options;
    options.hosts = {own_loopback() + ":" + std::to_string(management_.port())};
    options.seed = 1;
    options.operation_timeout = std::chrono::seconds(10);
    options.bootstrap_timeout = std::chrono::seconds(20);
    return options;
}

bool Stage::run_until(const std::function<bool()> &done) const {
    for (int i = 0; i < 4000 && !done(); ++i) run_for(io, 5'000);
    return done();
}

Outcome Stage::run(const std::function<std::error_code(Callback)> &start) const {
    Outcome outcome;
    int calls = 0;
    const std::error_code refused = start([&](const Reply &reply) {
        outcome = Outcome(reply);
        ++calls;
    });
    REQUIRE_MESSAGE(!refused, refused.message());
    REQUIRE(calls == 0);
    REQUIRE_FALSE(client->wait());
    REQUIRE(calls == 1);
    return outcome;
}

}  // namespace tenon::test
