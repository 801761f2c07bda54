// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "net/stream.hpp"
#include "wire/protocol.hpp"

namespace tenon::proxy {

/// A request that waits for its answer. Owned by the AnswerQueue, valid until finished.
struct Ticket {
    wire::Opcode opcode{};
    std::uint32_t opaque = 0;
    std::size_t request_size = 0;
    bool finished = false;
    std::vector<std::byte> answer;  // what was put while others were in front
};

/// One message of an answer; empty parts are left out.
struct Answer {
    wire::Status status = wire::Status::ok;
    std::uint8_t datatype = 0;
    std::uint64_t cas = 0;
    std::span<const std::byte> extras{};
    std::string_view key{};
    std::span<const std::byte> value{};
};

/// Brings the answers of one connection into the order of its requests, in whatever order servers give them.
class AnswerQueue {
public:
    explicit AnswerQueue(net::Stream &stream) : stream_(&stream) {}

    /// Takes a place at the end. `request_size` counts until the ticket is finished.
    Ticket &open(wire::Opcode opcode, std::uint32_t opaque, std::size_t request_size);
    /// Adds a message to a ticket's answer; it leaves at once if nothing is in front. What it points to is copied.
    void put(Ticket &ticket, const Answer &answer);
    /// Nothing more is put (quiet commands may have put nothing). The ticket is gone.
    void finish(Ticket &ticket);

    bool empty() const { return tickets_.empty(); }
    /// Requests not finished or held behind one that is not.
    std::size_t size() const { return tickets_.size(); }
    /// Their bytes.
    std::size_t request_bytes() const { return request_bytes_; }
    /// Bytes of answers held behind a request that is not finished.
    std::size_t held() const { return held_; }

    /// The stream is going: what is put from now on is dropped.
    void detach() { stream_ = nullptr; }

private:
    bool is_first(const Ticket &ticket) const { return &ticket == &tickets_.front(); }

    net::Stream *stream_;
    std::deque<Ticket> tickets_;
    std::vector<std::byte> head_;  // scratch
    std::size_t request_bytes_ = 0;
    std::size_t held_ = 0;
};

}  // namespace tenon::proxy
