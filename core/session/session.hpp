// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/backoff.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "net/dialer.hpp"
#include "net/reactor.hpp"
#include "session/frame_buffer.hpp"
#include "session/inbox.hpp"
#include "session/metrics.hpp"
#include "session/negotiation.hpp"
#include "session/operation.hpp"
#include "session/ring.hpp"
#include "topology/cluster_map.hpp"
#include "wire/frame.hpp"

namespace tenon::session {

/// An operation that a session could not bring to an end.
struct Lost {
    Operation *operation;
    bool sent;  ///< all of it reached the kernel: the server may have carried it out
};

/// One connection to one node: opened when there is something to send, negotiated, then a pipeline of requests whose
/// replies are matched by opaque. After a failure it comes back by itself, spaced by a back-off, as long as requests
/// wait in it. One that fails fast keeps no requests while its node is down (the last connection could not be opened):
/// they are lost at once, and it looks by itself whether the node is back.
class Session {
public:
    struct Settings {
        Credentials credentials;
        std::uint64_t connect_timeout_usec = 2'000'000;
        int keepalive_seconds = 30;  ///< of silence before the system probes the peer; 0: never
        int family = AF_UNSPEC;      ///< of the node's addresses
        std::uint32_t max_body = wire::kDefaultMaxBody;
        std::uint64_t seed = 0;
        Log log;
    };

    /// Called from the loop only. Each may close the session.
    struct Handlers {
        void *owner = nullptr;
        /// There is something to receive: to call `receive`. One call a turn, not one a reply, in which the owner's own
        /// work on each reply is inlined.
        void (*on_readable)(void *owner, Session &session) = nullptr;
        /// The connection failed, or could not be opened: everything that was in the pipeline, oldest first.
        void (*on_lost)(void *owner, Session &session, std::vector<Lost> lost, const Error &error) = nullptr;
        /// The first bytes of `operation` were sent. Null: nobody is interested.
        void (*on_sent)(void *owner, const Session &session, const Operation &operation) = nullptr;
    };

    Session(net::Reactor &reactor, ChunkPool &chunks, std::uint16_t id, const topology::Server &server,
            const Settings &settings, Handlers handlers);
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;

    /// Queues the request of `operation`, which `write(frame, opaque)` encodes, `size` bytes of it; it leaves at the end of
    /// the turn.
    template <class Write>
    [[gnu::always_inline]] inline void submit(Operation &operation, std::size_t size, Write write) {
        std::byte *frame = frames_.append(size);
        write(frame, ring_.push(&operation));
        enqueue(operation, frame);
    }
    /// Queues an operation that was encoded before, for `vbucket` now; its old bytes are released.
    void resubmit(Operation &operation, std::uint16_t vbucket);

    /// Reads once, and calls `on_reply(operation, frame)` for each reply that came whole, at `frame`. Its operation stays in the
    /// pipeline until `complete`. Returns once the session is closed, or not what it was. See receive.hpp.
    template <class OnReply>
    void receive(OnReply on_reply);

    /// The operation got its (last) reply: it leaves the pipeline. Its frame stays.
    void complete(Operation &operation) { ring_.remove(wire::opaque_of(operation.frame)); }
    /// The operation ends without a reply; if nothing of it was sent yet, it is taken out before more is sent.
    void abandon(Operation &operation) {
        ring_.abandon(wire::opaque_of(operation.frame));
        if (FrameBuffer::was_sent(operation.frame)) return;
        ++stale_;
        reactor_.want_flush(flush_hook_);
    }

    /// Takes out what was not sent yet, to go elsewhere.
    std::vector<Operation *> take_unsent();

    /// An operation that was scheduled at `since` (µs; `now` if unknown) timed out. When the node has sent nothing for
    /// `patience` although others were waited for, its connection is given up.
    void suspect(std::uint64_t since, std::uint64_t now, std::uint64_t patience);

    /// Its node does not know the connection's user, or the bucket (any more): nothing is sent on it from now on, and once what was sent
    /// is answered, or has waited for long, another connection takes its place. Called by a handler of a reply.
    void renew();

    /// In no map any more: to be closed once it is idle.
    void retire() { retiring_ = true; }
    /// In the current map.
    void keep(bool fail_fast) {
        retiring_ = false;
        fail_fast_ = fail_fast;
    }
    /// Keeps no requests now: it fails fast, and its node is down.
    bool fails_fast() const { return fail_fast_ && down_; }
    /// Requests leave at the end of the turn, as far as the kernel takes them.
    bool connected() const { return state_ == State::ready; }
    bool retiring() const { return retiring_; }

    /// Closes for good: no handler is called any more, and the table is not touched again, not even by the destructor.
    void close();
    /// Gives back memory that only traffic needs.
    void trim() {
        frames_.trim();
        inbox_.trim();
        ring_.trim();
    }

    std::uint16_t id() const { return id_; }
    const topology::Server &server() const { return server_; }
    /// "host:port"
    const std::string &authority() const { return authority_; }
    /// No operation is in the pipeline any more.
    bool drained() const { return ring_.drained(); }
    /// "connected", "idle" …
    const char *state_name() const;
    /// Requests whose replies are waited for, sent or not.
    std::uint32_t in_flight() const { return ring_.span(); }
    Metrics &metrics() { return metrics_; }
    const Metrics &metrics() const { return metrics_; }
    /// When it last received something, in µs on the table's clock.
    std::uint64_t received_at() const { return last_receive_; }
    /// What the last connection failed with; empty once one succeeded.
    const Error &last_failure() const { return last_failure_; }

private:
    enum class State : std::uint8_t { idle, dialing, negotiating, ready, renewing, backing_off, closed };

    void enqueue(Operation &operation, std::byte *frame) {
        operation.frame = frame;
        operation.session = id_;
        reactor_.want_flush(flush_hook_);
    }
    void flush();
    void connect();
    void on_dialed(int sock, const Error &error);
    void on_ready(short which);
    bool read();
    void finish_reading();
    bool negotiate(const wire::Frame &frame);
    bool speaks() const { return state_ == State::ready || state_ == State::renewing; }
    Operation *asked_by(const std::byte *frame);
    Operation *unexpected(const wire::Frame &frame);
    void on_timer();
    void drop_stale();
    void send_greeting(std::span<const std::byte> bytes);
    void send_pipeline();
    void tell_sent();
    void watch(short flags);
    void fail_soon(Error error);
    void lost(Error error);
    void disconnect();
    void refuse();
    bool awaits_reply() const;
    std::vector<Lost> take_all();
    Error failure(errc code, std::string what) const;
    Error disowned() const;

    net::Reactor &reactor_;
    const std::uint16_t id_;
    State state_ = State::idle;
    int sock_ = -1;
    bool peer_answered_ = false;
    bool retiring_ = false;
    bool fail_fast_ = false;
    bool down_ = false;        ///< the last connection could not be opened
    std::uint32_t stale_ = 0;  ///< abandoned requests among those that are not sent yet
    std::uint64_t last_receive_ = 0;
    std::uint64_t unanswered_since_ = 0;  ///< when the first was scheduled that expired after the last receive
    Ring ring_;
    FrameBuffer frames_;
    Inbox inbox_;
    net::FlushHook flush_hook_;
    Handlers handlers_;
    std::optional<net::Watch> watch_;
    std::optional<net::Timer> timer_;
    std::optional<net::Timer> refuse_timer_;  // made when first needed
    std::optional<net::Dialer> dialer_;
    std::optional<Negotiation> negotiation_;
    std::vector<std::byte> greeting_;  // negotiation's bytes that are not sent yet
    std::optional<Error> broken_;      // found while sending; told from the loop
    Backoff backoff_;
    const Settings settings_;
    const topology::Server server_;
    const std::string authority_;
    Error last_failure_;
    std::uint32_t told_until_ = 0;  ///< opaque of the first request that on_sent was not called for
    Metrics metrics_;
};

}  // namespace tenon::session
