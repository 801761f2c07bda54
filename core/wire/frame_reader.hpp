// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wire/frame.hpp"

namespace tenon::wire {

/// Frames out of bytes that come in arbitrary cuts. For whoever has no buffer of his own: whole frames are decoded where
/// they lie, only a frame that a cut went through is copied. Never holds more than one frame of the largest size allowed,
/// and no more than has arrived.
///
///     reader.feed(bytes);
///     while (reader.next(frame) == FrameReader::Next::frame) ...
class FrameReader {
public:
    enum class Next : std::uint8_t {
        frame,      ///< `frame` is filled; its views hold until the next call
        need_more,  ///< all bytes are used up or kept
        error,      ///< a lie: see `error()`. For good: what follows cannot be framed
    };

    explicit FrameReader(std::uint32_t max_body = kDefaultMaxBody) : max_body_(max_body) {}

    /// Hands in what arrived. Call `next` until it says something else than `frame`; `bytes` must live till then.
    void feed(std::span<const std::byte> bytes) { input_ = bytes; }
    Next next(Frame &frame);

    FrameError error() const { return error_; }
    /// Bytes of the frame that is not whole yet: not 0 at the end of a stream means it was cut.
    std::size_t partial() const { return partial_taken_ ? 0 : partial_.size(); }

private:
    bool top_up(std::size_t size);

    std::span<const std::byte> input_;
    std::vector<std::byte> partial_;
    std::uint32_t max_body_;
    FrameError error_ = FrameError::none;
    bool partial_taken_ = false;  // the frame in partial_ was handed out and may be read until the next call
};

}  // namespace tenon::wire
