// SPDX-License-Identifier: Apache-2.0
#include "net/http_client.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <openssl/evp.h>

#include "net/dialer.hpp"
#include "net/stream.hpp"

namespace tenon::net {
namespace {

std::string basic_credentials(const HttpRequest &request) {
    const std::string plain = request.username + ":" + request.password;
    std::string encoded(4 * ((plain.size() + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char *>(encoded.data()),
                                       reinterpret_cast<const unsigned char *>(plain.data()),
                                       static_cast<int>(plain.size()));
    encoded.resize(static_cast<std::size_t>(length));
    return encoded;
}

std::string compose(const HttpRequest &request) {
    std::string text = request.method + " " + request.url.target + " HTTP/1.1\r\nHost: " + request.url.at.to_string() +
                       "\r\nConnection: close\r\nAccept: */*\r\nUser-Agent: tenon\r\n";
    if (!request.username.empty() || !request.password.empty())
        text += "Authorization: Basic " + basic_credentials(request) + "\r\n";
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT")
        text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    for (const auto &[name, value] : request.headers) text += name + ": " + value + "\r\n";
    return text + "\r\n" + request.body;
}

Error check(const HttpRequest &request) {
    const auto invalid = [](std::string_view what) {
        return Error(make_error_code(errc::invalid_option), "HTTP request: " + std::string(what));
    };
    const auto breaks_line = [](std::string_view text) {
        return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
    };
    const auto no_token = [&](std::string_view text) {
        return text.empty() || text.find_first_of(" \t:") != std::string_view::npos || breaks_line(text);
    };
    if (no_token(request.method)) return invalid("the method is no word");
    if (request.url.at.host.empty() || breaks_line(request.url.at.host)) return invalid("the host is no name");
    const std::string &target = request.url.target;
    if (target.empty() || target.find(' ') != std::string::npos || breaks_line(target))
        return invalid("the target has a space or line break in it, or is empty");
    if (request.username.find(':') != std::string::npos) return invalid("a user name has no colon");
    for (const auto &[name, value] : request.headers)
        if (no_token(name) || breaks_line(value)) return invalid("a header breaks the line");
    return {};
}

std::string milliseconds(std::uint64_t usec) { return std::to_string(usec / 1000) + " ms"; }

}  // namespace

/// One request and its answer. Whoever calls a handler holds a share, so that the handler may drop the client.
struct HttpClient::Exchange : std::enable_shared_from_this<HttpClient::Exchange> {
    Exchange(Reactor &r, HttpClient &c, HttpRequest q)
        : reactor(r),
          client(&c),
          handlers(c.handlers_),
          request(std::move(q)),
          parser({this, on_head, on_body, on_end}, request.method) {}
    Exchange(const Exchange &) = delete;
    Exchange &operator=(const Exchange &) = delete;

    void start() {
        if (request.total_timeout_usec != 0) {
            total_timer.emplace(reactor, this, [](void *self) { static_cast<Exchange *>(self)->on_no_end(); });
            total_timer->arm(request.total_timeout_usec);
        }
        dialer.emplace(reactor, this, on_dialed);
        dialer->dial(request.url.at.host, request.url.at.port, request.connect_timeout_usec,
                     request.keepalive_seconds, request.family);
    }

    /// Nothing is called any more. What stands on the table goes now: a handler may end the table as well, before the
    /// last share of this is dropped.
    void stop() {
        client = nullptr;
        parser.stop();
        dialer.reset();
        head_timer.reset();
        total_timer.reset();
        stream.reset();
    }

    static void on_dialed(void *self, int sock, const Error &error) {
        Exchange &x = *static_cast<Exchange *>(self);
        if (error) return x.finish(error);
        x.stream.emplace(x.reactor, sock, Stream::Handlers{&x, on_data, nullptr, on_closed});
        const std::string text = compose(x.request);
        x.stream->write(std::as_bytes(std::span(text)));
        x.head_timer.emplace(x.reactor, &x, [](void *arg) { static_cast<Exchange *>(arg)->on_no_head(); });
        x.head_timer->arm(x.request.head_timeout_usec);
    }

    static std::size_t on_data(void *self, std::span<const std::byte> bytes) {
        const std::shared_ptr<Exchange> x = static_cast<Exchange *>(self)->shared_from_this();
        const Error error = x->parser.feed(bytes);
        if (error && x->client != nullptr)
            x->fail(errc::http, "the answer of " + x->peer() + " to " + x->asked() + " is broken: " + error.message);
        return bytes.size();
    }

    static void on_closed(void *self, const Error &error) {
        const std::shared_ptr<Exchange> x = static_cast<Exchange *>(self)->shared_from_this();
        if (!error && x->parser.end_of_file()) return;
        const std::string when = x->parser.has_bytes() ? " inside its answer to " : " without an answer to ";
        const std::string why = error ? ": " + error.message : "";
        x->fail(errc::network, x->peer() + " closed the connection" + when + x->asked() + why);
    }

    static void on_head(void *self, const HttpHead &head) {
        Exchange &x = *static_cast<Exchange *>(self);
        x.head_timer.reset();
        if (x.handlers.on_head != nullptr) x.handlers.on_head(x.handlers.owner, head);
    }

    static void on_body(void *self, std::span<const std::byte> bytes) {
        Exchange &x = *static_cast<Exchange *>(self);
        x.received += bytes.size();
        if (x.received > x.request.max_body)
            return x.fail(errc::http, "the answer of " + x.peer() + " to " + x.asked() + " exceeds " +
                                          std::to_string(x.request.max_body) + " bytes");
        x.handlers.on_body(x.handlers.owner, bytes);
    }

    static void on_end(void *self) { static_cast<Exchange *>(self)->finish({}); }

    void on_no_head() {
        fail(errc::timeout, "no answer from " + peer() + " to " + asked() + " within " +
                                milliseconds(request.head_timeout_usec));
    }

    void on_no_end() {
        fail(errc::timeout, "the answer of " + peer() + " to " + asked() + " was not complete within " +
                                milliseconds(request.total_timeout_usec));
    }

    std::string peer() const { return request.url.at.to_string(); }
    std::string asked() const { return request.method + " " + request.url.target; }

    void fail(errc code, std::string message) { finish(Error(make_error_code(code), std::move(message))); }

    void finish(const Error &error) {
        if (client == nullptr) return;
        const std::shared_ptr<Exchange> x = shared_from_this();
        client->exchange_.reset();
        stop();
        handlers.on_done(handlers.owner, error);
    }

    Reactor &reactor;
    HttpClient *client;  // null once it is of no use to the client
    const Handlers handlers;
    const HttpRequest request;
    HttpResponseParser parser;
    std::optional<Dialer> dialer;
    std::optional<Timer> head_timer;
    std::optional<Timer> total_timer;
    std::optional<Stream> stream;
    std::uint64_t received = 0;
};

HttpClient::HttpClient(Reactor &reactor, Handlers handlers) : reactor_(reactor), handlers_(handlers) {}

HttpClient::~HttpClient() { cancel(); }

Error HttpClient::start(HttpRequest request) {
    cancel();
    if (const Error error = check(request)) return error;
    exchange_ = std::make_shared<Exchange>(reactor_, *this, std::move(request));
    exchange_->start();
    return {};
}

void HttpClient::cancel() {
    if (!exchange_) return;
    const std::shared_ptr<Exchange> exchange = std::move(exchange_);
    exchange->stop();
}

bool HttpClient::connected() const { return exchange_ && exchange_->stream; }

}  // namespace tenon::net
