// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/http_source.hpp"

#include <algorithm>
#include <limits>

#include "bootstrap/chase.hpp"
#include "bootstrap/map_stream.hpp"
#include "net/http_client.hpp"

namespace tenon::bootstrap {
namespace {

/// Documents from /pools to the stream are four; a chase that takes many more goes in circles.
constexpr int kMaxHops = 8;
/// Of where a document leads to, which ends up in a request line and in messages.
constexpr std::size_t kMaxUri = 512;
constexpr std::uint16_t kUrlPort = 80;

bool is_plain(std::string_view uri) {
    return std::all_of(uri.begin(), uri.end(), [](unsigned char c) { return c > ' ' && c != 0x7f; });
}

/// /pools and /pools/default are about the cluster; what is below them is about buckets.
bool is_about_buckets(const net::Url &url) {
    const std::string path = url.target.substr(0, url.target.find('?'));
    std::size_t parts = 0;
    for (std::size_t i = 0; i < path.size(); ++i)
        if (path[i] == '/' && i + 1 < path.size()) ++parts;
    return parts > 2;
}

}  // namespace

bool is_bucket_list(const net::Url &from) { return from.target.find("saslBucketsStreaming") != std::string::npos; }

struct HttpSource::State : std::enable_shared_from_this<HttpSource::State> {
    State(net::Reactor &reactor, Access a, Handlers h)
        : access(std::move(a)), handlers(h), client(reactor, {this, on_head, on_body, on_done}) {}

    Error get(const net::Url &from) {
        url = from;
        answered = streaming = false;
        documents = MapStream();
        net::HttpRequest request;
        request.url = url;
        request.username = access.username;
        request.password = access.password;
        request.keepalive_seconds = access.keepalive_seconds;
        request.family = access.family;
        request.connect_timeout_usec = request.head_timeout_usec = std::numeric_limits<std::uint64_t>::max();
        return client.start(std::move(request));
    }

    void stop() {
        stopped = true;
        client.cancel();
    }

    void end(const Error &error) {
        if (stopped) return;
        const std::shared_ptr<State> self = shared_from_this();
        stop();
        handlers.on_end(handlers.owner, error);
    }
    void end(errc code, std::string message) { end(Error(make_error_code(code), std::move(message))); }

    std::string host() const { return url.at.to_string(); }

    static void on_head(void *arg, const net::HttpHead &head) {
        State &s = *static_cast<State *>(arg);
        s.answered = true;
        if (head.status == 200) return;
        const std::string answer = " answered GET " + s.url.target + " with " + head.status_line();
        if (head.status == 401 || head.status == 403) {
            const std::string &user = s.access.username;
            const std::string who = user.empty() ? "access without user name" : "user \"" + user + "\"";
            s.end(errc::authentication, s.host() + " refuses " + who + ": it" + answer);
        } else if (head.status == 404 && is_about_buckets(s.url)) {
            s.end(errc::bucket_not_found, s.host() + " has no bucket \"" + s.access.bucket + "\": it" + answer);
        } else if (head.status >= 300 && head.status < 400) {
            s.end(errc::http, s.host() + answer + ", and redirects are not followed");
        } else {
            s.end(errc::http, s.host() + answer);
        }
    }

    static void on_body(void *arg, std::span<const std::byte> bytes) {
        const std::shared_ptr<State> s = static_cast<State *>(arg)->shared_from_this();
        s->documents.feed({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
        while (const auto document = s->documents.next()) {
            s->streaming = true;
            s->handlers.on_map(s->handlers.owner, *document, s->url);
            if (s->stopped) return;
        }
        if (s->documents.too_long())
            s->end(errc::bad_map, s->host() + " sends a document without end to GET " + s->url.target);
    }

    static void on_done(void *arg, const Error &error) {
        State &s = *static_cast<State *>(arg);
        if (error) return s.end(error);
        if (s.streaming) return s.end(errc::network, s.host() + " ended the stream " + s.url.target);
        s.follow();
    }

    /// An answer that ended without being a stream tells where to go on.
    void follow() {
        const std::string asked = host() + "'s answer to GET " + url.target;
        const Lead lead = next_lead(documents.rest(), access.bucket);
        if (lead.error.code == errc::bucket_not_found)
            return end(errc::bucket_not_found, asked + ": " + lead.error.message);
        if (lead.error) return end(errc::http, asked + " leads nowhere: " + lead.error.message);
        if (++hops > kMaxHops) return end(errc::http, asked + " leads in a circle");
        if (lead.uri.size() > kMaxUri || !is_plain(lead.uri))
            return end(errc::http, asked + " leads nowhere: " + net::quoted(lead.uri.substr(0, 64)) + "… is no URI");
        net::Url next{url.at, lead.uri};
        if (net::is_url(lead.uri)) {
            if (const Error error = net::parse_url(lead.uri, kUrlPort, next))
                return end(errc::http, asked + " leads nowhere: " + error.message);
        } else if (lead.uri.front() != '/') {
            return end(errc::http, asked + " leads nowhere: " + net::quoted(lead.uri) + " is no absolute path");
        }
        if (const Error error = get(next)) end(errc::http, asked + " leads nowhere: " + error.message);
    }

    const Access access;
    const Handlers handlers;
    net::HttpClient client;
    net::Url url;
    MapStream documents;
    int hops = 0;
    bool answered = false;   // the head of the answer is there
    bool streaming = false;  // the answer is a stream: a separator has come
    bool stopped = false;
};

HttpSource::HttpSource(net::Reactor &reactor, Access access, Handlers handlers)
    : state_(std::make_shared<State>(reactor, std::move(access), handlers)) {}

HttpSource::~HttpSource() { state_->stop(); }

Error HttpSource::start(const net::Url &from) { return state_->get(from); }

Error HttpSource::late(std::uint64_t waited_usec) const {
    const State &s = *state_;
    const std::string within = " within " + std::to_string(waited_usec / 1000) + " ms";
    if (!s.client.connected()) return {make_error_code(errc::connect), "no connection to " + s.host() + within};
    const char *const what = s.streaming ? "only empty maps from " : s.answered ? "no map from " : "no answer from ";
    return {make_error_code(errc::timeout), what + s.host() + " to GET " + s.url.target + within};
}

}  // namespace tenon::bootstrap
