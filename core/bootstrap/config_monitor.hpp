// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/error.hpp"
#include "bootstrap/options.hpp"
#include "net/reactor.hpp"
#include "topology/cluster_map.hpp"

namespace tenon::bootstrap {

/// Asks the hosts, decides whom to believe, and hands out one current map.
///
/// The first map takes the agreement of the hosts given (see topology::agree), which are asked all at once. From then on
/// the nodes that the map names are hosts as well; those that leave the cluster are forgotten, those given are not.
/// A newer revision of the bucket held is taken from any host, an older one from none. What revisions cannot compare (the
/// bucket was made anew, or the server tells no revisions) replaces the map held if it comes on the stream that brought
/// that one and is of the same bucket; else it takes the agreement of all hosts known, more than half of them or all that
/// answer. While they disagree, the map held stays.
class ConfigMonitor {
public:
    struct Handlers {
        void *owner = nullptr;
        /// A usable map to be used from now on: the first one, and each that replaces it.
        void (*on_map)(void *owner, std::shared_ptr<const topology::ClusterMap> map) = nullptr;
        /// No first map was to be had; the monitor has stopped. errc::split_brain: the hosts disagree, and the message names
        /// each side. A refused password (errc::authentication) or a missing bucket (errc::bucket_not_found) is an
        /// answer: it ends the bootstrap at once if more than half of the hosts give it, and is the error if no host
        /// answers anything else. Otherwise the message lists each host with its reason: if all failed in one way, that is
        /// the code (errc::timeout: they accept and say nothing, or no usable map; errc::http: something else than
        /// management ports; errc::unknown_host; errc::bad_map), else, or where no connection was to be had, errc::no_host.
        void (*on_failed)(void *owner, const Error &error) = nullptr;
    };

    ConfigMonitor(net::Reactor &reactor, Options options, Handlers handlers);
    ConfigMonitor(const ConfigMonitor &) = delete;
    ConfigMonitor &operator=(const ConfigMonitor &) = delete;
    ~ConfigMonitor();

    /// Begins; handlers are called from the loop only, and may destroy the monitor. An option that makes no sense
    /// (no hosts, a malformed one) comes back at once. A map from the cache is handed out in the first turn; then the
    /// bootstrap cannot fail any more: the hosts are asked until one answers.
    Error start();

    /// A node told a newer map by itself: it is the one held from now on, without on_map being called.
    void hear(std::shared_ptr<const topology::ClusterMap> map);

    /// A node said that the map is outdated: ask again now if no stream is alive, or soon if it brings no news.
    void refresh();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tenon::bootstrap
