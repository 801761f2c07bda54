// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sys/socket.h>

#include "base/error.hpp"
#include "net/http_response.hpp"
#include "net/reactor.hpp"
#include "net/url.hpp"

namespace tenon::net {

struct HttpRequest {
    std::string method = "GET";
    Url url;
    /// Basic authentication, unless both are empty.
    std::string username;
    std::string password;
    /// Beside Host, Connection, Authorization, Accept, User-Agent and Content-Length, which come by themselves.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// From the start until the connection stands.
    std::uint64_t connect_timeout_usec = 5'000'000;
    /// Silence on the connection after which the system probes the peer; 0: never.
    int keepalive_seconds = 30;
    /// Of the host's addresses: AF_UNSPEC for all.
    int family = AF_UNSPEC;
    /// From then until the head of the answer is there.
    std::uint64_t head_timeout_usec = 10'000'000;
    /// From the start until the answer is complete; 0: however long it takes, as a stream does.
    std::uint64_t total_timeout_usec = 0;
    /// Bytes of body accepted.
    std::uint64_t max_body = std::numeric_limits<std::uint64_t>::max();
};

/// One HTTP request at a time, on a connection of its own. The body is handed over as it comes, so that an answer may
/// be a stream without end: silence is then no error, TCP's keep-alive probes find out about a dead peer. Redirects
/// are not followed: they are answers like any other. Not for TLS.
class HttpClient {
public:
    struct Handlers {
        void *owner = nullptr;
        /// Any status. May be null.
        void (*on_head)(void *owner, const HttpHead &head) = nullptr;
        void (*on_body)(void *owner, std::span<const std::byte> bytes) = nullptr;
        /// The end, called once. Without an error the answer was complete. With one:
        /// errc::unknown_host, errc::connect: no connection;
        /// errc::timeout: what was waited for did not come in time;
        /// errc::network: the connection was lost before the answer's end;
        /// errc::http: not HTTP, or beyond a limit.
        /// The message names the host, the request and the reason.
        void (*on_done)(void *owner, const Error &error) = nullptr;
    };

    HttpClient(Reactor &reactor, Handlers handlers);
    HttpClient(const HttpClient &) = delete;
    HttpClient &operator=(const HttpClient &) = delete;
    ~HttpClient();

    /// Begins; a request under way is cancelled first. Handlers are called from the loop only, never inside this call;
    /// each may start another request, cancel, or destroy the client. A request that would break the protocol (line
    /// breaks in its parts, a colon in the user name) comes back at once: errc::invalid_option.
    Error start(HttpRequest request);
    /// Stops; on_done is not called.
    void cancel();
    /// A request is under way and its connection stands.
    bool connected() const;

private:
    struct Exchange;
    Reactor &reactor_;
    Handlers handlers_;
    std::shared_ptr<Exchange> exchange_;
};

}  // namespace tenon::net
