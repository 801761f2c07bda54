// SPDX-License-Identifier: Apache-2.0
#include "session/chunk.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

namespace tenon::session {
namespace {

/// Of a chunk that is to have `needed` bytes, with what malloc puts behind it a multiple of the alignment.
std::size_t capacity_for(std::size_t needed) {
    constexpr std::size_t kMallocOverhead = Chunk::kAlignment - Chunk::kSize;
    return (needed + kMallocOverhead + Chunk::kAlignment - 1) / Chunk::kAlignment * Chunk::kAlignment - kMallocOverhead;
}

}  // namespace

Chunk *ChunkPool::take(std::size_t size) {
    const std::size_t needed = kChunkStart + size;
    Chunk *chunk = free_;
    if (needed > Chunk::kSize) chunk = take_large(capacity_for(needed));
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
    void *memory = nullptr;
    if (::posix_memalign(&memory, Chunk::kAlignment, capacity) != 0) throw std::bad_alloc();
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
