// SPDX-License-Identifier: Apache-2.0
#include "net/http_response.hpp"

#include <algorithm>
#include <cstdio>

namespace tenon::net {
namespace {

constexpr std::size_t kShown = 48;

HttpResponseParser &self_of(http_parser *parser) { return *static_cast<HttpResponseParser *>(parser->data); }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string_view HttpHead::header(std::string_view name) const {
    for (const auto &[key, value] : headers)
        if (equal_ignoring_case(key, name)) return value;
    return {};
}

std::string HttpHead::status_line() const {
    std::string line = std::to_string(status);
    if (!reason.empty()) line += " " + reason.substr(0, kShown);
    for (char &c : line)
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
    return line;
}

std::string quoted(std::string_view bytes) {
    std::string text = "\"";
    for (const char c : bytes) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '\n') text += "\\n";
        else if (c == '\r') text += "\\r";
        else if (c == '"' || c == '\\') (text += '\\') += c;
        else if (code >= ' ' && code < 0x7f) text += c;
        else {
            char escape[5];
            std::snprintf(escape, sizeof escape, "\\x%02x", code);
            text += escape;
        }
    }
    return text + "\"";
}

HttpResponseParser::HttpResponseParser(Handlers handlers, std::string_view method)
    : handlers_(handlers), no_body_(method == "HEAD") {
    http_parser_init(&parser_, HTTP_RESPONSE);
    parser_.data = this;
}

int HttpResponseParser::collect(std::string *into, const char *at, std::size_t length) {
    head_size_ += length;
    if (head_size_ > kMaxHead) return -1;
    if (into != nullptr) into->append(at, length);
    return 0;
}

const http_parser_settings &HttpResponseParser::settings() {
    static const http_parser_settings settings = [] {
        http_parser_settings s;
        http_parser_settings_init(&s);
        s.on_message_begin = [](http_parser *parser) {
            HttpResponseParser &self = self_of(parser);
            self.head_ = {};
            self.in_value_ = false;
            return 0;
        };
        s.on_status = [](http_parser *parser, const char *at, std::size_t length) {
            HttpResponseParser &self = self_of(parser);
            return self.collect(&self.head_.reason, at, length);
        };
        s.on_header_field = [](http_parser *parser, const char *at, std::size_t length) {
            HttpResponseParser &self = self_of(parser);
            if (self.has_head_) return self.collect(nullptr, at, length);  // trailers of a chunked body
            if (self.in_value_ || self.head_.headers.empty()) self.head_.headers.emplace_back();
            self.in_value_ = false;
            return self.collect(&self.head_.headers.back().first, at, length);
        };
        s.on_header_value = [](http_parser *parser, const char *at, std::size_t length) {
            HttpResponseParser &self = self_of(parser);
            if (self.has_head_) return self.collect(nullptr, at, length);
            self.in_value_ = true;
            return self.collect(&self.head_.headers.back().second, at, length);
        };
        s.on_headers_complete = [](http_parser *parser) {
            HttpResponseParser &self = self_of(parser);
            if (self.is_interim()) return 1;
            self.has_head_ = true;
            self.head_.status = parser->status_code;
            self.handlers_.on_head(self.handlers_.owner, self.head_);
            return self.over_ ? -1 : self.no_body_ ? 1 : 0;
        };
        s.on_body = [](http_parser *parser, const char *at, std::size_t length) {
            HttpResponseParser &self = self_of(parser);
            self.handlers_.on_body(self.handlers_.owner, std::as_bytes(std::span(at, length)));
            return self.over_ ? -1 : 0;
        };
        s.on_message_complete = [](http_parser *parser) {
            HttpResponseParser &self = self_of(parser);
            if (self.is_interim()) return 0;
            self.over_ = true;
            self.handlers_.on_end(self.handlers_.owner);
            return -1;
        };
        return s;
    }();
    return settings;
}

Error HttpResponseParser::feed(std::span<const std::byte> bytes) {
    const auto *data = reinterpret_cast<const char *>(bytes.data());
    if (first_.size() < kShown) first_.append(data, std::min(bytes.size(), kShown - first_.size()));
    if (over_ || bytes.empty()) return {};
    http_parser_execute(&parser_, &settings(), data, bytes.size());
    return over_ || HTTP_PARSER_ERRNO(&parser_) == HPE_OK ? Error() : explain();
}

bool HttpResponseParser::end_of_file() {
    if (!over_) http_parser_execute(&parser_, &settings(), nullptr, 0);
    return over_;
}

Error HttpResponseParser::explain() const {
    std::string why = http_errno_description(HTTP_PARSER_ERRNO(&parser_));
    if (head_size_ > kMaxHead) why = "its head exceeds 64 KiB";
    else if (!has_head_) why = "no HTTP (" + why + "), it begins with " + quoted(first_);
    return {make_error_code(errc::http), std::move(why)};
}

}  // namespace tenon::net
