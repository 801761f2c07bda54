// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <sys/types.h>

#include <tenon/io.h>

#include "wire/frame.hpp"

namespace tenon::session {

/// Turns what a connection receives into frames. One read goes to the table's scratch memory and frames are decoded
/// there in place; only an incomplete one at the end is kept. A large one gets memory of its own, where its rest is
/// read; where that has become longer than the scratch, it is read into from then on.
///
/// A turn: `receive` once; `next` until it gives no frame; `finish`. The scratch must stay untouched meanwhile.
class Inbox {
public:
    explicit Inbox(std::uint32_t max_body) : max_body_(max_body) {}

    /// One `recvv`. What it returns: bytes, 0 at the end of file, -1 with `io->error`.
    ssize_t receive(tenon_io_ops *io, int sock, std::span<std::byte> scratch);

    /// The next whole frame, for wire::view_frame, or null. On a lie in a header there is none and `error()` says which.
    const std::byte *next() {
        if (large_size_ != 0) [[unlikely]] return next_large();
        const wire::FrameResult result = wire::check_frame(bytes_, max_body_);
        if (!result.complete(bytes_)) [[unlikely]] {
            error_ = result.error;
            needed_ = result.size;
            return nullptr;
        }
        const std::byte *frame = bytes_.data();
        bytes_ = bytes_.subspan(result.size);
        return frame;
    }

    wire::FrameError error() const { return error_; }
    /// What was received and is no frame yet.
    std::span<const std::byte> rest() const { return bytes_; }

    /// Keeps the incomplete frame at the end for the next turn.
    void finish();
    /// Forgets everything: for a new connection.
    void reset();
    /// Gives back the memory of frames that are complete.
    void trim();

private:
    const std::byte *next_large();
    void end_large();

    std::span<const std::byte> bytes_;
    std::vector<std::byte> partial_;
    std::unique_ptr<std::byte[]> large_;  // one frame of large_size_ bytes, large_have_ of them received
    std::size_t large_capacity_ = 0;
    std::size_t large_size_ = 0;  // 0: none is under way
    std::size_t large_have_ = 0;
    std::size_t needed_ = 0;
    std::uint32_t max_body_;
    wire::FrameError error_ = wire::FrameError::none;
    bool large_delivered_ = false;
};

}  // namespace tenon::session
