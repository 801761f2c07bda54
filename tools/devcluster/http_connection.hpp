// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <http_parser.h>

#include "net/stream.hpp"

namespace tenon::devcluster {

class Bucket;
class RestServer;

/// What is known of a request when it is answered.
struct HttpRequest {
    bool get = false;    ///< GET
    bool head = false;   ///< HEAD
    bool post = false;   ///< POST
    bool remove = false;  ///< DELETE
    std::string url;
    std::string authorization;  ///< the header's value
    std::string body;
};

/// What a stream of documents is about.
struct StreamTopic {
    const Bucket *bucket = nullptr;  ///< null: all buckets
    bool short_form = false;         ///< the map as data nodes give it
};

/// One client of a management port: HTTP/1.0 and 1.1, keep-alive, one answer after the other, or one that never ends.
class HttpConnection {
public:
    HttpConnection(RestServer &server, std::uint64_t id, int sock);
    HttpConnection(const HttpConnection &) = delete;
    HttpConnection &operator=(const HttpConnection &) = delete;

    /// Answers the current request. `headers` are further lines, each with its line end.
    void respond(unsigned status, std::string_view type, std::string_view body, std::string_view headers = {});
    /// Answers it with a stream: the document as of now, and again with each `refresh`.
    void start_stream(const StreamTopic &topic);
    /// What this connection streams, if it does.
    const std::optional<StreamTopic> &topic() const { return topic_; }
    /// Sends the document of a connection with a topic anew; to a client that does not read, the last of several.
    void refresh();
    /// Ends the stream, or whatever it is; what was written is sent.
    void leave();

    /// Reads, or does not: as the node's state and what is pending have it.
    void read_or_not();

private:
    static std::size_t on_data(void *self, std::span<const std::byte> bytes);
    static void on_drained(void *self);
    static void on_closed(void *self, const Error &error);
    static const http_parser_settings &parser_settings();

    int message_complete();
    void finish_header();
    bool held() const;
    void write_document();
    void write(std::string_view text);

    RestServer &server_;
    const std::uint64_t id_;
    http_parser parser_;
    HttpRequest request_;
    std::string header_field_, header_value_;
    bool in_header_value_ = false;
    std::optional<StreamTopic> topic_;
    bool chunked_ = false;
    bool stale_ = false;  // a document waits until the client has read what was sent
    bool leaving_ = false;
    net::Stream stream_;
};

}  // namespace tenon::devcluster
