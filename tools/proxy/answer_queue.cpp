// SPDX-License-Identifier: Apache-2.0
#include "answer_queue.hpp"

#include <utility>

#include "wire/frame.hpp"

namespace tenon::proxy {

Ticket &AnswerQueue::open(wire::Opcode opcode, std::uint32_t opaque, std::size_t request_size) {
    request_bytes_ += request_size;
    return tickets_.emplace_back(Ticket{opcode, opaque, request_size, false, {}});
}

void AnswerQueue::put(Ticket &ticket, const Answer &answer) {
    if (stream_ == nullptr) return;
    wire::Message message{
        .magic = wire::Magic::response,
        .opcode = ticket.opcode,
        .datatype = answer.datatype,
        .vbucket_or_status = static_cast<std::uint16_t>(answer.status),
        .opaque = ticket.opaque,
        .cas = answer.cas,
        .extras = answer.extras,
        .key = answer.key,
        .value = {},
    };
    // The value goes straight to where it is kept: only what is in front of it is put together here.
    head_.resize(wire::encoded_size(message));
    wire::encode(message, head_.data());
    wire::put(head_.data() + 8, static_cast<std::uint32_t>(head_.size() - wire::kHeaderSize + answer.value.size()));

    if (is_first(ticket)) {
        stream_->write(head_);
        stream_->write(answer.value);
        return;
    }
    ticket.answer.insert(ticket.answer.end(), head_.begin(), head_.end());
    ticket.answer.insert(ticket.answer.end(), answer.value.begin(), answer.value.end());
    held_ += head_.size() + answer.value.size();
}

void AnswerQueue::finish(Ticket &ticket) {
    ticket.finished = true;
    while (!tickets_.empty()) {
        // What was held leaves as soon as nothing is in front, also of an answer that is still growing.
        Ticket &first = tickets_.front();
        const std::vector<std::byte> answer = std::exchange(first.answer, {});
        held_ -= answer.size();
        if (stream_ != nullptr) stream_->write(answer);
        if (!first.finished) return;
        request_bytes_ -= first.request_size;
        tickets_.pop_front();
    }
}

}  // namespace tenon::proxy
