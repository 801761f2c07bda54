// SPDX-License-Identifier: Apache-2.0
#include "devcluster/http_connection.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "devcluster/cluster.hpp"
#include "devcluster/rest.hpp"
#include "devcluster/version.hpp"
#include "wire/bytes.hpp"

namespace tenon::devcluster {
namespace {

constexpr std::string_view kBetweenDocuments = "\n\n\n\n";
/// Answers that may wait for a client before its further requests have to.
constexpr std::size_t kMaxPending = 1024 * 1024;
/// Of a request: a few fields of a form.
constexpr std::size_t kMaxBody = 64 * 1024;

bool is_authorization(std::string_view name) {
    constexpr std::string_view kName = "authorization";
    return std::equal(name.begin(), name.end(), kName.begin(), kName.end(),
                      [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

}  // namespace

HttpConnection::HttpConnection(RestServer &server, std::uint64_t id, int sock)
    : server_(server),
      id_(id),
      stream_(server.cluster().reactor(), sock, {this, on_data, on_drained, on_closed}) {
    http_parser_init(&parser_, HTTP_REQUEST);
    parser_.data = this;
    read_or_not();
}

/// The parser gives header names and values in pieces; a name behind a value begins the next header.
const http_parser_settings &HttpConnection::parser_settings() {
    static const http_parser_settings settings = [] {
        http_parser_settings s;
        http_parser_settings_init(&s);
        s.on_message_begin = [](http_parser *p) {
            HttpConnection &c = *static_cast<HttpConnection *>(p->data);
            c.request_ = {};
            c.finish_header();
            return 0;
        };
        s.on_url = [](http_parser *p, const char *at, std::size_t length) {
            static_cast<HttpConnection *>(p->data)->request_.url.append(at, length);
            return 0;
        };
        s.on_header_field = [](http_parser *p, const char *at, std::size_t length) {
            HttpConnection &c = *static_cast<HttpConnection *>(p->data);
            if (c.in_header_value_) c.finish_header();
            c.header_field_.append(at, length);
            return 0;
        };
        s.on_header_value = [](http_parser *p, const char *at, std::size_t length) {
            HttpConnection &c = *static_cast<HttpConnection *>(p->data);
            c.in_header_value_ = true;
            c.header_value_.append(at, length);
            return 0;
        };
        s.on_headers_complete = [](http_parser *p) {
            static_cast<HttpConnection *>(p->data)->finish_header();
            p->upgrade = 0;  // there is nothing to upgrade to: the request is answered as it stands
            return 0;
        };
        s.on_body = [](http_parser *p, const char *at, std::size_t length) {
            std::string &body = static_cast<HttpConnection *>(p->data)->request_.body;
            if (body.size() + length > kMaxBody) return 1;
            body.append(at, length);
            return 0;
        };
        s.on_message_complete = [](http_parser *p) {
            return static_cast<HttpConnection *>(p->data)->message_complete();
        };
        return s;
    }();
    return settings;
}

void HttpConnection::finish_header() {
    if (is_authorization(header_field_)) request_.authorization = header_value_;
    header_field_.clear();
    header_value_.clear();
    in_header_value_ = false;
}

std::size_t HttpConnection::on_data(void *self, std::span<const std::byte> bytes) {
    HttpConnection &c = *static_cast<HttpConnection *>(self);
    if (c.leaving_ || c.topic_) return bytes.size();  // behind a stream nothing can be answered
    if (c.server_.half_open()) return bytes.size();
    const std::string_view text = wire::as_text(bytes);
    const std::size_t used = http_parser_execute(&c.parser_, &parser_settings(), text.data(), text.size());
    if (HTTP_PARSER_ERRNO(&c.parser_) == HPE_PAUSED) {
        c.stream_.pause();
        return used;
    }
    const bool stopped = c.leaving_ || c.topic_;
    if (!stopped && HTTP_PARSER_ERRNO(&c.parser_) != HPE_OK) c.respond(400, "text/plain", "Bad request.\r\n");
    return bytes.size();
}

int HttpConnection::message_complete() {
    request_.get = parser_.method == HTTP_GET;
    request_.head = parser_.method == HTTP_HEAD;
    request_.post = parser_.method == HTTP_POST;
    request_.remove = parser_.method == HTTP_DELETE;
    server_.answer(*this, request_);
    if (leaving_ || topic_) return 1;
    if (stream_.pending() > kMaxPending) http_parser_pause(&parser_, 1);
    return 0;
}

void HttpConnection::respond(unsigned status, std::string_view type, std::string_view body, std::string_view headers) {
    const bool keep = HTTP_PARSER_ERRNO(&parser_) == HPE_OK && http_should_keep_alive(&parser_) != 0;
    const char *const reason = http_status_str(static_cast<http_status>(status));
    std::string head = fmt::format("HTTP/1.1 {} {}\r\nServer: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n", status,
                                   reason, kServerVersion, type, body.size());
    head += headers;
    if (!keep) head += "Connection: close\r\n";
    else if (parser_.http_minor == 0) head += "Connection: keep-alive\r\n";
    head += "\r\n";
    write(head);
    if (!request_.head) write(body);
    if (!keep) leave();
}

void HttpConnection::leave() {
    leaving_ = true;
    topic_.reset();
    stream_.close_when_drained();
}

void HttpConnection::start_stream(const StreamTopic &topic) {
    // An answer without end and without chunks, as HTTP/1.0 has it, ends with the connection.
    chunked_ = parser_.http_major > 1 || parser_.http_minor > 0;
    write(fmt::format("HTTP/1.1 200 OK\r\nServer: {}\r\nContent-Type: application/json\r\n{}\r\n", kServerVersion,
                      chunked_ ? "Transfer-Encoding: chunked\r\n" : "Connection: close\r\n"));
    if (request_.head) return leave();
    topic_ = topic;
    write_document();
}

void HttpConnection::write_document() {
    stale_ = false;
    const std::string document = server_.stream_document(*topic_);
    if (chunked_) write(fmt::format("{:x}\r\n", document.size() + kBetweenDocuments.size()));
    write(document);
    write(kBetweenDocuments);
    if (chunked_) write("\r\n");
}

/// Whether nothing is to be written: the client does not read, or the node does nothing.
bool HttpConnection::held() const { return stream_.pending() != 0 || !server_.running() || server_.half_open(); }

void HttpConnection::refresh() {
    if (!held()) return write_document();
    stale_ = true;
}

void HttpConnection::on_drained(void *self) {
    HttpConnection &c = *static_cast<HttpConnection *>(self);
    if (c.stale_ && !c.held()) return c.write_document();
    if (HTTP_PARSER_ERRNO(&c.parser_) != HPE_PAUSED) return;
    http_parser_pause(&c.parser_, 0);
    c.read_or_not();
}

void HttpConnection::read_or_not() {
    if (server_.running() && HTTP_PARSER_ERRNO(&parser_) != HPE_PAUSED) stream_.resume();
    else stream_.pause();
    if (topic_ && stale_ && !held()) write_document();
}

void HttpConnection::on_closed(void *self, const Error &) {
    HttpConnection &c = *static_cast<HttpConnection *>(self);
    c.server_.remove(c.id_);
}

void HttpConnection::write(std::string_view text) { stream_.write(wire::as_bytes(text)); }

}  // namespace tenon::devcluster
