// SPDX-License-Identifier: Apache-2.0
#include "devcluster/management.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "devcluster/cluster.hpp"
#include "devcluster/form.hpp"
#include "devcluster/http_connection.hpp"
#include "devcluster/map_json.hpp"
#include "devcluster/own_calls.hpp"
#include "net/url.hpp"

namespace tenon::devcluster {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain";
constexpr std::string_view kController = "/controller/";
constexpr std::string_view kBuckets = "/pools/default/buckets";

/// A call while it is answered.
struct Call {
    Cluster &cluster;
    HttpConnection &connection;
    const Form form;

    void done() const { connection.respond(200, kText, ""); }
    void json(unsigned status, std::string_view body) const { connection.respond(status, kJson, body); }
    void text(unsigned status, std::string_view body) const { connection.respond(status, kText, body); }
    /// What Couchbase says of such an error.
    void refuse(const Error &error) const {
        if (error.code == management_errc::rebalance_running) return text(503, "Rebalance running.");
        if (error.code == management_errc::unknown_node) return text(400, "Unknown server given.");
        if (error.code == management_errc::last_node) return text(400, "Last active node cannot be failed over.");
        if (error.code == management_errc::not_graceful)
            return text(400, "Failover cannot be done gracefully (would lose vbuckets).");
        if (error.code == management_errc::known_nodes_mismatch) return json(400, R"({"mismatch":1})");
        if (error.code == management_errc::delta_not_possible) return json(400, R"({"deltaRecoveryNotPossible":1})");
        if (error.code == management_errc::no_active_nodes_left) return text(400, "No active nodes");
        text(400, error.message);
    }
    void conclude(const Error &error) const {
        if (error) refuse(error);
        else done();
    }
    std::optional<unsigned> node() const { return cluster.node_named(form.get("otpNode")); }
};

void add_node(const Call &call) {
    net::HostPort at;
    if (const Error error = net::parse_host_port(call.form.get("hostname"), 0, at))
        return call.json(400, "[" + quoted("Prepare join failed. " + error.message) + "]");
    Cluster &cluster = call.cluster;
    for (unsigned i = 0; i < cluster.nodes().size(); ++i) {
        const NodeAddress &node = cluster.nodes()[i];
        if (node.host != at.host || node.management_port != at.port) continue;
        if (cluster.membership(i) != Membership::out)
            return call.json(400, R"(["Prepare join failed. Node is already part of cluster."])");
        if (const Error error = cluster.re_add(i)) return call.refuse(error);
        return call.json(200, fmt::format(R"({{"otpNode":{}}})", quoted(cluster.node_name(i))));
    }
    unsigned node = 0;
    if (const Error error = cluster.add_node(&node, at.host, at.port))
        return call.json(400, "[" + quoted("Prepare join failed. " + error.message) + "]");
    call.json(200, fmt::format(R"({{"otpNode":{}}})", quoted(cluster.node_name(node))));
}

std::vector<std::string> split_list(const std::string &text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        if (end != at) parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    std::sort(parts.begin(), parts.end());
    return parts;
}

void rebalance(const Call &call) {
    Cluster &cluster = call.cluster;
    const std::vector<std::string> known = split_list(call.form.get("knownNodes"));
    if (known.empty()) return call.json(400, R"({"empty_known_nodes":1})");
    std::vector<std::string> members;
    for (unsigned i = 0; i < cluster.nodes().size(); ++i)
        if (cluster.membership(i) != Membership::out) members.push_back(cluster.node_name(i));
    std::sort(members.begin(), members.end());
    if (known != members) return call.refuse(management_error(management_errc::known_nodes_mismatch));
    std::vector<unsigned> eject;
    for (const std::string &name : split_list(call.form.get("ejectedNodes"))) {
        const std::optional<unsigned> node = cluster.node_named(name);
        if (!node || cluster.membership(*node) == Membership::out)
            return call.refuse(management_error(management_errc::known_nodes_mismatch));
        eject.push_back(*node);
    }
    const Error error = cluster.rebalance(eject);
    if (error.code == management_errc::rebalance_running) return call.done();  // it is, as was asked for
    call.conclude(error);
}

void re_add(const Call &call) {
    const std::optional<unsigned> node = call.node();
    if (!node) return call.text(404, "Unknown server given.");
    call.conclude(call.cluster.re_add(*node));
}

void set_recovery_type(const Call &call) {
    const std::string type = call.form.get("recoveryType");
    if (type != "delta" && type != "full")
        return call.json(400, R"({"recoveryType":"recovery type must be either 'delta' or 'full'"})");
    const std::optional<unsigned> node = call.node();
    if (!node || call.cluster.set_recovery(*node, type == "delta" ? Recovery::delta : Recovery::full))
        return call.json(400, R"({"otpNode":"invalid node name or node can't be used for delta recovery"})");
    call.done();
}

void eject(const Call &call) {
    const std::optional<unsigned> node = call.node();
    if (!node || call.cluster.membership(*node) == Membership::out) return call.text(400, "Server does not exist.\n");
    const Error error = call.cluster.eject(*node);
    if (error.code == management_errc::wrong_state) return call.text(400, "Cannot remove active server.\n");
    call.conclude(error);
}

void fail_over(const Call &call) {
    const std::optional<unsigned> node = call.node();
    if (!node) return call.text(400, "Unknown server given.");
    call.conclude(call.cluster.fail_over(*node));
}

void fail_over_gracefully(const Call &call) {
    const std::optional<unsigned> node = call.node();
    if (!node) return call.text(400, "Unknown server given.");
    call.conclude(call.cluster.fail_over_gracefully(*node));
}

void stop_rebalance(const Call &call) {
    call.cluster.stop_rebalance();
    call.done();
}

void create_bucket(const Call &call) {
    const std::string name = call.form.get("name");
    if (name.empty()) return call.json(400, R"({"errors":{"name":"Bucket name needs to be specified"}})");
    const Error error = call.cluster.create_bucket(
        {name, call.form.get("saslPassword"), call.form.get("bucketType") == "memcached"});
    if (error.code == management_errc::bucket_exists)
        return call.json(400, R"({"errors":{"name":"Bucket with given name already exists"}})");
    if (error.code == management_errc::rebalance_running)
        return call.json(503, R"({"_":"Cannot create buckets during rebalance"})");
    if (error) return call.refuse(error);
    call.text(202, "");
}

void delete_bucket(const Call &call, std::string_view name) {
    const Error error = call.cluster.delete_bucket(name);
    if (error.code == management_errc::unknown_bucket)
        return call.text(404, "The bucket to be deleted was not found.\r\n");
    if (error.code == management_errc::rebalance_running)
        return call.json(503, R"({"_":"Cannot delete buckets during rebalance"})");
    call.conclude(error);
}

struct Controller {
    std::string_view name;
    void (*run)(const Call &call);
};

constexpr Controller kControllers[] = {
    {"addNode", add_node},
    {"rebalance", rebalance},
    {"reAddNode", re_add},
    {"setRecoveryType", set_recovery_type},
    {"failOver", fail_over},
    {"startGracefulFailover", fail_over_gracefully},
    {"ejectNode", eject},
    {"stopRebalance", stop_rebalance},
};

const Controller *find_controller(std::string_view path) {
    if (!path.starts_with(kController)) return nullptr;
    path.remove_prefix(kController.size());
    const auto *const at = std::find_if(std::begin(kControllers), std::end(kControllers),
                                        [&](const Controller &c) { return c.name == path; });
    return at == std::end(kControllers) ? nullptr : at;
}

bool names_bucket(std::string_view path) {
    return path.starts_with(kBuckets) && path.size() > kBuckets.size() + 1 && path[kBuckets.size()] == '/';
}

}  // namespace

bool is_managed(std::string_view path, const HttpRequest &request) {
    if (request.remove) return names_bucket(path);
    return request.post && (find_controller(path) != nullptr || path == kBuckets || is_own_call(path));
}

void manage(Cluster &cluster, HttpConnection &connection, std::string_view path, const HttpRequest &request) {
    const Call call{cluster, connection, Form(request.body)};
    if (request.remove) return delete_bucket(call, path.substr(kBuckets.size() + 1));
    if (path == kBuckets) return create_bucket(call);
    if (const Controller *const controller = find_controller(path)) return controller->run(call);
    const Error error = own_call(cluster, path, call.form);
    if (error) call.text(400, error.message + "\n");
    else call.done();
}

std::string rebalance_progress_json(const Cluster &cluster) {
    if (!cluster.rebalancing()) {
        if (!cluster.last_rebalance()) return R"({"status":"none"})";
        return R"({"status":"none","errorMessage":"Rebalance failed. See logs for detailed reason. )"
               R"(You can try rebalance again."})";
    }
    std::string nodes;
    for (unsigned i = 0; i < cluster.nodes().size(); ++i)
        if (cluster.membership(i) == Membership::active)
            nodes += fmt::format(R"(,{}:{{"progress":{:.4f}}})", quoted(cluster.node_name(i)), cluster.progress(i));
    return R"({"status":"running")" + nodes + "}";
}

std::string tasks_json(const Cluster &cluster) {
    if (!cluster.rebalancing()) {
        if (!cluster.last_rebalance()) return R"([{"type":"rebalance","status":"notRunning"}])";
        return fmt::format(R"([{{"type":"rebalance","status":"notRunning","errorMessage":{}}}])",
                           quoted(cluster.last_rebalance().message));
    }
    std::string nodes;
    for (unsigned i = 0; i < cluster.nodes().size(); ++i)
        if (cluster.membership(i) == Membership::active)
            nodes += fmt::format(R"({}{}:{{"progress":{:.2f}}})", nodes.empty() ? "" : ",",
                                 quoted(cluster.node_name(i)), 100 * cluster.progress(i));
    return fmt::format(R"([{{"type":"rebalance","subtype":"rebalance","recommendedRefreshPeriod":0.25,)"
                       R"("status":"running","progress":{:.2f},"perNode":{{{}}}}}])",
                       100 * cluster.progress(), nodes);
}

}  // namespace tenon::devcluster
