// SPDX-License-Identifier: Apache-2.0
// The pipeline: requests out, replies in.
#include "session/session.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

#include <tenon/io.h>

#include "wire/status.hpp"

namespace tenon::session {
namespace {

/// So many requests after one that is never answered, the connection is no good.
constexpr std::uint32_t kLongestSpan = 1U << 24;
constexpr std::size_t kPiecesPerSend = 64;

/// The start of what a peer sent, for a message: "48 54 54 50".
std::string hex_start(std::span<const std::byte> bytes) {
    std::string text;
    for (const std::byte b : bytes.first(std::min<std::size_t>(bytes.size(), 8))) {
        char digits[4];
        std::snprintf(digits, sizeof digits, "%s%02x", text.empty() ? "" : " ", static_cast<unsigned>(b));
        text += digits;
    }
    return text;
}

}  // namespace

void Session::resubmit(Operation &operation, std::uint16_t vbucket) {
    std::byte *old = operation.frame;
    const std::size_t size = wire::frame_size(old);
    std::byte *frame = frames_.append(size);
    std::memcpy(frame, old, size);
    wire::patch_vbucket(frame, vbucket);
    wire::patch_opaque(frame, ring_.push(&operation));
    release_frame(old);
    enqueue(operation, frame);
}

std::vector<Operation *> Session::take_unsent() {
    std::vector<Operation *> unsent;
    ring_.for_each([&](Operation &operation) {
        if (!unsent.empty() || !FrameBuffer::was_sent(operation.frame)) unsent.push_back(&operation);
    });
    if (!unsent.empty()) {
        ring_.cut(wire::opaque_of(unsent.front()->frame));
        frames_.cut(unsent.front()->frame);
    }
    return unsent;
}

void Session::flush() {
    switch (state_) {
    case State::idle: return connect();
    case State::ready: return send_pipeline();
    default: break;  // it leaves when the connection is there
    }
    if (fails_fast() && !ring_.empty()) return refuse();
    if (stale_ > ring_.span() / 8) drop_stale();
}

void Session::send_pipeline() {
    tenon_io_ops *io = reactor_.io();
    if (stale_ > ring_.span() / 8) drop_stale();
    while (frames_.has_unsent()) {
        tenon_iovec pieces[kPiecesPerSend];
        const std::size_t count = frames_.gather(pieces);
        const ssize_t sent = io->sendv(io, sock_, pieces, count);
        if (sent < 0) {
            if (would_block(io->error)) return watch(TENON_IO_READ | TENON_IO_WRITE);
            return fail_soon(failure(errc::network, describe_errno(io->error)));
        }
        frames_.consume(static_cast<std::size_t>(sent));
        metrics_.bytes_sent += static_cast<std::size_t>(sent);
        if (handlers_.on_sent != nullptr) tell_sent();
        std::size_t wanted = 0;
        for (std::size_t i = 0; i < count; ++i) wanted += pieces[i].iov_len;
        if (static_cast<std::size_t>(sent) < wanted) return watch(TENON_IO_READ | TENON_IO_WRITE);
    }
    if (ring_.span() > kLongestSpan) fail_soon(failure(errc::timeout, "one request is never answered"));
}

void Session::tell_sent() {
    ring_.for_each([this](const Operation &operation) {
        const std::uint32_t opaque = wire::opaque_of(operation.frame);
        if (static_cast<std::int32_t>(opaque - told_until_) < 0 || !FrameBuffer::was_sent(operation.frame)) return;
        told_until_ = opaque + 1;
        handlers_.on_sent(handlers_.owner, *this, operation);
    });
}

void Session::watch(short flags) {
    if (!watch_->set(sock_, flags)) fail_soon(failure(errc::network, describe_errno(reactor_.io()->error)));
}

void Session::on_ready(short which) {
    if ((which & (TENON_IO_READ | TENON_IO_ERROR)) != 0) handlers_.on_readable(handlers_.owner, *this);
    if ((which & TENON_IO_WRITE) == 0) return;
    if (state_ == State::negotiating) return send_greeting({});
    if (state_ != State::ready) return;
    drop_stale();
    send_pipeline();
    if (!frames_.has_unsent() && state_ == State::ready) watch(TENON_IO_READ);
}

/// False: nothing came, or the connection is lost.
bool Session::read() {
    tenon_io_ops *io = reactor_.io();
    const ssize_t received = inbox_.receive(io, sock_, reactor_.receive_buffer());
    if (received <= 0) {
        if (received == 0) lost(failure(errc::network, "connection closed by the node"));
        else if (!would_block(io->error)) lost(failure(errc::network, describe_errno(io->error)));
        return false;
    }
    last_receive_ = reactor_.turn_time();
    metrics_.bytes_received += static_cast<std::size_t>(received);
    return true;
}

void Session::finish_reading() {
    if (inbox_.error() != wire::FrameError::none) {
        return lost(failure(errc::protocol, std::string("not a reply: ") + wire::describe(inbox_.error()) + " (" +
                                                hex_start(inbox_.rest()) + " …)"));
    }
    inbox_.finish();
    if (state_ == State::renewing && !awaits_reply()) lost(disowned());
}

/// Takes out what nobody wants any more, so that a write whose caller was told of a timeout does not happen long after,
/// and takes no memory meanwhile.
void Session::drop_stale() {
    if (std::exchange(stale_, 0U) == 0) return;
    frames_.compact([&](std::byte *frame, std::byte *to) {
        Operation *operation = nullptr;
        const std::uint32_t opaque = wire::opaque_of(frame);
        const Ring::Found found = ring_.find(opaque, operation);
        if (found == Ring::Found::operation) operation->frame = to;
        if (found == Ring::Found::abandoned) ring_.remove(opaque);
        return found == Ring::Found::operation;
    });
}

/// Whose the frame is after all, that is not simply the reply to what was asked; null: nobody's, or the connection is
/// lost because of it.
Operation *Session::unexpected(const wire::Frame &frame) {
    if (frame.magic != wire::Magic::response && frame.is_request()) {
        // A server may ask; nothing here needs an answer.
        if (frame.magic != wire::Magic::server_request)
            lost(failure(errc::protocol, "a request where a reply should be"));
        return nullptr;
    }
    Operation *operation = nullptr;
    switch (ring_.find(frame.opaque, operation)) {
    case Ring::Found::operation:
        if (operation->opcode() == frame.opcode) return operation;
        lost(failure(errc::protocol, "a reply to another command than was asked"));
        return nullptr;
    case Ring::Found::abandoned:
        // Statistics go on until a reply without a key, or an error.
        if (frame.opcode != wire::Opcode::stat || frame.key.empty() || frame.status() != wire::Status::ok)
            ring_.remove(frame.opaque);
        return nullptr;
    case Ring::Found::nobody: break;
    }
    lost(failure(errc::protocol, "a reply to nobody (opaque " + std::to_string(frame.opaque) + ")"));
    return nullptr;
}

}  // namespace tenon::session
