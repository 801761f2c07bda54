// SPDX-License-Identifier: Apache-2.0
#include "session/frame_buffer.hpp"

#include <algorithm>

namespace tenon::session {

std::size_t FrameBuffer::gather(std::span<tenon_iovec> pieces) const {
    std::size_t count = 0;
    for (Chunk *chunk = head_; chunk != nullptr && count < pieces.size(); chunk = chunk->next) {
        if (chunk->sent == chunk->end) continue;
        pieces[count++] = {reinterpret_cast<char *>(chunk->at(chunk->sent)), chunk->end - chunk->sent};
    }
    return count;
}

void FrameBuffer::consume(std::size_t bytes) {
    while (head_ != nullptr) {
        const std::size_t part = std::min(bytes, head_->end - head_->sent);
        head_->sent += part;
        bytes -= part;
        if (head_->sent != head_->end || head_ == tail_) return;
        retire_head();
    }
}

void FrameBuffer::consume_all() {
    while (head_ != nullptr) {
        head_->sent = head_->end;
        if (head_ == tail_) return;
        retire_head();
    }
}

void FrameBuffer::cut(std::byte *frame) {
    Chunk *last = Chunk::of(frame);
    // The bytes behind are still needed: they are not to be written over.
    last->end = last->limit = static_cast<std::size_t>(frame - last->at(0));
    Chunk *rest = last->next;
    last->next = nullptr;
    tail_ = last;
    while (rest != nullptr) {
        Chunk *chunk = rest;
        rest = chunk->next;
        chunk->next = nullptr;
        chunk->queued = false;
        if (chunk->requests == 0) pool_.put(chunk);
    }
}

void FrameBuffer::drop() {
    while (head_ != nullptr) retire_head();
    tail_ = nullptr;
}

void FrameBuffer::trim() {
    if (tail_ != nullptr && tail_ == head_ && tail_->requests == 0 && tail_->sent == tail_->end) drop();
}

Chunk *FrameBuffer::grow(std::size_t size) {
    Chunk *chunk = pool_.take(size);
    chunk->queued = true;
    if (tail_ == nullptr) {
        head_ = chunk;
    } else {
        tail_->next = chunk;
        if (head_ == tail_ && head_->sent == head_->end) {
            retire_head();
            head_ = chunk;
        }
    }
    tail_ = chunk;
    return chunk;
}

void FrameBuffer::retire_head() {
    Chunk *chunk = head_;
    head_ = chunk->next;
    chunk->next = nullptr;
    chunk->queued = false;
    if (chunk->requests == 0) chunk->pool->put(chunk);
}

}  // namespace tenon::session
