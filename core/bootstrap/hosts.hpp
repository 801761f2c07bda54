// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "bootstrap/host.hpp"
#include "bootstrap/options.hpp"
#include "net/reactor.hpp"
#include "net/url.hpp"

namespace tenon::bootstrap {

/// The hosts that can be asked: those given, in their order, and behind them those learned.
class Hosts {
public:
    using List = std::vector<std::unique_ptr<Host>>;

    /// `options` outlive it. Every host gets a seed of its own: those asked at one time are not to be asked again at one time.
    Hosts(net::Reactor &reactor, const Options &options, Host::Handlers handlers)
        : reactor_(reactor), options_(options), handlers_(handlers) {}

    void give(std::vector<net::Url> urls);
    /// From now on these are those learned. A host that stays is not touched; one that goes is destroyed. Returns whether
    /// one went that had said something, or was being asked.
    bool learn(std::vector<net::Url> urls);

    /// How many were given: they stand in front.
    std::size_t given() const { return given_; }
    std::size_t size() const { return list_.size(); }
    bool empty() const { return list_.empty(); }
    Host &operator[](std::size_t place) { return *list_[place]; }
    /// size() if it is none of them (any more).
    std::size_t place_of(const Host *host) const;

    // As references, so that nobody needs to know how they are kept.
    template <class F>
    void each(F f) {
        for (const auto &host : list_) f(*host);
    }
    template <class F>
    bool any(F f) const {
        for (const auto &host : list_)
            if (f(static_cast<const Host &>(*host))) return true;
        return false;
    }

private:
    std::unique_ptr<Host> make(net::Url url);

    net::Reactor &reactor_;
    const Options &options_;
    const Host::Handlers handlers_;
    List list_;
    std::size_t given_ = 0;
    std::uint64_t made_ = 0;
};

}  // namespace tenon::bootstrap
