// SPDX-License-Identifier: Apache-2.0
// From a reply, a lost connection or the deadline to the caller's callback.
#include <algorithm>
#include <utility>

#include "client/instance.hpp"
#include "session/receive.hpp"
#include "wire/opcode.hpp"
#include "wire/status.hpp"

namespace tenon::client {
namespace {

/// Failures that asking again does not heal: the peer is no node for us.
bool is_refusal(const std::error_code &code) {
    return code == errc::protocol || code == errc::authentication || code == errc::no_common_mechanism ||
           code == errc::bucket_not_found || code == errc::invalid_option;
}

/// The node knows nothing of the bucket, or of the connection's user.
bool is_disowning(wire::Status status) {
    return status == wire::Status::auth_error || status == wire::Status::auth_stale || status == wire::Status::no_bucket;
}

/// Whether sending it twice does nothing. An observe has the opcode of what changes something, but no key.
bool may_repeat(const session::Operation &operation) {
    return wire::is_repeatable(operation.opcode()) ||
           (operation.opcode() == wire::Opcode::observe && wire::key_of(operation.frame).empty());
}

}  // namespace

void Instance::receive(Session &session) {
    Reply reply;  // one for all, in which each writes what is its own
    reply.server = session.authority();
    session.receive([&](Operation &operation, const std::byte *frame) __attribute__((always_inline)) {
        on_reply(session, operation, frame, reply);
    });
}

[[gnu::always_inline]] inline void Instance::on_reply(Session &session, Operation &operation, const std::byte *bytes,
                                                       Reply &reply) {
    const wire::Status status = wire::status_of(bytes);
    if (traced_) [[unlikely]] trace(TraceStage::received, operation, session.authority(), wire::to_error_code(status));
    if (status != wire::Status::ok && on_refusal(session, operation, wire::view_frame(bytes))) [[unlikely]] return;
    const std::chrono::microseconds took = elapsed(operation, session.received_at());
    if (took.count() != 0)
        session.metrics().record(wire::opcode_of(bytes), static_cast<std::uint64_t>(took.count()));
    const wire::Frame frame = wire::view_frame(bytes);
    reply.error = status == wire::Status::ok ? kNoError : wire::to_error_code(status);
    reply.cas = frame.cas;
    reply.key = wire::key_of(operation.frame);
    reply.value = {frame.value.data(), frame.value.size()};  // by its parts: they were just written one by one
    reply.extras = {frame.extras.data(), frame.extras.size()};
    reply.opcode = static_cast<std::uint8_t>(frame.opcode);
    reply.datatype = frame.datatype;
    reply.vbucket = wire::vbucket_of(operation.frame);
    reply.status = frame.vbucket_or_status;
    reply.copy = operation.copy;
    reply.attempts = attempts(operation);
    reply.elapsed = took;
    reply.last = true;
    if (frame.opcode == wire::Opcode::stat) [[unlikely]] {
        reply.key = frame.key;
        reply.vbucket = 0;
        reply.last = status != wire::Status::ok || frame.key.empty();
        if (!reply.last) {
            operation.answered = 1;
            return deliver_part(operation, reply);
        }
    }
    session.complete(operation);
    if (operation.refused) [[unlikely]] learn_owner(session, operation);
    complete(operation, reply);
    if (session.retiring() && state_ != State::released && session.drained()) [[unlikely]] remove(session);
}

/// A reply that is no success. True: the operation goes on elsewhere.
bool Instance::on_refusal(Session &session, Operation &operation, const wire::Frame &frame) {
    if (frame.status() == wire::Status::not_my_vbucket && !operation.pinned) {
        on_refused(session, operation, frame);
        return true;
    }
    return is_disowning(frame.status()) && on_disowned(session, operation, frame);
}

/// One of several replies. The callback may destroy the instance, and with it the operation it belongs to: it is kept
/// out of reach meanwhile, and told of the end here.
void Instance::deliver_part(Operation &operation, const Reply &reply) {
    Callback callback = std::move(operation.callback);
    if (callback) callback(reply);
    if (state_ != State::released) {
        operation.callback = std::move(callback);
        return;
    }
    Reply end;
    end.error = errc::cancelled;
    end.opcode = reply.opcode;
    if (callback) callback(end);
}

[[gnu::always_inline]] inline void Instance::complete(Operation &operation, const Reply &reply) {
    if (traced_) [[unlikely]] trace(TraceStage::completed, operation, reply.server, reply.error);
    settle(operation);
    if (operation.callback) operation.callback(reply);
    recycle(operation);
    if (pending_operations_ == 0 && released_while_waiting_ != nullptr) stop_waiting_if_done();
}

void Instance::finish(Operation &operation, const Reply &reply) { complete(operation, reply); }

/// Its answer is not wanted any more: it ends without a call.
void Instance::drop(Operation &operation) {
    end_untold(operation);
    recycle(operation);
}

/// The same, but its callback stays for now.
void Instance::end_untold(Operation &operation) {
    if (traced_) [[unlikely]] trace(TraceStage::completed, operation, {}, errc::cancelled);
    take_away(operation);
    settle(operation);
    if (operation.copy != session::kWatch) return;
    Reply dropped;  // for the watch itself, which has a timer and more operations
    dropped.last = false;
    operation.callback(dropped);
}

void Instance::fail(Operation &operation, std::error_code error, std::string_view server, std::string_view detail) {
    if (error == errc::timeout) ++timeouts_;
    Reply reply;
    reply.error = error;
    reply.server = server;
    reply.detail = detail;
    reply.opcode = static_cast<std::uint8_t>(operation.opcode());
    reply.key = wire::key_of(operation.frame);
    reply.vbucket = wire::vbucket_of(operation.frame);
    reply.copy = operation.copy < session::kToBecome ? operation.copy : session::kActiveCopy;
    reply.attempts = attempts(operation);
    reply.elapsed = elapsed(operation, (*reactor_)->now());
    complete(operation, reply);
}

/// Whether a lost operation is tried again: what was never sent, and what may be sent twice.
bool Instance::goes_on(const Session &session, const session::Lost &lost, const Error &error) const {
    if (is_refusal(error.code)) {
        // Where another node takes the same name and password this one is no node of the bucket's yet, or no more.
        const bool known_elsewhere = std::any_of(sessions_.begin(), sessions_.end(), [](const auto &other) {
            return other != nullptr && other->connected();
        });
        const bool may_pass = error.code == errc::authentication || error.code == errc::bucket_not_found;
        if (!may_pass || !known_elsewhere || lost.operation->pinned) return false;
    }
    if (lost.sent) return may_repeat(*lost.operation) && !lost.operation->answered;
    return !session.fails_fast();
}

void Instance::on_lost(Session &session, std::vector<session::Lost> lost, const Error &error) {
    monitor_->refresh();
    // All that goes on is safe in a queue again before the first callback runs.
    const std::string server = session.authority();
    std::vector<Failing> failed;
    for (const session::Lost &one : lost) {
        if (one.sent) note_attempt(*one.operation);
        if (!goes_on(session, one, error) || (one.operation->pinned && session.retiring()))
            failed.push_back({one.operation, server});
        else if (one.operation->pinned) session.resubmit(*one.operation, wire::vbucket_of(one.operation->frame));
        else reroute(*one.operation);
    }
    const Error reason = error;
    const bool only_lost =
        !is_refusal(reason.code) && reason.code != errc::connect && reason.code != errc::unknown_host;
    if (session.retiring()) remove(session);
    fail_all(std::move(failed), only_lost ? make_error_code(errc::network) : reason.code, reason.message);
}

/// A callback may end operations behind it in the list, or the instance, which ends them all.
void Instance::fail_all(std::vector<Failing> operations, std::error_code error, std::string_view detail) {
    failing_ = std::move(operations);
    for (std::size_t i = 0; i < failing_.size(); ++i) {
        Operation *const operation = std::exchange(failing_[i].operation, nullptr);
        if (operation == nullptr) continue;
        const std::string server = std::move(failing_[i].server);
        fail(*operation, error, server, detail);
        if (state_ == State::released) return;
    }
    failing_.clear();
}

void Instance::on_deadline() {
    deadline_armed_ = DeadlineQueues::kNever;
    const std::uint64_t now = (*reactor_)->now();
    Operation *first = deadlines_.first();
    for (; first != nullptr && first->deadline <= now; first = deadlines_.first()) {
        expire(*first, now);
        if (state_ == State::released) return;
    }
    if (first != nullptr) {
        if (first->deadline >= deadline_armed_) return;  // a callback scheduled something shorter
        deadline_armed_ = first->deadline;
        return deadline_timer_->arm(first->deadline - now);
    }
    for (const auto &session : sessions_)
        if (session) session->trim();
    parked_frames_.trim();
    chunks_.trim();
    deadlines_.trim();
    pool_.trim();
}

void Instance::expire(Operation &operation, std::uint64_t now) {
    if (operation.detailed && pool_.details(operation).cancelled) [[unlikely]]
        return fail(operation, errc::cancelled, {}, "cancelled by the program");
    if (Session *session = session_of(operation)) {
        session->abandon(operation);
        session->suspect(std::min(deadlines_.started(operation), now), now, default_timeout_);
        const Error last = session->last_failure();
        const std::error_code error = is_refusal(last.code) ? last.code : make_error_code(errc::timeout);
        fail(operation, error, session->authority(), last.message);
        if (state_ != State::released && session->retiring() && session->drained()) remove(*session);
        return;
    }
    if (operation.waiting) unpark(operation);
    if (operation.copy == session::kWatch)
        return fail(operation, errc::timeout, {}, "the item did not get to as many copies as were asked for in time");
    if (map_ == nullptr) return fail(operation, errc::timeout, {}, "no map of the cluster came in time");
    if (operation.refused)
        return fail(operation, errc::timeout, {},
                    "every node refused the vBucket" + (disowned_.empty() ? "" : "; " + disowned_));
    fail(operation, errc::no_server, {},
         operation.copy == session::kActiveCopy ? "no server owns the vBucket" : "no server holds the replica");
}

}  // namespace tenon::client
