// SPDX-License-Identifier: Apache-2.0
#include "hosts.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tenon::couchbase2 {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kDefaultHost = "localhost";
constexpr const char *kManagementPort = "8091";

bool is_port(std::string_view text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool is_name_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == '_';
}

bool is_address_character(char c) { return is_name_character(c) || c == ':' || c == '%'; }

/// "name", "name:port", "[address]" or "[address]:port".
bool is_authority(std::string_view text) {
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos || end == 1) return false;
        if (!std::ranges::all_of(text.substr(1, end - 1), is_address_character)) return false;
        rest = text.substr(end + 1);
    } else {
        const std::size_t end = std::min(text.find(':'), text.size());
        if (end == 0 || !std::ranges::all_of(text.substr(0, end), is_name_character)) return false;
        rest = text.substr(end);
    }
    return rest.empty() || (rest.starts_with(':') && is_port(rest.substr(1)));
}

bool is_host(std::string_view text) {
    if (!text.starts_with(kHttp)) return is_authority(text);
    const std::string_view rest = text.substr(kHttp.size());
    const std::string_view path = rest.substr(std::min(rest.find('/'), rest.size()));
    return is_authority(rest.substr(0, rest.size() - path.size())) &&
           std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7f; });
}

template <class Accepts>
lcb_error_t split(std::string_view list, std::string_view separators, std::vector<std::string> &hosts,
                  Accepts accepts) {
    if (list.empty()) list = kDefaultHost;
    while (!list.empty()) {
        const std::string_view host = list.substr(0, list.find_first_of(separators));
        list.remove_prefix(std::min(host.size() + 1, list.size()));
        if (host.empty()) continue;
        if (!accepts(host)) return LCB_INVALID_HOST_FORMAT;
        hosts.emplace_back(host);
    }
    return hosts.empty() ? LCB_INVALID_HOST_FORMAT : LCB_SUCCESS;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    while (!text.empty()) {
        if (text.front() != '%') {
            decoded += text.front();
            text.remove_prefix(1);
            continue;
        }
        unsigned byte = 0;
        if (text.size() < 3) return std::nullopt;
        const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
        if (error != std::errc() || end != text.data() + 3) return std::nullopt;
        decoded += static_cast<char>(byte);
        text.remove_prefix(3);
    }
    return decoded;
}

enum class Scheme { http, couchbase, memcached };

/// Cuts "scheme://" off.
lcb_error_t take_scheme(std::string_view &text, Scheme &scheme, std::string &why) {
    const std::size_t end = text.find("://");
    if (end == std::string_view::npos) return LCB_SUCCESS;
    const std::string name(text.substr(0, end));
    text.remove_prefix(end + 3);
    if (name == "couchbases" || name == "https") {
        why = name + ":// needs TLS, which there is not yet";
        return LCB_CLIENT_FEATURE_UNAVAILABLE;
    }
    if (name == "couchbase") scheme = Scheme::couchbase;
    if (name == "memcached") scheme = Scheme::memcached;
    if (name == "http" || scheme != Scheme::http) return LCB_SUCCESS;
    why = name + ":// is none of http://, couchbase:// and memcached://";
    return LCB_INVALID_HOST_FORMAT;
}

/// One host of a connection string, "name[:port[=what]]", as an address.
lcb_error_t take_host(std::string_view host, Scheme scheme, std::vector<std::string> &hosts, std::string &why) {
    const std::size_t mark = host.find('=');
    const std::string_view address = host.substr(0, mark);
    if (!is_authority(address)) {
        why = std::string(address) + " is not written as host or host:port";
        return LCB_INVALID_HOST_FORMAT;
    }
    const std::string port = split_address(address, "").port;
    std::string what = mark != std::string_view::npos ? std::string(host.substr(mark + 1)) : std::string();
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    std::ranges::transform(what, what.begin(), lower);
    if (what.empty() && scheme == Scheme::couchbase && !port.empty() && port != kManagementPort) what = "mcd";
    if (what == "mcds" || what == "https") {
        why = std::string(host) + " needs TLS, which there is not yet";
        return LCB_CLIENT_FEATURE_UNAVAILABLE;
    }
    if (what == "mcd") {
        why = std::string(address) + " names a data port, which is not asked for maps yet: give the management port (" +
              kManagementPort + ", or any one as host:port=http)";
        return LCB_NOT_SUPPORTED;
    }
    if (!what.empty() && what != (scheme == Scheme::memcached ? "mccompat" : "http")) {
        why = std::string(host) + " is no kind of port that goes with the scheme";
        return LCB_INVALID_HOST_FORMAT;
    }
    hosts.emplace_back(address);
    return LCB_SUCCESS;
}

lcb_error_t take_options(std::string_view text, ConnectionString &parsed, std::string &why) {
    while (!text.empty()) {
        const std::string_view option = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(option.size() + 1, text.size()));
        if (option.empty()) continue;
        const std::size_t mark = option.find('=');
        const auto value = percent_decoded(option.substr(std::min(mark, option.size() - 1) + 1));
        if (mark == 0 || mark == std::string_view::npos || !value || value->empty()) {
            why = std::string(option) + " is not written as name=value";
            return LCB_EINVAL;
        }
        parsed.options.emplace_back(option.substr(0, mark), *value);
    }
    return LCB_SUCCESS;
}

}  // namespace

lcb_error_t parse_hosts(std::string_view list, std::vector<std::string> &hosts) {
    return split(list, ";", hosts, is_host);
}

lcb_error_t parse_servers(std::string_view list, std::vector<std::string> &hosts) {
    return split(list, ";", hosts, is_authority);
}

lcb_error_t parse_connection_string(std::string_view text, ConnectionString &parsed, std::string &why) {
    Scheme scheme = Scheme::http;
    if (const lcb_error_t error = take_scheme(text, scheme, why); error != LCB_SUCCESS) return error;
    parsed.memcached = scheme == Scheme::memcached;
    if (const std::size_t mark = text.find('?'); mark != std::string_view::npos) {
        if (const lcb_error_t error = take_options(text.substr(mark + 1), parsed, why); error != LCB_SUCCESS)
            return error;
        text = text.substr(0, mark);
    }
    std::string_view list = text.substr(0, text.find('/'));
    std::string_view path = text.substr(list.size());
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    const auto bucket = percent_decoded(path);
    if (!bucket || path.find('/') != std::string_view::npos) {
        why = "/" + std::string(path) + " is not written as a bucket";
        return LCB_EINVAL;
    }
    parsed.bucket = *bucket;
    if (list.empty()) list = kDefaultHost;
    while (!list.empty()) {
        const std::string_view host = list.substr(0, list.find_first_of(",;"));
        list.remove_prefix(std::min(host.size() + 1, list.size()));
        if (host.empty()) continue;
        if (const lcb_error_t error = take_host(host, scheme, parsed.hosts, why); error != LCB_SUCCESS) return error;
    }
    why = "no host is named";
    return parsed.hosts.empty() ? LCB_INVALID_HOST_FORMAT : LCB_SUCCESS;
}

HostPort split_address(std::string_view address, std::string_view default_port) {
    if (address.starts_with(kHttp)) address.remove_prefix(kHttp.size());
    address = address.substr(0, address.find('/'));
    const std::size_t colon = address.rfind(':');
    if (colon == std::string_view::npos || address.find(']', colon) != std::string_view::npos)
        return {std::string(address), std::string(default_port)};
    return {std::string(address.substr(0, colon)), std::string(address.substr(colon + 1))};
}

}  // namespace tenon::couchbase2
