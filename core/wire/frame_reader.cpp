// SPDX-License-Identifier: Apache-2.0
#include "wire/frame_reader.hpp"

#include <algorithm>

namespace tenon::wire {
namespace {

/// A large frame's memory is given back once it is done.
constexpr std::size_t kKeep = 64 * 1024;

}  // namespace

/// Moves bytes from the input until the partial frame has `size`.
bool FrameReader::top_up(std::size_t size) {
    const std::size_t take = std::min(size - partial_.size(), input_.size());
    partial_.insert(partial_.end(), input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(take));
    input_ = input_.subspan(take);
    return partial_.size() == size;
}

FrameReader::Next FrameReader::next(Frame &frame) {
    if (partial_taken_) {
        partial_.clear();
        if (partial_.capacity() > kKeep) partial_.shrink_to_fit();
        partial_taken_ = false;
    }
    if (error_ != FrameError::none) return Next::error;

    FrameResult result;
    if (partial_.empty()) {
        result = decode_frame(input_, max_body_, frame);
        if (result.complete(input_)) {
            input_ = input_.subspan(result.size);
            return Next::frame;
        }
        partial_.assign(input_.begin(), input_.end());
        input_ = {};
    } else {
        // First the header, then the size it tells.
        do {
            result = decode_frame(partial_, max_body_, frame);
            if (result.complete(partial_)) {
                partial_taken_ = true;
                return Next::frame;
            }
        } while (result.error == FrameError::none && top_up(result.size));
    }
    if (result.error == FrameError::none) return Next::need_more;
    error_ = result.error;
    partial_ = {};
    input_ = {};
    return Next::error;
}

}  // namespace tenon::wire
