// SPDX-License-Identifier: Apache-2.0
// What few operations have: another route than their key's, several attempts, a Cancellation.
#include <cstring>
#include <utility>

#include "client/instance.hpp"

namespace tenon {

TENON_API Cancellation::~Cancellation() {
    if (instance_ != nullptr) instance_->forget(*this);
}
TENON_API void Cancellation::cancel() {
    if (instance_ != nullptr) instance_->cancel(*this);
}
TENON_API void Cancellation::drop() {
    if (instance_ != nullptr) instance_->drop(*this);
}

}  // namespace tenon

namespace tenon::client {

void Instance::note_details(const Command &command, Operation &operation) {
    if (command.route_key.empty() && !command.vbucket && command.cancellation == nullptr) return;
    Details &details = pool_.make_details(operation);
    details.route_key = command.route_key;
    details.vbucket = command.vbucket;
    if (command.cancellation != nullptr) attach(*command.cancellation, operation);
}

/// One of the operations that another one becomes.
void Instance::inherit_details(const Operation &from, Operation &to) {
    if (!from.detailed) return;
    Details &details = pool_.make_details(to);
    const Details &of_from = pool_.details(from);
    details.route_key = of_from.route_key;
    details.vbucket = of_from.vbucket;
    if (of_from.cancellation != nullptr) attach(*of_from.cancellation, to);
}

/// It is about to be sent once more.
void Instance::note_attempt(Operation &operation) {
    ++retries_;
    std::uint16_t &attempts = pool_.make_details(operation).attempts;
    if (attempts != 0xffff) ++attempts;
}

bool Instance::may_take(const Cancellation &cancellation) const {
    return cancellation.instance_ == nullptr || cancellation.instance_ == this;
}

void Instance::attach(Cancellation &cancellation, Operation &operation) {
    Details &details = pool_.details(operation);
    cancellation.instance_ = this;
    details.cancellation = &cancellation;
    details.previous = nullptr;
    details.next = cancellation.first_;
    if (details.next != nullptr) details.next->previous = &details;
    cancellation.first_ = &details;
}

void Instance::detach(const Operation &operation) {
    Details &details = pool_.details(operation);
    Cancellation *const cancellation = std::exchange(details.cancellation, nullptr);
    if (cancellation == nullptr) return;
    (details.previous == nullptr ? cancellation->first_ : details.previous->next) = details.next;
    if (details.next != nullptr) details.next->previous = details.previous;
    if (!cancellation->pending()) cancellation->instance_ = nullptr;
}

/// Out of the pipeline or queue it is in.
void Instance::take_away(Operation &operation) {
    if (state_ == State::released) return;  // there are no pipelines any more
    if (Session *session = session_of(operation)) {
        session->abandon(operation);
        operation.session = session::kNoSession;
        if (session->retiring() && session->drained()) remove(*session);
    } else if (operation.waiting) {
        unpark(operation);
    } else {
        for (Failing &one : failing_)
            if (one.operation == &operation) one.operation = nullptr;
    }
}

/// What was not sent yet, and is taken out of a session, is written over by what comes behind it.
void Instance::keep_request(Operation &operation) {
    const std::size_t size = wire::frame_size(operation.frame);
    std::byte *const copy = parked_frames_.append(size);
    std::memcpy(copy, operation.frame, size);
    parked_frames_.consume_all();
    session::release_frame(operation.frame);
    operation.frame = copy;
}

/// From the loop: the deadline, which is the one that ends operations without an answer, is now.
void Instance::cancel(Cancellation &cancellation) {
    http_->cancel(cancellation);
    const std::uint64_t now = (*reactor_)->now();
    for (Details *next = cancellation.first_; next != nullptr; next = next->next) {
        Details &details = *next;  // it stays in the list: until its callback is called it may still be dropped
        if (std::exchange(details.cancelled, true)) continue;
        Operation &operation = *details.operation;
        take_away(operation);
        keep_request(operation);
        details.started = deadlines_.started(operation);
        deadlines_.remove(operation);
        deadlines_.add(operation, now, 1);
        if (operation.deadline >= deadline_armed_) continue;
        deadline_armed_ = operation.deadline;
        deadline_timer_->arm(1);
    }
}

/// All end first, and only then goes what their callbacks hold: that may be the last share in this client, whose end tells
/// everybody who is left.
void Instance::drop(Cancellation &cancellation) {
    const net::Turn turn(**reactor_);  // in which the client's memory stays
    Details *dropped = nullptr;
    while (Details *const one = cancellation.first_) {
        end_untold(*one->operation);
        one->next = std::exchange(dropped, one);
    }
    http_->drop(cancellation);
    while (dropped != nullptr) recycle(*std::exchange(dropped, dropped->next)->operation);
    if (released_while_waiting_ != nullptr) stop_waiting_if_done();
}

void Instance::forget(Cancellation &cancellation) {
    http_->forget(cancellation);
    while (cancellation.first_ != nullptr) detach(*cancellation.first_->operation);
}

}  // namespace tenon::client
