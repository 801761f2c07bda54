// SPDX-License-Identifier: Apache-2.0
#include "session/chunk.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace tenon::session {

Chunk *ChunkPool::take(std::size_t size) {
    Chunk *chunk = free_;
    const std::size_t needed = kChunkStart + size;
    if (needed <= Chunk::kSize && chunk != nullptr) {
        free_ = chunk->next;
    } else {
        const std::size_t capacity = (needed + Chunk::kSize - 1) / Chunk::kSize * Chunk::kSize;
        void *memory = std::aligned_alloc(Chunk::kSize, capacity);
        if (memory == nullptr) throw std::bad_alloc();
        chunk = ::new (memory) Chunk;
        chunk->pool = this;
        chunk->capacity = capacity;
    }
    chunk->next = nullptr;
    chunk->requests = 0;
    chunk->queued = false;
    chunk->sent = chunk->end = kChunkStart;
    chunk->limit = std::max(needed, Chunk::kSize);
    return chunk;
}

void ChunkPool::put(Chunk *chunk) {
    if (chunk->capacity > Chunk::kSize) return std::free(chunk);
    chunk->next = free_;
    free_ = chunk;
}

void ChunkPool::trim() {
    while (free_ != nullptr) {
        Chunk *chunk = free_;
        free_ = chunk->next;
        std::free(chunk);
    }
}

}  // namespace tenon::session
