// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace tenon::session {

class ChunkPool;

/// A piece of memory that encoded requests stand in, one behind the other, from scheduling until they complete.
/// It is aligned, so that a request's address leads to its chunk; a request too large for that gets a longer chunk of
/// its own, which it starts.
struct Chunk {
    static constexpr std::size_t kAlignment = 32 * 1024;
    /// Malloc's own bytes fit behind it: the next one follows without a gap.
    static constexpr std::size_t kSize = kAlignment - 2 * sizeof(std::size_t);

    Chunk *next = nullptr;      ///< in the send queue, or among the free ones
    ChunkPool *pool = nullptr;
    std::uint32_t requests = 0; ///< that have not completed
    bool queued = false;        ///< a FrameBuffer still writes to it or sends from it
    std::size_t sent = 0;       ///< offsets from the chunk's start: handed to the kernel up to here,
    std::size_t end = 0;        ///< written up to here,
    std::size_t limit = 0;      ///< to be written up to here at most: every request starts within kSize
    std::size_t capacity = 0;   ///< of the memory

    std::byte *at(std::size_t offset) { return reinterpret_cast<std::byte *>(this) + offset; }
    static Chunk *of(std::byte *request) {
        return reinterpret_cast<Chunk *>(reinterpret_cast<std::uintptr_t>(request) & ~(std::uintptr_t{kAlignment} - 1));
    }
};

/// Where the first request of a chunk starts.
inline constexpr std::size_t kChunkStart = (sizeof(Chunk) + 15) / 16 * 16;

/// The chunks of one instance: recycled while it works, given back when it is idle. Of those longer than kSize no more
/// are kept than kSpareLarge bytes: memory that is new for each request costs more than to fill it.
class ChunkPool {
public:
    ChunkPool() = default;
    ChunkPool(const ChunkPool &) = delete;
    ChunkPool &operator=(const ChunkPool &) = delete;
    ~ChunkPool() { trim(); }

    /// An empty chunk with room for a request of `size` bytes.
    Chunk *take(std::size_t size);
    void put(Chunk *chunk);
    /// Frees what is not in use.
    void trim();

private:
    static constexpr std::size_t kSpareLarge = 8 * 1024 * 1024;

    Chunk *allocate(std::size_t capacity);
    Chunk *take_large(std::size_t capacity);

    Chunk *free_ = nullptr;
    Chunk *free_large_ = nullptr;
    std::size_t spare_large_ = 0;  // bytes in that list
};

/// A request completed, or was copied elsewhere: its bytes are no longer needed.
inline void release_frame(std::byte *frame) {
    Chunk *chunk = Chunk::of(frame);
    if (--chunk->requests == 0 && !chunk->queued) chunk->pool->put(chunk);
}

}  // namespace tenon::session
