// SPDX-License-Identifier: Apache-2.0
// The calls that change a cluster: Couchbase's, with the errors Couchbase gives, and our own.
#include <doctest/doctest.h>

#include "cluster_thread.hpp"
#include "own_loopback.hpp"
#include "rest_client.hpp"
#include "wire_client.hpp"

using namespace tenon;
using devcluster::Cluster;
using nlohmann::json;
using test::Answer;
using test::ClusterThread;
using test::MapStream;
using test::WireClient;
using wire::Opcode;
using wire::Status;

namespace {

/// A cluster and who manages it.
struct Managed {
    explicit Managed(devcluster::Options options) : cluster(std::move(options)), port(cluster.management_port()) {}

    Answer post(const std::string &path, const std::string &form = "", const std::string &arguments = "") {
        return test::curl(port, path, arguments + " --data '" + form + "'");
    }
    json get(const std::string &path) {
        const Answer answer = test::curl(port, path);
        CHECK(answer.status == 200);
        return json::parse(answer.body);
    }
    /// Of each node, by its name.
    std::map<std::string, std::string> members(const char *what = "clusterMembership") {
        std::map<std::string, std::string> all;
        const json pool = get("/pools/default");
        for (const json &node : pool["nodes"]) all[node["otpNode"]] = node[what];
        return all;
    }
    void until_balanced() {
        for (int i = 0; i < 10'000; ++i) {
            if (get("/pools/default/rebalanceProgress")["status"] == "none") return;
            usleep(2'000);
        }
        FAIL("the rebalance does not end");
    }

    ClusterThread cluster;
    std::uint16_t port;
};

std::string name(unsigned node) { return "n_" + std::to_string(node) + "@127.0.0.1"; }

using Members = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("a node is added, takes part after a rebalance, and is ejected by another") {
    Managed m({.nodes = 2, .replicas = 1, .vbuckets = 16, .pace = {.step_usec = 100}});
    CHECK(m.get("/pools/default/rebalanceProgress") == json::parse(R"({"status":"none"})"));
    CHECK(m.get("/pools/default/tasks")[0]["status"] == "notRunning");
    const Answer added = m.post("/controller/addNode", "hostname=127.0.0.1&user=Administrator&password=x");
    CHECK(added.status == 200);
    CHECK(json::parse(added.body)["otpNode"] == name(2));
    CHECK(m.members() == Members{{name(0), "active"}, {name(1), "active"}, {name(2), "inactiveAdded"}});

    CHECK(m.post("/controller/rebalance").body == R"({"empty_known_nodes":1})");
    const Answer mismatch = m.post("/controller/rebalance", "knownNodes=" + name(0) + "," + name(1));
    CHECK(mismatch.status == 400);
    CHECK(mismatch.body == R"({"mismatch":1})");
    const std::string known = "knownNodes=" + name(2) + "," + name(0) + "," + name(1);
    CHECK(m.post("/controller/rebalance", known + "&ejectedNodes=n_9@127.0.0.1").status == 400);
    CHECK(m.post("/controller/rebalance", known + "&ejectedNodes=" + name(0) + "," + name(1) + "," + name(2)).body ==
          "No active nodes");
    CHECK(m.post("/controller/rebalance", known).status == 200);
    m.until_balanced();
    CHECK(m.members()[name(2)] == "active");
    const json map = m.get("/pools/default/buckets/default");
    CHECK(map["vBucketServerMap"]["serverList"].size() == 3);
    CHECK(map["nodes"].size() == 3);

    const json before = m.get("/pools/default");
    const std::string hostname = before["nodes"][1]["hostname"];
    CHECK(m.post("/controller/rebalance", known + "&ejectedNodes=" + name(1)).status == 200);
    m.until_balanced();
    CHECK(m.members() == Members{{name(0), "active"}, {name(2), "active"}});
    // Who has left knows nothing of the cluster; it may come back.
    const auto port = static_cast<std::uint16_t>(std::stoi(hostname.substr(hostname.find(':') + 1)));
    CHECK(test::curl(port, "/pools/default/buckets/default").status == 404);
    CHECK(m.post("/controller/addNode", "hostname=127.0.0.1:" + std::to_string(m.port)).status == 400);
    CHECK(json::parse(m.post("/controller/addNode", "hostname=" + hostname).body)["otpNode"] == name(1));
    CHECK(m.members()[name(1)] == "inactiveAdded");
    CHECK(m.post("/controller/ejectNode", "otpNode=" + name(1)).status == 200);
    CHECK(m.members().size() == 2);
    CHECK(m.post("/controller/ejectNode", "otpNode=" + name(1)).body == "Server does not exist.\n");
    CHECK(m.post("/controller/ejectNode", "otpNode=" + name(0)).body == "Cannot remove active server.\n");
    CHECK(m.post("/controller/addNode", "hostname=nowhere").status == 400);
}

TEST_CASE("a rebalance shows, and can be stopped") {
    Managed m({.nodes = 1, .vbuckets = 64, .pace = {.step_usec = 20'000}});
    CHECK(m.post("/controller/addNode", "hostname=127.0.0.1").status == 200);
    const std::string known = "knownNodes=" + name(0) + "," + name(1);
    CHECK(m.post("/controller/rebalance", known).status == 200);
    CHECK(m.post("/controller/rebalance", known).status == 200);  // the one that runs
    const json progress = m.get("/pools/default/rebalanceProgress");
    CHECK(progress["status"] == "running");
    CHECK(progress[name(1)]["progress"] < 1);
    const json task = m.get("/pools/default/tasks")[0];
    CHECK(task["type"] == "rebalance");
    CHECK(task["status"] == "running");
    CHECK(task["progress"] < 100);
    CHECK(task["perNode"].size() == 2);
    CHECK(m.get("/pools/default")["rebalanceStatus"] == "running");
    CHECK(m.post("/controller/startGracefulFailover", "otpNode=" + name(1)).status == 503);
    CHECK(m.post("/pools/default/buckets", "name=more").status == 503);
    CHECK(test::curl(m.port, "/pools/default/buckets/default", "-X DELETE").status == 503);
    CHECK(m.post("/controller/stopRebalance").status == 200);
    CHECK(m.get("/pools/default/rebalanceProgress")["status"] == "none");
    CHECK(m.get("/pools/default/rebalanceProgress").contains("errorMessage"));
    CHECK(m.get("/pools/default/tasks")[0]["errorMessage"] == "the rebalance was stopped");
    CHECK(m.post("/controller/stopRebalance").status == 200);
}

TEST_CASE("failover, recovery, and the state of nodes") {
    const std::string host = test::own_loopback();
    Managed m({.nodes = 3, .replicas = 1, .vbuckets = 16, .hosts = {"", host, host}, .pace = {.step_usec = 100}});
    const std::string one = "n_1@" + host, two = "n_2@" + host;
    CHECK(m.members("status") == Members{{name(0), "healthy"}, {one, "healthy"}, {two, "healthy"}});
    CHECK(m.post("/devcluster/stop", "otpNode=" + one).status == 200);
    for (int i = 0; i < 10'000 && m.members("status")[one] != "unhealthy"; ++i) usleep(1'000);
    CHECK(m.members("status")[one] == "unhealthy");
    CHECK(m.post("/devcluster/stop", "otpNode=" + one).status == 400);
    CHECK(m.post("/controller/failOver", "otpNode=n_9@nowhere").body == "Unknown server given.");
    CHECK(m.post("/controller/failOver", "otpNode=" + one).status == 200);
    CHECK(m.members()[one] == "inactiveFailed");
    CHECK(m.post("/controller/setRecoveryType", "otpNode=" + one + "&recoveryType=delta").status == 400);
    CHECK(m.post("/devcluster/restart", "otpNode=" + one).status == 200);
    CHECK(m.members("status")[one] == "healthy");
    CHECK(m.post("/controller/reAddNode", "otpNode=" + one).status == 200);
    CHECK(m.members("recoveryType")[one] == "full");
    CHECK(m.post("/controller/setRecoveryType", "otpNode=" + one + "&recoveryType=some").status == 400);
    CHECK(m.post("/controller/setRecoveryType", "otpNode=" + one + "&recoveryType=delta").status == 200);
    CHECK(m.members("recoveryType")[one] == "delta");
    const std::string known = "knownNodes=" + name(0) + "," + one + "," + two;
    CHECK(m.post("/controller/rebalance", known).status == 200);
    m.until_balanced();
    CHECK(m.members()[one] == "active");
    CHECK(m.post("/controller/startGracefulFailover", "otpNode=" + two).status == 200);
    m.until_balanced();
    CHECK(m.members()[two] == "inactiveFailed");
    CHECK(m.post("/controller/failOver", "otpNode=" + one).status == 200);
    CHECK(m.post("/controller/failOver", "otpNode=" + name(0)).body == "Last active node cannot be failed over.");
}

TEST_CASE("with a password only the administrator manages, and sees every bucket") {
    Managed m({.buckets = {{}, {"secret", "pass"}}, .vbuckets = 4, .admin_password = "word"});
    const std::string path = "/controller/addNode", form = "hostname=127.0.0.1";
    CHECK(m.post(path, form).status == 401);
    CHECK(m.post(path, form, "-u secret:pass").status == 401);
    CHECK(m.post(path, form, "-u Administrator:wrong").status == 401);
    CHECK(m.post("/devcluster/heal", "").status == 401);
    CHECK(m.post(path, form, "-u Administrator:word").status == 200);
    CHECK(test::curl(m.port, "/pools/default/buckets/secret", "-u Administrator:word").status == 200);
    CHECK(test::curl(m.port, "/pools/default/buckets/default").status == 200);

    Managed open({.vbuckets = 4});
    CHECK(open.post(path, form).status == 200);
    CHECK(open.post(path, form, "-u Administrator:anything").status == 200);
}

TEST_CASE("buckets are made and deleted; those who used them are told by the end of their connections") {
    Managed m({.vbuckets = 4});
    CHECK(m.post("/pools/default/buckets").status == 400);
    CHECK(m.post("/pools/default/buckets", "name=default").status == 400);
    CHECK(m.post("/pools/default/buckets", "name=an%26other&saslPassword=p+w").status == 202);
    MapStream all(m.port, "/pools/default/saslBucketsStreaming");
    CHECK(all.next()["buckets"].size() == 2);
    MapStream stream(m.port, "/pools/default/bucketsStreaming/default");
    const json before = stream.next();
    WireClient user(m.cluster.data_port()), other(m.cluster.data_port());
    CHECK(user.set("k", "v").status == Status::ok);
    CHECK(other.authenticate("an&other", "p w").status == Status::ok);
    CHECK(test::curl(m.port, "/pools/default/buckets/default", "-X DELETE").status == 200);
    CHECK(stream.at_end());
    CHECK(user.at_end());
    CHECK(other.set("k", "v").status == Status::ok);
    CHECK(test::curl(m.port, "/pools/default/buckets/default").status == 404);
    CHECK(test::curl(m.port, "/pools/default/buckets/default", "-X DELETE").status == 404);
    CHECK(m.post("/pools/default/buckets", "name=default").status == 202);
    const json after = m.get("/pools/default/buckets/default");
    CHECK(after["uuid"] != before["uuid"]);
    CHECK(after["rev"] == 1);
    WireClient again(m.cluster.data_port());
    CHECK(again.get("k").status == Status::not_found);
}

TEST_CASE("our own calls: faults, pace, halves") {
    Managed m({.nodes = 2, .replicas = 1, .vbuckets = 4});
    const auto faults = [&](const std::string &form) {
        const Answer answer = m.post("/devcluster/faults", form);
        if (answer.status != 200) return answer.status;
        for (int i = 0; i < 10'000; ++i) {  // right after the answer
            bool idle = false;
            m.cluster.run([&](Cluster &c) { idle = c.idle(); });
            if (idle) break;
        }
        return 200;
    };
    CHECK(faults("otpNode=" + name(1) +
                 "&delay=5-10&drop_replies=0.25&busy=1&cut_reply=4&lie=short_row&stale_maps=1") == 200);
    m.cluster.run([](Cluster &c) {
        CHECK(c.node(1).faults() == devcluster::Faults{.delay = {5, 10},
                                                       .drop_replies = 0.25,
                                                       .busy = 1,
                                                       .cut_reply = 4,
                                                       .stale_maps = true,
                                                       .lie = devcluster::Lie::short_row});
    });
    for (const char *const wrong :
         {"delay=9-5", "delay=x", "busy=2", "busy=-1", "busy=", "lie=much", "half_open=yes", "what=1"}) {
        CAPTURE(wrong);
        CHECK(faults("otpNode=" + name(1) + "&" + wrong) == 400);
    }
    CHECK(faults("busy=1") == 400);
    CHECK(faults("otpNode=" + name(1)) == 200);
    m.cluster.run([](Cluster &c) { CHECK(c.node(1).faults() == devcluster::Faults{}); });

    CHECK(m.post("/devcluster/pace", "moves_at_once=3&map_interval_usec=never&fast_forward=0").status == 200);
    CHECK(m.post("/devcluster/pace", "moves_at_once=many").status == 400);
    m.cluster.run([](Cluster &c) {
        CHECK(c.pace().moves_at_once == 3);
        CHECK(c.pace().items_per_step == devcluster::Pace{}.items_per_step);
        CHECK(c.pace().map_interval_usec == devcluster::Pace::kOnlyFirstAndLast);
        CHECK_FALSE(c.pace().fast_forward);
    });
    CHECK(m.post("/devcluster/split", "otpNodes=" + name(1)).status == 200);
    CHECK(m.get("/pools/default/buckets/default")["vBucketServerMap"]["serverList"].size() == 1);
    CHECK(m.post("/controller/failOver", "otpNode=" + name(1)).status == 400);
    CHECK(m.post("/devcluster/heal").status == 200);
    CHECK(m.get("/pools/default/buckets/default")["vBucketServerMap"]["serverList"].size() == 2);
    CHECK(m.post("/devcluster/pause", "otpNode=" + name(1)).status == 200);
    for (int i = 0; i < 10'000 && m.members("status")[name(1)] != "unhealthy"; ++i) usleep(1'000);
    CHECK(m.members("status")[name(1)] == "unhealthy");
    CHECK(m.post("/devcluster/resume", "otpNode=" + name(1)).status == 200);
    CHECK(m.members("status")[name(1)] == "healthy");
    CHECK(m.post("/devcluster/nothing").status == 405);
}
