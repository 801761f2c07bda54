// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sys/socket.h>

#include "base/error.hpp"
#include "net/reactor.hpp"
#include "net/url.hpp"

namespace tenon::bootstrap {

/// One host's stream of maps: from where it is started it chases documents until one is a stream, and stays on that.
class HttpSource {
public:
    struct Access {
        std::string bucket;
        std::string username;
        std::string password;
        int keepalive_seconds = 30;  ///< of silence on a stream, before its host is probed; 0: never
        int family = AF_UNSPEC;      ///< of a host's addresses
    };
    struct Handlers {
        void *owner = nullptr;
        /// One document of the stream. `from` is where it came from: the host that was asked, and by the target whether
        /// it is a list of buckets (see is_bucket_list).
        void (*on_map)(void *owner, std::string_view json, const net::Url &from) = nullptr;
        /// The stream ended, or there is none to be had: errc::authentication, errc::bucket_not_found, errc::http, or
        /// what the HTTP client reports. Names host and request. Called once.
        void (*on_end)(void *owner, const Error &error) = nullptr;
    };

    HttpSource(net::Reactor &reactor, Access access, Handlers handlers);
    HttpSource(const HttpSource &) = delete;
    HttpSource &operator=(const HttpSource &) = delete;
    /// May happen in any of its handlers.
    ~HttpSource();

    /// Handlers are called from the loop only. How long to wait is the caller's to decide.
    /// Credentials that HTTP cannot carry come back at once: errc::invalid_option.
    Error start(const net::Url &from);

    /// What to say when it took too long: errc::connect if there is no connection yet, else errc::timeout.
    Error late(std::uint64_t waited_usec) const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

/// Whether the stream is saslBucketsStreaming: every document lists all buckets.
bool is_bucket_list(const net::Url &from);

}  // namespace tenon::bootstrap
