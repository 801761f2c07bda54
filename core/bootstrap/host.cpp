// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/host.hpp"

#include <functional>
#include <utility>

namespace tenon::bootstrap {
namespace {

using topology::ClusterMap;

constexpr std::uint64_t kFirstPauseUsec = 50'000;
constexpr std::uint64_t kLongestPauseUsec = 10'000'000;
/// A stream that lived shorter than this, or brought no map, does not count as one that works.
constexpr std::uint64_t kSettledUsec = 1'000'000;

/// The map in a document of a stream. One that is of another bucket is as good as malformed.
ClusterMap::Parsed read(std::string_view json, const Options &options, const net::Url &from) {
    ClusterMap::Parsed parsed = is_bucket_list(from) ? ClusterMap::parse_sasl_buckets(json, options.bucket, from.at.host)
                                                     : ClusterMap::parse(json, from.at.host);
    if (parsed.map && !parsed.map->bucket().empty() && parsed.map->bucket() != options.bucket)
        parsed = {nullptr, Error(errc::bad_map, "a map of another bucket than \"" + options.bucket + "\"")};
    if (parsed.error) parsed.error.message = from.at.to_string() + " sent: " + parsed.error.message;
    return parsed;
}

}  // namespace

Host::Host(net::Reactor &reactor, const Options &options, net::Url url, std::uint64_t seed, Handlers handlers)
    : reactor_(reactor),
      options_(options),
      url_(std::move(url)),
      handlers_(handlers),
      backoff_(seed, kFirstPauseUsec, kLongestPauseUsec),
      late_(reactor, this,
            [](void *self) {
                Host &host = *static_cast<Host *>(self);
                host.fail(host.source_->late(host.reactor_.now() - host.asked_at_));
            }),
      again_(reactor, this, [](void *self) {
          Host &host = *static_cast<Host *>(self);
          if (Error error = host.ask(host.budget_)) host.fail(std::move(error));
      }) {}

Error Host::ask(std::uint64_t budget_usec) {
    stop();
    budget_ = budget_usec;
    asked_at_ = reactor_.now();
    late_.arm(budget_usec);
    // Until 4.x a bucket's user name is its own.
    const bool by_bucket = options_.username.empty() && !options_.password.empty();
    const HttpSource::Handlers handlers{
        this,
        [](void *self, std::string_view json, const net::Url &from) { static_cast<Host *>(self)->listen(json, from); },
        [](void *self, const Error &error) { static_cast<Host *>(self)->fail(error); },
    };
    source_.emplace(reactor_,
                    HttpSource::Access{options_.bucket, by_bucket ? options_.bucket : options_.username, options_.password,
                                       options_.keepalive_seconds, options_.family},
                    handlers);
    log(LogLevel::debug, "asking " + name() + " for the map of bucket " + options_.bucket);
    return source_->start(url_);
}

void Host::ask_later(std::uint64_t budget_usec) {
    stop();
    budget_ = budget_usec;
    again_.arm(backoff_.next());
}

void Host::stop() {
    source_.reset();
    late_.cancel();
    again_.cancel();
    map_.reset();
}

void Host::give_up() {
    if (source_) why_ = source_->late(reactor_.now() - asked_at_);
    stop();
}

void Host::forget() {
    why_ = {};
    saw_empty_ = false;
}

void Host::listen(std::string_view json, const net::Url &from) {
    const std::size_t said = std::hash<std::string_view>{}(json);
    if (map_ && said == said_) return;
    ClusterMap::Parsed parsed = read(json, options_, from);
    if (parsed.error) {
        // What it said before stands, and the stream may bring a better one.
        if (map_) return log(LogLevel::warn, "map refused: " + parsed.error.message);
        return fail(std::move(parsed.error));
    }
    if (parsed.map->empty()) {
        saw_empty_ = true;
        return log(LogLevel::debug, from.at.to_string() + " sent a map that is empty yet");
    }
    late_.cancel();  // from now on silence is the stream's right
    map_ = std::move(parsed.map);
    said_ = said;
    why_ = {};
    handlers_.on_map(handlers_.owner, *this);
}

void Host::fail(Error why) {
    if (map_ && reactor_.now() - asked_at_ >= kSettledUsec) backoff_.reset();
    stop();
    why_ = std::move(why);
    handlers_.on_failed(handlers_.owner, *this);
}

}  // namespace tenon::bootstrap
