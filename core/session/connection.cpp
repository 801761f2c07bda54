// SPDX-License-Identifier: Apache-2.0
// The connection below the pipeline: opened, negotiated, lost, opened again.
#include <utility>

#include "session/session.hpp"

namespace tenon::session {
namespace {

constexpr std::uint64_t kFirstBackoff = 10'000;
constexpr std::uint64_t kLongestBackoff = 1'000'000;

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

void Session::connect() {
    if (ring_.empty() && !fails_fast()) return;
    state_ = State::dialing;
    dialer_.emplace(reactor_, this, [](void *self, int sock, const Error &error) {
        static_cast<Session *>(self)->on_dialed(sock, error);
    });
    dialer_->dial(server_.host, server_.data_port, settings_.connect_timeout_usec, settings_.keepalive_seconds,
                  settings_.family);
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
    if (state_ == State::renewing) return lost(disowned());
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
    ++metrics_.connections;
    peer_answered_ = false;
    down_ = false;
    last_failure_ = {};
    if (settings_.log.wants(LogLevel::info)) settings_.log.write(LogLevel::info, authority_ + ": connected");
    drop_stale();
    reactor_.want_flush(flush_hook_);
    return true;
}

void Session::suspect(std::uint64_t since, std::uint64_t now, std::uint64_t patience) {
    if (state_ != State::ready || last_receive_ > since) return;
    // Operations of short timeouts come and go meanwhile: what counts is the silence from the first of them on.
    if (unanswered_since_ < last_receive_ || since < unanswered_since_) unanswered_since_ = since;
    if (now - unanswered_since_ >= patience) fail_soon(failure(errc::network, "nothing heard from the node until the deadline"));
}

void Session::renew() {
    if (state_ != State::ready || broken_) return;
    state_ = State::renewing;
    timer_->arm(settings_.connect_timeout_usec);
    watch(TENON_IO_READ);
}

/// Whether something is under way that the node may have carried out.
bool Session::awaits_reply() const {
    bool awaits = false;
    ring_.for_each([&](const Operation &operation) { awaits = awaits || FrameBuffer::was_sent_whole(operation.frame); });
    return awaits;
}

Error Session::disowned() const { return failure(errc::network, "the node does not know the connection's user or the bucket any more"); }

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
    const bool was_down = std::exchange(down_, state_ != State::ready && state_ != State::renewing);
    const LogLevel level = was_down && down_ ? LogLevel::debug : LogLevel::warn;
    if (settings_.log.wants(level)) settings_.log.write(level, error.message);
    disconnect();
    last_failure_ = error;
    ++metrics_.failures;
    if (peer_answered_ && state_ != State::renewing) backoff_.reset();
    peer_answered_ = false;
    state_ = State::backing_off;
    timer_->arm(backoff_.next());
    handlers_.on_lost(handlers_.owner, *this, take_all(), error);
}

/// What was queued for a node that is down ends, from the loop.
void Session::refuse() {
    if (!refuse_timer_) {
        refuse_timer_.emplace(reactor_, this, [](void *self) {
            Session &session = *static_cast<Session *>(self);
            const Error error = session.last_failure_;
            if (session.fails_fast()) session.handlers_.on_lost(session.handlers_.owner, session, session.take_all(), error);
        });
    }
    if (!refuse_timer_->armed()) refuse_timer_->arm(0);
}

std::vector<Lost> Session::take_all() {
    std::vector<Lost> operations;
    ring_.for_each([&](Operation &operation) {
        operations.push_back({&operation, FrameBuffer::was_sent_whole(operation.frame)});
        operation.session = kNoSession;
    });
    ring_.clear();
    frames_.drop();
    stale_ = 0;
    return operations;
}

void Session::close() {
    if (state_ == State::closed) return;
    disconnect();
    state_ = State::closed;
    reactor_.forget(flush_hook_);
    watch_.reset();
    timer_.reset();
    refuse_timer_.reset();
    ring_.clear();
    frames_.drop();
}

const char *Session::state_name() const {
    switch (state_) {
    case State::idle: return "idle";
    case State::dialing: return "connecting";
    case State::negotiating: return "authenticating";
    case State::ready: return "connected";
    case State::renewing: return "about to connect anew";
    case State::backing_off: return "waiting to connect again";
    case State::closed: break;
    }
    return "closed";
}

}  // namespace tenon::session
