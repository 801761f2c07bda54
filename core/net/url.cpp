// SPDX-License-Identifier: Apache-2.0
#include "net/url.hpp"

#include <algorithm>
#include <charconv>

#include <http_parser.h>

namespace tenon::net {
namespace {

/// Names the text, but for what stands in front of an @: that may be a password.
Error invalid(std::string_view what, std::string_view text, std::string_view why) {
    const std::size_t at = text.rfind('@');
    const std::string shown = at == std::string_view::npos ? std::string(text) : "…" + std::string(text.substr(at));
    return {make_error_code(errc::invalid_option),
            std::string(what) + " \"" + shown + "\" is malformed: " + std::string(why)};
}

bool parse_port(std::string_view text, std::uint16_t &port) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port != 0;
}

/// Nothing that would change the meaning of a request line or header it is put into, and no user in front of the host.
bool is_plain(std::string_view host) {
    return std::all_of(host.begin(), host.end(), [](unsigned char c) { return c > ' ' && c != 0x7f && c != '/' && c != '@'; });
}

}  // namespace

std::string HostPort::to_string() const {
    const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return name + ":" + std::to_string(port);
}

Error parse_host_port(std::string_view text, std::uint16_t default_port, HostPort &result) {
    std::string_view host = text, port;
    bool has_port = false;
    if (!text.empty() && text.front() == '[') {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos) return invalid("host", text, "a bracket is not closed");
        host = text.substr(1, bracket - 1);
        const std::string_view rest = text.substr(bracket + 1);
        if (!rest.empty() && rest.front() != ':') return invalid("host", text, "something follows the bracket");
        has_port = !rest.empty();
        if (has_port) port = rest.substr(1);
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos && colon == text.rfind(':')) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        has_port = true;
    }
    if (host.empty()) return invalid("host", text, "there is no name");
    if (!is_plain(host)) return invalid("host", text, "it has a character that no name has");
    HostPort parsed{std::string(host), default_port};
    if (has_port && !parse_port(port, parsed.port))
        return invalid("host", text, "the port is no number from 1 to 65535");
    result = std::move(parsed);
    return {};
}

bool is_url(std::string_view text) { return text.find("://") != std::string_view::npos; }

Error parse_url(std::string_view text, std::uint16_t default_port, Url &result) {
    http_parser_url parts;
    http_parser_url_init(&parts);
    if (text.size() > UINT16_MAX || http_parser_parse_url(text.data(), text.size(), 0, &parts) != 0)
        return invalid("URL", text, "http://host:port/path is expected");
    const auto has = [&](http_parser_url_fields field) { return (parts.field_set & (1U << field)) != 0; };
    const auto part = [&](http_parser_url_fields field) {
        return has(field) ? text.substr(parts.field_data[field].off, parts.field_data[field].len) : std::string_view();
    };
    std::string scheme(part(UF_SCHEMA));
    std::transform(scheme.begin(), scheme.end(), scheme.begin(), [](unsigned char c) { return c | 0x20; });
    if (scheme != "http") return invalid("URL", text, "only http is spoken");
    if (has(UF_USERINFO)) return invalid("URL", text, "user name and password are options of their own");
    if (!has(UF_HOST) || part(UF_HOST).empty()) return invalid("URL", text, "there is no host");
    if (has(UF_PORT) && parts.port == 0) return invalid("URL", text, "the port is no number from 1 to 65535");
    Url url;
    url.at = {std::string(part(UF_HOST)), has(UF_PORT) ? parts.port : default_port};
    if (has(UF_PATH)) url.target = part(UF_PATH);
    if (has(UF_QUERY)) url.target.append("?").append(part(UF_QUERY));
    result = std::move(url);
    return {};
}

}  // namespace tenon::net
