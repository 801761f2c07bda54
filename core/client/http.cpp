// SPDX-License-Identifier: Apache-2.0
#include "client/http.hpp"

#include <optional>
#include <string>
#include <utility>

#include "client/instance.hpp"

namespace tenon::client {

/// One request, at one host after the other. Whoever calls the program holds a share, so that the program may cancel it
/// or destroy the instance there.
class HttpRequests::One : public std::enable_shared_from_this<HttpRequests::One> {
    static constexpr std::uint64_t kNever = ~std::uint64_t{0};

public:
    One(HttpRequests &all, std::uint64_t id, net::HttpRequest request, std::vector<net::HostPort> hosts, bool streamed,
        Cancellation *cancellation, OnHttpReply callback)
        : all_(&all),
          id_(id),
          request_(std::move(request)),
          hosts_(std::move(hosts)),
          streamed_(streamed),
          cancellation_(cancellation),
          callback_(std::move(callback)),
          deadline_(request_.total_timeout_usec != 0 ? all.reactor_.now() + request_.total_timeout_usec : kNever),
          client_(all.reactor_, {this, on_head, on_body, on_done}) {
        if (cancellation_ != nullptr) ++cancellation_->http_;
    }

    std::error_code start() {
        request_.url.at = hosts_[next_++];
        const std::uint64_t now = all_->reactor_.now();
        if (deadline_ != kNever) request_.total_timeout_usec = deadline_ > now ? deadline_ - now : 1;
        return client_.start(request_).code;
    }

    /// Nothing is called any more.
    void stop() {
        all_ = nullptr;
        client_.cancel();
        aborted_.reset();
        let_go();
    }

    /// Whoever is telling the program of its pieces tells no more.
    void set_over() { over_ = true; }
    /// There are no HttpRequests any more.
    void set_gone() { all_are_gone_ = true; }

    /// It ends from the loop, as cancelled; until then it may still be dropped.
    void abort() {
        if (aborted_) return;
        client_.cancel();
        set_over();
        aborted_.emplace(all_->reactor_, this, [](void *self) {
            static_cast<One *>(self)->end({errc::cancelled, "cancelled by the program"});
        });
        aborted_->arm(0);
    }

    /// Its Cancellation stands for it no more.
    void let_go() {
        if (Cancellation *const cancellation = std::exchange(cancellation_, nullptr))
            HttpRequests::let_go(*cancellation);
    }
    std::uint64_t id() const { return id_; }
    const Cancellation *cancellation() const { return cancellation_; }

    void end(const Error &error) {
        HttpRequests *const all = all_;
        if (all == nullptr) return;
        const auto alive = shared_from_this();
        if (streamed_ && !error && !over_) {
            HttpReply reply = make_reply({});
            reply.last = false;
            callback_(reply, Part::all, over_);
            if (over_) return;  // it has ended, or will
        }
        set_over();
        stop();
        all->requests_.erase(id_);
        HttpReply reply = make_reply(as_bytes(body_));
        reply.error = error.code;
        reply.detail = error.message;
        all->ending_ = this;
        callback_(reply, Part::end, over_);
        if (all_are_gone_) return;
        all->ending_ = nullptr;
        if (all->requests_.empty()) all->on_idle_(all->owner_);  // the callback may have begun another
    }

private:
    static void on_head(void *self, const net::HttpHead &head) {
        One &one = *static_cast<One *>(self);
        one.head_ = head;
    }

    static void on_body(void *self, std::span<const std::byte> bytes) {
        const auto one = static_cast<One *>(self)->shared_from_this();
        if (!one->streamed_) {
            one->body_ += as_text(bytes);
            return;
        }
        HttpReply reply = one->make_reply(bytes);
        reply.last = false;
        one->callback_(reply, Part::piece, one->over_);
    }

    static void on_done(void *self, const Error &error) {
        const auto one = static_cast<One *>(self)->shared_from_this();
        // What has no answer yet has time until the deadline: before it, only opening a connection takes too long.
        const bool silent = error.code == errc::timeout && one->all_->reactor_.now() < one->deadline_;
        const bool never_sent = silent || error.code == errc::connect || error.code == errc::unknown_host;
        if (never_sent && one->next_ < one->hosts_.size() && !one->start()) return;
        one->end(error);
    }

    HttpReply make_reply(Bytes body) {
        server_ = request_.url.at.to_string();
        HttpReply reply;
        reply.status = head_.status;
        reply.headers = head_.headers;
        reply.body = body;
        reply.path = request_.url.target;
        reply.server = server_;
        return reply;
    }

    HttpRequests *all_;  // null: it has ended
    const std::uint64_t id_;
    net::HttpRequest request_;
    const std::vector<net::HostPort> hosts_;
    std::size_t next_ = 0;
    const bool streamed_;
    Cancellation *cancellation_;
    const OnHttpReply callback_;
    const std::uint64_t deadline_;
    bool over_ = false, all_are_gone_ = false;
    net::HttpHead head_;
    std::string body_, server_;
    net::HttpClient client_;
    std::optional<net::Timer> aborted_;
};

HttpRequests::HttpRequests(net::Reactor &reactor, void *owner, void (*on_idle)(void *owner))
    : reactor_(reactor), owner_(owner), on_idle_(on_idle) {}

HttpRequests::~HttpRequests() = default;

std::error_code HttpRequests::start(net::HttpRequest request, std::vector<net::HostPort> hosts, bool streamed,
                                    Cancellation *cancellation, OnHttpReply callback, std::uint64_t *id) {
    const auto one = std::make_shared<One>(*this, ++last_id_, std::move(request), std::move(hosts), streamed,
                                           cancellation, std::move(callback));
    if (const std::error_code refused = one->start()) {
        one->let_go();
        return refused;
    }
    requests_.emplace(last_id_, one);
    if (id != nullptr) *id = last_id_;
    return {};
}

void HttpRequests::cancel(std::uint64_t id) {
    const auto at = requests_.find(id);
    if (at == requests_.end()) return;
    const auto one = at->second;
    one->set_over();
    one->stop();
    requests_.erase(at);
    if (requests_.empty()) on_idle_(owner_);
}

void HttpRequests::cancel_all() {
    if (ending_ != nullptr) std::exchange(ending_, nullptr)->set_gone();
    while (!requests_.empty()) {
        const auto one = requests_.begin()->second;
        one->end({errc::cancelled, "the instance was destroyed"});
    }
}

std::vector<std::shared_ptr<HttpRequests::One>> HttpRequests::given_to(const Cancellation &cancellation) const {
    std::vector<std::shared_ptr<One>> all;
    for (const auto &[id, one] : requests_)
        if (one->cancellation() == &cancellation) all.push_back(one);
    return all;
}

void HttpRequests::let_go(Cancellation &cancellation) {
    --cancellation.http_;
    if (!cancellation.pending()) cancellation.instance_ = nullptr;
}

void HttpRequests::cancel(Cancellation &cancellation) {
    for (const auto &one : given_to(cancellation)) one->abort();
}

void HttpRequests::drop(Cancellation &cancellation) {
    for (const auto &one : given_to(cancellation)) cancel(one->id());
}

void HttpRequests::forget(Cancellation &cancellation) {
    for (const auto &one : given_to(cancellation)) one->let_go();
}

std::error_code Instance::http(const HttpRequest &wanted, HttpCallback callback, std::uint64_t *id) {
    return start_request(wanted, [told = std::move(callback)](const HttpReply &reply, Part part, const bool &) {
        if (told && part != Part::all) told(reply);
    }, id);
}

std::error_code Instance::start_request(const HttpRequest &wanted, OnHttpReply callback, std::uint64_t *id) {
    if (state_ == State::failed) return error_.code;
    if (state_ == State::released || (map_ == nullptr && wanted.host.empty())) return errc::not_connected;
    if (wanted.cancellation != nullptr && !may_take(*wanted.cancellation)) return errc::invalid_arguments;
    std::vector<net::HostPort> hosts;
    if (!wanted.host.empty()) {
        net::HostPort at;
        const std::uint16_t port = wanted.service == HttpService::views ? 8092 : 8091;
        if (const Error refused = net::parse_host_port(wanted.host, port, at)) return refused.code;
        hosts.push_back(std::move(at));
    } else if (options_.cluster_only) {
        if (wanted.service == HttpService::views) return errc::no_server;
        if (const std::error_code refused = given_hosts(hosts)) return refused;
    } else {
        for (const topology::Server &node : map_->nodes()) {
            const std::uint16_t port = wanted.service == HttpService::views ? node.views_port : node.http_port;
            if (port != 0) hosts.push_back({node.host, port});
        }
        if (hosts.empty()) return errc::no_server;
    }
    std::rotate(hosts.begin(), hosts.begin() + static_cast<std::ptrdiff_t>(http_turn_++ % hosts.size()), hosts.end());
    return start_http(wanted, std::move(hosts), std::move(callback), id);
}

std::error_code Instance::start_http(const HttpRequest &wanted, std::vector<net::HostPort> hosts, OnHttpReply callback,
                                     std::uint64_t *id) {
    net::HttpRequest request;
    request.method = wanted.method;
    request.url.target = wanted.path.starts_with('/') ? std::string(wanted.path) : "/" + std::string(wanted.path);
    request.username = wanted.username;
    request.password = wanted.password;
    if (request.username.empty() && request.password.empty()) {
        request.password = options_.password.empty() ? sasl_password_ : options_.password;
        request.username = options_.username.empty() && !request.password.empty() ? options_.bucket : options_.username;
    }
    if (!wanted.content_type.empty()) request.headers.emplace_back("Content-Type", wanted.content_type);
    request.body = as_text(wanted.body);
    request.connect_timeout_usec = usec(options_.connect_timeout);
    request.keepalive_seconds = static_cast<int>(options_.tcp_keepalive.count());
    request.family = family_of(options_.address_family);
    request.total_timeout_usec = wanted.timeout.count() > 0 ? usec(wanted.timeout) : usec(options_.http_timeout);
    request.head_timeout_usec = request.total_timeout_usec;
    request.max_body = wanted.max_body;
    if (wanted.cancellation != nullptr) wanted.cancellation->instance_ = this;
    return http_->start(std::move(request), std::move(hosts), wanted.streamed, wanted.cancellation,
                        std::move(callback), id);
}

}  // namespace tenon::client
