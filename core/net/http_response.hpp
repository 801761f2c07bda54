// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <http_parser.h>

#include "base/error.hpp"

namespace tenon::net {

struct HttpHead {
    unsigned status = 0;
    std::string reason;  ///< "Not Found", as the server says it
    std::vector<std::pair<std::string, std::string>> headers;

    /// The first value of a header, whatever its case; empty if there is none.
    std::string_view header(std::string_view name) const;
    /// "404 Not Found", fit for a message: printable, and not without end
    std::string status_line() const;
};

/// One HTTP/1 response out of bytes cut anywhere: no socket, no clock. Interim (1xx) responses are skipped.
class HttpResponseParser {
public:
    struct Handlers {
        void *owner = nullptr;
        void (*on_head)(void *owner, const HttpHead &head) = nullptr;
        /// A piece of the body, chunks taken apart; never empty; valid during the call.
        void (*on_body)(void *owner, std::span<const std::byte> bytes) = nullptr;
        /// The response is complete.
        void (*on_end)(void *owner) = nullptr;
    };
    static constexpr std::size_t kMaxHead = 64 * 1024;

    /// `method`: that of the request; the answer to a HEAD has no body.
    HttpResponseParser(Handlers handlers, std::string_view method);
    HttpResponseParser(const HttpResponseParser &) = delete;
    HttpResponseParser &operator=(const HttpResponseParser &) = delete;

    /// Calls the handlers for what is complete. An error (errc::http) says what is wrong; nothing may be fed after it.
    /// What follows the response is ignored.
    Error feed(std::span<const std::byte> bytes);
    /// The peer ended: completes a response that has no other end. False if it comes inside one.
    bool end_of_file();
    /// No handler is called any more; may be called from one.
    void stop() { over_ = true; }

    bool has_bytes() const { return !first_.empty(); }

private:
    static const http_parser_settings &settings();
    bool is_interim() const {
        return parser_.status_code >= 100 && parser_.status_code < 200 && parser_.status_code != 101;
    }
    int collect(std::string *into, const char *at, std::size_t length);
    Error explain() const;

    Handlers handlers_;
    bool no_body_;
    http_parser parser_;
    HttpHead head_;
    std::size_t head_size_ = 0;
    std::string first_;  // bytes, to be shown if they are no HTTP
    bool in_value_ = false;
    bool has_head_ = false;
    bool over_ = false;
};

/// Text in quotes for messages, with what cannot be printed escaped: "\x16\x03\x01".
std::string quoted(std::string_view bytes);

}  // namespace tenon::net
