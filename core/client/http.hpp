// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include <tenon/http.hpp>

#include "net/http_client.hpp"
#include "net/reactor.hpp"

namespace tenon::client {

/// What an answer is told by.
enum class Part : std::uint8_t {
    piece,  ///< of a streamed one
    all,    ///< of a streamed one all pieces have come, and there is nothing more to cut them from
    end,    ///< the answer, or of a streamed one its end
};

/// Told of an answer. `over` becomes true when what it calls ends the request, before its end: no more pieces are to be
/// made of what has come.
using OnHttpReply = std::function<void(const HttpReply &reply, Part part, const bool &over)>;

/// The HTTP requests of one instance that have not ended.
class HttpRequests {
public:
    /// `on_idle(owner)` is called when the last one has ended.
    HttpRequests(net::Reactor &reactor, void *owner, void (*on_idle)(void *owner));
    HttpRequests(const HttpRequests &) = delete;
    HttpRequests &operator=(const HttpRequests &) = delete;
    ~HttpRequests();

    /// `hosts`: who may be asked, one after the other until one accepts the connection; not empty.
    /// `cancellation` may be null; one that stood for nothing has its instance_ set by who calls.
    std::error_code start(net::HttpRequest request, std::vector<net::HostPort> hosts, bool streamed,
                          Cancellation *cancellation, OnHttpReply callback, std::uint64_t *id);
    /// Ends one without a call. Nothing if there is none of this number.
    void cancel(std::uint64_t id);
    /// Ends all with errc::cancelled.
    void cancel_all();

    // What Cancellation documents, for the requests it was given to here.
    void cancel(Cancellation &cancellation);
    void drop(Cancellation &cancellation);
    void forget(Cancellation &cancellation);

    std::size_t size() const { return requests_.size(); }

private:
    class One;

    std::vector<std::shared_ptr<One>> given_to(const Cancellation &cancellation) const;
    static void let_go(Cancellation &cancellation);

    net::Reactor &reactor_;
    void *const owner_;
    void (*const on_idle_)(void *);
    std::map<std::uint64_t, std::shared_ptr<One>> requests_;
    One *ending_ = nullptr;  // whose end is being told
    std::uint64_t last_id_ = 0;
};

}  // namespace tenon::client
