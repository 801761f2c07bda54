// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/addresses.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace tenon::bootstrap {
namespace {

constexpr std::uint16_t kManagementPort = 8091;
constexpr std::uint16_t kMemcachedPort = 11211;

const char *first_document(const Options &options) {
    return options.sasl_buckets ? "/pools/default/saslBucketsStreaming" : "/pools";
}

void add_once(std::vector<net::Url> &urls, net::Url url) {
    const auto same = [&](const net::Url &other) { return other.at == url.at; };
    if (std::none_of(urls.begin(), urls.end(), same)) urls.push_back(std::move(url));
}

}  // namespace

Error given_addresses(const Options &options, std::vector<net::Url> &result) {
    for (const std::string &text : options.hosts) {
        net::Url url{{}, first_document(options)};
        const Error error = net::is_url(text) ? net::parse_url(text, kManagementPort, url)
                                              : net::parse_host_port(text, kManagementPort, url.at);
        if (error) return error;
        // A URL without a path names a host, not a document.
        if (url.target == "/") url.target = first_document(options);
        add_once(result, std::move(url));
    }
    return {};
}

std::vector<net::Url> learned_addresses(const Options &options, const topology::ClusterMap &map) {
    std::vector<net::Url> urls;
    for (const topology::Server &node : map.nodes())
        if (node.http_port != 0) add_once(urls, {{node.host, node.http_port}, first_document(options)});
    return urls;
}

Error fixed_servers(const Options &options, std::vector<topology::Server> &result) {
    for (const std::string &text : options.hosts) {
        net::HostPort at;
        if (const Error error = net::parse_host_port(text, kMemcachedPort, at)) return error;
        result.push_back({at.host, at.port, 0});
    }
    return {};
}

}  // namespace tenon::bootstrap
