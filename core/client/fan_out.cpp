// SPDX-License-Identifier: Apache-2.0
// One call that becomes several operations: to every server, or to the replicas of a key.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/instance.hpp"

namespace tenon::client {
namespace {

/// What a broadcast's operations share.
struct Broadcast {
    Callback callback;
    std::size_t open;  ///< servers that have not given their last reply
};

/// What the operations of one get from several replicas share.
struct ReplicaRead {
    Callback callback;
    bool first_wins;
    std::size_t open;                              ///< replicas that have not answered
    std::vector<session::Operation *> operations;  ///< by replica; null: has answered
    /// A server's own answer, which says more than that another one could not be asked.
    struct {
        std::error_code error;
        std::uint16_t status = 0;
        std::string server;
    } answer;
};

bool is_servers_own(const Reply &reply) { return reply.status != 0; }

/// An encoded request as it was, to be encoded again for others.
wire::Message message_of(const session::Operation &operation) {
    wire::Frame frame;
    const std::size_t size = wire::frame_size(operation.frame);
    wire::decode_frame({operation.frame, size}, static_cast<std::uint32_t>(size - wire::kHeaderSize), frame);
    return {wire::Magic::request, frame.opcode, frame.datatype, 0, 0, frame.cas, frame.extras, frame.key, frame.value};
}

}  // namespace

void Instance::fan_out(Operation &operation) {
    if (operation.pinned) broadcast(operation);
    else ask_replicas(operation);
}

void Instance::broadcast(Operation &operation) {
    wire::Message message = message_of(operation);
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

void Instance::ask_replicas(Operation &operation) {
    const unsigned replicas = std::min(map_->replica_count(), session::kMostReplicas);
    if (replicas == 0) return park(operation);  // none any more: another map may bring them back
    wire::Message message = message_of(operation);
    message.vbucket_or_status = map_->vbucket_of(message.key);
    const std::uint64_t now = scheduling_time();
    const std::uint64_t timeout = operation.deadline > now ? operation.deadline - now : 1;
    const auto shared = std::make_shared<ReplicaRead>();
    shared->callback = std::move(operation.callback);
    shared->first_wins = operation.copy == session::kAnyReplica;
    shared->open = replicas;
    shared->operations.resize(replicas);
    for (unsigned n = 0; n < replicas; ++n) {
        Operation &one = begin(
            [this, shared, n](const Reply &reply) {
                shared->operations[n] = nullptr;
                Reply copy = reply;
                copy.last = --shared->open == 0;
                if (shared->first_wins) {
                    if (!reply.error) {
                        for (Operation *&other : shared->operations)
                            if (other != nullptr) drop(*std::exchange(other, nullptr));
                        copy.last = true;
                    } else if (is_servers_own(reply)) {
                        shared->answer = {reply.error, reply.status, std::string(reply.server)};
                    }
                    if (!copy.last) return;
                    if (copy.error && !is_servers_own(copy) && shared->answer.error) {
                        copy.error = shared->answer.error;
                        copy.status = shared->answer.status;
                        copy.server = shared->answer.server;
                        copy.detail = {};
                    }
                }
                if (shared->callback) shared->callback(copy);
            },
            now, timeout, wire::encoded_size(message));
        shared->operations[n] = &one;
        one.copy = static_cast<std::uint8_t>(n + 1);
        const int server = map_->replica(message.vbucket_or_status, n);
        if (server >= 0) by_server_[static_cast<unsigned>(server)]->submit(one, message);
        else encode_parked(one, message);
    }
    settle(operation);
    recycle(operation);
}

}  // namespace tenon::client
