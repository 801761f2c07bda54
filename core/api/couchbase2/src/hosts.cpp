// SPDX-License-Identifier: Apache-2.0
#include "hosts.hpp"

#include <algorithm>
#include <charconv>

namespace tenon::couchbase2 {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kDefaultHost = "localhost";

bool is_port(std::string_view text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool is_name_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
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
lcb_error_t split(std::string_view list, std::string_view separators, std::vector<std::string> &hosts, Accepts accepts) {
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

}  // namespace

lcb_error_t parse_hosts(std::string_view list, std::vector<std::string> &hosts) {
    return split(list, ";", hosts, is_host);
}

lcb_error_t parse_connection_string(std::string_view text, std::vector<std::string> &hosts, std::string &bucket) {
    if (const std::size_t end = text.find("://"); end != std::string_view::npos) {
        const std::string_view scheme = text.substr(0, end);
        for (const std::string_view other : {"couchbase", "couchbases", "memcached", "https"})
            if (scheme == other) return LCB_NOT_SUPPORTED;
        if (scheme != "http") return LCB_INVALID_HOST_FORMAT;
        text.remove_prefix(kHttp.size());
    }
    if (const std::size_t mark = text.find('?'); mark != std::string_view::npos) {
        if (mark + 1 != text.size()) return LCB_NOT_SUPPORTED;
        text.remove_suffix(1);
    }
    const std::string_view authorities = text.substr(0, text.find('/'));
    std::string_view path = text.substr(authorities.size());
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    if (path.find('/') != std::string_view::npos) return LCB_EINVAL;
    if (path.find('%') != std::string_view::npos) return LCB_NOT_SUPPORTED;
    if (!path.empty()) bucket = path;
    return split(authorities, ",;", hosts, is_authority);
}

}  // namespace tenon::couchbase2
