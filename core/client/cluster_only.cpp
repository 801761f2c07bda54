// SPDX-License-Identifier: Apache-2.0
// An instance without a bucket: its bootstrap is one question to the management, whether it lets the user in.
#include <string>
#include <utility>

#include "bootstrap/addresses.hpp"
#include "client/instance.hpp"

namespace tenon::client {

/// Options::hosts as addresses of management ports.
std::error_code Instance::given_hosts(std::vector<net::HostPort> &hosts) const {
    bootstrap::Options given;
    given.hosts = options_.hosts;
    std::vector<net::Url> urls;
    if (const Error refused = bootstrap::given_addresses(given, urls)) return refused.code;
    for (net::Url &url : urls) hosts.push_back(std::move(url.at));
    return {};
}

std::error_code Instance::connect_cluster(OnConnected done) {
    std::vector<net::HostPort> hosts;
    if (options_.memcached || options_.hosts.empty()) return errc::invalid_option;
    if (const std::error_code refused = given_hosts(hosts)) return refused;
    HttpRequest question;
    question.path = "/pools";
    question.timeout = options_.bootstrap_timeout;
    const auto answered = [this](const HttpReply &reply, Part, const bool &) { on_cluster_answer(reply); };
    if (const std::error_code refused = start_http(question, std::move(hosts), answered, nullptr)) return refused;
    state_ = State::connecting;
    if (done) on_connected_.push_back(std::move(done));
    return {};
}

void Instance::on_cluster_answer(const HttpReply &reply) {
    if (state_ != State::connecting) return;
    const std::string server(reply.server);
    if (reply.error) return on_bootstrap_failed({reply.error, std::string(reply.detail)});
    if (reply.status == 401 || reply.status == 403)
        return on_bootstrap_failed({errc::authentication, server + " refuses user \"" + options_.username + "\""});
    if (reply.status != 200)
        return on_bootstrap_failed({errc::http, server + " answered GET /pools with " + std::to_string(reply.status)});
    map_ = std::make_shared<const ClusterMap>();
    state_ = State::connected;
    error_ = {};
    tell(std::exchange(on_connected_, {}), {}, {});
    if (state_ == State::connected) stop_waiting_if_done();
}

}  // namespace tenon::client
