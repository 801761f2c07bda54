// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/backoff.hpp"
#include "base/error.hpp"
#include "bootstrap/http_source.hpp"
#include "bootstrap/options.hpp"
#include "net/reactor.hpp"
#include "net/url.hpp"
#include "topology/cluster_map.hpp"

namespace tenon::bootstrap {

/// One host that can be asked for maps: what it says, or why it says nothing. Whom to believe is not decided here.
class Host {
public:
    struct Handlers {
        void *owner = nullptr;
        /// It says something else than before: map(), a usable one.
        void (*on_map)(void *owner, Host &host) = nullptr;
        /// It says nothing any more: why().
        void (*on_failed)(void *owner, Host &host) = nullptr;
    };

    /// `options` outlive it. The seed decides its back-off.
    Host(net::Reactor &reactor, const Options &options, net::Url url, std::uint64_t seed, Handlers handlers);
    Host(const Host &) = delete;
    Host &operator=(const Host &) = delete;

    const net::HostPort &at() const { return url_.at; }
    std::string name() const { return url_.at.to_string(); }

    /// Opens its stream; without a usable map on it after `budget_usec`, it has failed. Handlers are called from the
    /// loop only and may destroy this. errc::invalid_option for credentials that HTTP cannot carry.
    Error ask(std::uint64_t budget_usec);
    /// The same, after a back-off, which is a first one again once a stream has lasted.
    void ask_later(std::uint64_t budget_usec);
    /// Cuts that back-off short.
    void hurry() { again_.arm(0); }
    /// Neither asked nor about to be; says nothing from now on.
    void stop();
    /// Stops, having taken too long; no handler is called.
    void give_up();
    /// What was, is of no interest: it has not failed, nor said that the cluster is being set up.
    void forget();

    /// What it says now; null: nothing (yet).
    const std::shared_ptr<const topology::ClusterMap> &map() const { return map_; }
    /// Why it said nothing when it was last asked. Stays until it says something, or forget().
    const Error &why() const { return why_; }
    /// It sent an empty map: the cluster is being set up.
    bool saw_empty() const { return saw_empty_; }
    /// Its stream is open or being opened.
    bool asked() const { return source_.has_value(); }
    /// A back-off stands before it is asked again.
    bool waiting() const { return again_.armed(); }

private:
    void listen(std::string_view json, const net::Url &from);
    void fail(Error why);
    void log(LogLevel level, const std::string &line) const { options_.log.write(level, "bootstrap: " + line); }

    net::Reactor &reactor_;
    const Options &options_;
    const net::Url url_;
    const Handlers handlers_;
    Backoff backoff_;
    net::Timer late_;   // until it has sent a usable map
    net::Timer again_;  // until it is asked again
    std::optional<HttpSource> source_;
    std::shared_ptr<const topology::ClusterMap> map_;
    std::size_t said_ = 0;  // hash of what map_ was read from: every instance would keep the text of its own
    Error why_;
    bool saw_empty_ = false;
    std::uint64_t budget_ = 0;
    std::uint64_t asked_at_ = 0;
};

}  // namespace tenon::bootstrap
