// SPDX-License-Identifier: Apache-2.0
// From the caller to a session's pipeline, the first time and again.
#include <algorithm>
#include <memory>
#include <utility>

#include "client/instance.hpp"

namespace tenon::client {
namespace {

/// A turn this long (µs) was held up by somebody's callback: deadlines set in it are counted from its end.
constexpr std::uint64_t kLongTurn = 1'000;

/// What a broadcast's operations share.
struct Broadcast {
    Callback callback;
    std::size_t open;  ///< servers that have not given their last reply
};

wire::Message message_of(const Command &command) {
    return {wire::Magic::request, static_cast<wire::Opcode>(command.opcode), command.datatype, 0, 0, command.cas,
            command.extras, command.key, command.value};
}

wire::Frame frame_of(const session::Operation &operation) {
    wire::Frame frame;
    const std::size_t size = wire::frame_size(operation.frame);
    wire::decode_frame({operation.frame, size}, static_cast<std::uint32_t>(size - wire::kHeaderSize), frame);
    return frame;
}

}  // namespace

std::uint64_t Instance::scheduling_time() {
    net::Reactor &reactor = **reactor_;
    if (!reactor.in_turn()) return reactor.now();
    if (turn_ != reactor.turn()) {
        turn_ = reactor.turn();
        clock_ = reactor.now();
        reactor.want_flush(clock_hook_);
    }
    return clock_;
}

void Instance::settle_clock() {
    const std::uint64_t now = (*reactor_)->now();
    if (now - clock_ > kLongTurn) deadlines_.rebase(clock_, now);
}

std::error_code Instance::admit(const Command &command, std::size_t size) const {
    if (state_ == State::failed) return error_.code;
    if (state_ != State::connecting && state_ != State::connected) return errc::not_connected;
    if (command.extras.size() > 0xff) return errc::invalid_arguments;
    if (command.key.size() > wire::kMaxKeyLength) return errc::key_size;
    if (command.target == Target::owner && command.key.empty()) return errc::key_size;
    if (command.target == Target::server && (map_ == nullptr || command.server >= by_server_.size()))
        return errc::no_server;
    if (size - wire::kHeaderSize > options_.max_frame_body) return errc::value_size;
    if (pending_operations_ >= options_.max_pending_operations ||
        size > options_.max_pending_bytes - std::min(pending_bytes_, options_.max_pending_bytes))
        return errc::would_exceed_limits;
    return {};
}

std::error_code Instance::schedule(const Command &command, Callback &&callback) {
    wire::Message message = message_of(command);
    const std::size_t size = wire::encoded_size(message);
    if (const std::error_code refused = admit(command, size)) return refused;

    const auto timeout = static_cast<std::uint64_t>(command.timeout.count());
    Operation &operation =
        begin(std::move(callback), scheduling_time(), command.timeout.count() > 0 ? timeout : default_timeout_, size);
    if (command.target == Target::owner && map_ != nullptr) [[likely]] {
        message.vbucket_or_status = map_->vbucket_of(command.key);
        const int owner = owner_of(message.vbucket_or_status);
        if (owner >= 0) [[likely]] {
            by_server_[static_cast<unsigned>(owner)]->submit(operation, message);
            return {};
        }
    }
    operation.pinned = command.target != Target::owner;
    if (command.target == Target::server) {
        by_server_[command.server]->submit(operation, message);
        return {};
    }
    encode_parked(operation, message);
    if (command.target == Target::all && map_ != nullptr) {
        unpark(operation);
        broadcast(operation);
    }
    return {};
}

Instance::Operation &Instance::begin(Callback &&callback, std::uint64_t now, std::uint64_t timeout, std::size_t size) {
    Operation &operation = pool_.take();
    operation.callback = std::move(callback);
    operation.session = session::kNoSession;
    operation.attempts = 0;
    operation.pinned = operation.answered = operation.waiting = operation.refused = 0;
    deadlines_.add(operation, now, timeout);
    ++pending_operations_;
    pending_bytes_ += size;
    if (operation.deadline < deadline_armed_) {
        deadline_armed_ = operation.deadline;
        deadline_timer_->arm(timeout);
    }
    return operation;
}

void Instance::encode_parked(Operation &operation, const wire::Message &message) {
    operation.frame = parked_frames_.append(wire::encoded_size(message));
    wire::encode(message, operation.frame);
    parked_frames_.consume_all();
    park(operation);
}

/// Its place among the parked ones stands in its frame's opaque, which means nothing until it is sent.
void Instance::park(Operation &operation) {
    if (parked_.size() > 64 + 2 * parked_count_) {
        for (Operation *one : std::exchange(parked_, {}))
            if (one != nullptr) append_parked(*one);
    }
    operation.waiting = 1;
    ++parked_count_;
    append_parked(operation);
}

void Instance::append_parked(Operation &operation) {
    wire::patch_opaque(operation.frame, static_cast<std::uint32_t>(parked_.size()));
    parked_.push_back(&operation);
}

void Instance::unpark(Operation &operation) {
    operation.waiting = 0;
    --parked_count_;
    parked_[wire::opaque_of(operation.frame)] = nullptr;
}

void Instance::route_parked() {
    parked_count_ = 0;
    for (Operation *operation : std::exchange(parked_, {})) {
        if (operation == nullptr) continue;
        operation->waiting = 0;
        reroute(*operation);
    }
}

void Instance::reroute(Operation &operation) {
    if (map_ == nullptr) return park(operation);
    if (operation.pinned) return broadcast(operation);  // it waited for a map; others that are pinned never park
    const std::uint16_t vbucket = map_->vbucket_of(wire::key_of(operation.frame));
    const int owner = owner_of(vbucket);
    if (owner < 0) return park(operation);
    by_server_[next_in_turn(vbucket, owner, operation.attempts)]->resubmit(operation, vbucket);
}

/// Whom to ask after so many refusals: all in turn, until a newer map tells; but who will own the vBucket when the
/// rebalance is over changes places with the second one.
std::size_t Instance::next_in_turn(std::uint16_t vbucket, int owner, std::size_t refusals) const {
    const std::size_t servers = by_server_.size();
    const auto first = static_cast<std::size_t>(owner);
    const int forward = refusals == 0 ? topology::kNoServer : map_->forward_owner(vbucket);
    if (forward >= 0 && forward != owner) {
        const std::size_t turn = (static_cast<std::size_t>(forward) + servers - first) % servers;
        if (refusals == 1) refusals = turn;
        else if (refusals == turn) refusals = 1;
    }
    return (first + refusals) % servers;
}

void Instance::learn_owner(const Session &session, std::uint16_t vbucket) {
    const auto at = std::find(by_server_.begin(), by_server_.end(), &session);
    if (at == by_server_.end() || vbucket >= map_->vbucket_count()) return;
    if (learned_.empty()) learned_.assign(map_->vbucket_count(), topology::kNoServer);
    learned_[vbucket] = static_cast<std::int16_t>(at - by_server_.begin());
}

void Instance::broadcast(Operation &operation) {
    const wire::Frame frame = frame_of(operation);
    wire::Message message{wire::Magic::request, frame.opcode, frame.datatype, 0, 0, frame.cas,
                          frame.extras, frame.key, frame.value};
    const std::uint64_t now = scheduling_time();
    const std::uint64_t timeout = operation.deadline > now ? operation.deadline - now : 1;
    const auto shared =
        std::make_shared<Broadcast>(Broadcast{std::move(operation.callback), by_server_.size()});
    for (Session *session : by_server_) {
        Operation &one = begin(
            [shared](const Reply &reply) {
                Reply copy = reply;
                copy.last = reply.last && --shared->open == 0;
                if (shared->callback) shared->callback(copy);
            },
            now, timeout, wire::encoded_size(message));
        one.pinned = 1;
        session->submit(one, message);
    }
    settle(operation);  // its callback is with the operations made for it
    recycle(operation);
}

Instance::Session *Instance::session_of(const Operation &operation) const {
    return operation.session == session::kNoSession ? nullptr : sessions_[operation.session].get();
}

}  // namespace tenon::client
