// SPDX-License-Identifier: Apache-2.0
// From the caller to a session's pipeline, the first time and again.
#include <algorithm>
#include <utility>

#include "client/schedule.hpp"

namespace tenon::client {
namespace {

/// A turn this long (µs) may have been held up by somebody's callback: deadlines set in it are looked at again.
constexpr std::uint64_t kLongTurn = 1'000;

wire::Message message_of(const Command &command) {
    return {wire::Magic::request, static_cast<wire::Opcode>(command.opcode), command.datatype, 0, 0,
            command.cas, command.extras, command.key, command.value};
}

/// Operation::copy, as a command asks for it.
std::uint8_t copy_of(const Command &command) {
    switch (command.target) {
    case Target::replica: return static_cast<std::uint8_t>(std::min(command.server, session::kMostReplicas - 1) + 1);
    case Target::any_replica: return session::kAnyReplica;
    case Target::all_replicas: return session::kAllReplicas;
    case Target::all_copies: return session::kAllCopies;
    default: return session::kActiveCopy;
    }
}

/// Whether a command says nothing but what to do with which key.
bool is_plain(const Command &command) {
    return (static_cast<unsigned>(command.target) | static_cast<unsigned>(command.vbucket.has_value())) == 0 &&
           (command.route_key.size() | reinterpret_cast<std::uintptr_t>(command.cancellation)) == 0;
}

/// Whether the key of a command is an item's.
bool names_item(wire::Opcode opcode) {
    return wire::info(opcode).request.key == wire::Part::required && opcode != wire::Opcode::set_param;
}

}  // namespace

void Instance::settle_clock() {
    const std::uint64_t now = (*reactor_)->now();
    if (now - clock_ > kLongTurn) deadlines_.rebase(clock_, now);
}

errc Instance::admit_target(const Command &command) const {
    if (command.vbucket && *command.vbucket >= topology::kMaxVbuckets) return errc::invalid_arguments;
    if (command.cancellation != nullptr && !may_take(*command.cancellation)) return errc::invalid_arguments;
    if (command.target == Target::owner)
        return command.key.empty() && !command.vbucket ? errc::key_size : kAdmitted;
    if (command.target == Target::all) return kAdmitted;
    if (command.target == Target::server)
        return map_ == nullptr || command.server >= by_server_.size() ? errc::no_server : kAdmitted;
    if (command.key.empty()) return errc::key_size;
    if (command.target == Target::all_copies) return kAdmitted;
    // Which replicas there are is known with the map only.
    const unsigned replicas =
        map_ == nullptr ? session::kMostReplicas : std::min(map_->replica_count(), session::kMostReplicas);
    const bool none = replicas == 0 || (command.target == Target::replica && command.server >= replicas);
    return none ? errc::no_server : kAdmitted;
}

std::error_code Instance::refusal(errc refused) const { return state_ == State::failed ? error_.code : refused; }

std::error_code Instance::admit_command(const Command &command, const wire::Message &message) const {
    const errc refused = admit(message, wire::encoded_size(message), is_plain(command) ? nullptr : &command);
    return refused == kAdmitted ? std::error_code() : refusal(refused);
}

std::error_code Instance::schedule(const Command &command, Callback &&callback) {
    wire::Message message = message_of(command);
    if (is_plain(command) && map_ != nullptr) return schedule_plain(message, command.timeout, std::move(callback));
    if (const std::error_code refused = admit_command(command, message)) return refused;
    Operation &operation =
        begin(std::move(callback), scheduling_time(), timeout_of(command.timeout), wire::encoded_size(message));
    operation.pinned = command.target == Target::all || command.target == Target::server;
    operation.copy = copy_of(command);
    note_details(command, operation);
    schedule_elsewhere(command, message, operation);
    return {};
}

std::error_code Instance::exists(const Command &command, Callback &&callback) {
    if (command.key.empty()) return errc::key_size;
    Command question = command;
    if (options_.memcached) question.opcode = static_cast<std::uint8_t>(wire::Opcode::get);
    wire::Message message = message_of(question);
    if (const std::error_code refused = admit_command(question, message)) return refused;
    Operation &operation =
        begin(std::move(callback), scheduling_time(), timeout_of(question.timeout), wire::encoded_size(message));
    operation.copy = session::kExistence;
    note_details(question, operation);
    schedule_elsewhere(question, message, operation);
    return {};
}

/// What does not simply go to the owner that the map names.
void Instance::schedule_elsewhere(const Command &command, wire::Message &message, Operation &operation) {
    if (command.target == Target::server) {
        message.vbucket_or_status = pinned_vbucket(operation, message);
        return submit(*by_server_[command.server], operation, message);
    }
    if (map_ != nullptr && !operation.pinned && operation.copy < session::kToBecome) {
        message.vbucket_or_status = vbucket_of(operation, command.key);
        return submit_or_park(operation, message);
    }
    encode_parked(operation, message);
    if (map_ == nullptr) return;
    unpark(operation);
    fan_out(operation);
}

void Instance::encode_parked(Operation &operation, const wire::Message &message) {
    operation.frame = parked_frames_.append(wire::encoded_size(message));
    wire::encode(message, operation.frame);
    parked_frames_.consume_all();
    if (traced_ && !operation.pinned && operation.copy < session::kToBecome) [[unlikely]]
        trace(TraceStage::scheduled, operation, {}, {});
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
    // It waited for a map, to become several; else what is pinned never parks.
    if (operation.pinned || operation.copy >= session::kToBecome) return fan_out(operation);
    const std::string_view key = wire::key_of(operation.frame);
    const std::uint16_t vbucket = vbucket_of(operation, key);
    const int server = server_for(operation, key, vbucket);
    if (server >= 0) return by_server_[static_cast<unsigned>(server)]->resubmit(operation, vbucket);
    park(operation);  // until a map names one
    monitor_->refresh();
}

/// What an operation on `key` is routed by.
std::string_view Instance::route_of(const Operation &operation, std::string_view key) const {
    if (!operation.detailed) return key;
    const std::string &by_hand = pool_.details(operation).route_key;
    return by_hand.empty() ? key : std::string_view(by_hand);
}

std::uint16_t Instance::vbucket_of(const Operation &operation, std::string_view key) const {
    if (operation.detailed && pool_.details(operation).vbucket) return *pool_.details(operation).vbucket;
    return map_->vbucket_of(route_of(operation, key));
}

/// What stands in a request that goes to a server whatever it owns.
std::uint16_t Instance::pinned_vbucket(const Operation &operation, const wire::Message &message) const {
    const bool by_hand = operation.detailed && pool_.details(operation).vbucket;
    return by_hand || names_item(message.opcode) ? vbucket_of(operation, message.key) : std::uint16_t{0};
}

/// Index of the server to ask, or kNoServer. The vBucket may be given by hand, and one that the map does not have.
int Instance::server_for(const Operation &operation, std::string_view key, std::uint16_t vbucket) const {
    if (ketama_ && operation.copy == session::kActiveCopy) return ketama_->server_of(route_of(operation, key));
    if (map_->locator() == topology::Locator::ketama) vbucket = 0;
    if (vbucket >= map_->vbucket_count()) return topology::kNoServer;
    if (operation.copy == session::kActiveCopy) return owners_.of(vbucket);
    return operation.copy <= map_->replica_count() ? map_->replica(vbucket, operation.copy - 1U) : topology::kNoServer;
}

int Instance::server_of(std::string_view key) const {
    if (map_ == nullptr || map_->vbucket_count() == 0) return topology::kNoServer;
    return ketama_ ? ketama_->server_of(key) : owners_.of(map_->vbucket_of(key));
}

/// Where the map lists a session's node, or kNoServer.
int Instance::index_of(const Session &session) const {
    const auto at = std::find(by_server_.begin(), by_server_.end(), &session);
    return at == by_server_.end() ? topology::kNoServer : static_cast<int>(at - by_server_.begin());
}

Instance::Session *Instance::session_of(const Operation &operation) const {
    return operation.session == session::kNoSession ? nullptr : sessions_[operation.session].get();
}

}  // namespace tenon::client
