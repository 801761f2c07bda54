// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <tenon/callback.hpp>
#include <tenon/metrics.hpp>
#include <tenon/options.hpp>
#include <tenon/reply.hpp>
#include <tenon/view.hpp>

#include "base/backoff.hpp"
#include "bootstrap/config_monitor.hpp"
#include "client/deadline_queues.hpp"
#include "client/details.hpp"
#include "client/durability.hpp"
#include "client/http.hpp"
#include "client/operation_pool.hpp"
#include "client/refusal_map.hpp"
#include "net/reactor.hpp"
#include "session/session.hpp"
#include "topology/cluster_map.hpp"
#include "topology/ketama.hpp"
#include "topology/owners.hpp"

namespace tenon::client {

using topology::ClusterMap;

/// An option's time as the engine counts it: at least a microsecond.
inline std::uint64_t usec(std::chrono::microseconds time) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 1));
}

inline int family_of(AddressFamily family) {
    return family == AddressFamily::ipv4 ? AF_INET : family == AddressFamily::ipv6 ? AF_INET6 : AF_UNSPEC;
}

/// One client of one bucket: routes each operation to the node that owns its key, sends it again where that is right,
/// and completes it exactly once. What tenon::Client documents holds here; this is the same thing without the types of
/// operations.
class Instance {
public:
    using Operation = session::Operation;
    using OnConnected = std::function<void(std::error_code, std::string_view message)>;

    Instance(tenon_io_ops *io, Options options);
    Instance(const Instance &) = delete;
    Instance &operator=(const Instance &) = delete;

    /// The end, to be called instead of deleting: completes what is pending with errc::cancelled and lets go of the
    /// table; the memory goes when no engine code is on the stack any more.
    void release();

    std::error_code connect(OnConnected done);
    bool connected() const { return map_ != nullptr; }
    /// tenon::Client::set_log.
    void set_log(std::function<void(int level, std::string_view line)> log, int level);
    const std::string &error_message() const { return error_.message; }

    std::error_code wait();
    void breakout();

    std::error_code schedule(const Command &command, Callback &&callback);
    /// Once connected(), what says only what to do with which key: straight to the key's owner. See schedule.hpp.
    inline std::error_code schedule_plain(const wire::Message &message, std::chrono::microseconds timeout,
                                          Callback &&callback);
    /// tenon::Client::durability; what the command says beside its opcode holds.
    std::error_code watch(const Command &about, DurabilityWish wish, Callback &&callback);
    std::error_code http(const HttpRequest &request, HttpCallback callback, std::uint64_t *id);
    void cancel_http(std::uint64_t id) { http_->cancel(id); }
    std::error_code view(const ViewQuery &query, ViewCallback callback, std::uint64_t *id);

    Metrics metrics() const;
    /// The whole state as text, without anything secret.
    std::string describe() const;

    // For DurabilityWatch.
    std::uint64_t now() const { return (*reactor_)->now(); }
    static std::uint64_t time_left(const Operation &operation, std::uint64_t now) {
        return operation.deadline > now ? operation.deadline - now : 1;
    }
    void finish(Operation &operation, const Reply &reply);

    /// tenon::Client::exists. The command is an observe of its key.
    std::error_code exists(const Command &command, Callback &&callback);
    void enter();
    void leave();

    /// What Cancellation documents, for the operations it was given to here.
    void cancel(Cancellation &cancellation);
    void drop(Cancellation &cancellation);
    /// It goes: its operations stay, without it.
    void forget(Cancellation &cancellation);

    std::size_t pending() const { return pending_operations_ + http_->size(); }
    const ClusterMap *map() const { return map_.get(); }
    std::shared_ptr<const ClusterMap> shared_map() const { return map_; }
    const Options &options() const { return options_; }
    /// Index of the server that an operation on a key goes to now, or kNoServer.
    int server_of(std::string_view key) const;
    tenon_io_ops *io() const { return table_; }

private:
    using Session = session::Session;

    enum class State : std::uint8_t { created, connecting, connected, failed, released };

    ~Instance() = default;

    // Time: deadlines count from the moment of scheduling, with one look at the clock a turn.
    std::uint64_t scheduling_time();
    void settle_clock();
    void on_deadline();

    // Routing
    Session *session_of(const Operation &operation) const;
    int index_of(const Session &session) const;
    void schedule_elsewhere(const Command &command, wire::Message &message, Operation &operation);
    std::string_view route_of(const Operation &operation, std::string_view key) const;
    std::uint16_t vbucket_of(const Operation &operation, std::string_view key) const;
    std::uint16_t pinned_vbucket(const Operation &operation, const wire::Message &message) const;
    int server_for(const Operation &operation, std::string_view key, std::uint16_t vbucket) const;
    void reroute(Operation &operation);
    void park(Operation &operation);
    void append_parked(Operation &operation);
    void unpark(Operation &operation);
    void encode_parked(Operation &operation, const wire::Message &message);
    void park_until_retry(Operation &operation);
    void route_parked();
    void fan_out(Operation &operation);
    void broadcast(Operation &operation);
    void replaced(Operation &operation);
    void ask_copies(Operation &operation);
    void ask_existence(Operation &operation);
    void submit(Session &session, Operation &operation, wire::Message &message) {
        session.submit(operation, wire::encoded_size(message), [&](std::byte *frame, std::uint32_t opaque) {
            message.opaque = opaque;
            wire::encode(message, frame);
        });
        if (traced_) [[unlikely]] trace(TraceStage::scheduled, operation, session.authority(), {});
    }
    void submit_or_park(Operation &operation, wire::Message &message);
    std::uint64_t timeout_of(std::chrono::microseconds timeout) const {
        return timeout.count() > 0 ? static_cast<std::uint64_t>(timeout.count()) : default_timeout_;
    }
    Operation &begin(Callback &&callback, std::uint64_t now, std::uint64_t timeout, std::size_t size);
    static constexpr errc kAdmitted{};
    inline errc admit(const wire::Message &message, std::size_t size, const Command *routed) const;
    errc admit_target(const Command &command) const;
    std::error_code refusal(errc refused) const;
    std::error_code admit_command(const Command &command, const wire::Message &message) const;

    // What few operations have
    void note_details(const Command &command, Operation &operation);
    void inherit_details(const Operation &from, Operation &to);
    void note_attempt(Operation &operation);
    std::uint16_t attempts(const Operation &operation) const {
        return operation.detailed ? pool_.details(operation).attempts : std::uint16_t{1};
    }
    std::chrono::microseconds elapsed(const Operation &operation, std::uint64_t now) const;
    bool may_take(const Cancellation &cancellation) const;
    void attach(Cancellation &cancellation, Operation &operation);
    void detach(const Operation &operation);
    void take_away(Operation &operation);
    void keep_request(Operation &operation);

    // Completion
    void deliver_part(Operation &operation, const Reply &reply);
    void complete(Operation &operation, const Reply &reply);
    void settle(const Operation &operation);
    void recycle(Operation &operation);
    void fail(Operation &operation, std::error_code error, std::string_view server, std::string_view detail);
    struct Failing {
        Operation *operation;  ///< null: a callback before it has ended it
        std::string server;
    };
    void fail_all(std::vector<Failing> operations, std::error_code error, std::string_view detail);
    void expire(Operation &operation, std::uint64_t now);
    void receive(Session &session);
    inline void on_reply(Session &session, Operation &operation, const std::byte *frame, Reply &reply);
    bool on_refusal(Session &session, Operation &operation, const wire::Frame &frame);
    void drop(Operation &operation);
    void end_untold(Operation &operation);
    void on_refused(Session &session, Operation &operation, const wire::Frame &frame);
    bool on_disowned(Session &session, Operation &operation, const wire::Frame &frame);
    void learn_owner(const Session &session, const Operation &operation);
    void on_lost(Session &session, std::vector<session::Lost> lost, const Error &error);
    bool goes_on(const Session &session, const session::Lost &lost, const Error &error) const;
    bool nothing_to_wait_for() const;
    void stop_waiting_if_done();
    void tell_soon();
    void tell(const std::vector<OnConnected> &asked, std::error_code code, std::string_view message) const;
    void trace(TraceStage stage, const Operation &operation, std::string_view server, std::error_code error) const;

    // HTTP
    std::error_code start_request(const HttpRequest &wanted, OnHttpReply callback, std::uint64_t *id);
    std::error_code start_http(const HttpRequest &wanted, std::vector<net::HostPort> hosts, OnHttpReply callback,
                               std::uint64_t *id);

    // Without a bucket
    std::error_code connect_cluster(OnConnected done);
    void on_cluster_answer(const HttpReply &reply);
    std::error_code given_hosts(std::vector<net::HostPort> &hosts) const;

    // Topology
    void apply(std::shared_ptr<const ClusterMap> map);
    bool replaces(const ClusterMap &map) const;
    void settle_sessions();
    void on_bootstrap_failed(const Error &error);
    Session &session_for(const topology::Server &server);
    void remove(Session &session);

    tenon_io_ops *const table_;
    std::optional<net::ReactorRef> reactor_;
    const Options options_;
    std::function<void(int level, std::string_view line)> log_function_;
    Log log_target_;  // as set_log says
    Log log_ = Log::following(log_target_);
    State state_ = State::created;

    // What a scheduled operation touches, in that order.
    std::shared_ptr<const ClusterMap> map_;
    std::size_t pending_operations_ = 0;
    std::uint64_t default_timeout_;
    std::size_t pending_bytes_ = 0;
    OperationPool pool_;
    DeadlineQueues deadlines_;
    std::uint64_t deadline_armed_ = DeadlineQueues::kNever;
    topology::Owners owners_;           // of the map
    std::vector<Session *> by_server_;  // in the map's order
    std::optional<topology::Ketama> ketama_;  // of a map of several plain memcached servers
    std::string sasl_password_;               // that the management told for the bucket, if it did

    std::uint64_t turn_ = 0;      // of the reactor: the one that clock_ belongs to
    std::uint64_t clock_ = 0;     // when the first operation of this turn was scheduled
    unsigned batch_depth_ = 0;
    net::FlushHook clock_hook_;

    session::ChunkPool chunks_;
    session::FrameBuffer parked_frames_{chunks_};
    std::vector<Operation *> parked_;  // wait for a map, an owner, or the end of a back-off; null: gone
    std::size_t parked_count_ = 0;     // those that are not null
    std::vector<Failing> failing_;     // in no pipeline and no queue: their callbacks are next
    std::vector<std::unique_ptr<Session>> sessions_;  // by id; an id is used again

    std::optional<net::Timer> deadline_timer_;
    std::optional<net::Timer> retry_timer_;
    Backoff retry_backoff_;
    RefusalMap refusal_map_{log_};
    std::string disowned_;  // the node that last knew nothing of the bucket, and its word; empty: none did

    std::optional<HttpRequests> http_;
    std::size_t http_turn_ = 0;  // whose it is among the nodes
    std::uint64_t retries_ = 0, refusals_ = 0, timeouts_ = 0, maps_ = 0;
    const bool traced_;

    std::optional<bootstrap::ConfigMonitor> monitor_;
    std::vector<OnConnected> on_connected_;     // who asked
    std::optional<net::Timer> connected_timer_;  // made when first needed
    Error error_;
    bool done_waiting_ = false;  // the loop of wait() was stopped because nothing was left to wait for
    bool *released_while_waiting_ = nullptr;  // set inside wait(): where to tell that this object is gone
};

// Here, because each runs once an operation.

inline std::uint64_t Instance::scheduling_time() {
    net::Reactor &reactor = **reactor_;
    if (!reactor.in_turn()) return reactor.now();
    if (turn_ != reactor.turn()) {
        turn_ = reactor.turn();
        clock_ = reactor.turn_time();
        reactor.want_flush(clock_hook_);
    }
    return clock_;
}

[[gnu::always_inline]] inline Instance::Operation &Instance::begin(Callback &&callback, std::uint64_t now,
                                                                   std::uint64_t timeout, std::size_t size) {
    Operation &operation = pool_.take();
    std::construct_at(&operation.callback, std::move(callback));  // the one there is empty
    operation.session = session::kNoSession;
    operation.copy = session::kActiveCopy;
    operation.detailed = 0;
    operation.queue = operation.pinned = operation.answered = operation.waiting = operation.refused = 0;
    deadlines_.add(operation, now, timeout);
    ++pending_operations_;
    pending_bytes_ += size;
    if (operation.deadline < deadline_armed_) [[unlikely]] {
        deadline_armed_ = operation.deadline;
        deadline_timer_->arm(timeout);
    }
    return operation;
}

inline std::chrono::microseconds Instance::elapsed(const Operation &operation, std::uint64_t now) const {
    std::uint64_t started = deadlines_.started(operation);
    if (operation.detailed && pool_.details(operation).started != 0) [[unlikely]]
        started = pool_.details(operation).started;
    return std::chrono::microseconds(now > started ? now - started : 0);
}

/// It is pending no more: neither its deadline nor the end of the instance will find it.
inline void Instance::settle(const Operation &operation) {
    if (operation.detailed) [[unlikely]] detach(operation);
    deadlines_.remove(operation);
    --pending_operations_;
    pending_bytes_ -= wire::frame_size(operation.frame);
}

inline void Instance::recycle(Operation &operation) {
    operation.callback.reset();
    session::release_frame(operation.frame);
    pool_.put(operation);
}

}  // namespace tenon::client
