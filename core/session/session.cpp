// SPDX-License-Identifier: Apache-2.0
#include "session/session.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <tenon/io.h>

#include "wire/status.hpp"

namespace tenon::session {
namespace {

constexpr std::uint64_t kFirstBackoff = 10'000;
constexpr std::uint64_t kLongestBackoff = 1'000'000;
/// So many requests after one that is never answered, the connection is no good.
constexpr std::uint32_t kLongestSpan = 1U << 24;
constexpr std::size_t kPiecesPerSend = 64;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

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

Session::Session(net::Reactor &reactor, ChunkPool &chunks, std::uint16_t id, const topology::Server &server,
                 const Settings &settings, Handlers handlers)
    : reactor_(reactor),
      id_(id),
      frames_(chunks),
      inbox_(settings.max_body),
      handlers_(handlers),
      backoff_(settings.seed + id, kFirstBackoff, kLongestBackoff),
      settings_(settings),
      server_(server),
      authority_(server.authority()) {
    flush_hook_.owner = this;
    flush_hook_.flush = [](void *self) { static_cast<Session *>(self)->flush(); };
    timer_.emplace(reactor, this, [](void *self) { static_cast<Session *>(self)->on_timer(); });
    watch_.emplace(reactor, this, [](void *self, short which) { static_cast<Session *>(self)->on_ready(which); });
}

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
    default: return;  // it leaves when the connection is there
    }
}

void Session::connect() {
    if (ring_.empty()) return;
    state_ = State::dialing;
    dialer_.emplace(reactor_, this, [](void *self, int sock, const Error &error) {
        static_cast<Session *>(self)->on_dialed(sock, error);
    });
    dialer_->dial(server_.host, server_.data_port, settings_.connect_timeout_usec);
}

void Session::on_dialed(int sock, const Error &error) {
    if (error) return lost(error);
    sock_ = sock;
    state_ = State::negotiating;
    timer_->arm(settings_.connect_timeout_usec);
    negotiation_.emplace(settings_.credentials);
    send_greeting(negotiation_->start());
}

void Session::on_timer() {
    if (broken_) return lost(*std::exchange(broken_, std::nullopt));
    if (state_ == State::negotiating) return lost(failure(errc::timeout, "no answer to the authentication"));
    if (state_ == State::backing_off) {
        state_ = State::idle;
        connect();
    }
}

void Session::send_greeting(std::span<const std::byte> bytes) {
    greeting_.insert(greeting_.end(), bytes.begin(), bytes.end());
    tenon_io_ops *io = reactor_.io();
    tenon_iovec piece{reinterpret_cast<char *>(greeting_.data()), greeting_.size()};
    const ssize_t sent = greeting_.empty() ? 0 : io->sendv(io, sock_, &piece, 1);
    if (sent < 0 && !would_block(io->error)) return fail_soon(failure(errc::network, describe_errno(io->error)));
    if (sent > 0) greeting_.erase(greeting_.begin(), greeting_.begin() + sent);
    watch(greeting_.empty() ? TENON_IO_READ : TENON_IO_READ | TENON_IO_WRITE);
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
        std::size_t wanted = 0;
        for (std::size_t i = 0; i < count; ++i) wanted += pieces[i].iov_len;
        if (static_cast<std::size_t>(sent) < wanted) return watch(TENON_IO_READ | TENON_IO_WRITE);
    }
    if (ring_.span() > kLongestSpan) fail_soon(failure(errc::timeout, "one request is never answered"));
}

void Session::watch(short flags) {
    if (!watch_->set(sock_, flags)) fail_soon(failure(errc::network, describe_errno(reactor_.io()->error)));
}

void Session::on_ready(short which) {
    if ((which & (TENON_IO_READ | TENON_IO_ERROR)) != 0) {
        receive();
        if (state_ != State::negotiating && state_ != State::ready) return;
    }
    if ((which & TENON_IO_WRITE) == 0) return;
    if (state_ == State::negotiating) return send_greeting({});
    drop_stale();
    send_pipeline();
    if (!frames_.has_unsent() && state_ == State::ready) watch(TENON_IO_READ);
}

void Session::receive() {
    tenon_io_ops *io = reactor_.io();
    const ssize_t received = inbox_.receive(io, sock_, reactor_.receive_buffer());
    if (received == 0) return lost(failure(errc::network, "connection closed by the node"));
    if (received < 0) {
        if (would_block(io->error)) return;
        return lost(failure(errc::network, describe_errno(io->error)));
    }
    last_receive_ = reactor_.now();
    wire::Frame frame;
    while (inbox_.next(frame)) {
        if (!(state_ == State::ready ? deliver(frame) : negotiate(frame))) return;
    }
    if (inbox_.error() != wire::FrameError::none) {
        return lost(failure(errc::protocol, std::string("not a reply: ") + wire::describe(inbox_.error()) + " (" +
                                                hex_start(inbox_.rest()) + " …)"));
    }
    inbox_.finish();
}

/// False: the session is no longer what it was, and what was received is void.
bool Session::negotiate(const wire::Frame &frame) {
    Step step = negotiation_->on_frame(frame);
    if (step.failed()) {
        lost(failure(static_cast<errc>(step.error.code.value()), step.error.message));
        return false;
    }
    if (!step.ready()) {
        send_greeting(step.send);
        return true;
    }
    negotiation_.reset();
    if (!broken_) timer_->cancel();
    state_ = State::ready;
    peer_answered_ = false;
    last_failure_.clear();
    if (settings_.log.wants(LogLevel::info)) settings_.log.write(LogLevel::info, authority_ + ": connected");
    drop_stale();
    reactor_.want_flush(flush_hook_);
    return true;
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

bool Session::deliver(const wire::Frame &frame) {
    if (frame.is_request()) {  // a server may ask; nothing here needs an answer
        if (frame.magic == wire::Magic::server_request) return true;
        lost(failure(errc::protocol, "a request where a reply should be"));
        return false;
    }
    Operation *operation = nullptr;
    switch (ring_.find(frame.opaque, operation)) {
    case Ring::Found::operation:
        if (operation->opcode() != frame.opcode) {
            lost(failure(errc::protocol, "a reply to another command than was asked"));
            return false;
        }
        peer_answered_ = true;
        handlers_.on_reply(handlers_.owner, *this, *operation, frame);
        return state_ == State::ready;
    case Ring::Found::abandoned:
        // Statistics go on until a reply without a key, or an error.
        if (frame.opcode != wire::Opcode::stat || frame.key.empty() || frame.status() != wire::Status::ok)
            ring_.remove(frame.opaque);
        return true;
    case Ring::Found::nobody: break;
    }
    lost(failure(errc::protocol, "a reply to nobody (opaque " + std::to_string(frame.opaque) + ")"));
    return false;
}

void Session::suspect(std::uint64_t since) {
    if (state_ == State::ready && last_receive_ < since)
        fail_soon(failure(errc::network, "nothing heard from the node until the deadline"));
}

Error Session::failure(errc code, std::string what) const { return {code, authority_ + ": " + std::move(what)}; }

void Session::fail_soon(Error error) {
    if (broken_) return;
    broken_ = std::move(error);
    timer_->arm(0);
}

void Session::disconnect() {
    watch_->clear();
    timer_->cancel();
    dialer_.reset();
    negotiation_.reset();
    broken_.reset();
    greeting_.clear();
    inbox_.reset();
    if (sock_ != -1) reactor_.io()->close(reactor_.io(), std::exchange(sock_, -1));
}

void Session::lost(Error error) {
    if (settings_.log.wants(LogLevel::warn)) settings_.log.write(LogLevel::warn, error.message);
    disconnect();
    last_failure_ = error.message;
    if (peer_answered_) backoff_.reset();
    peer_answered_ = false;
    state_ = State::backing_off;
    timer_->arm(backoff_.next());

    std::vector<Lost> operations;
    ring_.for_each([&](Operation &operation) {
        operations.push_back({&operation, FrameBuffer::was_sent(operation.frame)});
        operation.session = kNoSession;
    });
    ring_.clear();
    frames_.drop();
    stale_ = 0;
    handlers_.on_lost(handlers_.owner, *this, std::move(operations), error);
}

void Session::close() {
    if (state_ == State::closed) return;
    disconnect();
    state_ = State::closed;
    reactor_.forget(flush_hook_);
    watch_.reset();
    timer_.reset();
    ring_.clear();
    frames_.drop();
}

}  // namespace tenon::session
