// SPDX-License-Identifier: Apache-2.0
#include "session/inbox.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tenon::session {
namespace {

/// An incomplete frame's memory is kept for the next one up to this size.
constexpr std::size_t kKeptCapacity = 4096;
/// A frame up to this size is completed in the scratch, where what there is of it is copied with every receive; a larger
/// one, which may drip in byte by byte, in memory of its own.
constexpr std::size_t kCopied = 2048;
/// Such memory is kept for the next large frame up to this size: new memory costs more than to fill it.
constexpr std::size_t kKeptLarge = 2 * 1024 * 1024;

}  // namespace

ssize_t Inbox::receive(tenon_io_ops *io, int sock, std::span<std::byte> scratch) {
    if (large_size_ != 0) {
        tenon_iovec pieces[2] = {{reinterpret_cast<char *>(large_.get() + large_have_), large_size_ - large_have_},
                                 {reinterpret_cast<char *>(scratch.data()), scratch.size()}};
        const ssize_t received = io->recvv(io, sock, pieces, 2);
        if (received <= 0) return received;
        const std::size_t part = std::min(static_cast<std::size_t>(received), large_size_ - large_have_);
        large_have_ += part;
        bytes_ = scratch.first(static_cast<std::size_t>(received) - part);
        return received;
    }
    // Where larger frames come than the scratch holds, they are read where they are to be completed.
    if (large_capacity_ > scratch.size()) scratch = {large_.get(), large_capacity_};
    if (!partial_.empty()) std::memcpy(scratch.data(), partial_.data(), partial_.size());
    tenon_iovec piece{reinterpret_cast<char *>(scratch.data() + partial_.size()), scratch.size() - partial_.size()};
    const ssize_t received = io->recvv(io, sock, &piece, 1);
    if (received <= 0) return received;
    bytes_ = scratch.first(partial_.size() + static_cast<std::size_t>(received));
    partial_.clear();
    return received;
}

const std::byte *Inbox::next_large() {
    if (large_have_ != large_size_) return nullptr;
    if (!std::exchange(large_delivered_, true)) return large_.get();
    end_large();
    return next();
}

void Inbox::end_large() {
    if (large_capacity_ > kKeptLarge) {
        large_.reset();
        large_capacity_ = 0;
    }
    large_size_ = large_have_ = 0;
    large_delivered_ = false;
}

void Inbox::trim() {
    if (large_size_ != 0) return;
    large_.reset();
    large_capacity_ = 0;
}

void Inbox::finish() {
    const std::span<const std::byte> rest = std::exchange(bytes_, {});
    if (rest.empty()) {
        if (partial_.capacity() > kKeptCapacity) std::vector<std::byte>().swap(partial_);
        return;
    }
    if (needed_ <= kCopied) return partial_.assign(rest.begin(), rest.end());
    std::unique_ptr<std::byte[]> outgrown;  // which `rest` may stand in
    if (needed_ > large_capacity_) {
        outgrown = std::exchange(large_, std::make_unique_for_overwrite<std::byte[]>(needed_));
        large_capacity_ = needed_;
    }
    large_size_ = needed_;
    large_have_ = rest.size();
    if (rest.data() != large_.get()) std::memmove(large_.get(), rest.data(), rest.size());
}

void Inbox::reset() {
    bytes_ = {};
    partial_.clear();
    large_size_ = large_have_ = 0;  // its memory stays: a reply in it may just be read by its callback
    large_delivered_ = false;
    error_ = wire::FrameError::none;
}

}  // namespace tenon::session
