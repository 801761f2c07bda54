// SPDX-License-Identifier: Apache-2.0
// Connections, buckets, and who owns what.
#include <doctest/doctest.h>

#include <map>

#include <nlohmann/json.hpp>

#include "cluster_thread.hpp"
#include "topology/cluster_map.hpp"
#include "wire_client.hpp"

using namespace tenon;
using test::ClusterThread;
using test::number;
using test::Reply;
using test::WireClient;
using wire::Opcode;
using wire::Status;

namespace {

std::map<std::string, std::string> stats(WireClient &c, const std::string &group = "") {
    std::map<std::string, std::string> all;
    c.send({.opcode = Opcode::stat, .key = group});
    for (;;) {
        const Reply reply = c.receive();
        REQUIRE(reply.opcode == Opcode::stat);
        REQUIRE(reply.status == Status::ok);
        if (reply.key.empty()) return all;
        all[reply.key] = reply.value;
    }
}

}  // namespace

TEST_CASE("noop, version, verbosity, and what is not known") {
    ClusterThread cluster({.vbuckets = 1});
    WireClient c(cluster.data_port());
    CHECK(c.ask({.opcode = Opcode::noop}).status == Status::ok);
    CHECK(c.ask({.opcode = Opcode::version}).value.starts_with("2.5.0"));
    CHECK(c.ask({.opcode = Opcode::verbosity, .extras = number(1, 4)}).status == Status::ok);
    for (const int opcode : {0x25, 0x50, 0xba, 0xfe, 0xff}) {
        CAPTURE(opcode);
        const Reply unknown = c.ask({.opcode = static_cast<Opcode>(opcode), .key = "k", .value = "body"});
        CHECK(unknown.status == Status::unknown_command);
        CHECK(unknown.value == "Unknown command");
    }
}

TEST_CASE("quit answers and ends, quitq just ends") {
    ClusterThread cluster({.vbuckets = 1});
    WireClient loud(cluster.data_port()), quiet(cluster.data_port());
    loud.send({.opcode = Opcode::set, .key = "k", .value = "v", .extras = number(0, 8)});
    CHECK(loud.receive().status == Status::ok);
    CHECK(loud.ask({.opcode = Opcode::quit}).status == Status::ok);
    CHECK(loud.at_end());
    quiet.send({.opcode = Opcode::quitq});
    quiet.send({.opcode = Opcode::noop});
    CHECK(quiet.at_end());
}

TEST_CASE("frames that lie are answered and end the connection") {
    ClusterThread cluster({.vbuckets = 1});
    const std::uint16_t port = cluster.data_port();
    SUBCASE("a body beyond the limit") {
        WireClient c(port);
        c.socket().send(std::string("\x80\x01\0\1\x08\0\0\0\x7f\xff\xff\xff", 12) + number(7, 4) + number(0, 8));
        const Reply reply = c.receive();
        CHECK(reply.status == Status::too_big);
        CHECK(reply.opaque == 7);
        CHECK(c.at_end());
    }
    SUBCASE("a key longer than the body") {
        WireClient c(port);
        c.socket().send(std::string("\x80\0\0\5\0\0\0\0\0\0\0\4", 12) + number(8, 4) + number(0, 8) + "abcd");
        const Reply reply = c.receive();
        CHECK(reply.status == Status::invalid_arguments);
        CHECK(reply.opaque == 8);
        CHECK(c.at_end());
    }
    SUBCASE("no frame at all") {
        WireClient c(port);
        c.socket().send("get key\r\n");
        CHECK(c.at_end());
    }
    SUBCASE("an answer instead of a request") {
        WireClient c(port);
        c.socket().send(std::string("\x81", 1) + std::string(23, '\0'));
        CHECK(c.at_end());
    }
    WireClient after(port);
    CHECK(after.ask({.opcode = Opcode::noop}).status == Status::ok);
}

TEST_CASE("HELLO grants what there is") {
    ClusterThread cluster({.vbuckets = 1});
    WireClient c(cluster.data_port());
    const Reply reply = c.ask({.opcode = Opcode::hello,
                               .key = "a client",
                               .value = number(0x01, 2) + number(0x03, 2) + number(0x07, 2) + number(0x08, 2) +
                                        number(0xff, 2)});
    CHECK(reply.status == Status::ok);
    CHECK(reply.value == number(0x03, 2) + number(0x07, 2) + number(0x08, 2));
}

TEST_CASE("SASL and buckets: passwords count, items are apart") {
    ClusterThread cluster({.buckets = {{}, {"secret", "pass"}, {"open", ""}}, .vbuckets = 1});
    WireClient c(cluster.data_port());
    CHECK(c.ask({.opcode = Opcode::sasl_list}).value == "PLAIN");
    CHECK(c.set("k", "in default").status == Status::ok);
    CHECK(c.ask({.opcode = Opcode::select_bucket, .key = "secret"}).status == Status::no_access);
    CHECK(c.ask({.opcode = Opcode::select_bucket, .key = "none"}).status == Status::not_found);
    CHECK(c.get("k").value == "in default");

    CHECK(c.authenticate("secret", "wrong").status == Status::auth_error);
    CHECK(c.get("k").status == Status::auth_error);
    CHECK(c.authenticate("secret", "").status == Status::auth_error);
    CHECK(c.authenticate("secret", "pass2").status == Status::auth_error);
    CHECK(c.authenticate("none", "pass").status == Status::auth_error);
    CHECK(c.authenticate("open", "anything").status == Status::auth_error);
    CHECK(c.ask({.opcode = Opcode::sasl_auth, .key = "CRAM-MD5"}).status == Status::auth_error);
    CHECK(c.ask({.opcode = Opcode::sasl_auth, .key = "PLAIN", .value = "secret"}).status == Status::auth_error);
    CHECK(c.ask({.opcode = Opcode::sasl_step, .key = "PLAIN", .value = "x"}).status == Status::auth_error);

    const Reply welcome = c.authenticate("secret", "pass");
    CHECK(welcome.status == Status::ok);
    CHECK(welcome.value == "Authenticated");
    CHECK(c.get("k").status == Status::not_found);
    CHECK(c.set("k", "in secret").status == Status::ok);
    CHECK(c.ask({.opcode = Opcode::select_bucket, .key = "open"}).status == Status::ok);
    CHECK(c.get("k").status == Status::not_found);
    CHECK(c.ask({.opcode = Opcode::select_bucket, .key = "secret"}).status == Status::ok);
    CHECK(c.get("k").value == "in secret");
    CHECK(c.authenticate("open", "").status == Status::ok);
}

TEST_CASE("without an open default bucket a connection has none") {
    ClusterThread cluster({.buckets = {{"default", "pass"}}, .vbuckets = 1});
    WireClient c(cluster.data_port());
    CHECK(c.get("k").status == Status::auth_error);
    CHECK(c.ask({.opcode = Opcode::get_cluster_config}).status == Status::auth_error);
    CHECK(c.ask({.opcode = Opcode::noop}).status == Status::ok);
    CHECK(c.authenticate("default", "pass").status == Status::ok);
    CHECK(c.get("k").status == Status::not_found);
}

TEST_CASE("stats") {
    ClusterThread cluster({.nodes = 2, .replicas = 1, .vbuckets = 8});
    WireClient c(cluster.data_port(0));
    c.set("k", "v");
    c.get("k");
    c.get("none");
    auto all = stats(c);
    CHECK(all["curr_items"] == "1");
    CHECK(all["cmd_get"] == "2");
    CHECK(all["get_hits"] == "1");
    CHECK(all["get_misses"] == "1");
    CHECK(all["cmd_set"] == "1");
    CHECK(all["curr_connections"] == "1");
    CHECK(all["vb_active_num"] == "4");
    CHECK(all["vb_replica_num"] == "4");
    CHECK(all["version"].starts_with("2.5.0"));
    CHECK(stats(c, "vbucket")["vb_0"] == "active");
    CHECK(stats(c, "vbucket")["vb_1"] == "replica");
    CHECK(stats(c, "settings")["vbuckets"] == "8");
    CHECK(stats(c, "reset").empty());
    all = stats(c);
    CHECK(all["cmd_get"] == "0");
    CHECK(all["curr_items"] == "1");
    CHECK(c.ask({.opcode = Opcode::stat, .key = "no such group"}).status == Status::not_found);
}

TEST_CASE("a vBucket that is elsewhere is refused with the map") {
    ClusterThread cluster({.nodes = 3, .vbuckets = 16});
    WireClient c(cluster.data_port(0));
    const Reply config = c.ask({.opcode = Opcode::get_cluster_config});
    REQUIRE(config.status == Status::ok);
    const topology::ClusterMap::Parsed parsed = topology::ClusterMap::parse(config.value, "127.0.0.1");
    REQUIRE_MESSAGE(parsed.map != nullptr, parsed.error.message);
    REQUIRE(parsed.map->servers().size() == 3);
    CHECK(parsed.map->vbucket_count() == 16);
    for (unsigned node = 0; node < 3; ++node) {
        CHECK(parsed.map->servers()[node].data_port == cluster.data_port(node));
        WireClient at(cluster.data_port(node));
        for (std::uint16_t vbucket = 0; vbucket < 16; ++vbucket) {
            CAPTURE(node);
            CAPTURE(vbucket);
            const Reply reply = at.ask({.opcode = Opcode::get, .key = "k", .vbucket = vbucket});
            const bool owner = parsed.map->owner(vbucket) == static_cast<int>(node);
            CHECK(reply.status == (owner ? Status::not_found : Status::not_my_vbucket));
            if (!owner) CHECK(reply.value == config.value);
        }
    }
    CHECK(c.ask({.opcode = Opcode::set, .key = "k", .value = "v", .extras = number(0, 8), .vbucket = 16}).status ==
          Status::not_my_vbucket);
    c.send({.opcode = Opcode::getq, .key = "k", .vbucket = 1});
    c.send({.opcode = Opcode::setq, .key = "k", .value = "v", .extras = number(0, 8), .vbucket = 1});
    CHECK(c.up_to_noop().size() == 2);
}

TEST_CASE("older servers refuse without a map") {
    ClusterThread cluster({.nodes = 2, .vbuckets = 2, .map_in_refusals = false});
    WireClient c(cluster.data_port(0));
    const Reply reply = c.ask({.opcode = Opcode::get, .key = "k", .vbucket = 1});
    CHECK(reply.status == Status::not_my_vbucket);
    CHECK(reply.value.empty());
}

TEST_CASE("vBucket states are set, told, and heeded") {
    ClusterThread cluster({.vbuckets = 2});
    WireClient c(cluster.data_port());
    const auto set_state = [&](std::uint32_t state) {
        return c.ask({.opcode = Opcode::set_vbucket, .extras = number(state, 4), .vbucket = 1}).status;
    };
    const auto get = [&] { return c.ask({.opcode = Opcode::get, .key = "k", .vbucket = 1}).status; };
    const auto state = [&] { return c.ask({.opcode = Opcode::get_vbucket, .vbucket = 1}); };
    CHECK(state().value == number(1, 4));
    CHECK(set_state(2) == Status::ok);
    CHECK(state().value == number(2, 4));
    CHECK(get() == Status::not_my_vbucket);
    CHECK(set_state(3) == Status::ok);
    CHECK(c.ask({.opcode = Opcode::del_vbucket, .vbucket = 1}).status == Status::invalid_arguments);
    CHECK(set_state(0) == Status::invalid_arguments);
    CHECK(set_state(5) == Status::invalid_arguments);
    CHECK(set_state(4) == Status::ok);
    CHECK(get() == Status::not_my_vbucket);
    CHECK(c.ask({.opcode = Opcode::del_vbucket, .vbucket = 1}).status == Status::ok);
    CHECK(state().status == Status::not_my_vbucket);
    CHECK(c.ask({.opcode = Opcode::del_vbucket, .vbucket = 1}).status == Status::not_my_vbucket);
    CHECK(c.ask({.opcode = Opcode::set_vbucket, .value = number(1, 4), .vbucket = 1}).status == Status::ok);
    CHECK(get() == Status::not_found);
    CHECK(c.ask({.opcode = Opcode::set_vbucket, .extras = number(1, 4), .vbucket = 2}).status ==
          Status::invalid_arguments);
}

TEST_CASE("a request for a pending vBucket waits until it is something else, and what is behind it too") {
    ClusterThread cluster({.vbuckets = 2});
    WireClient c(cluster.data_port()), manager(cluster.data_port());
    const auto set_state = [&](std::uint32_t state) {
        return manager.ask({.opcode = Opcode::set_vbucket, .extras = number(state, 4), .vbucket = 1}).status;
    };
    for (const auto &[next, expected] : {std::pair{1U, Status::not_found}, std::pair{4U, Status::not_my_vbucket}}) {
        REQUIRE(set_state(3) == Status::ok);
        c.send({.opcode = Opcode::get, .key = "k", .vbucket = 1});
        c.send({.opcode = Opcode::noop});
        // The other vBucket serves meanwhile.
        CHECK(manager.ask({.opcode = Opcode::get, .key = "k"}).status == Status::not_found);
        REQUIRE(set_state(next) == Status::ok);
        const Reply first = c.receive();
        CHECK(first.opcode == Opcode::get);
        CHECK(first.status == expected);
        CHECK(c.receive().opcode == Opcode::noop);
    }
}

TEST_CASE("replicas have what their active vBucket has; observe sees both") {
    ClusterThread cluster({.nodes = 3, .replicas = 2, .vbuckets = 4});
    WireClient nodes[] = {WireClient(cluster.data_port(0)), WireClient(cluster.data_port(1)),
                          WireClient(cluster.data_port(2))};
    const Reply stored = nodes[0].set("k", "v");
    REQUIRE(stored.status == Status::ok);
    for (int i : {1, 2}) {
        CAPTURE(i);
        const Reply copy = nodes[i].ask({.opcode = Opcode::get_replica, .key = "k"});
        CHECK(copy.status == Status::ok);
        CHECK(copy.value == "v");
        CHECK(copy.cas == stored.cas);
        CHECK(copy.extras == number(0xdeadbeef, 4));
    }
    CHECK(nodes[0].ask({.opcode = Opcode::get_replica, .key = "k"}).status == Status::not_my_vbucket);
    const std::string question = number(0, 2) + number(1, 2) + "k" + number(0, 2) + number(4, 2) + "none";
    for (WireClient &node : nodes) {
        const Reply seen = node.ask({.opcode = Opcode::observe, .value = question});
        CHECK(seen.status == Status::ok);
        std::string cas(8, '\0');
        std::memcpy(cas.data(), &stored.cas, 8);
        CHECK(seen.value == number(0, 2) + number(1, 2) + "k" + "\x01" + cas + number(0, 2) + number(4, 2) + "none" +
                                "\x80" + std::string(8, '\0'));
    }
    const auto refused = [&](const std::string &value) {
        return nodes[0].ask({.opcode = Opcode::observe, .value = value}).status;
    };
    CHECK(refused(question.substr(0, 4)) == Status::invalid_arguments);
    CHECK(refused(number(9, 2) + number(1, 2) + "k") == Status::not_my_vbucket);

    nodes[0].ask({.opcode = Opcode::append, .key = "k", .value = "w"});
    CHECK(nodes[1].ask({.opcode = Opcode::get_replica, .key = "k"}).value == "vw");
    nodes[0].ask({.opcode = Opcode::remove, .key = "k"});
    CHECK(nodes[1].ask({.opcode = Opcode::get_replica, .key = "k"}).status == Status::not_found);
    nodes[0].set("k", "again");
    nodes[0].ask({.opcode = Opcode::flush});
    CHECK(nodes[2].ask({.opcode = Opcode::get_replica, .key = "k"}).status == Status::not_found);
}

TEST_CASE("a vBucket moves with its items; the map follows when published") {
    ClusterThread cluster({.nodes = 3, .replicas = 1, .vbuckets = 4});
    WireClient nodes[] = {WireClient(cluster.data_port(0)), WireClient(cluster.data_port(1)),
                          WireClient(cluster.data_port(2))};
    nodes[0].set("k", "v");
    const auto status = [&](int node) { return nodes[node].get("k").status; };
    const std::string before = nodes[0].ask({.opcode = Opcode::get_cluster_config}).value;
    cluster.run([](devcluster::Cluster &c) { c.move_vbucket(*c.find_bucket("default"), 0, 2); });
    CHECK(status(0) == Status::not_my_vbucket);
    CHECK(status(2) == Status::ok);
    CHECK(nodes[0].ask({.opcode = Opcode::get_cluster_config}).value == before);
    cluster.run([](devcluster::Cluster &c) { c.publish(*c.find_bucket("default")); });
    const nlohmann::json map = nlohmann::json::parse(nodes[0].get("k").value);
    CHECK(map["rev"] == 2);
    CHECK(map["vBucketServerMap"]["vBucketMap"][0] == nlohmann::json({2, 1}));
    // On to the node with the replica: they change places.
    cluster.run([](devcluster::Cluster &c) { c.move_vbucket(*c.find_bucket("default"), 0, 1); });
    CHECK(status(1) == Status::ok);
    CHECK(nodes[2].ask({.opcode = Opcode::get_replica, .key = "k"}).value == "v");
    CHECK(nodes[1].set("k", "w").status == Status::ok);
    CHECK(nodes[2].ask({.opcode = Opcode::get_replica, .key = "k"}).value == "w");
}

TEST_CASE("a pipeline of a hundred thousand requests by a client that reads late") {
    ClusterThread cluster({.vbuckets = 1});
    WireClient c(cluster.data_port());
    c.set("k", std::string(2000, 'v'));
    constexpr int kRequests = 100'000;  // 200 MB of answers
    std::string requests;
    for (int i = 0; i < kRequests; ++i) requests += c.encoded({.opcode = Opcode::get, .key = "k"});
    // Sent by a thread: the server stops reading until this one reads.
    std::thread sender([&] { c.socket().send(requests); });
    usleep(200'000);
    std::uint64_t waiting = 0;
    int good = 0;
    for (int i = 0; i < kRequests; ++i) {
        const Reply reply = c.receive();
        good += reply.status == Status::ok && reply.opaque == static_cast<std::uint32_t>(i + 2) &&
                reply.value.size() == 2000;
        if (i == 0) cluster.run([&](devcluster::Cluster &cl) { waiting = cl.node(0).statistics().bytes_written; });
    }
    sender.join();
    CHECK(good == kRequests);
    CHECK(waiting < 60'000'000);  // bounded by its own limit and the kernel's buffers
}

TEST_CASE("options that make no sense, and a port that is taken") {
    const auto message = [](devcluster::Options options) -> std::string {
        try {
            const ClusterThread cluster(std::move(options));
        } catch (const std::runtime_error &error) {
            return error.what();
        }
        return "";
    };
    CHECK(message({.nodes = 0}) != "");
    CHECK(message({.vbuckets = 0}) != "");
    CHECK(message({.vbuckets = 1000}) != "");
    CHECK(message({.vbuckets = 65536}) != "");
    CHECK(message({.nodes = 2, .replicas = 2}) != "");
    CHECK(message({.nodes = 5, .replicas = 4}) != "");
    CHECK(message({.buckets = {}}) != "");
    CHECK(message({.buckets = {{"a", ""}, {"a", "b"}}}) != "");
    CHECK(message({.nodes = 100, .port = 65500}) != "");
    ClusterThread cluster({.vbuckets = 1});
    const std::uint16_t port = cluster.management_port();
    CHECK(message({.vbuckets = 1, .port = port}).find("127.0.0.1:" + std::to_string(port)) != std::string::npos);
}

TEST_CASE("a cluster starts again on its ports although clients are still there") {
    // Four ports in a row that are free, found by looking.
    for (std::uint16_t port = 21000; port < 60000; port = static_cast<std::uint16_t>(port + 16)) {
        std::unique_ptr<WireClient> left;
        try {
            ClusterThread first({.nodes = 2, .vbuckets = 4, .port = port});
            CHECK(first.management_port(1) == port + 1);
            CHECK(first.data_port(0) == port + 2);
            CHECK(first.data_port(1) == port + 3);
            left = std::make_unique<WireClient>(first.data_port());
            CHECK(left->set("k", "v").status == Status::ok);
        } catch (const std::runtime_error &) {
            continue;
        }
        ClusterThread second({.nodes = 2, .vbuckets = 4, .port = port});
        CHECK(left->at_end());
        WireClient c(second.data_port());
        CHECK(c.get("k").status == Status::not_found);
        return;
    }
    FAIL("no free ports");
}
