// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <span>

#include <tenon/io.h>

#include "session/chunk.hpp"
#include "wire/frame.hpp"

namespace tenon::session {

/// The requests of one connection in the order they leave: a list of chunks, written at the tail, sent from the head.
class FrameBuffer {
public:
    explicit FrameBuffer(ChunkPool &pool) : pool_(pool) {}
    FrameBuffer(const FrameBuffer &) = delete;
    FrameBuffer &operator=(const FrameBuffer &) = delete;
    ~FrameBuffer() { drop(); }

    /// Room for one request of `size` bytes. It is the caller's until release_frame().
    std::byte *append(std::size_t size) {
        Chunk *chunk = tail_;
        if (chunk != nullptr && chunk->requests == 0 && chunk->sent == chunk->end) rewind(*chunk);
        if (chunk == nullptr || chunk->limit - chunk->end < size) chunk = grow(size);
        std::byte *frame = chunk->at(chunk->end);
        chunk->end += size;
        ++chunk->requests;
        return frame;
    }

    bool has_unsent() const { return head_ != nullptr && (head_ != tail_ || head_->sent != head_->end); }
    /// Fills in what is to be sent next; returns the number of pieces.
    std::size_t gather(std::span<tenon_iovec> pieces) const;
    /// `bytes` of that were sent.
    void consume(std::size_t bytes);
    /// Everything written so far counts as sent (it is waiting elsewhere, or not to be sent at all).
    void consume_all();
    /// Whether any byte of the request was handed to the kernel.
    static bool was_sent(std::byte *frame) {
        Chunk *chunk = Chunk::of(frame);
        return frame < chunk->at(chunk->sent);
    }
    /// Whether all of it was: before that nobody can have carried it out.
    static bool was_sent_whole(std::byte *frame) {
        Chunk *chunk = Chunk::of(frame);
        return frame + wire::frame_size(frame) <= chunk->at(chunk->sent);
    }
    /// Forgets `frame`, of which nothing was sent, and all behind it; their bytes stay until they are released.
    void cut(std::byte *frame);
    /// Takes requests out of which nothing was sent yet: those for which `keep(frame, to)` says no. One that is kept
    /// moves to `to`, in the same chunk.
    template <class Keep>
    void compact(Keep keep) {
        for (Chunk *chunk = head_, *before = nullptr; chunk != nullptr;) {
            compact_chunk(*chunk, keep);
            Chunk *next = chunk->next;
            if (chunk->requests == 0 && chunk->end == kChunkStart && chunk != tail_) {
                (before == nullptr ? head_ : before->next) = next;
                pool_.put(chunk);
            } else {
                before = chunk;
            }
            chunk = next;
        }
    }
    /// Forgets what was to be sent; the requests' bytes stay until they are released.
    void drop();
    /// Gives back the chunk kept for the next request, if nothing is in it.
    void trim();

private:
    static void rewind(Chunk &chunk) {
        chunk.sent = chunk.end = kChunkStart;
        chunk.limit = Chunk::kSize;
    }
    template <class Keep>
    static void compact_chunk(Chunk &chunk, Keep &keep) {
        std::size_t from = kChunkStart;
        while (from < chunk.sent) from += wire::frame_size(chunk.at(from));
        std::size_t to = from;
        while (from < chunk.end) {
            const std::size_t size = wire::frame_size(chunk.at(from));
            if (keep(chunk.at(from), chunk.at(to))) {
                if (to != from) std::memmove(chunk.at(to), chunk.at(from), size);
                to += size;
            }
            from += size;
        }
        chunk.end = to;
    }
    Chunk *grow(std::size_t size);
    void retire_head();

    ChunkPool &pool_;
    Chunk *head_ = nullptr;
    Chunk *tail_ = nullptr;
};

}  // namespace tenon::session
