// SPDX-License-Identifier: Apache-2.0
// One call that becomes several operations: to every server, or to the copies of an item.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/instance.hpp"
#include "wire/observe.hpp"

namespace tenon::client {
namespace {

/// What a broadcast's operations share.
struct Broadcast {
    Callback callback;
    std::size_t open;  ///< servers that have not given their last reply
};

/// What the operations of one question to several copies share.
struct CopyRead {
    Callback callback;
    std::string key;
    bool first_wins;
    std::size_t open;                              ///< copies that have not answered
    std::vector<session::Operation *> operations;  ///< one a copy; null: has answered
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

/// Makes an observe of the message's key out of it, in `body`: keys stand in the value.
using ObserveBody = std::array<std::byte, 4 + wire::kMaxKeyLength>;
void put_key_into_body(wire::Message &message, ObserveBody &body) {
    const std::byte *const end = wire::encode(wire::ObserveKey{message.vbucket_or_status, message.key}, body.data());
    message.value = {body.data(), end};
    message.key = {};
}

}  // namespace

void Instance::fan_out(Operation &operation) {
    if (operation.pinned) broadcast(operation);
    else if (operation.copy == session::kExistence) ask_existence(operation);
    else ask_copies(operation);
}

/// Its callback is with the operations made for it.
void Instance::replaced(Operation &operation) {
    settle(operation);
    recycle(operation);
}

void Instance::broadcast(Operation &operation) {
    wire::Message message = message_of(operation);
    message.vbucket_or_status = pinned_vbucket(operation, message);
    const std::uint64_t now = scheduling_time();
    const std::uint64_t timeout = time_left(operation, now);
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
        inherit_details(operation, one);
        submit(*session, one, message);
    }
    replaced(operation);
}

void Instance::ask_copies(Operation &operation) {
    const unsigned first = operation.copy == session::kAllCopies ? 0 : 1;  // copy
    const unsigned end = std::min(map_->replica_count(), session::kMostReplicas) + 1;
    if (first == end) return park(operation);  // no replicas any more: another map may bring them back
    wire::Message message = message_of(operation);
    message.vbucket_or_status = vbucket_of(operation, message.key);
    const std::uint64_t now = scheduling_time();
    const std::uint64_t timeout = time_left(operation, now);
    const auto shared = std::make_shared<CopyRead>();
    shared->callback = std::move(operation.callback);
    shared->key = message.key;
    shared->first_wins = operation.copy == session::kAnyReplica;
    shared->open = end - first;
    shared->operations.resize(end - first);
    ObserveBody body;
    if (message.opcode == wire::Opcode::observe) put_key_into_body(message, body);
    for (unsigned which = first; which < end; ++which) {
        const unsigned n = which - first;
        Operation &one = begin(
            [this, shared, n](const Reply &reply) {
                shared->operations[n] = nullptr;
                Reply copy = reply;
                copy.key = shared->key;
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
        one.copy = which & session::kAllCopies;
        inherit_details(operation, one);
        submit_or_park(one, message);
    }
    replaced(operation);
}

/// To the node that holds the copy; without a key in its place, by the vBucket it has now.
void Instance::submit_or_park(Operation &operation, wire::Message &message) {
    if (message.key.empty()) pool_.make_details(operation).vbucket = message.vbucket_or_status;
    const int server = server_for(operation, message.key, message.vbucket_or_status);
    if (server >= 0) return submit(*by_server_[static_cast<unsigned>(server)], operation, message);
    encode_parked(operation, message);
    monitor_->refresh();
}

void Instance::ask_existence(Operation &operation) {
    wire::Message message = message_of(operation);
    message.vbucket_or_status = vbucket_of(operation, message.key);
    const std::uint64_t now = scheduling_time();
    const std::uint64_t timeout = time_left(operation, now);
    const auto shared = std::make_shared<CopyRead>();
    shared->callback = std::move(operation.callback);
    shared->key = message.key;
    ObserveBody body;
    if (map_->locator() == topology::Locator::ketama) message.opcode = wire::Opcode::get;
    else put_key_into_body(message, body);
    Operation &one = begin(
        [shared](const Reply &reply) {
            Reply copy = reply;
            copy.key = shared->key;
            std::span<const std::byte> entries = reply.value;
            wire::ObserveEntry entry;
            if (static_cast<wire::Opcode>(reply.opcode) == wire::Opcode::observe && !reply.error) {
                if (!wire::decode_next(entries, entry)) copy.error = errc::protocol;
                else if (!wire::is_there(entry.state)) copy.error = errc::not_found;
                copy.cas = entry.cas;
            }
            copy.value = copy.extras = {};
            if (shared->callback) shared->callback(copy);
        },
        now, timeout, wire::encoded_size(message));
    inherit_details(operation, one);
    submit_or_park(one, message);
    replaced(operation);
}

}  // namespace tenon::client
