// SPDX-License-Identifier: Apache-2.0
// What an instance tells about itself: counters, its state in words, the way of each operation.
#include <cstdio>
#include <string>

#include "client/instance.hpp"
#include "wire/opcode.hpp"

namespace tenon::client {
namespace {

std::string milliseconds(std::uint64_t usec) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(usec) / 1000);
    return text;
}

NodeMetrics metrics_of(const session::Session &session) {
    const session::Metrics &counted = session.metrics();
    NodeMetrics node{session.authority(), session.state_name(), session.last_failure().message, session.in_flight(),
                     counted.bytes_sent,  counted.bytes_received, counted.connections,   counted.failures, {}};
    for (std::size_t opcode = 0; opcode < counted.latencies.size(); ++opcode) {
        if (!counted.latencies[opcode]) continue;
        node.operations.push_back({static_cast<std::uint8_t>(opcode), wire::name(static_cast<wire::Opcode>(opcode)),
                                   *counted.latencies[opcode]});
    }
    return node;
}

void line(std::string &text, std::string_view name, const std::string &value) {
    text += "  ";
    text += name;
    text += ": " + value + "\n";
}

}  // namespace

Metrics Instance::metrics() const {
    Metrics all;
    all.pending_operations = pending_operations_;
    all.pending_bytes = pending_bytes_;
    all.parked = parked_count_;
    all.pending_http = http_->size();
    all.retries = retries_;
    all.refusals = refusals_;
    all.timeouts = timeouts_;
    all.maps = maps_;
    for (const auto &session : sessions_)
        if (session) all.nodes.push_back(metrics_of(*session));
    return all;
}

std::string Instance::describe() const {
    static constexpr const char *kStates[] = {"not connected yet", "connecting", "connected", "failed", "destroyed"};
    const Metrics counted = metrics();
    std::string text = "tenon client " + (options_.cluster_only ? "without a bucket" : "of bucket " + options_.bucket);
    text += std::string(": ") + kStates[static_cast<int>(state_)] + "\n";
    std::string hosts;
    for (const std::string &host : options_.hosts) hosts += (hosts.empty() ? "" : ", ") + host.substr(host.rfind('@') + 1);
    line(text, options_.memcached ? "memcached servers" : "hosts", hosts);
    if (!error_.message.empty()) line(text, "last error", error_.message);
    line(text, "timeouts", "operation " + milliseconds(default_timeout_) + ", bootstrap " +
                               milliseconds(usec(options_.bootstrap_timeout)) + ", connect " +
                               milliseconds(usec(options_.connect_timeout)));
    if (map_ != nullptr)
        line(text, "map", "revision " + std::to_string(map_->rev_epoch()) + ":" + std::to_string(map_->rev()) + ", " +
                              std::to_string(map_->servers().size()) + " servers, " +
                              (map_->locator() == topology::Locator::ketama
                                   ? std::string("ketama")
                                   : std::to_string(map_->vbucket_count()) + " vBuckets") +
                              ", " + std::to_string(map_->replica_count()) + " replicas");
    line(text, "pending", std::to_string(counted.pending_operations) + " operations (" + std::to_string(counted.parked) +
                              " parked, " + std::to_string(counted.pending_bytes) + " bytes), " +
                              std::to_string(counted.pending_http) + " HTTP requests");
    line(text, "so far", std::to_string(counted.retries) + " retries, " + std::to_string(counted.refusals) +
                             " refusals, " + std::to_string(counted.timeouts) + " timeouts, " +
                             std::to_string(counted.maps) + " maps");
    for (const NodeMetrics &node : counted.nodes) {
        line(text, node.server, node.state + ", " + std::to_string(node.in_flight) + " in flight, " +
                                    std::to_string(node.bytes_sent) + " bytes sent, " +
                                    std::to_string(node.bytes_received) + " received, " +
                                    std::to_string(node.connections) + " connections, " + std::to_string(node.failures) +
                                    " failures");
        if (!node.last_failure.empty()) line(text, "  last failure", node.last_failure);
        for (const OperationMetrics &one : node.operations)
            line(text, "  " + one.name, std::to_string(one.latencies.total()) + ", median " +
                                            milliseconds(one.latencies.percentile(50)) + ", 99 % within " +
                                            milliseconds(one.latencies.percentile(99)) + ", longest " +
                                            milliseconds(one.latencies.max()));
    }
    return text;
}

void Instance::trace(TraceStage stage, const Operation &operation, std::string_view server, std::error_code error) const {
    options_.trace({stage, static_cast<std::uint8_t>(operation.opcode()), wire::vbucket_of(operation.frame),
                    reinterpret_cast<std::uintptr_t>(&operation),
                    wire::key_of(operation.frame), server, now(), error});
}

}  // namespace tenon::client
