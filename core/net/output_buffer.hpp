// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <tenon/io.h>

namespace tenon::net {

/// Bytes on their way out, in chunks: appending never moves what is there, and sending drops whole chunks.
class OutputBuffer {
public:
    void append(std::span<const std::byte> bytes);
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    /// Fills `pieces` with what is to be sent next, oldest first; returns how many it filled.
    std::size_t gather(std::span<tenon_iovec> pieces) const;
    /// Forgets the `sent` oldest bytes.
    void drop(std::size_t sent);
    void clear();

private:
    struct Chunk {
        std::unique_ptr<std::byte[]> bytes;
        std::size_t begin = 0, end = 0, capacity = 0;
    };

    Chunk new_chunk(std::size_t at_least);
    void recycle(Chunk &&chunk);

    std::vector<Chunk> chunks_;
    Chunk spare_;  // so that a connection in steady state does not allocate
    std::size_t size_ = 0;
};

}  // namespace tenon::net
