// SPDX-License-Identifier: Apache-2.0
/// @file
/// HTTP requests to the cluster: views and management. `tenon::HttpRequest` and `tenon::HttpReply`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <tenon/cancellation.hpp>
#include <tenon/reply.hpp>
#include <tenon/results.hpp>

namespace tenon {

/// Which of a node's HTTP ports.
enum class HttpService : std::uint8_t {
    management,  ///< port 8091, as the map tells it
    views,       ///< port 8092, as the map tells it: design documents and views
};

/// Copied when it is started. Redirects are not followed. Not for TLS.
struct HttpRequest {
    HttpService service = HttpService::management;  ///< whom it goes to
    std::string_view method = "GET";                ///< "POST", "PUT", "DELETE" …
    /// With its query, encoded as it is to be sent: "/pools/default", "default/_design/d/_view/v?limit=10".
    std::string_view path = {};
    Bytes body = {};                     ///< of the request
    std::string_view content_type = {};  ///< of `body`; empty: none is sent
    /// The body is handed over in pieces as it comes, and is not kept; otherwise in one piece with the end.
    bool streamed = false;
    /// "host[:port]", instead of one of the cluster's nodes in turn.
    std::string_view host = {};
    /// With `password` empty too: those of the client's options.
    std::string_view username = {};
    /// See `username`.
    std::string_view password = {};
    /// From the call to the end of the answer; zero: Options::http_timeout.
    std::chrono::microseconds timeout{0};
    /// A larger body ends the request with errc::http. An answer's head has at most 64 KiB.
    std::size_t max_body = std::size_t{64} << 20;
    /// Ends it early, with errc::cancelled. Null: nothing does, but Client::cancel_http().
    Cancellation *cancellation = nullptr;
};

/// An answer, or a piece of one. What it points to is valid until the callback returns.
struct HttpReply {
    /// Of the exchange: errc::connect, errc::unknown_host, errc::timeout, errc::network, errc::http (no HTTP, or
    /// beyond a limit), errc::cancelled. An answer is no error, whatever its status.
    std::error_code error;
    /// 0 before there is a head.
    unsigned status = 0;
    std::span<const std::pair<std::string, std::string>> headers;  ///< names and values
    Bytes body;             ///< all of it, or with HttpRequest::streamed the next piece
    std::string_view path;  ///< the request's
    /// The node, "host:port".
    std::string_view server;
    /// The error in words.
    std::string_view detail;
    /// The end; false for the pieces of a streamed body before it.
    bool last = true;

    /// The body as text.
    std::string_view text() const { return as_text(body); }
};

/// Called once with the answer; before it, if it was asked for, with the pieces of the body.
using HttpCallback = std::function<void(const HttpReply &)>;

/// An answer that keeps what it points to. Move-only.
template <>
class Owned<HttpReply> : public HttpReply {
public:
    /// Copies what the answer points to.
    explicit Owned(const HttpReply &reply)
        : HttpReply(reply), headers_(reply.headers.begin(), reply.headers.end()),
          bytes_(std::make_unique_for_overwrite<char[]>(body.size() + path.size() + server.size() + detail.size())) {
        char *end = bytes_.get();
        const auto keep = [&end](std::string_view text) {
            if (!text.empty()) std::memcpy(end, text.data(), text.size());
            end += text.size();
            return std::string_view(end - text.size(), text.size());
        };
        headers = headers_;
        body = as_bytes(keep(as_text(body)));
        path = keep(path);
        server = keep(server);
        detail = keep(detail);
    }

private:
    std::vector<std::pair<std::string, std::string>> headers_;
    std::unique_ptr<char[]> bytes_;
};

}  // namespace tenon
