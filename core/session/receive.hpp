// SPDX-License-Identifier: Apache-2.0
/// @file
/// Session::receive: the loop over replies, here so that what their owner does with each is inlined in it.
#pragma once

#include "session/session.hpp"

namespace tenon::session {

/// The operation that a frame is the reply to, or null.
[[gnu::always_inline]] inline Operation *Session::asked_by(const std::byte *frame) {
    Operation *operation = nullptr;
    if (static_cast<wire::Magic>(frame[0]) == wire::Magic::response &&
        ring_.find(wire::opaque_of(frame), operation) == Ring::Found::operation &&
        operation->opcode() == wire::opcode_of(frame)) [[likely]] {
        ring_.fetch_ahead(wire::opaque_of(frame));
        return operation;
    }
    return unexpected(wire::view_frame(frame));
}

template <class OnReply>
void Session::receive(OnReply on_reply) {
    if (!read()) return;
    while (negotiation_) {
        const std::byte *frame = inbox_.next();
        if (frame == nullptr) return finish_reading();
        if (!negotiate(wire::view_frame(frame))) return;
    }
    while (const std::byte *frame = inbox_.next()) {
        if (Operation *operation = asked_by(frame)) [[likely]] {
            peer_answered_ = true;
            on_reply(*operation, frame);
        }
        if (!speaks()) return;
    }
    finish_reading();
}

}  // namespace tenon::session
