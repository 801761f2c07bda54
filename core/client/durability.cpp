// SPDX-License-Identifier: Apache-2.0
// Waiting until an item is on as many disks and nodes as the program wants it to be.
#include "client/durability.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "client/instance.hpp"

namespace tenon::client {
namespace {

/// A round that one node holds up is given up after so many intervals.
constexpr std::uint64_t kPatience = 10;

bool is_there(CopyState state) { return (static_cast<std::uint8_t>(state) & 0x80) == 0; }

}  // namespace

DurabilityWatch::DurabilityWatch(Instance &instance, net::Reactor &reactor, DurabilityWish wish, Callback &&callback)
    : instance_(instance),
      wish_(std::move(wish)),
      callback_(std::move(callback)) {
    timer_.emplace(reactor, this, [](void *self) {
        const auto alive = static_cast<DurabilityWatch *>(self)->shared_from_this();
        alive->on_timer();
    });
}

void DurabilityWatch::start(session::Operation &operation) {
    operation_ = &operation;
    begin_round();
}

void DurabilityWatch::begin_round() {
    round_.drop();
    seen_.clear();
    round_open_ = true;
    round_began_ = instance_.now();
    Command question;
    question.opcode = static_cast<std::uint8_t>(wire::Opcode::observe);
    question.target = Target::all_copies;
    question.key = wish_.key;
    question.route_key = wish_.route_key;
    question.vbucket = wish_.vbucket;
    question.timeout = std::chrono::microseconds(Instance::time_left(*operation_, instance_.now()));
    question.cancellation = &round_;
    // One that the bounds on pending operations refuse is asked again.
    const auto answered = [asking = weak_from_this()](const Reply &reply) {
        if (const auto watch = asking.lock()) watch->on_observed(reply);
    };
    if (instance_.schedule(question, answered)) round_open_ = false;
    timer_->arm(wish_.interval_usec);
}

void DurabilityWatch::on_timer() {
    const bool patient = instance_.now() - round_began_ < kPatience * wish_.interval_usec;
    if (round_open_ && patient) return timer_->arm(wish_.interval_usec);
    begin_round();
}

void DurabilityWatch::on_observed(const Reply &reply) {
    if (operation_ == nullptr) return;
    if (reply.last) round_open_ = false;
    const ObserveResult told(reply);
    ++counts_.answers;
    if (told.error == errc::unknown_command || told.error == errc::not_supported) return end(told.error);
    if (!told.error) seen_.push_back({told.copy, told.state, told.item_cas, std::string(told.server)});
    if (const auto outcome = judge()) end(*outcome);
}

/// Whether a node spoke for two copies: one that is the owner by now, and in the client's map still a replica.
bool DurabilityWatch::is_told_twice(const Seen &one) const {
    return one.copy != 0 && std::any_of(seen_.begin(), seen_.end(), [&](const Seen &other) {
        return other.server == one.server && other.copy < one.copy;
    });
}

std::optional<std::error_code> DurabilityWatch::judge() {
    if (instance_.map() == nullptr) return {};  // there will be a map, or the bootstrap's error
    const auto active = std::find_if(seen_.begin(), seen_.end(), [](const Seen &one) { return one.copy == 0; });
    const bool heard = active != seen_.end();
    const unsigned replicas = instance_.map()->replica_count();
    const unsigned persist_to = wish_.capped ? std::min(wish_.persist_to, replicas + 1) : wish_.persist_to;
    const unsigned replicate_to = wish_.capped ? std::min(wish_.replicate_to, replicas) : wish_.replicate_to;
    if (persist_to > replicas + 1 || replicate_to > replicas) return make_error_code(errc::too_few_copies);
    std::uint64_t cas = wish_.cas;
    if (heard) {
        counts_.cas = active->cas;
        // Somebody has changed it since: what was to be waited for will never be.
        if (is_there(active->state) == wish_.removal)
            return make_error_code(wish_.removal ? errc::exists : errc::not_found);
        if (!wish_.removal && cas != 0 && cas != active->cas) return make_error_code(errc::exists);
        if (cas == 0) cas = active->cas;
    } else if (cas == 0 && !wish_.removal) {
        return {};  // nothing to compare replicas with
    }
    counts_.persisted = counts_.replicated = 0;
    counts_.active_persisted = false;
    for (const Seen &one : seen_) {
        const bool has_it = wish_.removal ? !is_there(one.state) : is_there(one.state) && one.cas == cas;
        if (!has_it || is_told_twice(one)) continue;
        const bool on_disk = one.state == (wish_.removal ? CopyState::not_found : CopyState::on_disk);
        counts_.persisted += on_disk ? 1 : 0;
        counts_.replicated += one.copy != 0 ? 1 : 0;
        counts_.active_persisted |= on_disk && one.copy == 0;
    }
    if (heard && counts_.persisted >= persist_to && counts_.replicated >= replicate_to) return std::error_code();
    return {};
}

void DurabilityWatch::end(std::error_code error) {
    Reply reply;
    reply.error = error;
    reply.key = wish_.key;
    reply.opcode = static_cast<std::uint8_t>(wire::Opcode::observe);
    instance_.finish(*operation_, reply);
}

void DurabilityWatch::stop() {
    operation_ = nullptr;
    timer_.reset();  // a callback may destroy the table
    round_.drop();
}

void DurabilityWatch::finish(const Reply &reply) {
    stop();
    Reply told = reply;
    told.value = std::as_bytes(std::span(&counts_, 1));
    told.cas = counts_.cas;
    if (Callback callback = std::move(callback_)) callback(told);
}

std::error_code Instance::watch(const Command &about, DurabilityWish wish, Callback &&callback) {
    wire::Message message;
    message.opcode = wire::Opcode::observe;
    message.key = about.key;
    if (options_.memcached) return errc::not_supported;
    Command question = about;
    question.target = Target::all_copies;
    if (about.key.empty()) return errc::key_size;
    const std::size_t size = wire::encoded_size(message);
    if (const std::error_code refused = admit_command(question, message)) return refused;
    if (map_ != nullptr && !wish.capped &&
        (wish.persist_to > map_->replica_count() + 1 || wish.replicate_to > map_->replica_count()))
        return errc::too_few_copies;
    const auto watch = std::make_shared<DurabilityWatch>(*this, **reactor_, std::move(wish), std::move(callback));
    // See Instance::end_untold.
    const auto ended = [watch](const Reply &reply) { reply.last ? watch->finish(reply) : watch->stop(); };
    Operation &operation = begin(ended, scheduling_time(),
                                 timeout_of(about.timeout), size);
    operation.copy = session::kWatch;
    operation.frame = parked_frames_.append(size);
    wire::encode(message, operation.frame);
    parked_frames_.consume_all();
    note_details(about, operation);
    watch->start(operation);
    return {};
}

}  // namespace tenon::client
