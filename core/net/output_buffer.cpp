// SPDX-License-Identifier: Apache-2.0
#include "net/output_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tenon::net {
namespace {

// Chunks follow the traffic: an idle connection keeps little, a busy one few pieces for `sendv`.
constexpr std::size_t kSmallestChunk = 1024;
constexpr std::size_t kLargestChunk = 64 * 1024;

}  // namespace

void OutputBuffer::append(std::span<const std::byte> bytes) {
    size_ += bytes.size();
    if (!chunks_.empty()) {
        Chunk &last = chunks_.back();
        const std::size_t fits = std::min(bytes.size(), last.capacity - last.end);
        if (fits != 0) std::memcpy(last.bytes.get() + last.end, bytes.data(), fits);
        last.end += fits;
        bytes = bytes.subspan(fits);
    }
    if (bytes.empty()) return;
    Chunk chunk = new_chunk(bytes.size());
    std::memcpy(chunk.bytes.get(), bytes.data(), bytes.size());
    chunk.end = bytes.size();
    chunks_.push_back(std::move(chunk));
}

OutputBuffer::Chunk OutputBuffer::new_chunk(std::size_t at_least) {
    if (spare_.capacity >= at_least) return std::exchange(spare_, {});
    const std::size_t capacity = std::max(at_least, std::clamp(size_, kSmallestChunk, kLargestChunk));
    return {std::make_unique_for_overwrite<std::byte[]>(capacity), 0, 0, capacity};
}

void OutputBuffer::recycle(Chunk &&chunk) {
    if (chunk.capacity > kLargestChunk || chunk.capacity <= spare_.capacity) return;
    spare_ = std::move(chunk);
    spare_.begin = spare_.end = 0;
}

std::size_t OutputBuffer::gather(std::span<tenon_iovec> pieces) const {
    const std::size_t count = std::min(pieces.size(), chunks_.size());
    for (std::size_t i = 0; i < count; ++i) {
        const Chunk &chunk = chunks_[i];
        pieces[i] = {reinterpret_cast<char *>(chunk.bytes.get() + chunk.begin), chunk.end - chunk.begin};
    }
    return count;
}

void OutputBuffer::drop(std::size_t sent) {
    size_ -= sent;
    std::size_t done = 0;
    for (; sent != 0; ++done) {
        Chunk &chunk = chunks_[done];
        const std::size_t part = std::min(sent, chunk.end - chunk.begin);
        sent -= part;
        chunk.begin += part;
        if (chunk.begin != chunk.end) break;
        recycle(std::move(chunk));
    }
    chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(done));
}

void OutputBuffer::clear() {
    chunks_.clear();
    size_ = 0;
}

}  // namespace tenon::net
