// SPDX-License-Identifier: Apache-2.0
/// @file
/// Instance::schedule_plain: the straight way from the caller to a session's pipeline, here so that it is inlined in
/// each operation on an item and its message never stands in memory but encoded.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <utility>

#include "client/instance.hpp"
#include "wire/opcode.hpp"

namespace tenon::client {

/// memcached (1.6) takes what follows an unknown command's key or extras for a part of it.
inline bool breaks_memcached(const wire::Message &message) {
    return !wire::info(message.opcode).memcached && !(message.key.empty() && message.extras.empty());
}

/// What is wrong with it; kAdmitted: nothing. `routed`: where it goes, if not simply to its key's owner.
[[gnu::always_inline]] inline errc Instance::admit(const wire::Message &message, std::size_t size,
                                                   const Command *routed) const {
    if (state_ != State::connected && state_ != State::connecting) [[unlikely]] return errc::not_connected;
    if (message.extras.size() > 0xff) return errc::invalid_arguments;
    if (message.key.size() > wire::kMaxKeyLength) return errc::key_size;
    if (options_.memcached && breaks_memcached(message)) return errc::not_supported;
    if (routed != nullptr) {
        if (const errc refused = admit_target(*routed); refused != kAdmitted) return refused;
    } else if (message.key.empty()) {
        return errc::key_size;
    }
    if (size - wire::kHeaderSize > options_.max_frame_body) return errc::value_size;
    if (pending_operations_ >= options_.max_pending_operations || pending_bytes_ + size > options_.max_pending_bytes)
        return options_.cluster_only ? errc::not_supported : errc::would_exceed_limits;
    return kAdmitted;
}

/// A request that says nothing but what to do with which key, once there is a map. Zero `timeout`: the default one.
[[gnu::always_inline]] inline std::error_code Instance::schedule_plain(const wire::Message &message,
                                                                       std::chrono::microseconds timeout,
                                                                       Callback &&callback) {
    const std::size_t size = wire::encoded_size(message);
    if (const errc refused = admit(message, size, nullptr); refused != kAdmitted) [[unlikely]] return refusal(refused);
    Operation &operation = begin(std::move(callback), scheduling_time(), timeout_of(timeout), size);
    const std::uint16_t vbucket = map_->vbucket_of(message.key);
    const int owner = owners_.of(vbucket);
    if (owner < 0) [[unlikely]] {
        wire::Message parked = message;
        parked.vbucket_or_status = vbucket;
        submit_or_park(operation, parked);
        return kNoError;
    }
    Session &session = *by_server_[static_cast<unsigned>(owner)];
    session.submit(operation, size, [&](std::byte *frame, std::uint32_t opaque) {
        wire::Message routed = message;
        routed.vbucket_or_status = vbucket;
        routed.opaque = opaque;
        wire::encode(routed, frame);
    });
    if (traced_) [[unlikely]] trace(TraceStage::scheduled, operation, session.authority(), {});
    return kNoError;
}

}  // namespace tenon::client
