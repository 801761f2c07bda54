// SPDX-License-Identifier: Apache-2.0
#include "session/chunk.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

namespace tenon::session {

Chunk *ChunkPool::take(std::size_t size) {
    const std::size_t needed = kChunkStart + size;
    Chunk *chunk = free_;
    if (needed > Chunk::kSize) chunk = take_large((needed + Chunk::kSize - 1) / Chunk::kSize * Chunk::kSize);
    else if (chunk != nullptr) free_ = chunk->next;
    else chunk = allocate(Chunk::kSize);
    chunk->next = nullptr;
    chunk->requests = 0;
    chunk->queued = false;
    chunk->sent = chunk->end = kChunkStart;
    chunk->limit = std::max(needed, Chunk::kSize);
    return chunk;
}

Chunk *ChunkPool::allocate(std::size_t capacity) {
    void *memory = std::aligned_alloc(Chunk::kSize, capacity);
    if (memory == nullptr) throw std::bad_alloc();
    Chunk *chunk = ::new (memory) Chunk;
    chunk->pool = this;
    chunk->capacity = capacity;
    return chunk;
}

/// One that is kept, if it is not much too long.
Chunk *ChunkPool::take_large(std::size_t capacity) {
    for (Chunk **at = &free_large_; *at != nullptr; at = &(*at)->next) {
        Chunk *chunk = *at;
        if (chunk->capacity < capacity || chunk->capacity > 2 * capacity) continue;
        *at = chunk->next;
        spare_large_ -= chunk->capacity;
        return chunk;
    }
    return allocate(capacity);
}

void ChunkPool::put(Chunk *chunk) {
    if (chunk->capacity == Chunk::kSize) {
        chunk->next = free_;
        free_ = chunk;
        return;
    }
    if (chunk->capacity > kSpareLarge - spare_large_) return std::free(chunk);
    spare_large_ += chunk->capacity;
    chunk->next = free_large_;
    free_large_ = chunk;
}

void ChunkPool::trim() {
    for (Chunk *list : {std::exchange(free_, nullptr), std::exchange(free_large_, nullptr)}) {
        while (list != nullptr) {
            Chunk *chunk = list;
            list = chunk->next;
            std::free(chunk);
        }
    }
    spare_large_ = 0;
}

}  // namespace tenon::session
