// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <algorithm>
#include <limits>

namespace tenon::proxy {

Connection::Connection(Client &client, net::Reactor &reactor, int sock, std::size_t max_value, Owner owner)
    : client_(client),
      stream_(std::in_place, reactor, sock, stream_handlers()),
      answers_(*stream_),
      max_value_(max_value),
      owner_(owner) {}

net::Stream::Handlers Connection::stream_handlers() {
    using Bytes = std::span<const std::byte>;
    return {
        .owner = this,
        .on_data = [](void *self, Bytes bytes) { return static_cast<Connection *>(self)->on_data(bytes); },
        .on_drained = [](void *self) { static_cast<Connection *>(self)->settle(); },
        .on_closed = [](void *self, const Error &error) { static_cast<Connection *>(self)->on_closed(error); },
    };
}

std::size_t Connection::on_data(std::span<const std::byte> bytes) {
    std::size_t used = 0;
    while (phase_ == Phase::open && used < bytes.size()) {
        const std::span<const std::byte> rest = bytes.subspan(used);
        if (skip_ != 0) {
            const std::size_t passed = std::min<std::uint64_t>(skip_, rest.size());
            skip_ -= passed;
            used += passed;
            continue;
        }
        if (full(1)) {
            paused_ = true;
            stream_->pause();
            return used;
        }
        const std::size_t taken = take_request(rest);
        if (taken == 0) return used;
        used += taken;
    }
    return phase_ == Phase::open ? used : bytes.size();
}

/// Returns how many bytes were used up; 0: the request is not complete.
std::size_t Connection::take_request(std::span<const std::byte> bytes) {
    // A peer that speaks another protocol may wait for an answer before it has sent as much as a header.
    const bool other_protocol = static_cast<wire::Magic>(bytes[0]) != wire::Magic::request;
    if (!other_protocol && bytes.size() < wire::kHeaderSize) return 0;

    const Header header = other_protocol ? Header{} : read_header(bytes);
    const Verdict verdict = other_protocol ? Verdict{Verdict::Action::hang_up} : judge(header, max_value_);
    switch (verdict.action) {
    case Verdict::Action::run: break;
    case Verdict::Action::refuse:
        refuse(header, verdict.status);
        skip_ = header.body_size;
        return wire::kHeaderSize;
    case Verdict::Action::refuse_and_close:
        phase_ = Phase::answering;
        refuse(header, verdict.status);
        return bytes.size();
    case Verdict::Action::hang_up:
        phase_ = Phase::answering;
        settle();
        return bytes.size();
    }
    wire::Frame request;
    const wire::FrameResult result =
        wire::decode_frame(bytes, std::numeric_limits<std::uint32_t>::max(), request);  // judge has bounded it
    if (!result.complete(bytes)) return 0;
    execute(request);
    return result.size;
}

void Connection::refuse(const Header &header, wire::Status status) {
    answer_outcome(answers_.open(header.opcode, header.opaque, 0), {status, memcached_text(status)});
}

/// Whether as much is held as `1 / share` of the bounds allows.
bool Connection::full(std::size_t share) const {
    const std::size_t answer = std::max<std::size_t>(expected_answer_, 1);
    const std::size_t window = std::clamp(kMaxOutput / answer, kMinWindow, kMaxWindow);
    return answers_.size() >= window / share || answers_.request_bytes() >= kMaxRequestBytes / share ||
           stream_->pending() + answers_.held() >= kMaxOutput / share;
}

/// Takes whatever step has become possible now that an answer was given or sent.
void Connection::settle() {
    if (!stream_) return;
    switch (phase_) {
    case Phase::open:
        // Reading begins again at half the bounds, so that it is not switched with every answer.
        if (paused_ && !full(2)) {
            paused_ = false;
            stream_->resume();
        }
        break;
    case Phase::answering:
        if (!answers_.empty()) break;
        phase_ = Phase::lingering;
        stream_->close_when_drained();
        break;
    case Phase::lingering: break;
    case Phase::ended:
        if (answers_.empty() && stream_->pending() == 0) drop();
        break;
    }
}

void Connection::on_closed(const Error &error) {
    if (error || phase_ == Phase::lingering) return drop();
    phase_ = Phase::ended;
    settle();
}

void Connection::leave() {
    if (!stream_) return;
    stream_->pause();
    phase_ = Phase::ended;
    settle();
}

void Connection::drop() {
    if (!stream_) return;
    const std::shared_ptr<Connection> self = shared_from_this();
    answers_.detach();
    stream_.reset();
    owner_.on_gone(owner_.self, *this);
}

}  // namespace tenon::proxy
